"""A place in one version of one document, with the text around it."""

from __future__ import annotations

from dataclasses import dataclass

WINDOW_ABOVE = 400
"""Lines kept above the cursor's line.

More than the largest prompt holds (`completion/prompt.py`), few enough that copying their references costs about
two microseconds whatever the file's size.
"""

WINDOW_BELOW = 120
"""Lines kept below the cursor's line."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """A frozen view of a document at one offset. Columns and lengths count code points, lines count from 0.

    **Law:** a request reads its document once, as one of these, before its first `await`.
    """

    uri: str
    language: str
    """The language id that the editor gave, such as `python`; may be empty."""
    version: int | None
    line: int
    above: tuple[str, ...]
    """Up to `WINDOW_ABOVE` lines above, nearest last, without their ends."""
    prefix: str
    """The cursor's line, left of the cursor."""
    suffix: str
    """The cursor's line, right of the cursor, without its end."""
    below: tuple[str, ...]
    """Up to `WINDOW_BELOW` lines below, nearest first, without their ends."""
    is_last_line_below: bool = True
    """Whether `below` reaches the end of the document."""

    @property
    def column(self) -> int:
        """Code points left of the cursor on its line."""
        return len(self.prefix)

    def is_at(self, other: Cursor) -> bool:
        """Whether both are the same place of the same version of a document."""
        if self is other:
            return True
        return self.version is not None and self._place == other._place

    @property
    def _place(self) -> tuple[str, int | None, int, int]:
        return self.uri, self.version, self.line, len(self.prefix)

    @property
    def starts_at_top(self) -> bool:
        """Whether `above` reaches the beginning of the document."""
        return len(self.above) == self.line


def cursor_in(
    lines: list[str], line: int, column: int, *, uri: str = "", language: str = "", version: int | None = None
) -> Cursor:
    """Return the cursor at `line` and `column` (both from 0, code points) of `lines`.

    A place past the end of a line is its end; a line past the last is the end of the document.
    """
    if line >= len(lines):
        line = len(lines) - 1
        column = len(lines[line])
    text = lines[line]
    return Cursor(
        uri=uri,
        language=language,
        version=version,
        line=line,
        above=tuple(lines[max(0, line - WINDOW_ABOVE) : line]),
        prefix=text[:column],
        suffix=text[column:],
        below=tuple(lines[line + 1 : line + 1 + WINDOW_BELOW]),
        is_last_line_below=line + 1 + WINDOW_BELOW >= len(lines),
    )
