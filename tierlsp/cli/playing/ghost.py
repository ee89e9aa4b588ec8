"""A completion on the screen, and whether it still agrees with what is typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from tierlsp.cli.playing.buffer import Buffer
from tierlsp.cli.playing.typist import Key
from tierlsp.lsp.positions import Encoding, column_of


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an answer came from, as the server says in the item's command; what it does not say is empty."""

    outcome: str = ""
    source: str = ""
    model: str = ""

    @property
    def label(self) -> str:
        """Outcome and source in short."""
        if self.outcome == self.source:
            return self.outcome or "unnamed"
        return f"{self.outcome} {self.source}".strip()


@dataclass(frozen=True, slots=True)
class Ghost:
    """What is shown behind the cursor."""

    text: str
    """What is left of it."""
    origin: Origin
    shown_at: int
    """The length of what was typed when it came up."""
    since_ms: float
    """When it came up, by the clock."""
    command: Mapping[str, Any] | None = None
    """What an editor sends when it is taken."""

    def along(self, key: Key) -> Ghost | None:
        """Return what is left after `key`, or `None` if the key goes another way or finishes it."""
        if key.delete or not self.text.startswith(key.insert) or self.text == key.insert:
            return None
        return replace(self, text=self.text[len(key.insert) :])


def ghost_of(result: Any, buffer: Buffer, encoding: Encoding, now_ms: float) -> Ghost | None:
    """Return what an editor shows for the `result` of `textDocument/inlineCompletion` at the buffer's cursor.

    An item that does not begin with what its range holds is not shown; VS Code hides such ones too.
    """
    item = _first_item(result)
    if item is None:
        return None
    span = item.get("range")
    start = span["start"] if isinstance(span, dict) else buffer.position(encoding)
    if start["line"] != buffer.line:
        return None
    replaced = buffer.line_prefix[column_of(buffer.line_prefix, start["character"], encoding) :]
    text = item["insertText"]
    if not text.startswith(replaced) or text == replaced:
        return None
    command = item.get("command")
    return Ghost(text[len(replaced) :], origin_of(command), len(buffer.typed), now_ms, command)


def origin_of(command: Any) -> Origin:
    """Return what the item's command says about the answer."""
    arguments = command.get("arguments") if isinstance(command, dict) else None
    said = arguments[0] if isinstance(arguments, list) and arguments else None
    if not isinstance(said, dict):
        return Origin()
    return Origin(*(str(said.get(key) or "") for key in ("outcome", "source", "model")))


def _first_item(result: Any) -> dict[str, Any] | None:
    items = result.get("items") if isinstance(result, dict) else result
    if not isinstance(items, list) or not items:
        return None
    item = items[0]
    return item if isinstance(item, dict) and isinstance(item.get("insertText"), str) else None
