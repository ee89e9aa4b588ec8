"""The month's report: sums by hand, what is wasted, what premium alone had cost, and the JSON that others rely on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierlsp.backends.chat import TokenUsage
from tierlsp.routing.facts import Kind
from tierlsp.routing.ledger_rows import CompletionCount
from tierlsp.routing.price_table import load_table
from tierlsp.routing.prices import PriceBook
from tierlsp.routing.report import as_json, report_of, wasted_entries
from tierlsp.routing.spend import Cost, Entry, Order, PriceSource
from tierlsp.routing.tiers import Tier

BOOK = PriceBook({}, load_table(), {"ollama": "", "plan": "glm-coding"})
OPUS = "anthropic/claude-opus-5-5"
FLASH = "deepseek/deepseek-flash"


def entry_of(
    usd: str | None,
    *,
    tier: Tier = Tier.CHEAP,
    model: str = FLASH,
    usage: TokenUsage | None = None,
    run: str = "run",
    kind: Kind = Kind.FIX,
    day: int = 26,
    is_escalation: bool = False,
    is_open: bool = False,
    is_estimate: bool = False,
) -> Entry:
    return Entry(
        at=datetime(2026, 11, day, 12, tzinfo=UTC),
        order=Order(run, kind, tier, model, None, is_escalation),
        usage=usage or TokenUsage(1000, 500, 100, 0, 200),
        cost=Cost(None, PriceSource.UNKNOWN) if usd is None else Cost(Decimal(usd), PriceSource.TABLE),
        is_estimate=is_estimate,
        is_open=is_open,
    )


MONTH = [
    entry_of("0", tier=Tier.LOCAL, model="ollama/qwen", run="a", kind=Kind.NAMES, day=24),
    entry_of("0.001", run="b", day=24),
    entry_of("0.002", run="c", is_estimate=True),
    entry_of("0.003", run="c"),
    entry_of("0.050", run="c", tier=Tier.PREMIUM, model=OPUS, is_escalation=True),
    entry_of("0.040", run="d", tier=Tier.PREMIUM, model=OPUS, kind=Kind.REVIEW),
    entry_of("0.010", run="e", usage=TokenUsage(), is_open=True),
    entry_of(None, run="f", model="elsewhere/x"),
]


def test_the_json_has_the_promised_form_and_adds_up() -> None:
    tree = as_json(report_of("2026-11", MONTH, (), BOOK, OPUS))
    assert list(tree) == [
        "month",
        "usd",
        "calls",
        "tokens",
        "tiers",
        "models",
        "actions",
        "premiumOnlyUsd",
        "escalationUsd",
        "unpricedCalls",
    ]
    assert tree["usd"] == pytest.approx(0.106)
    assert tree["calls"] == 8
    assert tree["tokens"] == {"input": 7 * 1100, "cached": 7 * 500, "output": 7 * 200}
    assert list(tree["tiers"]) == ["local", "cheap", "premium"]
    for group in ("tiers", "models", "actions"):
        assert sum(part["usd"] for part in tree[group].values()) == pytest.approx(tree["usd"])
        assert sum(part["calls"] for part in tree[group].values()) == tree["calls"]
    assert next(iter(tree["models"])) == OPUS
    assert tree["unpricedCalls"] == 1


def test_what_was_done_again_by_a_higher_tier_is_waste() -> None:
    assert [entry.cost.usd for entry in wasted_entries(MONTH)] == [Decimal("0.002"), Decimal("0.003")]
    report = report_of("2026-11", MONTH, (), BOOK, OPUS)
    assert (report.escalation_usd, report.escalated_calls) == (Decimal("0.005"), 2)


def test_premium_alone_is_the_same_tokens_at_the_premium_price_without_the_waste() -> None:
    # One call at Opus 5.5: 1000 x 4 + 500 x 0.2 + 100 x 5 + 200 x 20 = 8,600 millionths.
    # Local, `b` and the unpriced one are charged so; `c`'s tries are left out; premium calls count as paid; the open
    # one has no tokens yet.
    report = report_of("2026-11", MONTH, (), BOOK, OPUS)
    assert report.comparison is not None
    assert report.comparison.usd == 3 * Decimal("0.0086") + Decimal("0.090")
    assert report.saved_usd == report.comparison.usd - Decimal("0.106")
    assert sum((work.premium_usd or 0) for work in report.works) == report.comparison.usd


def test_without_a_price_of_a_premium_model_nothing_is_compared() -> None:
    for premium in (None, "elsewhere/x", "plan/glm-5.3"):
        report = report_of("2026-11", MONTH, (), BOOK, premium)
        assert report.comparison is None
        assert as_json(report)["premiumOnlyUsd"] is None


def test_the_providers_own_cost_does_not_pass_for_the_premium_models() -> None:
    cheap = entry_of("0.0001", usage=TokenUsage(1_000_000, cost_usd=Decimal("0.0001")))
    report = report_of("2026-11", [cheap], (), BOOK, OPUS)
    assert report.comparison is not None
    assert report.comparison.usd == 4


def test_completions_are_never_savings() -> None:
    counts = (CompletionCount("2026-11-26", "ollama/codestral:22b", 5000, 900, 4_000_000, 100_000),)
    with_them, without = (report_of("2026-11", MONTH, each, BOOK, OPUS) for each in (counts, ()))
    assert as_json(with_them) == as_json(without)
    assert with_them.saved_usd == without.saved_usd


def test_a_plans_fee_is_spread_over_its_calls_and_lowers_the_saving() -> None:
    calls = [entry_of("0", model="plan/glm-5.3", run=str(number)) for number in range(4)]
    report = report_of("2026-11", calls, (), BOOK, OPUS)
    (plan,) = report.plans
    assert (plan.model, plan.calls, plan.usd_per_call) == ("plan", 4, Decimal("2.5"))
    assert report.saved_usd == 4 * Decimal("0.0086") - 10


def test_open_and_estimated_calls_are_told() -> None:
    report = report_of("2026-11", MONTH, (), BOOK, OPUS)
    assert (report.open_calls, report.open_usd, report.estimated_calls) == (1, Decimal("0.010"), 1)


def test_days_and_works_hold_every_call_once() -> None:
    report = report_of("2026-11", MONTH, (), BOOK, OPUS)
    assert list(report.days) == ["2026-11-24", "2026-11-26"]
    assert sum(tally.calls for tiers in report.days.values() for tally in tiers.values()) == 8
    assert [(work.name, work.tally.calls) for work in report.works] == [("daily work", 6), ("hard problems", 2)]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(list(Tier)),
            st.sampled_from(list(Kind)),
            st.one_of(st.none(), st.integers(0, 10**9)),
            st.integers(0, 3),
            st.booleans(),
        ),
        max_size=20,
    )
)
def test_whatever_the_month_held_the_parts_make_the_whole(
    calls: list[tuple[Tier, Kind, int | None, int, bool]],
) -> None:
    entries = [
        replace(
            entry_of(None if nano is None else str(Decimal(nano) / 10**9), tier=tier, kind=kind, run=str(run)),
            is_open=is_open,
        )
        for tier, kind, nano, run, is_open in calls
    ]
    report = report_of("2026-11", entries, (), BOOK, OPUS)
    for parts in (report.tiers, report.models, report.actions):
        assert sum(tally.usd for tally in parts.values()) == report.total.usd
        assert sum(tally.unpriced for tally in parts.values()) == report.total.unpriced
    assert report.escalation_usd <= report.total.usd
