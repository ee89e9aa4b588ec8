"""What stands right of the cursor already is the end of what is wanted: the model stops when it has come to it."""

from __future__ import annotations

from tierlsp.completion.filters.base import Cut
from tierlsp.completion.site import Site
from tierlsp.text.brackets import CLOSERS, scan, unmatched
from tierlsp.text.language import Language
from tierlsp.text.languages import language_of
from tierlsp.text.lines import is_word
from tierlsp.text.overlap import found_offsets, without_blanks

NAME = "stop_at_suffix"

MIN_CHARS = 3
"""Characters of the suffix, blanks left out, for its first appearance to count as the end.

Shorter ones, as `,` or `;`, appear inside of what is wanted; `drop_suffix_overlap` looks for them at the end only.
"""


def stop_at_suffix(text: str, site: Site, is_final: bool) -> Cut:
    """End the text where it has reproduced the whole rest of the cursor's line.

    A rest that begins with a closing bracket is left to `balance_brackets`, which knows whose bracket it is.
    """
    suffix = without_blanks(site.cursor.suffix)
    if len(suffix) < MIN_CHARS or suffix[0] in CLOSERS:
        return Cut(text)
    language = language_of(site.cursor.language)
    for offset in found_offsets(text, suffix):
        if fits_suffix(text[:offset], site, language) and not _goes_on(text[offset:], suffix, is_final):
            return Cut(text[:offset], stop=True, reason=NAME)
    return Cut(text)


def fits_suffix(text: str, site: Site, language: Language) -> bool:
    """Whether the suffix fits behind `text` as at the cursor: nothing is left open, no string begun or ended."""
    mode = scan(site.cursor.prefix, language).mode
    found = unmatched(text, language, mode)
    if found.mode != mode or found.openers:
        return False
    return not site.cursor.suffix.lstrip().startswith(">") or _open_angles(text) <= 0


def _open_angles(text: str) -> int:
    """Return how many `<` of `text` are not closed in it, arrows left out."""
    return text.count("<") - text.count(">") + text.count("->") + text.count("=>")


def _goes_on(text: str, suffix: str, is_final: bool) -> bool:
    """Whether `text`, which begins with `suffix`, has it only as the beginning of a longer word, or may yet have."""
    if not is_word(suffix[-1]):
        return False
    count = 0
    for offset, char in enumerate(text):
        count += not char.isspace()
        if count == len(suffix):
            following = text[offset + 1 : offset + 2]
            return is_word(following) if following else not is_final
    return False
