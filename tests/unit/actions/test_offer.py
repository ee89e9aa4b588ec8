"""What a menu offers: from what is at hand, at no cost, and at the price of the run that follows."""

from __future__ import annotations

import builtins
import os
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.actions.runs import SOURCE, document_of, problem, request_of
from tierlsp.actions import catalogue
from tierlsp.actions.catalogue import ACTIONS, Group, action_of
from tierlsp.actions.history import Past
from tierlsp.actions.offer import MOST_OFFERS, Menu, Offer, offers
from tierlsp.actions.plan import Known, make_plan
from tierlsp.actions.types import OwnAction, Place, Severity, Span
from tierlsp.routing.facts import Kind, Scope
from tierlsp.routing.tiers import Tier

AT = Span(Place(1, 4), Place(1, 4))


def menu(**changes) -> Menu:
    return Menu(**({"document": document_of(SOURCE), "span": AT, "diagnostics": (problem(1),)} | changes))


def known(kind: Kind) -> Known:
    return Known()


def titles(menu: Menu) -> list[str]:
    return [offer.title for offer in offers(menu, known)]


def test_what_is_offered_on_a_problem() -> None:
    assert titles(menu()) == [
        "Fix this problem", "Explain this function", "Explain this problem", "Ask about this function",
        "Refactor this function …", "Simplify this function",
    ]  # fmt: skip


def test_what_is_offered_without_one() -> None:
    found = titles(menu(diagnostics=()))
    assert found[:4] == [
        "Explain this function", "Ask about this function", "Refactor this function …", "Simplify this function",
    ]  # fmt: skip
    assert len(found) <= MOST_OFFERS


def test_where_nobody_asks_for_words_nothing_is_offered_that_needs_some() -> None:
    found = offers(menu(can_ask=False), known)
    assert not any(offer.needs_instruction for offer in found)
    shown = [offer.title for offer in found]
    assert shown[3:5] == ["Simplify this function", "Describe this function"]


def test_all_choices_are_there_under_their_own_kind() -> None:
    found = titles(menu(wanted=frozenset({Group.REWRITE})))
    assert found[:7] == [
        "Refactor this function …", "Simplify this function", "Extract a function from this function",
        "Inline in this function", "Modernise this function", "Add types to this function",
        "Handle errors in this function",
    ]  # fmt: skip
    assert "Find another name" in found


def test_unasked_only_fix_and_only_on_a_problem() -> None:
    assert titles(menu(is_automatic=True)) == ["Fix this problem"]
    assert titles(menu(is_automatic=True, diagnostics=())) == []


def test_only_the_groups_that_are_wanted() -> None:
    assert titles(menu(wanted=frozenset({Group.QUICKFIX}))) == ["Fix this problem"]
    # Tests go into a file of the project.
    assert titles(menu(wanted=frozenset({Group.TESTS}))) == []
    here = menu(wanted=frozenset({Group.TESTS}), root=Path("/project"))
    assert titles(here) == ["Write tests for this function"]


def test_never_more_than_a_menu_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tierlsp.actions.offer.ACTIONS", ACTIONS * 4)
    assert len(offers(menu(), known)) == MOST_OFFERS


def test_our_own_findings_and_findings_outside_are_no_problems() -> None:
    ours = replace(problem(1), source="tierlsp")
    assert titles(menu(diagnostics=(ours, problem(99)), is_automatic=True)) == []


def test_two_problems_have_a_plural() -> None:
    assert titles(menu(diagnostics=(problem(1), problem(0))))[0] == "Fix 2 problems"


def test_nothing_is_offered_where_nothing_stands() -> None:
    assert titles(menu(document=document_of("\n\n\n"), diagnostics=())) == []


