"""The entry of a menu for a problem that still stands after an edit was made: the tier above could try.

**Law:** offering a code action costs nothing: no model, no disk, no network.
"""

from __future__ import annotations

from typing import Any

from tierlsp.actions.catalogue import Group, action_of
from tierlsp.actions.markdown import safe_line
from tierlsp.actions.offer import Menu, Offer
from tierlsp.actions.plan import Known, make_plan, usable
from tierlsp.actions.scope import ScopeError, lines_of_span
from tierlsp.actions.types import ActionRequest, Diagnostic
from tierlsp.assemble.actions import ActionParts
from tierlsp.lsp.documents import Document
from tierlsp.lsp.mended import Mended, MendedEdits, key_of
from tierlsp.lsp.menu import Entry, code_action
from tierlsp.lsp.positions import Encoding
from tierlsp.lsp.run_argument import diagnostics_of
from tierlsp.routing.facts import Kind

_TITLE_CHARS = 60


def still_standing(
    mended: MendedEdits,
    parts: ActionParts,
    document: Document,
    menu: Menu,
    known: Known,
    span: dict[str, Any],
    diagnostics: list[dict[str, Any]],
    *,
    encoding: Encoding,
    has_literals: bool,
) -> list[dict[str, Any]]:
    """Return the entry for what still stands where an edit was made, if there is a better tier to try; else none.

    Args:
        mended: The edits that were made.
        parts: What serves actions.
        document: The document as it is.
        menu: What is asked for.
        known: What is known besides.
        span: The LSP range that was asked about.
        diagnostics: What other tools say there now, as JSON values.
        encoding: That of the positions.
        has_literals: Whether the client takes code actions as objects.
    """
    if menu.wanted is not None and Group.QUICKFIX not in menu.wanted:
        return []
    edit = mended.at(document.uri, document.lines, *lines_of_span(menu.span, menu.document))
    standing = edit.standing(usable(menu.diagnostics, menu.document)) if edit is not None else []
    entry = _entry(edit, standing, parts, menu, known) if edit is not None and standing else None
    if entry is None:
        return []
    # Only what still stands goes along: the price is for that.
    keys = {key_of(each) for each in standing}
    raw = [each for each in diagnostics if keys & set(map(key_of, diagnostics_of([each], document, encoding)))]
    action = code_action(entry, document.uri, span, raw, has_literals=has_literals)
    return [action] if action is not None else []


def _entry(edit: Mended, standing: list[Diagnostic], parts: ActionParts, menu: Menu, known: Known) -> Entry | None:
    """Return the offer to have the tier above try, `None` where there is none."""
    above = edit.tier.above
    if above is None:
        return None
    request = ActionRequest("", Kind.FIX, menu.document, menu.span, menu.root, diagnostics=tuple(standing), tier=above)
    try:
        facts = make_plan(request, known).facts
    except ScopeError:
        return None
    route = parts.route(facts)
    tier = route.decision.tier
    if route.decision.model is None or tier.rank <= edit.tier.rank:
        return None
    title = f"Fix with {tier}: “{_short(standing[0].message)}” still stands"
    group = action_of(Kind.FIX).group
    return Entry(Offer(Kind.FIX, group, title, "", facts.scope, facts, tier=tier, after=edit.run), route)


def _short(message: str) -> str:
    text = safe_line(message)
    return text if len(text) <= _TITLE_CHARS else f"{text[:_TITLE_CHARS].rpartition(' ')[0]} …"
