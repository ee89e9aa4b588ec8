"""A text must be worth the look it costs."""

from __future__ import annotations

from tierlsp.completion.filters.base import Cut
from tierlsp.completion.site import Site
from tierlsp.text.language import Language
from tierlsp.text.languages import language_of
from tierlsp.text.lines import is_word

NAME = "require_substance"


def require_substance(text: str, site: Site, is_final: bool) -> Cut:
    """Drop a text that is nothing but blanks, one punctuation mark, or the mark of a comment.

    One closing bracket or quote is what editors write by themselves. No length is asked of a word: an index, a unit or
    a loop's variable has one letter. What remains of a text while the person types along it never comes here.
    """
    language = language_of(site.cursor.language)
    if is_final:
        return Cut(text) if _has_substance(text, language) else Cut("", reason=NAME if text else None)
    whole, line_end, _ = text.rpartition("\n")
    return Cut(text if not line_end or _has_substance(whole, language) else "")


def _has_substance(text: str, language: Language) -> bool:
    stripped = text.strip()
    if len(stripped) < 2:
        return bool(stripped) and is_word(stripped)
    return stripped not in language.line_comments