def test_one_action_that_fails_does_not_take_the_others_down(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(kind: Kind) -> Known:
        if kind is Kind.FIX:
            raise ValueError
        return Known()

    assert [offer.kind for offer in offers(menu(), broken)][:3] == [Kind.EXPLAIN, Kind.EXPLAIN, Kind.ASK]


def test_offering_opens_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """**Law:** offering costs nothing: no disk, no network."""
    offers(menu(), known)

    def forbidden(*args: object, **options: object) -> None:
        raise AssertionError("something was opened")

    for owner, name in ((builtins, "open"), (os, "stat"), (os.path, "realpath"), (socket, "socket")):
        monkeypatch.setattr(owner, name, forbidden)
    found = offers(menu(), known)
    monkeypatch.undo()
    assert len(found) == MOST_OFFERS


def test_the_price_that_is_offered_is_that_of_the_run() -> None:
    for offer in offers(menu(), known):
        if offer.needs_instruction:
            continue
        request = request_of(offer.kind, choice=offer.choice, root=None)
        assert make_plan(request, Known()).facts == offer.facts


def offer_of(kind: Kind, **changes) -> Offer:
    return next(offer for offer in offers(menu(**changes), known) if offer.kind is kind)


def test_facts_say_what_there_is() -> None:
    warning = replace(problem(0), severity=Severity.WARNING)
    facts = offer_of(Kind.FIX, diagnostics=(problem(1), warning)).facts
    assert (facts.kind, facts.language, facts.scope) == (Kind.FIX, "python", Scope.SYMBOL)
    assert (facts.errors, facts.warnings, facts.lines, facts.public_names, facts.files) == (1, 1, 2, 1, 1)
    assert facts.can_verify
    assert 100 < facts.prompt_tokens - facts.spare_tokens < 800
    assert facts.spare_tokens < facts.prompt_tokens < facts.highest_prompt_tokens
    assert 0 < facts.likely_output_tokens < facts.max_output_tokens
    assert not offer_of(Kind.EXPLAIN).facts.can_verify


def test_what_else_is_known_goes_into_the_facts() -> None:
    more = Known(("auth",), Past(2, 1, Tier.CHEAP), may_use_cloud=False)
    facts = make_plan(request_of(tier=Tier.PREMIUM, model="a/b"), more).facts
    assert (facts.areas, facts.rejections, facts.failures, facts.last_tier) == (("auth",), 2, 1, Tier.CHEAP)
    assert (facts.tier, facts.model, facts.may_use_cloud) == (Tier.PREMIUM, "a/b", False)


@pytest.mark.parametrize("lines", [10, 20_000])
def test_a_long_file_makes_no_long_prompt(lines: int) -> None:
    document = document_of("x = 1\n" * lines + SOURCE)
    span = Span(Place(lines + 1, 0), Place(lines + 1, 0))
    found = offers(Menu(document, span, (problem(lines + 1),)), known)
    assert all(offer.facts.prompt_tokens < 12_000 for offer in found)


def test_every_action_has_a_file_of_its_own_and_its_words() -> None:
    for action in ACTIONS:
        assert action_of(action.kind) is action
        assert action.write.__module__.startswith("tierlsp.actions.")
        assert action.outputs and action.scopes
    assert len({action.write.__module__ for action in ACTIONS}) == len(ACTIONS)
    assert catalogue.Group("quickfix") is Group.QUICKFIX


def test_actions_of_the_persons_own_come_after_what_mends_and_where_their_languages_are() -> None:
    own = OwnAction(
        "shout", "Shout {it}", "Write it in capitals.", gives_edit=True, scope=Scope.SYMBOL, tier=Tier.LOCAL
    )
    rust = replace(own, name="rust", languages=("rust",))
    found = offers(menu(), known, (own, rust))
    assert [offer.title for offer in found][:3] == ["Fix this problem", "Shout {it}", "Explain this function"]
    assert (found[1].name, found[1].group, found[1].facts.kind, found[1].facts.tier) == (
        "shout", Group.REWRITE, Kind.OWN, Tier.LOCAL,
    )  # fmt: skip
    assert titles(menu(is_automatic=True)) == [offer.title for offer in offers(menu(is_automatic=True), known, (own,))]
