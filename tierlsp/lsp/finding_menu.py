"""The entries of a menu for the findings at the cursor: mend it, or never show it again.

**Law:** offering a code action costs nothing: no model, no disk, no network.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tierlsp.actions.catalogue import Group, action_of
from tierlsp.actions.offer import Menu, Offer
from tierlsp.actions.plan import Known, make_plan
from tierlsp.actions.scope import ScopeError, lines_of_span
from tierlsp.actions.types import ActionRequest, Diagnostic, Finding, Place, Span, TextEdit
from tierlsp.assemble.actions import ActionParts
from tierlsp.lsp.anchors import Mark
from tierlsp.lsp.capabilities import KIND_OF_GROUP
from tierlsp.lsp.documents import BadParams, Document
from tierlsp.lsp.finding_board import SOURCE, Board, code_of, message_of, span_of
from tierlsp.lsp.menu import COMMAND, Entry, code_action
from tierlsp.routing.facts import Kind

MOST = 2
"""Findings in one menu: more on one line are rare, and a menu has six entries."""

_TITLE_CHARS = 60


def finding_entries(
    board: Board, parts: ActionParts, document: Document, menu: Menu, known: Known, *, has_literals: bool
) -> list[dict[str, Any]]:
    """Return the entries for the findings that `menu` was asked for at."""
    if menu.wanted is not None and Group.QUICKFIX not in menu.wanted:
        return []
    found: list[dict[str, Any]] = []
    first, end = lines_of_span(menu.span, menu.document)
    for mark, diagnostic in board.at(document.uri, first, end)[:MOST]:
        if proposal_of(mark, document.lines) is not None:
            found.append(_take(document.uri, mark.finding, diagnostic, has_literals=has_literals))
        entry = _fix(parts, document, menu, known, mark)
        action = entry and code_action(
            entry, document.uri, diagnostic["range"], [diagnostic], has_literals=has_literals
        )
        if action:
            found.append(action)
        if not menu.is_automatic:
            found.append(_dismiss(document.uri, mark.finding, diagnostic, has_literals=has_literals))
    if not menu.is_automatic:
        hidden = board.dismissed_at(document.uri, first, end)
        # Where nothing is asked for by its kind, one of them, so that a menu has room for the rest.
        for mark in hidden[: 1 if menu.wanted is None else None]:
            found.append(_restore(document.uri, mark.finding, has_literals=has_literals))
    return found


def _fix(parts: ActionParts, document: Document, menu: Menu, known: Known, mark: Mark) -> Entry | None:
    """Return the offer to have a finding mended, `None` where that is too much at once or nobody could."""
    finding, span = mark.finding, span_of(mark, document.lines)
    # As the client gives it back, so that the price shown is that of the run.
    problem = Diagnostic(span, message_of(finding), finding.severity, code_of(mark), SOURCE)
    request = ActionRequest("", Kind.FIX, menu.document, span, menu.root, diagnostics=(problem,))
    try:
        plan = make_plan(request, known)
    except ScopeError:
        return None
    action = action_of(Kind.FIX)
    title = f"Fix: {_short(finding)}"
    entry = Entry(Offer(Kind.FIX, action.group, title, "", plan.facts.scope, plan.facts), parts.route(plan.facts))
    return entry if entry.route.decision.model is not None else None


def proposal_of(mark: Mark, lines: Sequence[str]) -> TextEdit | None:
    """Return the edit that a finding proposes for its lines as they are now, `None` if there is none."""
    fix = mark.finding.fix
    if fix is None or tuple(lines[mark.first : mark.end]) != mark.finding.evidence:
        # Indented in another way since, perhaps: the proposal is for the lines as the model saw them.
        return None
    return TextEdit(Span(Place(mark.first, 0), Place(mark.end - 1, len(lines[mark.end - 1]))), fix.text)


def with_proposal(request: ActionRequest, board: Board, fingerprint: object) -> ActionRequest:
    """Return `request` with what the finding it names proposes.

    Raises:
        BadParams: there is no such finding any more, or it proposes nothing.
    """
    document = request.document
    for mark, _ in board.at(document.uri, 0, len(document.lines)):
        if mark.finding.fingerprint == fingerprint and (proposed := proposal_of(mark, document.lines)) is not None:
            return replace(request, proposed=proposed)
    raise BadParams("there is no such finding with a proposal any more; run the review again")


def _take(uri: str, finding: Finding, diagnostic: dict[str, Any], *, has_literals: bool) -> dict[str, Any]:
    title = f"Fix as proposed: {_short(finding)} (checked · no model · $0)"
    argument = {"action": Kind.FIX.value, "uri": uri, "range": diagnostic["range"], "finding": finding.fingerprint}
    return _entry(title, {"title": title, "command": COMMAND, "arguments": [argument]}, diagnostic, has_literals)


def _entry(title: str, command: dict[str, Any], diagnostic: dict[str, Any], has_literals: bool) -> dict[str, Any]:
    if not has_literals:
        return command
    kind = KIND_OF_GROUP[Group.QUICKFIX.value]
    return {"title": title, "kind": kind, "diagnostics": [diagnostic], "command": command}


def _dismiss(uri: str, finding: Finding, diagnostic: dict[str, Any], *, has_literals: bool) -> dict[str, Any]:
    title = f"Dismiss: {_short(finding)}"
    argument = {"uri": uri, "fingerprint": finding.fingerprint}
    command = {"title": title, "command": "tierlsp.dismissFinding", "arguments": [argument]}
    return _entry(title, command, diagnostic, has_literals)


def _restore(uri: str, finding: Finding, *, has_literals: bool) -> dict[str, Any]:
    title = f"Show dismissed: {_short(finding)}"
    argument = {"uri": uri, "fingerprint": finding.fingerprint, "undo": True}
    command = {"title": title, "command": "tierlsp.dismissFinding", "arguments": [argument]}
    return (
        {"title": title, "kind": KIND_OF_GROUP[Group.QUICKFIX.value], "command": command} if has_literals else command
    )


def _short(finding: Finding) -> str:
    text = finding.message
    return text if len(text) <= _TITLE_CHARS else f"{text[:_TITLE_CHARS].rpartition(' ')[0]} …"
