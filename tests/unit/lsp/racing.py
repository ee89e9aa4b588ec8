"""An editor in a test's hands, as each of the three really behaves, with a person who types into it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from tests.fakes import FakeClock
from tierlsp.lsp.client_requests import ClientRequests
from tierlsp.lsp.documents import Documents
from tierlsp.lsp.positions import Encoding


class Editor(StrEnum):
    """Whose behaviour."""

    VSCODE = "vscode"
    """Sends each key at once; refuses an edit for another version, as a whole."""
    HELIX = "helix"
    """The same, but what stands in front of the refused one is applied."""
    NEOVIM = "neovim"
    """Gathers keys for 150 ms; leaves out an edit for another version, and says `applied: true` all the same."""


GATHERED_MS = {Editor.VSCODE: 0.0, Editor.HELIX: 0.0, Editor.NEOVIM: 150.0}


@dataclass
class Buffer:
    """One text: with what the server did to it, and as it would be had the server done nothing."""

    text: str
    version: int = 1
    sent_version: int = 1
    pending: list[dict[str, Any]] = field(default_factory=list)


class Desk:
    """The editor, the way to the server with its delays, and the server's documents."""

    def __init__(self, editor: Editor, texts: dict[str, str], latency_ms: float) -> None:
        self.editor, self.latency_ms = editor, latency_ms
        self.clock = FakeClock()
        self.documents = Documents()
        self.buffers = {uri: Buffer(text) for uri, text in texts.items()}
        for uri, text in texts.items():
            self.documents.open({"uri": uri, "languageId": "python", "version": 1, "text": text})
        self.requests = ClientRequests(self._ask)
        self.made = 0
        """Edits that were applied."""

    # ------------------------------------------------------------------ the person

    def insert(self, uri: str, line: int, column: int, text: str) -> None:
        """Type `text`."""
        self.replace(uri, (line, column), (line, column), text)

    def replace(self, uri: str, start: tuple[int, int], end: tuple[int, int], text: str) -> None:
        """Change the text, and tell the server as this editor does."""
        buffer = self.buffers[uri]
        begin, finish = offset(buffer.text, start), offset(buffer.text, end)
        buffer.text = buffer.text[:begin] + text + buffer.text[finish:]
        buffer.version += 1
        span = {"start": position(start), "end": position(end)}
        buffer.pending.append({"range": span, "text": text})
        if len(buffer.pending) == 1:
            self.clock.call_later_ms(GATHERED_MS[self.editor], lambda: self._flush(uri))

    def _flush(self, uri: str) -> None:
        buffer = self.buffers[uri]
        changes, buffer.pending = buffer.pending, []
        identifier, version = {"uri": uri, "version": buffer.version}, buffer.version
        if changes:
            buffer.sent_version = version
            self.clock.call_later_ms(self.latency_ms, lambda: self.documents.change(identifier, changes, Encoding.UTF8))

    # ------------------------------------------------------------------ the server's requests

    def _ask(self, message: dict[str, Any]) -> None:
        self.clock.call_later_ms(self.latency_ms, lambda: self._apply(message))

    def _apply(self, message: dict[str, Any]) -> None:
        changes = message["params"]["edit"]["documentChanges"]
        is_applied = True
        named = [each["textDocument"] for each in changes]
        is_current = [self.buffers[each["uri"]].version == each["version"] for each in named]
        if self.editor is Editor.VSCODE and not all(is_current):
            is_applied, changes = False, []
        for each, current in zip(changes, is_current, strict=False):
            if current:
                self._edit(each)
            elif self.editor is Editor.HELIX:
                is_applied = False
                break
        answer = {"id": message["id"], "result": {"applied": is_applied}}
        self.clock.call_later_ms(self.latency_ms, lambda: self.requests.take(answer))

    def _edit(self, change: dict[str, Any]) -> None:
        uri = change["textDocument"]["uri"]
        self.made += 1
        for one in sorted(change["edits"], key=lambda one: place(one["range"]["start"]), reverse=True):
            self.replace(uri, place(one["range"]["start"]), place(one["range"]["end"]), one["newText"])

    async def until(self, task: asyncio.Task[Any]) -> Any:
        """Let time pass until `task` is done."""
        while not task.done():
            await self.clock.tick(40.0)
        await self.clock.tick(500.0)
        return task.result()


def place(value: dict[str, int]) -> tuple[int, int]:
    """Return (line, column) of an LSP position in ASCII text."""
    return value["line"], value["character"]


def position(value: tuple[int, int]) -> dict[str, int]:
    """Return the LSP position of a place in ASCII text."""
    return {"line": value[0], "character": value[1]}


def offset(text: str, at: tuple[int, int]) -> int:
    """Return where a place is in `text`."""
    lines = text.split("\n")
    return sum(len(line) + 1 for line in lines[: at[0]]) + at[1]
