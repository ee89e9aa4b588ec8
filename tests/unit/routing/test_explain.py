"""What a person, and a program that reads JSON, is told of a decision."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from tests.unit.routing.facts import ALL, FLASH, POLICY
from tierlsp.routing.decide import decide
from tierlsp.routing.decision import Quote
from tierlsp.routing.explain import explained, main_reason, route_object, shown_usd, title_suffix
from tierlsp.routing.facts import Facts, Kind
from tierlsp.routing.tiers import Tier

FIX = Facts(Kind.FIX, "rust", errors=1, may_use_cloud=True)
QUOTE = Quote(Decimal("0.0123"), Decimal("0.0451"), 1_234, 600, 4_000)
UNPRICED = Quote(None, None, 1_234, 600, 4_000)


def test_json_is_as_the_contract_says() -> None:
    decision = decide(Facts(Kind.FIX, "rust", errors=1, prompt_tokens=1_234), ALL, POLICY)
    found = json.loads(json.dumps(route_object(decision, QUOTE)))
    assert found == {
        "tier": "premium",
        "model": "anthropic/claude-opus-5",
        "candidates": ["anthropic/claude-opus-5", "openai/gpt-5.4"],
        "score": 32,
        "reasons": [{"rule": reason.rule, "points": reason.points, "text": reason.text} for reason in decision.reasons],
        "removed": [],
        "tokens": {"prompt": 1_234, "output": 600},
        "usd": 0.0123,
        "maxUsd": 0.0451,
    }
    assert sum(reason["points"] for reason in found["reasons"]) == found["score"]


def test_what_is_not_known_is_null_and_never_0() -> None:
    decision = decide(FIX, ALL, POLICY)
    assert route_object(decision, UNPRICED)["usd"] is None
    assert route_object(decision, UNPRICED)["maxUsd"] is None
    assert route_object(decision, None)["tokens"] == {"prompt": None, "output": None}
    assert title_suffix(decision, UNPRICED) == "premium · claude-opus-5 · price unknown"
    assert "price unknown" in explained(decision, None)[0]
    nothing = decide(FIX, (), POLICY)
    assert route_object(nothing, None)["model"] is None
    assert title_suffix(nothing, None) == "premium · no model"
    assert explained(nothing, None)[0] == "No model can take this work for the premium tier."


def test_what_was_ruled_out_has_its_gate() -> None:
    decision = decide(Facts(Kind.FIX, "python", tier=Tier.CHEAP), ALL, POLICY)
    assert {"model": "openai/gpt-5.4", "gate": "pinned"} in route_object(decision, QUOTE)["removed"]


@pytest.mark.parametrize(
    ("usd", "shown"),
    [
        ("0", "$0"),
        ("0.000041", "$0.000041"),
        ("0.0451", "$0.046"),
        ("0.451", "$0.46"),
        ("1.201", "$1.21"),
        ("12.5", "$12.50"),
        ("1234.5", "$1,234.50"),
    ],
)
def test_the_highest_price_is_never_shown_lower_than_it_is(usd: str, shown: str) -> None:
    decision = decide(Facts(Kind.FIX, "python"), (FLASH,), POLICY)
    quote = Quote(Decimal(usd), Decimal(usd), 1, 1, 1)
    assert title_suffix(decision, quote) == f"cheap · deepseek-flash · ≤ {shown}"
    assert Decimal(shown.lstrip("$").replace(",", "")) >= Decimal(usd)


def test_a_likely_price_is_rounded_to_the_nearest() -> None:
    assert shown_usd(Decimal("0.0124")) == "$0.012"
    assert shown_usd(Decimal("0.0125")) == "$0.013"


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (FIX, "cheap models often get a fix in Rust wrong"),
        (Facts(Kind.REVIEW, "python"), "a review must find what others overlooked"),
        (Facts(Kind.FIX, "python", tier=Tier.PREMIUM), "you asked for the premium tier"),
        (Facts(Kind.FIX, "python"), "a fix is small"),
        (Facts(Kind.FIX, "python", failures=1), "an answer did not pass its checks"),
        (
            Facts(Kind.REVIEW, "python", may_use_cloud=False),
            "it is work for the premium tier, of which no model can take it",
        ),
    ],
)
def test_one_reason_says_it_in_short(facts: Facts, reason: str) -> None:
    assert main_reason(decide(facts, ALL, POLICY)) == reason
