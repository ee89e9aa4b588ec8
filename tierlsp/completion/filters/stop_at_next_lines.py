"""The lines below the cursor are not written a second time: the model stops when it comes to them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tierlsp.completion.filters.base import Cut
from tierlsp.completion.filters.draft import DraftLine, decided_lines
from tierlsp.completion.site import Site
from tierlsp.text.blocks import ends_block, opens_block
from tierlsp.text.language import Language
from tierlsp.text.languages import language_of
from tierlsp.text.lines import indent_width
from tierlsp.text.overlap import without_blanks, words_of
from tierlsp.text.surroundings import lines_below

NAME = "stop_at_next_lines"

LOOK_AHEAD_LINES = 3
"""Lines below that are compared. The model may leave out one or two, rarely more, before it copies what follows."""

MOVED_CHARS = 8
"""Characters from which on a line of another indentation is still the same line."""

FAR_CHARS = 12
"""Characters, blanks left out, that a line further below must have to be recognised; short ones are in every block."""

SIMILAR_CHARS = 16
"""Characters, blanks left out, from which on a line may differ in a little of its punctuation.

A comma or a pair of quotes is then at most an eighth of the line.
"""

SIMILAR_SHARE = 0.1
"""The share of its characters by which a similar line may be longer or shorter."""

BEGUN_CHARS = 10
"""Characters from which on the beginning of the next line is taken for it: the model was cut short."""

_MINOR = re.compile(r"[,;\"'`]")
"""Punctuation in which two lines may differ and still be the same."""


def stop_at_next_lines(text: str, site: Site, is_final: bool) -> Cut:
    """End the text before a line that is the next line of the file, or one of the next few.

    A line in which a name or a number differs is no copy but the next of a series, however long it is. The cursor's
    own line is left to `drop_copies`.
    """
    if "\n" not in text:
        return Cut(text)
    below = [line.rstrip() for line in lines_below(site.cursor, LOOK_AHEAD_LINES)]
    language = language_of(site.cursor.language)
    lines = decided_lines(text, site, is_final)
    for index, line in enumerate(lines[1:], 1):
        if not line.is_blank and _is_among(line.full, below):
            if ends_block(line.full, language) and _is_own_end(lines[:index], line, site, language):
                continue
            return Cut(text[: line.start].rstrip(), stop=True, reason=NAME)
    return Cut(text)


def _is_among(line: str, below: Sequence[str]) -> bool:
    if not below:
        return False
    if line == below[0] or is_same(line, below[0]) or _is_begun(line, below[0]):
        return True
    return line in below[1:] and len(without_blanks(line)) >= FAR_CHARS


def is_same(line: str, other: str) -> bool:
    """Whether two lines differ only in indentation, or in a comma, a semicolon or the kind of quotes."""
    if words_of(line) == words_of(other):
        return len(words_of(line)) >= MOVED_CHARS
    left, right = without_blanks(line), without_blanks(other)
    longest = max(len(left), len(right))
    if longest < SIMILAR_CHARS or abs(len(left) - len(right)) > longest * SIMILAR_SHARE:
        return False
    return left != right and _MINOR.sub("", left) == _MINOR.sub("", right)


def _is_begun(line: str, next_line: str) -> bool:
    return len(line.strip()) >= BEGUN_CHARS and next_line.startswith(line)


def _is_own_end(before: Sequence[DraftLine], end: DraftLine, site: Site, language: Language) -> bool:
    """Whether the block that the line `end` closes was opened by the text itself.

    Then the nearest line that is not deeper stands at the same indentation, is of the text's making, is no end itself,
    and has something inside. What the cursor's own line opens is closed by the line below.
    """
    width = indent_width(end.full)
    has_inner = False
    for index in range(len(before) - 1, -1, -1):
        line = before[index]
        if line.is_blank:
            continue
        if indent_width(line.full) > width:
            has_inner = True
            continue
        if (index == 0 and site.cursor.prefix.strip()) or indent_width(line.full) < width:
            return False
        return (has_inner or opens_block(line.full, language)) and not ends_block(line.full, language)
    return False
