"""A text that makes the cursor's line the same as the line right above or below it adds nothing."""

from __future__ import annotations

import re

from tierlsp.completion.filters.base import Cut
from tierlsp.completion.site import Site
from tierlsp.text.blocks import ends_block
from tierlsp.text.languages import language_of
from tierlsp.text.lines import is_blank
from tierlsp.text.overlap import squeeze
from tierlsp.text.surroundings import line_above, lines_below

MIN_CHARS = 6
"""Characters, blanks left out, from which on two lines are not the same by accident: `pass` and `break` are."""

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
    made = squeeze(cursor.prefix + line)[0]
    language = language_of(cursor.language)
    if len(made) < MIN_CHARS or not _THREE_LETTERS.search(made) or ends_block(cursor.prefix + line, language):
        return Cut(text)
    neighbours = (line_above(cursor), *lines_below(cursor, 1))
    if any(squeeze(neighbour)[0] == made for neighbour in neighbours):
        return Cut("", stop=True, reason="drop_copies")
    return Cut(text)
