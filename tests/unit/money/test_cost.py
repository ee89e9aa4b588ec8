"""What a call costs, against figures worked out by hand from usage in the shapes that the providers document.

Each case is the provider's usage as `reference` documents it, in the one form that the backends give it, and the sum
written out: tokens times dollars per million.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierlsp.backends.chat import TokenUsage
from tierlsp.routing.price_table import load_table, table_of
from tierlsp.routing.prices import ModelRow, PriceBook, cost_of, highest_cost
from tierlsp.routing.spend import PriceSource

BOOK = PriceBook({}, load_table(), {"ollama": ""})
QUIET = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
"""A Thursday, outside DeepSeek's peak hours."""
PEAK = datetime(2026, 11, 26, 2, 30, tzinfo=UTC)

DOCUMENTED = [
    # OpenAI: 5,006 prompt tokens of which 4,864 cached; 300 written.
    ("openai/gpt-5.4", TokenUsage(142, 4864, 0, 0, 300), QUIET, 142 * 2.5 + 4864 * 0.25 + 300 * 15),
    # The same above 272,000 prompt tokens: everything at the long price.
    ("openai/gpt-5.4", TokenUsage(100_000, 172_001, 0, 0, 1000), QUIET, 100_000 * 5 + 172_001 * 0.5 + 1000 * 22.5),
    ("openai/gpt-5.4", TokenUsage(100_000, 172_000, 0, 0, 1000), QUIET, 100_000 * 2.5 + 172_000 * 0.25 + 1000 * 15),
    # OpenAI with tokens written to the cache, and tokens thought, which are part of those written.
    (
        "openai/gpt-6.1-sol",
        TokenUsage(200, 1000, 2048, 0, 900, 640),
        QUIET,
        200 * 2 + 1000 * 0.1 + 2048 * 2.5 + 900 * 10,
    ),
    # Anthropic: input 12, written to the cache 2,100 (5 minutes), read from it 18,000, output 15.
    (
        "anthropic/claude-opus-4-6",
        TokenUsage(12, 18_000, 2100, 0, 15),
        QUIET,
        12 * 5 + 18_000 * 0.5 + 2100 * 6.25 + 15 * 25,
    ),
    # The same, 100 of the 2,100 kept for an hour.
    (
        "anthropic/claude-opus-4-6",
        TokenUsage(12, 18_000, 2000, 100, 15),
        QUIET,
        12 * 5 + 18_000 * 0.5 + 2000 * 6.25 + 100 * 10 + 15 * 25,
    ),
    (
        "anthropic/claude-opus-5-5",
        TokenUsage(12, 18_000, 2100, 0, 15),
        QUIET,
        12 * 4 + 18_000 * 0.2 + 2100 * 5 + 15 * 20,
    ),
    ("anthropic/claude-haiku-5-5", TokenUsage(100_001, 0, 0, 0, 10), QUIET, 100_001 * 0.5 + 10 * 2.5),
    # DeepSeek: prompt_cache_hit 4,096, prompt_cache_miss 904; peak and off-peak.
    ("deepseek/deepseek-flash", TokenUsage(904, 4096, 0, 0, 400), QUIET, 904 * 0.15 + 4096 * 0.003 + 400 * 0.6),
    ("deepseek/deepseek-flash", TokenUsage(904, 4096, 0, 0, 400), PEAK, 904 * 0.3 + 4096 * 0.006 + 400 * 1.2),
    ("deepseek/deepseek-v4-pro", TokenUsage(904, 4096, 0, 0, 400), PEAK, 904 * 1.32 + 4096 * 0.044 + 400 * 3.96),
    # Mistral: prompt 31, completion 9, no cache.
    ("mistral/codestral-latest", TokenUsage(31, output_tokens=9), QUIET, 31 * 0.3 + 9 * 0.9),
    ("mistral/devstral-2512", TokenUsage(3000, 500, 0, 0, 400), QUIET, 3000 * 0.4 + 500 * 0.04 + 400 * 2),
    # Gemini on both sides of 200,000, thoughts in the output; and the price that begins with the new year.
    ("gemini/gemini-2.5-pro", TokenUsage(200_000, output_tokens=10), QUIET, 200_000 * 1.25 + 10 * 10),
    ("gemini/gemini-2.5-pro", TokenUsage(200_001, output_tokens=10), QUIET, 200_001 * 2.5 + 10 * 15),
    ("gemini/gemini-3.8-flash", TokenUsage(1000, 500, 0, 0, 10), QUIET, 1000 * 0.75 + 500 * 0.075 + 10 * 3.75),
    (
        "gemini/gemini-3.8-flash",
        TokenUsage(1000, 500, 0, 0, 10),
        datetime(2027, 1, 1, tzinfo=UTC),
        1000 * 1.5 + 500 * 0.15 + 10 * 7.5,
    ),
    # Qwen on both sides of 256,000; GLM; gpt-4o-mini; the mission's Qwen 3.5 Flash where OpenRouter gave no cost.
    ("qwen/qwen-flash", TokenUsage(256_000, output_tokens=10), QUIET, 256_000 * 0.05 + 10 * 0.4),
    ("qwen/qwen-flash", TokenUsage(256_001, output_tokens=10), QUIET, 256_001 * 0.25 + 10 * 2),
    ("glm/glm-5.3", TokenUsage(700, 300, 0, 0, 100), QUIET, 700 * 1.4 + 300 * 0.26 + 100 * 4.4),
    ("openai/gpt-4o-mini", TokenUsage(500, 500, 0, 0, 100), QUIET, 500 * 0.15 + 500 * 0.075 + 100 * 0.6),
    ("openrouter/qwen/qwen3.5-flash-02-23", TokenUsage(1000, output_tokens=100), QUIET, 1000 * 0.065 + 100 * 0.26),
]


