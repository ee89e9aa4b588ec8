"""The menu of code actions: offers with their tier, model and highest price, as the client takes them.

**Law:** offering a code action costs nothing: no model, no disk, no network.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Any

from tierlsp.actions.catalogue import Group
from tierlsp.actions.course import nobody_serves
from tierlsp.actions.offer import Offer
from tierlsp.lsp.capabilities import KIND_OF_GROUP
from tierlsp.routing.explain import title_suffix
from tierlsp.routing.router import Route

COMMAND = "tierlsp.run"

_SMALLEST_USD = Decimal("0.000001")
"""Prices are passed on to the next of these: a number of JSON must not come out below what was shown."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An offer and its route."""

    offer: Offer
    route: Route


def groups_in(only: Iterable[str] | None) -> frozenset[Group] | None:
    """Return the groups that a client wants, `None` for all: a kind stands for itself and for all below it."""
    if only is None:
        return None
    kinds = [str(kind) for kind in only]
    return frozenset(
        Group(group)
        for group, kind in KIND_OF_GROUP.items()
        if any(not wanted or kind == wanted or kind.startswith(f"{wanted}.") for wanted in kinds)
    )


def code_action(
    entry: Entry, uri: str, span: dict[str, Any], diagnostics: Sequence[dict[str, Any]], *, has_literals: bool
) -> dict[str, Any] | None:
    """Return one entry of the menu.

    Args:
        entry: what is offered.
        uri: the document's.
        span: the LSP range that the menu was asked for.
        diagnostics: those that the client sent along, which come back with the command.
        has_literals: whether the client takes code actions as objects; else it gets commands.
    """
    title = f"{entry.offer.title} ({title_suffix(entry.route.decision, entry.route.quote)})"
    command = {"title": title, "command": COMMAND, "arguments": [_argument(entry, uri, span, diagnostics)]}
    if entry.route.decision.model is None:
        if not has_literals:
            return None
        _, why = nobody_serves(entry.route.decision)
        kind = KIND_OF_GROUP[entry.offer.group.value]
        return {"title": entry.offer.title, "kind": kind, "disabled": {"reason": why}}
    if not has_literals:
        return command
    action: dict[str, Any] = {"title": title, "kind": KIND_OF_GROUP[entry.offer.group.value], "command": command}
    if entry.offer.group is Group.QUICKFIX and diagnostics:
        action["diagnostics"] = list(diagnostics)
    return action


def _argument(entry: Entry, uri: str, span: dict[str, Any], diagnostics: Sequence[dict[str, Any]]) -> dict[str, Any]:
    offer, quote = entry.offer, entry.route.quote
    argument: dict[str, Any] = {"action": offer.name or offer.kind.value, "uri": uri, "range": span}
    if offer.extent is not None:
        argument["scope"] = offer.extent.value
    if offer.choice:
        argument["choice"] = offer.choice
    if diagnostics:
        argument["diagnostics"] = list(diagnostics)
    if offer.tier is not None:
        argument["tier"] = offer.tier.value
    if offer.after:
        argument["after"] = offer.after
    if offer.needs_instruction:
        argument["needsInstruction"] = True
    if quote is not None and quote.max_usd is not None:
        argument["maxUsd"] = float(quote.max_usd.quantize(_SMALLEST_USD, rounding=ROUND_CEILING))
    return argument
