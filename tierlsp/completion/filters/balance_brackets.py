"""A closing bracket must close something.

That is one that the text has opened, or one that stands open at the cursor and that nothing behind it closes. It is
measured against the real text behind the cursor, not against what the model was shown of it.
"""

from __future__ import annotations

from tierlsp.completion.filters.base import Cut
from tierlsp.completion.site import Site
from tierlsp.text.brackets import OPENERS, close_innermost, scan
from tierlsp.text.languages import language_of
from tierlsp.text.nesting import Wanted, wanted_closers
from tierlsp.text.surroundings import is_in_long_string

NAME = "balance_brackets"


def balance_brackets(text: str, site: Site, is_final: bool) -> Cut:
    """End the text before a closing bracket that nothing asks for."""
    language = language_of(site.cursor.language)
    if language.is_prose:
        return Cut(text)
    prefix = site.cursor.prefix
    own: list[tuple[int, str]] = []
    closed = 0
    wanted: Wanted | None = None
    for offset, char in scan(prefix + text, language).brackets:
        if offset < len(prefix):
            continue
        if char in OPENERS:
            own.append((offset, char))
        elif not close_innermost(own, char):
            if not is_final and language.has_char_literals and text.endswith("'" + char):
                # With one more quote it is a character, and no bracket.
                break
            wanted = wanted or _wanted_at(site)
            if wanted.closers[closed : closed + 1] == char:
                closed += 1
            elif closed < len(wanted.closers) or wanted.is_all:
                return Cut(text[: offset - len(prefix)], stop=True, reason=NAME)
    return Cut(text)


def _wanted_at(site: Site) -> Wanted:
    """Return the closing brackets that are wanted, any number where the cursor stands in words."""
    return Wanted("", is_all=False) if is_in_long_string(site.cursor) else wanted_closers(site.cursor)
