"""LSP characters and Python columns, in the three position encodings.

A *character* counts code units of the negotiated encoding; a *column* counts code points. Both count from 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum


class Encoding(StrEnum):
    """What one unit of a position's `character` is."""

    UTF8 = "utf-8"
    UTF16 = "utf-16"
    UTF32 = "utf-32"


ENCODINGS = frozenset(encoding.value for encoding in Encoding)
"""Their names on the wire."""


def choose_encoding(offered: Sequence[object]) -> Encoding:
    """Return the client's first choice among those known; UTF-16 is the protocol's default."""
    for name in offered:
        if name in ENCODINGS:
            return Encoding(name)
    return Encoding.UTF16


def column_of(line: str, character: int, encoding: Encoding) -> int:
    """Return the column in `line` for `character`.

    Past the end of the line it is the line's end (specification, "Position"). Inside a code point it is the code
    point's beginning; the specification is silent there.
    """
    if character >= len(line) and encoding is Encoding.UTF32:
        return len(line)
    if encoding is Encoding.UTF32 or line.isascii():
        return min(character, len(line))
    units = 0
    for column, char in enumerate(line):
        units += _width(char, encoding)
        if units > character:
            return column
    return len(line)


def character_of(line: str, column: int, encoding: Encoding) -> int:
    """Return the character in `line` for `column`, which must not lie past its end."""
    if encoding is Encoding.UTF32 or line.isascii():
        return column
    return sum(_width(char, encoding) for char in line[:column])


def _width(char: str, encoding: Encoding) -> int:
    """Return the code units that `char` takes. A lone surrogate counts as the code point that it is."""
    code = ord(char)
    if encoding is Encoding.UTF16:
        return 2 if code > 0xFFFF else 1
    if code < 0x80:
        return 1
    if code < 0x800:
        return 2
    return 3 if code < 0x10000 else 4
