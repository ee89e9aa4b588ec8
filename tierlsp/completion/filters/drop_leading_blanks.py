"""Blanks at the start: those that stand left of the cursor already, and line ends that would leave a blank line."""

from __future__ import annotations

from tierlsp.completion.filters.base import Cut
from tierlsp.completion.site import Site
from tierlsp.text.blocks import opens_block
from tierlsp.text.cursor import Cursor
from tierlsp.text.languages import language_of
from tierlsp.text.lines import indent_width, is_blank
from tierlsp.text.surroundings import line_above, lines_above, lines_below

NAME = "drop_leading_blanks"

KNOWN_LINES = 60
"""Lines above that show how deep this file indents: a function or two."""


def drop_leading_blanks(text: str, site: Site, is_final: bool) -> Cut:
    """Drop superfluous blanks and line ends in front of the text; hold all of them back until the text begins."""
    body = text.lstrip(" \t\n")
    if not body:
        return Cut("", reason=NAME if is_final and text else None)
    lead = text[: len(text) - len(body)]
    kept = _kept_lead(lead, site.cursor)
    return Cut(kept + body, reason=None if kept == lead else NAME)


def _kept_lead(lead: str, cursor: Cursor) -> str:
    """Return what to keep of the blanks that the text begins with."""
    if not is_blank(cursor.prefix):
        if "\n" in lead:
            return lead
        return "" if cursor.prefix[-1] in " \t." else lead
    if "\n" not in lead:
        return _kept_indent(lead, cursor)
    indent = lead.rpartition("\n")[2]
    if not _is_on_fresh_line(cursor):
        return lead
    if indent.startswith(cursor.prefix):
        return _kept_indent(indent[len(cursor.prefix) :], cursor)
    # Less than stands left of the cursor: the text belongs outside of its block, and that must stay visible.
    return lead if indent_width(indent) < indent_width(cursor.prefix) else ""


def _is_on_fresh_line(cursor: Cursor) -> bool:
    """Whether the cursor's blank line is the one to write on, rather than one that sets two parts apart."""
    if cursor.prefix or not cursor.above or is_blank(cursor.above[-1]):
        return True
    return opens_block(cursor.above[-1], language_of(cursor.language))


def _kept_indent(blanks: str, cursor: Cursor) -> str:
    """Return `blanks` if indentation is still missing left of the cursor, else nothing."""
    here, width = indent_width(cursor.prefix), indent_width(cursor.prefix + blanks)
    above = line_above(cursor)
    if not opens_block(above, language_of(cursor.language)):
        is_missing = width <= indent_width(above)
    elif here <= indent_width(above):
        is_missing = width > indent_width(above)
    else:
        # Half way: no line is indented as far as the cursor, and others as far as the text.
        known = {indent_width(line) for line in lines_above(cursor, KNOWN_LINES)}
        is_missing = here not in known and width in known
    is_missing = is_missing or any(indent_width(line) == width for line in lines_below(cursor, 1))
    return blanks if is_missing else ""
