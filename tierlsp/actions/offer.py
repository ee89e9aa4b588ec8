"""What can be done here, for a menu.

**Law:** offering costs nothing: no model, no disk, no network.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tierlsp.actions.catalogue import ACTIONS, Action, Choice, Group
from tierlsp.actions.own import own_row
from tierlsp.actions.plan import Known, make_plan, usable
from tierlsp.actions.scope import ScopeError
from tierlsp.actions.types import ActionRequest, Diagnostic, Document, Extent, OwnAction, Span
from tierlsp.routing.facts import Facts, Kind, Scope
from tierlsp.routing.tiers import Tier

logger = logging.getLogger(__name__)

MOST_OFFERS = 6
"""A menu in which one finds one's way; with a matching `wanted` there may be more."""

_PLACEHOLDER_QUESTION = "?" * 80
"""Stands for a question that is still to be asked: a line of usual length."""


@dataclass(frozen=True, slots=True)
class Menu:
    """What a menu is asked for."""

    document: Document
    span: Span
    diagnostics: tuple[Diagnostic, ...] = ()
    """Those that touch the selection, or for an empty one the line."""
    wanted: frozenset[Group] | None = None
    """The groups that the editor wants; `None` for all."""
    is_automatic: bool = False
    """Whether the editor asks on its own, at each move of the cursor."""
    root: Path | None = None
    """The workspace's folder that the document is in."""
    can_ask: bool = True
    """Whether the client asks the person for words where an entry needs some."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One entry."""

    kind: Kind
    group: Group
    title: str
    """What it does, in a few words. Tier, model and price are for `lsp` to add."""
    choice: str
    scope: Scope
    facts: Facts
    """For the decision and the price."""
    needs_instruction: bool = False
    """Whether the person must be asked something before it can run."""
    name: str = ""
    """How the action is called by `tierlsp.run`."""
    tier: Tier | None = None
    """The tier that must do it; `None` lets the rules decide."""
    after: str = ""
    """The run whose edit it is about."""
    extent: Extent | None = None
    """Which files it is about, where they are found when it runs."""


def offers(menu: Menu, known: Callable[[Kind], Known], own: Sequence[OwnAction] = ()) -> tuple[Offer, ...]:
    """Return the entries for `menu`, in the order of the catalogue.

    Args:
        menu: What is asked for.
        known: Says what is known besides, by kind.
        own: The person's own actions. They come after what mends problems, and before all others.
    """
    problems = usable(menu.diagnostics, menu.document)
    if menu.is_automatic and not problems:
        return ()
    found: list[Offer] = []
    for action, each in _rows(menu, own):
        if menu.wanted is None and len(found) >= MOST_OFFERS:
            # What nobody would see costs nothing either.
            break
        if menu.wanted is not None and action.group not in menu.wanted:
            continue
        if (menu.is_automatic and not action.is_automatic) or (action.needs_diagnostics and not problems):
            continue
        # Nothing there, or too much: it would be refused, so it is not offered.
        try:
            with suppress(ScopeError):
                found += _of_action(action, each, menu, problems, known(action.kind))
            if action.extents and menu.wanted is not None:
                with suppress(ScopeError):
                    found += _of_workspace(action, menu, known(action.kind))
        except Exception:
            # Law: one failing action does not take its neighbours down.
            logger.exception("offering %s failed", action.kind)
    return tuple(found if menu.wanted is not None else found[:MOST_OFFERS])


def _rows(menu: Menu, own: Sequence[OwnAction]) -> Iterator[tuple[Action, OwnAction | None]]:
    """Yield what could be offered, in the order of the menu."""
    mending = [action for action in ACTIONS if action.is_automatic]
    yield from ((action, None) for action in mending)
    for each in own:
        if not each.languages or menu.document.language in each.languages:
            yield own_row(each), each
    yield from ((action, None) for action in ACTIONS if action not in mending)


def _of_action(
    action: Action, own: OwnAction | None, menu: Menu, problems: tuple[Diagnostic, ...], known: Known
) -> Iterator[Offer]:
    for choice in (Choice("", action.title), *action.choices):
        needs_words = action.needs_instruction and not choice.name
        if (choice.needs_diagnostics and not problems) or (needs_words and not menu.can_ask):
            continue
        if choice.is_extra and menu.wanted is None:
            continue
        request = ActionRequest(
            run="",
            kind=action.kind,
            document=menu.document,
            span=menu.span,
            root=menu.root,
            diagnostics=menu.diagnostics,
            instruction=_PLACEHOLDER_QUESTION if needs_words else "",
            choice=choice.name,
            own=own,
            scope=own.scope if own is not None else None,
            tier=own.tier if own is not None else None,
        )
        plan = make_plan(request, known)
        yield Offer(
            kind=action.kind,
            group=action.group,
            title=_title(choice.title, plan.facts.scope, len(plan.request.diagnostics)),
            choice=choice.name,
            scope=plan.facts.scope,
            facts=plan.facts,
            needs_instruction=needs_words,
            name=request.name,
        )


def _of_workspace(action: Action, menu: Menu, known: Known) -> Iterator[Offer]:
    """Yield what could be done with files that are found when it runs, in a folder of the workspace.

    Whether there is a repository, or anything in it, nobody looks at now: offering touches no disk.
    """
    if menu.root is None or (action.needs_instruction and not menu.can_ask):
        return
    words = _PLACEHOLDER_QUESTION if action.needs_instruction else ""
    for extent, title in action.extents:
        request = ActionRequest("", action.kind, menu.document, menu.span, menu.root, instruction=words, extent=extent)
        facts = make_plan(request, known).facts
        needs_words = action.needs_instruction
        yield Offer(
            action.kind, action.group, title, "", facts.scope, facts, needs_words, action.kind.value, extent=extent
        )


_WHAT = {
    Scope.SELECTION: "these lines",
    Scope.SYMBOL: "this function",
    Scope.CLASS: "this class",
    Scope.FILE: "this file",
    Scope.FILES: "these files",
}


def _title(title: str, scope: Scope, problems: int) -> str:
    return title.format(what=_WHAT[scope], problems="this problem" if problems == 1 else f"{problems} problems")