@pytest.mark.parametrize(("model", "usage", "at", "micro_usd"), DOCUMENTED)
def test_cost_agrees_with_the_sum_by_hand(model: str, usage: TokenUsage, at: datetime, micro_usd: float) -> None:
    cost = cost_of(usage, BOOK.row_for(model), at)
    assert cost.source is PriceSource.TABLE
    assert cost.usd is not None
    assert abs(float(cost.usd) * 1e6 / micro_usd - 1) < 1e-9  # the issue allows 0.5 %


@pytest.mark.parametrize(("model", "usage", "at", "micro_usd"), DOCUMENTED)
def test_no_call_costs_more_than_what_was_reserved_for_it(
    model: str, usage: TokenUsage, at: datetime, micro_usd: float
) -> None:
    row = BOOK.row_for(model)
    highest = highest_cost(usage.prompt_tokens, usage.output_tokens, row, at, keeps_an_hour=True)
    assert highest is not None
    assert float(highest) * 1e6 >= micro_usd * (1 - 1e-12)


ROWS = sorted({row.name: row for row in BOOK.table.values()}.values(), key=lambda row: row.name)


@given(
    row=st.sampled_from(ROWS),
    counts=st.tuples(*[st.integers(0, 400_000)] * 5),
    room=st.integers(0, 100_000),
    at=st.datetimes(datetime(2026, 11, 20), datetime(2027, 1, 10)),
    delay_s=st.integers(-900, 1800),
)
def test_no_usage_at_any_hour_costs_more_than_the_highest(
    row: ModelRow, counts: tuple[int, ...], room: int, at: datetime, delay_s: int
) -> None:
    at = at.replace(tzinfo=UTC)
    usage = TokenUsage(*counts)
    highest = highest_cost(usage.prompt_tokens + room, usage.output_tokens + room, row, at, keeps_an_hour=True)
    cost = cost_of(usage, row, at + timedelta(seconds=delay_s)).usd
    assert highest is not None
    assert cost is not None
    assert cost <= highest


