"""A model that begins to repeat itself goes on to the end of its tokens. What it repeats is not shown.

Four kinds: a piece of one line again and again, one line three times, a block of lines twice, and the block of lines
right above the cursor once more.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from typing import NamedTuple

from tierlsp.completion.filters.base import Cut
from tierlsp.completion.filters.draft import decided_lines
from tierlsp.completion.filters.limit_scope import limit_scope
from tierlsp.completion.site import Site
from tierlsp.text.blocks import ends_block
from tierlsp.text.cursor import Cursor
from tierlsp.text.language import Language
from tierlsp.text.languages import language_of
from tierlsp.text.overlap import without_blanks
from tierlsp.text.surroundings import lines_above

NAME = "stop_repetition"

LINE_TIMES = 3
"""How often the same line in a row is too often. Two alike occur in written code, three hardly ever."""

BLOCK_LINES = 12
"""The longest block that is looked for: within 128 tokens no longer one can come twice."""

BLOCK_CHARS = 20
"""Characters that a block must have, blanks left out, for its second appearance to be a mistake."""

_PIECE = re.compile(r"([^\n]{3,9}?)\1{5}|([^\n]{10,60}?)\2{3}")
"""A piece of three to nine characters six times, or a longer one four times."""

PIECE_LINE_CHARS = 18
"""The shortest line that can hold such a repetition: six times three."""

PIECE_LETTERS = 3
"""Letters that such a piece must have: rows of numbers, rulers and `\\x00` repeat by right."""

_LETTER = re.compile(r"[^\W\d_]")

CACHED_LINES = 128
"""Lines whose examination is remembered: a text comes again with each piece, and its whole lines as they were."""


class _Entry(NamedTuple):
    """A line that is not blank, of the file above or of the text."""

    key: str
    start: int
    """Offset in the text; -1 for a line above."""
    end: int
    """Offset in the text of its line end."""
    is_telling: bool
    """Whether a repetition may begin with it: it has letters and does not merely end a block."""


class _Find(NamedTuple):
    """A repetition."""

    decided_at: int
    """Offset in the text at which it was complete. The first to be complete counts, so that later ones change
    nothing."""
    cut: int


class _Begun(NamedTuple):
    """Lines that later ones could show to be a repetition."""

    start: int
    """Offset in the text of the first of them."""
    missing: list[str]
    """The lines that would have to follow, as far as they are known."""


class _Watched(NamedTuple):
    """What the whole lines of a text show."""

    find: _Find | None
    begun: list[_Begun]


class _Piece(NamedTuple):
    """A piece of a line, again and again."""

    end: int
    """Offset in the line at which the repetition is complete."""
    kept: int
    """Offset in the line behind the first piece."""


def stop_repetition(text: str, site: Site, is_final: bool) -> Cut:
    """End the text where a repetition begins; hold back the lines with which one may be beginning."""
    entries = _entries(text, site, is_final)
    watched = _watch_lines(entries)
    finds = [find for find in (watched.find, _find_piece(text)) if find is not None]
    if finds:
        return Cut(text[: min(finds).cut].rstrip(), stop=True, reason=NAME)
    if is_final or not entries:
        return Cut(text)
    whole = text[: entries[-1].end + 1]
    starts = [begun.start for begun in watched.begun if _may_be_completed(whole, begun.missing, site)]
    return Cut(text[: min(starts, default=len(text))])


def _may_be_completed(text: str, missing: list[str], site: Site) -> bool:
    """Whether the lines that would make a repetition of `text` are such as may follow it.

    Where the block that would be repeated reaches out of the scope, that ends first, and nothing need be held back.
    """
    return not missing or not limit_scope(text + "\n".join(missing) + "\n", site, True).stop


def _entries(text: str, site: Site, is_final: bool) -> list[_Entry]:
    """Return the lines above that a block of the text could repeat, and then those of the text."""
    language = language_of(site.cursor.language)
    entries = list(_entries_above(site.cursor))
    for line in decided_lines(text, site, is_final):
        if line.full:
            entries.append(_Entry(line.full, line.start, line.end, _is_telling(line.full, language)))
    return entries


@lru_cache(maxsize=2)
def _entries_above(cursor: Cursor) -> tuple[_Entry, ...]:
    language = language_of(cursor.language)
    lines = (line.rstrip() for line in lines_above(cursor, BLOCK_LINES))
    return tuple(_Entry(line, -1, -1, _is_telling(line, language)) for line in lines)


@lru_cache(maxsize=CACHED_LINES)
def _is_telling(line: str, language: Language) -> bool:
    return _LETTER.search(line) is not None and not ends_block(line, language)


def _watch_lines(entries: list[_Entry]) -> _Watched:
    """Return the first repetition of whole lines, or those that may be beginning."""
    same = 0
    runs = [0] * (BLOCK_LINES + 1)
    for index, entry in enumerate(entries):
        same = same + 1 if index and entry.key == entries[index - 1].key and entry.is_telling else 1
        if entry.start < 0:
            continue
        # Behind the line's end, since a piece of the line is complete before that.
        decided_at = entry.end + 1
        if same >= LINE_TIMES:
            return _Watched(_Find(decided_at, max(0, entries[index - same + 2].start)), [])
        for length in range(2, min(BLOCK_LINES, index) + 1):
            is_repeated = entry.key == entries[index - length].key and (runs[length] > 0 or entry.is_telling)
            runs[length] = runs[length] + 1 if is_repeated else 0
            if runs[length] >= length and _is_block(entries[index + 1 - length : index + 1]):
                return _Watched(_Find(decided_at, entries[index + 1 - length].start), [])
    return _Watched(None, _begun(entries, same, runs))


def _begun(entries: list[_Entry], same: int, runs: list[int]) -> list[_Begun]:
    """Return the lines at the end that later ones could show to be a repetition."""
    size = len(entries)
    begun = [_Begun(entries[-1].start, [])] if same > 1 else []
    for length in range(2, len(runs)):
        first = size - runs[length]
        if 0 < runs[length] < length <= first and _is_block(entries[first - length : first]):
            missing = [entry.key for entry in entries[size - length : first]]
            begun.append(_Begun(entries[first].start, missing))
    return [lines for lines in begun if lines.start >= 0]


def _is_block(entries: list[_Entry]) -> bool:
    """Whether the lines are many enough characters, and not one line over and over."""
    if all(entry.key == entries[0].key for entry in entries):
        return False
    return sum(len(without_blanks(entry.key)) for entry in entries) >= BLOCK_CHARS


def _find_piece(text: str) -> _Find | None:
    """Return the first repetition within a line. On the cursor's line the piece is kept once, others go whole."""
    start = 0
    for index, line in enumerate(text.split("\n")):
        piece = _first_piece(line)
        if piece is not None:
            return _Find(start + piece.end, start if index else piece.kept)
        start += len(line) + 1
    return None


def _may_repeat(line: str) -> bool:
    """Whether three characters stand in `line` as often as in any repetition. Few lines of code get past this."""
    line = line.strip()
    if len(line) < PIECE_LINE_CHARS:
        return False
    counts = Counter([line[start : start + 3] for start in range(len(line) - 2)])
    return max(counts.values(), default=0) >= 4


@lru_cache(maxsize=CACHED_LINES)
def _first_piece(line: str) -> _Piece | None:
    """Return the repetition in `line` that is complete first, not the one that begins first."""
    if not _may_repeat(line):
        return None
    best: _Piece | None = None
    begin, end = len(line) - len(line.lstrip()), len(line)
    while (match := _PIECE.search(line, begin, end)) is not None:
        if len(_LETTER.findall(match[1] or match[2])) >= PIECE_LETTERS:
            best = _Piece(match.end(), match.start() + len(match[1] or match[2]))
            begin, end = match.start(), match.end() - 1
        else:
            begin = match.start() + 1
    return best
