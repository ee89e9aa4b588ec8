"""The text in the editor."""

from __future__ import annotations

from dataclasses import dataclass

from bench.replay.material import Material


@dataclass(frozen=True, slots=True)
class Change:
    """A replacement of the text between two places (line, column) by `text`."""

    start: tuple[int, int]
    end: tuple[int, int]
    text: str


@dataclass(slots=True)
class Buffer:
    """The document and the cursor. The person writes at the end of a line: nothing stands right of the cursor."""

    uri: str
    language: str
    lines: list[str]
    line: int
    version: int = 1

    @property
    def typed(self) -> str:
        """The cursor's line."""
        return self.lines[self.line]

    @property
    def column(self) -> int:
        return len(self.typed)

    def replace(self, start_column: int, text: str) -> Change:
        """Replace the cursor's line from `start_column` on by `text`; the cursor ends up behind it."""
        change = Change((self.line, start_column), (self.line, self.column), text)
        first, *rest = text.split("\n")
        self.lines[self.line] = self.typed[:start_column] + first
        self.lines[self.line + 1 : self.line + 1] = rest
        self.line += len(rest)
        self.version += 1
        return change


def buffer_of(material: Material) -> Buffer:
    """Return the file without the stretch, the cursor on an empty line where it is to come."""
    lines = [*material.lines[: material.first], "", *material.lines[material.last + 1 :]]
    return Buffer(material.uri, material.language, lines, material.first)
