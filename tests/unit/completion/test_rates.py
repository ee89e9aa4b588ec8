"""The speed of a model: learnt from what its generations took, unknown until they tell it, and what it foretells."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierlsp.completion.rates import (
    COLD_TOKENS,
    KEPT_PROMPTS,
    LOAD_MS,
    MIN_PIECES,
    WARM_TOKENS,
    Measured,
    Rates,
    Shadow,
    learn,
)
from tierlsp.completion.window_size import CHARS_PER_TOKEN

COLD_CHARS = round(COLD_TOKENS * CHARS_PER_TOKEN)
WARM_CHARS = round(WARM_TOKENS * CHARS_PER_TOKEN)


def measure(rates: Rates, new_chars: int, pieces: int = 10) -> Measured:
    """Return what a generation takes on a machine that has exactly these rates."""
    first_ms = rates.first_token_ms(new_chars)
    prompt_chars = 3_000
    return Measured(
        new_chars=new_chars,
        first_ms=first_ms,
        pieces=pieces,
        last_ms=first_ms + (pieces - 1) * (rates.token_ms or 0.0),
        prompt_chars=prompt_chars,
        prompt_tokens=round(prompt_chars / rates.chars_per_token),
    )


@pytest.mark.parametrize(
    "machine",
    [
        Rates(fixed_ms=15.0, prefill_tokens_per_s=5_000.0, token_ms=6.0, chars_per_token=3.0),
        Rates(fixed_ms=60.0, prefill_tokens_per_s=150.0, token_ms=70.0, chars_per_token=4.0),
    ],
    ids=["graphics card", "laptop"],
)
@pytest.mark.parametrize("first", [20, 4_000], ids=["warm first", "cold first"])
def test_what_is_learnt_converges_to_the_machine(machine: Rates, first: int) -> None:
    rates = learn(Rates(), measure(machine, first))
    for _ in range(60):
        rates = learn(rates, measure(machine, 4_000))
        rates = learn(rates, measure(machine, 20))
    assert rates.fixed_ms == pytest.approx(machine.fixed_ms, rel=0.02)
    assert rates.prefill_tokens_per_s == pytest.approx(machine.prefill_tokens_per_s, rel=0.02)
    assert rates.token_ms == pytest.approx(machine.token_ms, rel=0.02)
    assert rates.chars_per_token == pytest.approx(machine.chars_per_token, rel=0.02)
    for new_chars in (0, 100, 10_000):
        assert rates.line_ms(new_chars, 40) == pytest.approx(machine.line_ms(new_chars, 40), rel=0.05)


def test_nothing_is_known_before_a_generation_told_it() -> None:
    rates = Rates()
    assert not rates.is_known
    assert rates.first_token_ms(10_000) == 0.0
    assert rates.line_ms(10_000, 40) == 0.0
    assert not replace(rates, token_ms=30.0).is_known
    assert replace(rates, fixed_ms=0.0).is_known
    assert replace(rates, prefill_tokens_per_s=100.0).is_known


def test_a_first_token_takes_the_fixed_cost_the_unread_prompt_and_one_token() -> None:
    rates = Rates(fixed_ms=20.0, prefill_tokens_per_s=500.0, token_ms=30.0, chars_per_token=4.0)
    assert rates.first_token_ms(0) == pytest.approx(50.0)
    assert rates.first_token_ms(2_000) == pytest.approx(20.0 + 1_000.0 + 30.0)


def test_a_line_takes_one_token_after_the_other_behind_the_first() -> None:
    rates = Rates(fixed_ms=20.0, prefill_tokens_per_s=500.0, token_ms=30.0, chars_per_token=4.0)
    assert rates.line_ms(2_000, 40) == pytest.approx(1_050.0 + 10 * 30.0)


def test_a_generation_that_loaded_its_model_changes_nothing() -> None:
    slow = Measured(COLD_CHARS, 5_000.0, 10, 6_000.0, prompt_chars=400, prompt_tokens=100, load_ms=LOAD_MS + 1.0)
    rates = Rates(fixed_ms=20.0)
    assert learn(rates, slow) == rates
    assert learn(rates, replace(slow, load_ms=LOAD_MS)) != rates


def test_a_prompt_of_middling_length_tells_neither_the_fixed_cost_nor_the_prefill_rate() -> None:
    rates = Rates(fixed_ms=20.0, prefill_tokens_per_s=500.0)
    assert learn(rates, Measured(WARM_CHARS + 1, 5_000.0)) == rates
    assert learn(rates, Measured(COLD_CHARS - 1, 5_000.0)) == rates
    assert not learn(Rates(), Measured(COLD_CHARS - 1, 5_000.0)).is_known


def test_a_long_prompt_tells_the_prefill_rate_alone() -> None:
    rates = learn(Rates(), Measured(COLD_CHARS, 1_000.0))
    assert rates.prefill_tokens_per_s == pytest.approx(COLD_TOKENS)
    assert replace(rates, prefill_tokens_per_s=None) == Rates()


def test_a_short_prompt_tells_the_fixed_cost_alone() -> None:
    assert learn(Rates(), Measured(WARM_CHARS, 35.0)) == Rates(fixed_ms=35.0)
    assert learn(Rates(token_ms=10.0), Measured(0, 35.0)) == Rates(fixed_ms=25.0, token_ms=10.0)


def test_what_is_known_of_the_reading_is_taken_off_the_fixed_cost_and_the_other_way_round() -> None:
    reads = Rates(prefill_tokens_per_s=WARM_TOKENS)
    assert learn(reads, Measured(WARM_CHARS, 1_040.0)).fixed_ms == pytest.approx(40.0)
    fixed = Rates(fixed_ms=100.0)
    assert learn(fixed, Measured(COLD_CHARS, 1_100.0)).prefill_tokens_per_s == pytest.approx(COLD_TOKENS)


def test_a_token_is_timed_from_enough_pieces_only() -> None:
    measured = Measured(200, 100.0, MIN_PIECES - 1, 500.0)
    assert learn(Rates(), measured).token_ms is None
    assert learn(Rates(), replace(measured, pieces=MIN_PIECES)).token_ms == pytest.approx(400.0 / (MIN_PIECES - 1))


@pytest.mark.parametrize(("chars", "tokens"), [(0, 0), (400, 0), (0, 100)])
def test_the_density_is_left_alone_where_the_server_did_not_count(chars: int, tokens: int) -> None:
    measured = Measured(200, 100.0, prompt_chars=chars, prompt_tokens=tokens)
    assert learn(Rates(), measured) == Rates()


def test_the_characters_of_a_token_are_learnt_from_the_servers_count() -> None:
    rates = Rates(chars_per_token=4.0)
    once = learn(rates, Measured(200, 100.0, prompt_chars=200, prompt_tokens=100)).chars_per_token
    assert 2.0 < once < 4.0
    assert Rates().chars_per_token == CHARS_PER_TOKEN


def test_a_machine_that_gets_busy_is_noticed_within_three_generations() -> None:
    rates = Rates(fixed_ms=20.0)
    for _ in range(3):
        rates = learn(rates, Measured(0, 120.0))
    assert rates.fixed_ms is not None
    assert 70.0 < rates.fixed_ms < 120.0


def test_an_answer_quicker_than_foretold_never_makes_a_rate_impossible() -> None:
    slow = Rates(fixed_ms=500.0, prefill_tokens_per_s=10.0, token_ms=100.0)
    cold = learn(slow, Measured(COLD_CHARS, 1.0))
    assert cold.prefill_tokens_per_s is not None
    assert 10.0 < cold.prefill_tokens_per_s < 1_000_000.0
    warm = learn(Rates(prefill_tokens_per_s=10.0, token_ms=100.0), Measured(WARM_CHARS, 1.0))
    assert warm.fixed_ms == 0.0


def test_what_the_server_has_read_is_not_read_again() -> None:
    shadow = Shadow()
    assert shadow.new_chars("import os") == 9
    shadow.has_read("import os")
    assert shadow.new_chars("import os") == 0
    assert shadow.new_chars("import os\nx") == 2
    assert shadow.new_chars("import sys") == 3
    assert shadow.new_chars("print()") == 7


def test_what_the_server_has_written_counts_as_read() -> None:
    shadow = Shadow()
    shadow.has_read("def f():\n", "    return 1\n")
    assert shadow.new_chars("def f():\n    return 1\nf") == 1


def test_the_server_remembers_a_few_prompts_the_newest_ones() -> None:
    prompts = [f"{number} prompt" for number in range(KEPT_PROMPTS + 1)]
    shadow = Shadow()
    for prompt in prompts[:-1]:
        shadow.has_read(prompt)
    assert [shadow.new_chars(prompt) for prompt in prompts[:-1]] == [0] * KEPT_PROMPTS
    shadow.has_read(prompts[-1])
    assert shadow.new_chars(prompts[0]) == len(prompts[0])
    assert [shadow.new_chars(prompt) for prompt in prompts[1:]] == [0] * KEPT_PROMPTS


def test_a_prompt_that_grows_pushes_no_other_one_out() -> None:
    shadow = Shadow()
    shadow.has_read("another document")
    for length in range(20):
        shadow.has_read("x" * (length + 1))
    assert shadow.new_chars("another document") == 0
    assert shadow.new_chars("x" * 20) == 0


def test_a_server_that_was_started_anew_has_read_nothing() -> None:
    shadow = Shadow()
    shadow.has_read("import os")
    shadow.forget()
    assert shadow.new_chars("import os") == 9


@given(read=st.lists(st.text("ab", max_size=8), max_size=KEPT_PROMPTS), prompt=st.text("ab", max_size=8))
def test_what_is_unread_is_what_no_remembered_prompt_begins_with(read: list[str], prompt: str) -> None:
    shadow = Shadow()
    for text in read:
        shadow.has_read(text)
    known = [
        length for length in range(len(prompt) + 1) if any(text.startswith(prompt[:length]) for text in ["", *read])
    ]
    assert shadow.new_chars(prompt) == len(prompt) - max(known)
