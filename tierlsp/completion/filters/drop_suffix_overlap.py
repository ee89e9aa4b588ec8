"""What stands right of the cursor is not written twice: `foo(█, b)` answered with `a, b` needs only `a`."""

from __future__ import annotations

from tierlsp.completion.filters.base import Cut
from tierlsp.completion.filters.stop_at_suffix import fits_suffix
from tierlsp.completion.site import Site
from tierlsp.text.languages import language_of
from tierlsp.text.lines import is_word
from tierlsp.text.overlap import meeting_offsets

NAME = "drop_suffix_overlap"

MIN_WORD_CHARS = 3
"""Characters that an overlap beginning with a word must have: `else x` meets `e` by accident."""


def drop_suffix_overlap(text: str, site: Site, is_final: bool) -> Cut:
    """Drop from the end of the text the longest piece with which the rest of the cursor's line begins.

    Only the end of a finished text can meet the rest of the line, and only one of a single line: behind several
    lines the editor keeps nothing but closing brackets, which `balance_brackets` has settled.
    """
    if not is_final or site.is_multiline:
        return Cut(text)
    kept = text
    while (offset := _overlap(kept, site)) is not None:
        kept = kept[:offset]
    return Cut(kept, reason=None if kept == text else NAME)


def _overlap(text: str, site: Site) -> int | None:
    language = language_of(site.cursor.language)
    for offset in meeting_offsets(text, site.cursor.suffix):
        if is_word(text[offset]) and len(text) - offset < MIN_WORD_CHARS:
            continue
        if fits_suffix(text[:offset], site, language):
            return offset
    return None
