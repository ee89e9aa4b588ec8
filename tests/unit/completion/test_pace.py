"""How often the model is asked: a useful one at once, a useless one ever more seldom, and a person at rest always."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierlsp.completion.pace import (
    FREE_TEXTS,
    GROWTH,
    MAX_HOLD_MS,
    MAX_LOOK_MS,
    MAX_REST_MS,
    MIN_LOOK_MS,
    MIN_REST_MS,
    MORE_FREE_TEXTS,
    PAUSE_MS,
    REST_GAPS,
    TYPING_GAP_MS,
    USEFUL_CHARS,
    Pace,
)


def typing(gap_ms: float, keys: int = 100) -> Pace:
    """Return the pace of somebody who has typed steadily."""
    pace = Pace(is_saving=False, patience_ms=2_000.0)
    for key in range(keys):
        pace.asked(key * gap_ms)
    return pace


def ask_in_vain(pace: Pace, texts: int, now_ms: float = 0.0) -> None:
    for _ in range(texts):
        pace.started(now_ms)


def costing(cost_ms: float) -> Pace:
    """Return a pace that has seen so many texts that each costs `cost_ms`."""
    pace = Pace(is_saving=False, patience_ms=2_000.0)
    for _ in range(100):
        pace.ended(cost_ms)
    return pace


def test_the_first_texts_are_asked_for_at_once_however_useless() -> None:
    pace = costing(10.0)
    for _ in range(FREE_TEXTS):
        assert pace.wait_ms(0.0) == 0.0
        pace.started(0.0)
    assert pace.wait_ms(0.0) == 0.0
    pace.started(0.0)
    assert pace.wait_ms(0.0) > 0.0


def test_each_further_useless_text_lengthens_the_delay_by_the_same_factor() -> None:
    pace = costing(10.0)
    ask_in_vain(pace, FREE_TEXTS)
    waits = []
    for _ in range(3):
        pace.started(0.0)
        waits.append(pace.wait_ms(0.0))
    assert waits == pytest.approx([10.0 * GROWTH, 10.0 * GROWTH**2, 10.0 * GROWTH**3])
    assert GROWTH > 1.0


def test_the_delay_is_counted_from_the_last_text_asked_for() -> None:
    pace = costing(30.0)
    ask_in_vain(pace, FREE_TEXTS + 1, now_ms=1_000.0)
    hold_ms = 30.0 * GROWTH
    assert pace.wait_ms(1_000.0 + hold_ms - 1.0) == pytest.approx(1.0)
    assert pace.wait_ms(1_000.0 + hold_ms) == pytest.approx(0.0)
    assert pace.wait_ms(9_000.0) == 0.0


def test_a_model_that_costs_nothing_is_never_held_back() -> None:
    pace = Pace(is_saving=False, patience_ms=2_000.0)
    ask_in_vain(pace, 50)
    assert pace.wait_ms(0.0) == 0.0


def test_the_model_is_not_left_alone_for_longer_than_the_longest_hold() -> None:
    pace = costing(500.0)
    ask_in_vain(pace, 50)
    assert pace.wait_ms(MAX_HOLD_MS - 50.0) == pytest.approx(50.0)
    assert pace.wait_ms(MAX_HOLD_MS) == 0.0


def test_who_comes_to_rest_is_served_however_useless_the_model_was() -> None:
    pace = costing(500.0)
    ask_in_vain(pace, 50)
    assert pace.wait_ms(0.0) == pace.rest_ms
    assert pace.rest_ms < MAX_HOLD_MS


@pytest.mark.parametrize("line_ms", [0.0, 200.0, 300.0, 1_000.0])
def test_who_stops_for_half_a_second_is_served_early_enough_to_see_the_models_line(line_ms: float) -> None:
    pace = typing(MAX_REST_MS)
    pace.ended(500.0)
    ask_in_vain(pace, 50)
    pace.line_ms = line_ms
    assert pace.wait_ms(0.0) == min(MAX_REST_MS, max(MIN_REST_MS, PAUSE_MS - line_ms))


def test_a_text_that_was_taken_whole_ends_the_row_of_useless_ones_but_for_the_newest() -> None:
    pace = costing(10.0)
    ask_in_vain(pace, 50)
    pace.taken()
    for _ in range(FREE_TEXTS):
        assert pace.wait_ms(0.0) == 0.0
        pace.started(0.0)
    assert pace.wait_ms(0.0) > 0.0


@pytest.mark.parametrize(("chars", "is_useful"), [(0, False), (USEFUL_CHARS - 1, False), (USEFUL_CHARS, True)])
def test_a_text_is_of_use_from_a_few_characters_that_were_typed_along(chars: int, is_useful: bool) -> None:
    pace = costing(10.0)
    ask_in_vain(pace, FREE_TEXTS + 1)
    pace.typed_along(chars)
    assert (pace.wait_ms(0.0) == 0.0) is is_useful


def test_one_useful_text_gives_all_the_free_ones_back() -> None:
    pace = costing(10.0)
    ask_in_vain(pace, 50)
    pace.typed_along(USEFUL_CHARS)
    ask_in_vain(pace, FREE_TEXTS)
    assert pace.wait_ms(0.0) == 0.0
    ask_in_vain(pace, 50)
    assert pace.wait_ms(0.0) > 0.0


@pytest.mark.parametrize("useful_in_ten", [0, 1, 3, 5])
def test_a_model_that_is_right_now_and_then_is_asked_at_once_for_longer(useful_in_ten: int) -> None:
    pace = costing(500.0)
    for number in range(200):
        ask_in_vain(pace, 1)
        if number % 10 < useful_in_ten:
            pace.typed_along(USEFUL_CHARS)
    pace.typed_along(USEFUL_CHARS * bool(useful_in_ten))
    texts = 0
    while pace.wait_ms(0.0) == 0.0:
        ask_in_vain(pace, 1)
        texts += 1
    assert texts <= FREE_TEXTS + MORE_FREE_TEXTS
    assert (texts == 0) if not useful_in_ten else (texts > FREE_TEXTS)


def test_a_change_of_the_cost_shows_within_a_few_texts() -> None:
    pace = costing(10.0)
    for _ in range(5):
        pace.ended(40.0)
    ask_in_vain(pace, FREE_TEXTS + 1)
    assert 25.0 * GROWTH < pace.wait_ms(0.0) < 40.0 * GROWTH


def test_rest_follows_the_speed_of_the_typing_within_its_bounds() -> None:
    assert typing(120.0).rest_ms == pytest.approx(REST_GAPS * 120.0)
    assert typing(20.0).rest_ms == MIN_REST_MS
    assert typing(900.0).rest_ms == MAX_REST_MS


def test_the_look_at_a_text_follows_the_speed_of_the_typing_within_its_bounds() -> None:
    assert typing(120.0).look_ms == pytest.approx(120.0)
    assert typing(20.0).look_ms == MIN_LOOK_MS
    assert typing(900.0).look_ms == MAX_LOOK_MS


def test_a_pause_says_nothing_of_the_typing_and_the_key_after_it_does() -> None:
    pace = typing(120.0)
    last_ms = 99 * 120.0
    before = pace.rest_ms
    pace.asked(last_ms + TYPING_GAP_MS)
    assert pace.rest_ms == before
    pace.asked(last_ms + TYPING_GAP_MS + 100.0)
    assert MIN_REST_MS < pace.rest_ms < before


def test_the_longest_gap_that_is_no_pause_counts() -> None:
    pace = typing(120.0)
    before = pace.rest_ms
    pace.asked(99 * 120.0 + TYPING_GAP_MS - 1.0)
    assert pace.rest_ms > before


def test_before_anything_is_known_an_average_typist_is_assumed() -> None:
    pace = Pace(is_saving=False, patience_ms=2_000.0)
    assert pace.wait_ms(0.0) == 0.0
    assert MIN_REST_MS < pace.rest_ms < MAX_REST_MS
    pace.asked(0.0)
    assert pace.rest_ms == Pace(is_saving=False, patience_ms=2_000.0).rest_ms


def test_saving_power_waits_for_a_rest_whatever_happens() -> None:
    pace = Pace(is_saving=True, patience_ms=2_000.0)
    assert pace.wait_ms(0.0) == MAX_REST_MS
    ask_in_vain(pace, 50)
    pace.ended(500.0)
    assert pace.wait_ms(10_000.0) == MAX_REST_MS
    pace.typed_along(100)
    assert pace.wait_ms(10_000.0) == MAX_REST_MS


@given(
    gap_ms=st.floats(1.0, 999.0),
    cost_ms=st.floats(0.0, 10_000.0),
    texts=st.integers(0, 200),
    later_ms=st.floats(0.0, 5_000.0),
)
def test_nobody_waits_for_longer_than_a_rest(gap_ms: float, cost_ms: float, texts: int, later_ms: float) -> None:
    pace = typing(gap_ms, keys=20)
    pace.ended(cost_ms)
    ask_in_vain(pace, texts, now_ms=20 * gap_ms)
    wait_ms = pace.wait_ms(20 * gap_ms + later_ms)
    assert 0.0 <= wait_ms <= pace.rest_ms
    assert MIN_REST_MS <= pace.rest_ms <= MAX_REST_MS
    assert MIN_LOOK_MS <= pace.look_ms <= MAX_LOOK_MS


@pytest.mark.parametrize("is_saving", [True, False])
def test_a_request_is_held_for_no_more_than_half_of_its_patience(is_saving: bool) -> None:
    pace = Pace(is_saving=is_saving, patience_ms=200.0)
    pace.ended(100.0)
    ask_in_vain(pace, 20)
    assert pace.wait_ms(0.0) == 100.0


def test_what_a_request_has_waited_for_a_text_that_went_another_way_counts() -> None:
    pace = costing(100.0)
    ask_in_vain(pace, 20)
    assert pace.wait_ms(0.0, waited_ms=pace.rest_ms - 10.0) == pytest.approx(10.0)
    assert pace.wait_ms(0.0, waited_ms=pace.rest_ms + 10.0) == 0.0


def test_texts_go_wrong_when_the_one_before_the_newest_was_of_no_use() -> None:
    pace = Pace(is_saving=False, patience_ms=2_000.0)
    pace.started(0.0)
    assert not pace.is_going_wrong
    pace.started(0.0)
    assert pace.is_going_wrong
    pace.typed_along(USEFUL_CHARS)
    assert not pace.is_going_wrong
