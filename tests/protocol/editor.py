"""An editor's side of a session: it keeps a document's text by itself and sends what an editor sends."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.protocol.client import Client

BARE_CAPABILITIES: dict[str, Any] = {
    "general": {"positionEncodings": ["utf-16"]},
    "textDocument": {"inlineCompletion": {"dynamicRegistration": False}},
}
"""A client with inline completion and nothing else: no settings of its own, no folders."""

_UNIT = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}

CURSOR = "█"
"""Where the cursor stands in a text given to `open`."""


async def start_session(
    client: Client,
    root: Path,
    capabilities: dict[str, Any] | None = None,
    options: Any = None,
    process_id: int | None = None,
) -> dict[str, Any]:
    """Initialize a session and return the server's capabilities."""
    params = {
        "processId": process_id,
        "rootUri": root.as_uri(),
        "capabilities": BARE_CAPABILITIES if capabilities is None else capabilities,
    }
    if options is not None:
        params["initializationOptions"] = options
    result = await client.request("initialize", params)
    client.notify("initialized", {})
    found: dict[str, Any] = result["capabilities"]
    return found


class Editor:
    """One document open in an editor, and the cursor in it."""

    def __init__(self, client: Client, uri: str, encoding: str = "utf-16") -> None:
        self.client = client
        self.uri = uri
        self.version = 0
        self._codec, self._unit = _UNIT[encoding]
        self._before = ""
        self._after = ""

    @property
    def text(self) -> str:
        """The whole text."""
        return self._before + self._after

    @property
    def line(self) -> str:
        """The cursor's line, left of the cursor."""
        return self._before.replace("\r\n", "\n").rpartition("\n")[2]

    @property
    def position(self) -> dict[str, int]:
        """Where the cursor is, in the session's encoding."""
        return self._position_of(self._before)

    @property
    def end(self) -> dict[str, int]:
        """Where the text ends, in the session's encoding."""
        return self._position_of(self.text)

    def open(self, text: str, language: str = "python") -> None:
        """Open the document with `text`; the cursor is where `CURSOR` stands, else at the end."""
        self._before, _, self._after = text.partition(CURSOR)
        item = {"uri": self.uri, "languageId": language, "version": self.version, "text": self.text}
        self.client.notify("textDocument/didOpen", {"textDocument": item})

    def close(self) -> None:
        """Close the document."""
        self.client.notify("textDocument/didClose", {"textDocument": {"uri": self.uri}})

    def type(self, text: str, closing: str = "") -> None:
        """Insert `text` before the cursor, and `closing` behind it, as an editor that closes brackets does."""
        here = self.position
        self._before += text
        self._after = closing + self._after
        self.change({"range": {"start": here, "end": here}, "text": text + closing})

    def erase(self, count: int) -> None:
        """Delete `count` characters before the cursor."""
        end = self.position
        self._before = self._before[:-count]
        self.change({"range": {"start": self.position, "end": end}, "text": ""})

    def move(self, offset: int) -> None:
        """Put the cursor behind the first `offset` characters. Between `\\r` and `\\n` there is no place for it."""
        text = self.text
        if text[offset - 1 : offset + 1] == "\r\n":
            offset += 1
        self._before, self._after = text[:offset], text[offset:]

    def replace_all(self, text: str) -> None:
        """Send the whole text, as a client that knows no ranges does."""
        self._before, _, self._after = text.partition(CURSOR)
        self.change({"text": self.text})

    def change(self, *changes: dict[str, Any], version: int | None = None) -> None:
        """Send changes as they are."""
        self.version = self.version + 1 if version is None else version
        identifier = {"uri": self.uri, "version": self.version}
        self.client.notify("textDocument/didChange", {"textDocument": identifier, "contentChanges": list(changes)})

    def ask(self, trigger_kind: int = 2, **context: Any) -> Any:
        """Ask for an inline completion at the cursor and return the request's id."""
        params = {
            "textDocument": {"uri": self.uri},
            "position": self.position,
            "context": {"triggerKind": trigger_kind} | context,
        }
        return self.client.ask("textDocument/inlineCompletion", params)

    async def complete(self, trigger_kind: int = 2, **context: Any) -> list[dict[str, Any]]:
        """Ask for an inline completion at the cursor and return its items."""
        return items_of(await self.client.answer(self.ask(trigger_kind, **context)))

    async def ghost(self, trigger_kind: int = 2) -> str:
        """Return what an editor would show behind the cursor, `""` for nothing."""
        items = await self.complete(trigger_kind)
        if not items:
            return ""
        text: str = items[0]["insertText"]
        assert text.startswith(self.line), (text, self.line)
        assert items[0]["range"]["start"] == {"line": self.position["line"], "character": 0}
        return text.removeprefix(self.line)

    def _position_of(self, before: str) -> dict[str, int]:
        lines = before.replace("\r\n", "\n").split("\n")
        units = len(lines[-1].encode(self._codec)) // self._unit
        return {"line": len(lines) - 1, "character": units}


def items_of(result: Any) -> list[dict[str, Any]]:
    """Return the items of an inline completion's result, which is a list in an object and never null."""
    assert isinstance(result, dict), result
    assert set(result) == {"items"}, result
    items: list[dict[str, Any]] = result["items"]
    return items
