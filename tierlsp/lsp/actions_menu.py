"""The menu of a session: what can be done in a document, as its client takes it.

**Law:** offering a code action costs nothing: no model, no disk, no network.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tierlsp.actions.offer import MOST_OFFERS, Menu, offers
from tierlsp.actions.types import ActionRequest
from tierlsp.assemble.actions import ActionParts
from tierlsp.assemble.own_actions import own_actions
from tierlsp.lsp.documents import Document
from tierlsp.lsp.finding_board import Board
from tierlsp.lsp.finding_menu import finding_entries
from tierlsp.lsp.mended import MendedEdits
from tierlsp.lsp.mended_menu import still_standing
from tierlsp.lsp.menu import Entry, code_action, groups_in
from tierlsp.lsp.run_argument import diagnostics_of, root_of, snapshot_of, span_of
from tierlsp.routing.facts import Kind
from tierlsp.text.uris import path_of

if TYPE_CHECKING:
    from tierlsp.actions.plan import Known
    from tierlsp.lsp.session import Session


def menu_of(
    session: Session,
    parts: ActionParts,
    board: Board,
    mended: MendedEdits,
    document: Document,
    span: dict[str, Any],
    diagnostics: list[dict[str, Any]],
    only: list[str] | None,
    *,
    is_automatic: bool,
) -> list[dict[str, Any]]:
    """Return the code actions for a range of a document, as JSON values.

    Args:
        session: whose client asks.
        parts: what serves actions.
        board: the findings that are shown.
        mended: the edits that were made.
        document: an open one.
        span: an LSP range.
        diagnostics: those of the client, as JSON values.
        only: the kinds that the client wants; `None` for all.
        is_automatic: whether the client asked by itself.
    """
    client = session.client
    menu = _menu(session, document, span, diagnostics, only, is_automatic=is_automatic)
    has_literals = client.has_action_literals
    known = _known(Kind.FIX, menu, parts)
    found = finding_entries(board, parts, document, menu, known, has_literals=has_literals)
    found += still_standing(
        mended, parts, document, menu, known, span, diagnostics, encoding=client.encoding, has_literals=has_literals
    )
    for offer in offers(menu, lambda kind: _known(kind, menu, parts), tuple(own_actions(parts.settings).values())):
        entry = Entry(offer, parts.route(offer.facts))
        if is_automatic and entry.route.decision.model is None:
            continue
        action = code_action(entry, document.uri, span, diagnostics, has_literals=has_literals)
        found += [action] if action is not None else []
    return found if only is not None else found[:MOST_OFFERS]


def _menu(
    session: Session,
    document: Document,
    span: dict[str, Any],
    diagnostics: list[dict[str, Any]],
    only: list[str] | None,
    *,
    is_automatic: bool,
) -> Menu:
    """Return what is asked for, with a snapshot of the document."""
    client = session.client
    path = path_of(document.uri)
    return Menu(
        document=snapshot_of(document, path),
        span=span_of(span, document, client.encoding),
        diagnostics=diagnostics_of(diagnostics, document, client.encoding),
        wanted=groups_in(only),
        is_automatic=is_automatic,
        root=root_of(path, session.roots),
        # Without it nobody would ask the person; by `tierlsp.run` with an `instruction` such actions can be had.
        can_ask=client.has_status,
    )


def _known(kind: Kind, menu: Menu, parts: ActionParts) -> Known:
    request = ActionRequest("", kind, menu.document, menu.span, menu.root, diagnostics=menu.diagnostics)
    return parts.known(request, is_free=True)
