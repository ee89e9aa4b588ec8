"""Blanks at the end of a text, or of its lines, are of no use to anybody."""

from __future__ import annotations

from tierlsp.completion.filters.base import Cut
from tierlsp.completion.site import Site
from tierlsp.text.brackets import CLOSERS
from tierlsp.text.languages import language_of
from tierlsp.text.lines import is_blank

NAME = "trim_blanks"

_NO_BLANK_BEFORE = CLOSERS + ",;:. \t"
"""Characters right of the cursor that no blank is wanted before."""


def trim_blanks(text: str, site: Site, is_final: bool) -> Cut:
    """Drop blanks at the end, and at the end of each line except in prose, where two of them break a line.

    While the text grows, blank lines at its end are held back with what has begun behind them, since nothing may
    come of that.
    """
    kept = text if language_of(site.cursor.language).is_prose else _trim_lines(text)
    kept = _trim_final(kept, site) if is_final else _hold_blank_lines(kept)
    return Cut(kept, reason=NAME if is_final and kept != text else None)


def _trim_lines(text: str) -> str:
    if " \n" not in text and "\t\n" not in text:
        return text
    *lines, last = text.split("\n")
    return "\n".join([*(line.rstrip(" \t") for line in lines), last])


def _hold_blank_lines(text: str) -> str:
    """Return `text` such that its last whole line has something on it, up to its end."""
    whole, line_end, _ = text.rpartition("\n")
    if not line_end:
        return text
    body = whole.rstrip()
    if body == whole:
        return text
    return body + "\n" if body else ""


def _trim_final(text: str, site: Site) -> str:
    body = text.rstrip()
    if not body or is_blank(site.cursor.suffix):
        return body
    blanks = text[len(body) :]
    if "\n" in blanks:
        # What stands right of the cursor goes to a line of its own, as the model wants it.
        return body + "\n" + blanks.rpartition("\n")[2]
    return body if site.cursor.suffix[0] in _NO_BLANK_BEFORE else body + blanks[:1]
