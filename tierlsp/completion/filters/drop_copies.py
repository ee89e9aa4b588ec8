"""A text that makes the cursor's line the same as the line right above or below it adds nothing."""

from __future__ import annotations

import re

from tierlsp.completion.filters.base import Cut
from tierlsp.completion.site import Site
from tierlsp.text.blocks import ends_block, opens_block
from tierlsp.text.language import Blocks, Language
from tierlsp.text.languages import language_of
from tierlsp.text.lines import indent_width, is_blank
from tierlsp.text.overlap import words_of
from tierlsp.text.surroundings import line_above, lines_below

MIN_CHARS = 6
"""Characters from which on two lines are not the same by accident: `pass` and `break` are."""

_ANNOTATIONS = ("@", "#[", "/**")

_THREE_LETTERS = re.compile(r"[^\W\d_].*[^\W\d_].*[^\W\d_]")
"""Rows of numbers may well be the same."""


def drop_copies(text: str, site: Site, is_final: bool) -> Cut:
    """Drop the whole text if the cursor's line, as it makes it, is a copy of one of its neighbours."""
    cursor = site.cursor
    line, line_end, _ = text.partition("\n")
    if not (line_end or is_final) or not line:
        return Cut(text)
    if not is_blank(cursor.suffix):
        if site.is_multiline:
            return Cut(text)
        line += cursor.suffix
    made = cursor.prefix + line
    if not _is_telling(made, language_of(cursor.language)):
        return Cut(text)
    if any(_is_copy(made, neighbour) for neighbour in (line_above(cursor), *lines_below(cursor, 1))):
        return Cut("", stop=True, reason="drop_copies")
    return Cut(text)


def _is_telling(line: str, language: Language) -> bool:
    """Whether `line` says so much that saying it twice is a mistake. A tag or an annotation may well come again."""
    words = words_of(line)
    if len(words) < MIN_CHARS or not _THREE_LETTERS.search(words) or words.startswith(_ANNOTATIONS):
        return False
    is_tag = language.blocks is Blocks.TAGS and opens_block(line, language)
    return not is_tag and not ends_block(line, language)


def _is_copy(line: str, other: str) -> bool:
    return words_of(line) == words_of(other) and indent_width(line) == indent_width(other)
