"""The document as far as it is typed, and how an editor tells the server about a key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tierlsp.cli.playing.typist import Key
from tierlsp.lsp.positions import Encoding, character_of


@dataclass(frozen=True, slots=True)
class Buffer:
    """One version of the document. Only what is typed changes; it begins at a line's start and ends at one's end."""

    first_line: int
    """The line, from 0, on which the typing begins."""
    typed: str = ""
    version: int = 1

    @property
    def line_prefix(self) -> str:
        """The cursor's line, which ends at the cursor."""
        return self.typed[self.typed.rfind("\n") + 1 :]

    @property
    def line(self) -> int:
        """The cursor's line, from 0."""
        return self.first_line + self.typed.count("\n")

    def after(self, key: Key) -> Buffer:
        """Return the next version: this one after `key`."""
        return Buffer(self.first_line, self._kept(key) + key.insert, self.version + 1)

    def change(self, key: Key, encoding: Encoding) -> dict[str, Any]:
        """Return the content change of `textDocument/didChange` for `key`."""
        start = Buffer(self.first_line, self._kept(key)).position(encoding)
        return {"range": {"start": start, "end": self.position(encoding)}, "text": key.insert}

    def position(self, encoding: Encoding) -> dict[str, int]:
        """Return the cursor's LSP position."""
        prefix = self.line_prefix
        return {"line": self.line, "character": character_of(prefix, len(prefix), encoding)}

    def _kept(self, key: Key) -> str:
        return self.typed[: len(self.typed) - key.delete]
