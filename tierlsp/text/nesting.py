"""Which brackets are open at a cursor, and which of them the text behind it closes already.

Nesting is told from brackets and indentation together: a closing bracket at the start of a line belongs to a line of
the same indentation, so that one bracket that is missing is not made up for by the next block's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from tierlsp.text.brackets import CLOSER_OF, CLOSERS, CODE, Mode, close_innermost, scan, unmatched
from tierlsp.text.cursor import Cursor
from tierlsp.text.language import Language
from tierlsp.text.languages import language_of
from tierlsp.text.lines import indent_width, is_blank

LINES_ABOVE = 200
"""Lines searched for open brackets; the search ends earlier at the first that is open at the left margin. About a
millisecond, once for each place."""


_WORD = re.compile(r"\w+")


class Wanted(NamedTuple):
    """The closing brackets that may be written at a cursor."""

    closers: str
    """In the order in which they may come."""
    is_all: bool
    """Whether no others may follow; false where nothing is known of the brackets beyond."""


class _Bracket(NamedTuple):
    char: str
    indent: int
    """Of the line it stands on."""
    is_at_start: bool
    """Whether nothing but other ends, closing brackets or a word such as `end`, stands left of it on its line."""


@lru_cache(maxsize=4)
def wanted_closers(cursor: Cursor) -> Wanted:
    """Return the closing brackets for which there is an open one at `cursor` that the text behind does not close."""
    language = language_of(cursor.language)
    left = unmatched(cursor.prefix, language)
    on_line = [char for _, char in reversed(left.openers)]
    on_suffix = _closers_right(cursor.suffix, left.mode, language)
    if on_line:
        supplied = _matched(on_line, on_suffix + _closers_of_line(cursor, language))
        if supplied:
            return _wanted(on_line[: len(on_line) - supplied], is_all=True)
    elif on_suffix:
        return Wanted("", is_all=True)
    if not language.has_code_brackets:
        return _wanted(on_line, is_all=False)
    openers, is_complete = _open_above(cursor, language)
    closer = next(_closers_below(cursor, language), None)
    if closer is None:
        missing_above = [opener.char for opener in openers]
        return _wanted(on_line + missing_above, is_all=is_complete and cursor.is_last_line_below)
    return _wanted(on_line + _not_closed_by(closer, openers), is_all=True)


def _wanted(openers: Sequence[str], *, is_all: bool) -> Wanted:
    return Wanted("".join(CLOSER_OF[char] for char in openers), is_all)


def _matched(openers: Sequence[str], closers: Sequence[str]) -> int:
    """Return how many of `openers`, innermost first, are closed by `closers`, in their order.

    Where there are more openers, the closers belong to the outer ones, since the inner ones must be closed first.
    Where a closer does not fit, its own opener is still to be written.
    """
    wanted = [CLOSER_OF[char] for char in openers]
    inner = outer = 0
    while inner < min(len(wanted), len(closers)) and wanted[inner] == closers[inner]:
        inner += 1
    while outer < min(len(wanted), len(closers)) and wanted[-1 - outer] == closers[-1 - outer]:
        outer += 1
    return max(inner, outer)


def _closers_right(suffix: str, mode: Mode, language: Language) -> list[str]:
    """Return the closing brackets right of the cursor, which stands in `mode`.

    Where the cursor stands in a string that `suffix` does not end, the quote is still to be written, and `suffix` is
    what the editor has put in, or what stood there before: code.
    """
    if mode != CODE and scan(suffix, language, mode).mode_start < 0:
        mode = CODE
    return [char for _, char in unmatched(suffix, language, mode).closers]


def _closers_of_line(cursor: Cursor, language: Language) -> list[str]:
    """Return the closing brackets below that can only belong to the cursor's line.

    They stand on lines that are deeper than it, or at the start of the first line that is not.
    """
    own = indent_width(cursor.prefix)
    found: list[str] = []
    openers: list[tuple[int, str]] = []
    for line in cursor.below:
        if is_blank(line):
            continue
        width = indent_width(line)
        brackets = unmatched(line, language)
        closers = [(offset, char) for offset, char in brackets.closers if not close_innermost(openers, char)]
        openers.extend(brackets.openers)
        if width <= own:
            at_start = [char for offset, char in closers if _is_at_start(line, offset, language)]
            return found + at_start if width == own else found
        found += [char for _, char in closers]
    return found


def _open_above(cursor: Cursor, language: Language) -> tuple[list[_Bracket], bool]:
    """Return the brackets that lines above leave open, innermost first, and whether these are all there are."""
    openers: list[_Bracket] = []
    pending: list[str] = [char for _, char in unmatched(cursor.prefix, language).closers]
    for line in cursor.above[: -LINES_ABOVE - 1 : -1]:
        found = unmatched(line, language)
        for _, char in reversed(found.openers):
            if pending:
                pending.pop(0)
            else:
                openers.append(_Bracket(char, indent_width(line), is_at_start=False))
        pending[:0] = [char for _, char in found.closers]
        if openers and openers[-1].indent == 0 and not pending:
            return openers, True
    return openers, cursor.starts_at_top and len(cursor.above) <= LINES_ABOVE


def _closers_below(cursor: Cursor, language: Language) -> Iterator[_Bracket]:
    """Yield the closing brackets below whose partners stand above or at the cursor."""
    openers: list[tuple[int, str]] = []
    for line in cursor.below:
        found = unmatched(line, language)
        for offset, char in found.closers:
            if not close_innermost(openers, char):
                yield _Bracket(char, indent_width(line), _is_at_start(line, offset, language))
        openers.extend(found.openers)


def _not_closed_by(closer: _Bracket, openers: list[_Bracket]) -> list[str]:
    """Return the innermost of `openers` up to the one that `closer` closes, which may lie above all of them."""
    missing: list[str] = []
    for opener in openers:
        is_deeper = closer.is_at_start and opener.indent > closer.indent
        if CLOSER_OF[opener.char] == closer.char and not is_deeper:
            break
        missing.append(opener.char)
    return missing


def _is_at_start(line: str, offset: int, language: Language) -> bool:
    before = line[:offset].strip(CLOSERS + " \t")
    first = _WORD.match(before)
    return not before or (first is not None and first.group() in language.ends)