def test_peak_hours_are_those_of_the_vendor() -> None:
    row = BOOK.row_for("deepseek/deepseek-flash")
    usage = TokenUsage(1_000_000)
    peak, quiet = Decimal("0.3"), Decimal("0.15")
    for at, price in [
        (datetime(2026, 11, 26, 0, 59, 59, tzinfo=UTC), quiet),
        (datetime(2026, 11, 26, 1, 0, tzinfo=UTC), peak),
        (datetime(2026, 11, 26, 3, 59, 59, tzinfo=UTC), peak),
        (datetime(2026, 11, 26, 4, 0, tzinfo=UTC), quiet),
        (datetime(2026, 11, 26, 6, 0, tzinfo=UTC), peak),
        (datetime(2026, 11, 26, 9, 59, 59, tzinfo=UTC), peak),
        (datetime(2026, 11, 26, 10, 0, tzinfo=UTC), quiet),
        (datetime(2026, 11, 28, 2, 0, tzinfo=UTC), quiet),  # Saturday
        (datetime(2027, 1, 1, 2, 0, tzinfo=UTC), quiet),  # a holiday on a Friday
    ]:
        assert cost_of(usage, row, at).usd == price, at


def test_a_call_just_before_the_peak_is_reserved_at_the_peak() -> None:
    row = BOOK.row_for("deepseek/deepseek-flash")
    assert highest_cost(1_000_000, 0, row, datetime(2026, 11, 26, 0, 45, tzinfo=UTC)) == Decimal("0.3")
    assert highest_cost(1_000_000, 0, row, QUIET) == Decimal("0.15")


def test_a_reseller_is_reserved_at_its_dearest_host() -> None:
    row = BOOK.row_for("openrouter/deepseek/deepseek-v4.1-flash")
    assert highest_cost(1_000_000, 1_000_000, row, QUIET) == Decimal("1.5")


def test_the_hour_long_cache_counts_only_where_it_is_asked_for() -> None:
    row = BOOK.row_for("anthropic/claude-opus-5-5")
    assert highest_cost(1_000_000, 0, row, QUIET) == 5
    assert highest_cost(1_000_000, 0, row, QUIET, keeps_an_hour=True) == 8


def test_what_the_provider_says_goes_before_every_price() -> None:
    usage = TokenUsage(194, output_tokens=2, cost_usd=Decimal("0.00095"))
    assert cost_of(usage, None, QUIET).usd == Decimal("0.00095")
    assert cost_of(usage, BOOK.row_for("openai/gpt-5.4"), QUIET).source is PriceSource.PROVIDER


@pytest.mark.parametrize("said", ["NaN", "-1", "Infinity"])
def test_a_cost_that_cannot_be_is_not_believed(said: str) -> None:
    usage = TokenUsage(1000, cost_usd=Decimal(said))
    assert cost_of(usage, BOOK.row_for("openai/gpt-5.4"), QUIET).source is PriceSource.TABLE


def test_an_unknown_price_is_unknown_and_not_nothing() -> None:
    cost = cost_of(TokenUsage(1000), BOOK.row_for("openai/gpt-99"), QUIET)
    assert (cost.usd, cost.source) == (None, PriceSource.UNKNOWN)
    assert highest_cost(1000, 1000, None, QUIET) is None


def test_a_plan_costs_nothing_more_a_call_and_has_a_fee() -> None:
    book = PriceBook({}, BOOK.table, {"glm": "glm-coding"})
    row = book.row_for("glm/glm-5.3")
    assert row is not None
    assert row.flat_usd_per_month is not None
    assert cost_of(TokenUsage(1000), row, QUIET).usd == 0


def test_a_key_that_is_misspelt_in_the_table_is_refused() -> None:
    text = (
        'input = 1\noutput = 2\ncontextWindow = 1\nmaxOutput = 1\nprovenContext = 1\nasOf = 2026-11-26\nsource = ""\n'
    )
    table_of(f'[[model]]\nnames = ["a/b"]\n{text}')
    for wrong in (f"cachedinput = 1\n{text}", text.replace("2026-11-26", '"today"')):
        with pytest.raises(ValueError, match=r"cachedinput|asOf"):
            table_of(f'[[model]]\nnames = ["a/b"]\n{wrong}')
    with pytest.raises(ValueError, match="two rows"):
        table_of(f'[[model]]\nnames = ["a/b", "a/B"]\n{text}')
