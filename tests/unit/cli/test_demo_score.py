"""The closing table counts what happened and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierlsp.cli.playing.ghost import Origin
from tierlsp.cli.playing.score import PROMISE_MS, Row, Score, Shares, percentile

LOOKUP = Origin("lookup", "lookup", "lookup")


def test_a_key_counts_once_and_by_its_first_ghost_text() -> None:
    score = Score()
    score.pressed(0.0)
    score.on_screen(PROMISE_MS)
    score.on_screen(PROMISE_MS + 50)
    score.pressed(1_000.0)
    score.on_screen(1_000.0 + PROMISE_MS + 0.1)
    score.pressed(2_000.0)
    assert score.shares() == Shares(keys=3, before_next=2, in_time=1)


def test_a_ghost_text_after_taking_one_belongs_to_no_key() -> None:
    score = Score()
    score.pressed(0.0)
    score.taken("abc")
    score.on_screen(10.0)
    assert score.shares() == Shares(keys=1)
    assert (score.figures().taken, score.figures().taken_chars) == (1, 3)


def test_only_agreeing_characters_are_right() -> None:
    score = Score()
    score.came_up("return None", "return None\n")
    score.came_up("return True", "return None")
    score.came_up("x", "")
    figures = score.figures()
    assert (figures.shown, figures.shown_right) == (3, 1)
    assert (figures.shown_chars, figures.right_chars) == (23, 11 + 7)


def test_answers_are_told_apart_by_outcome_and_source() -> None:
    score = Score()
    for ms in (1.0, 2.0, 9.0):
        score.answered(Origin("typed", "cache", "lookup"), ms)
    score.answered(LOOKUP, 4.0)
    score.answered(None, 3.0)
    score.withdrawn()
    score.failed()
    figures = score.figures()
    assert figures.rows == (
        Row(Origin("typed", "cache"), 3, 2.0, 9.0),
        Row(Origin("lookup", "lookup"), 1, 4.0, 4.0),
    )
    assert figures.nothing == Row(Origin(), 1, 3.0, 3.0)
    assert (figures.withdrawn, figures.failed) == (1, 1)


def test_models_are_named_by_how_much_they_wrote() -> None:
    score = Score()
    for model in ("lookup", "qwen", "qwen", ""):
        score.answered(Origin("fresh", "model", model), 1.0)
    assert score.figures().models == ("qwen", "lookup")
    assert sum(row.count for row in score.figures().rows) == 4


def test_no_answer_is_no_row() -> None:
    figures = Score().figures()
    assert figures.rows == ()
    assert figures.nothing is None
    assert figures.shares == Shares()


@pytest.mark.parametrize(("share", "value"), [(0.5, 10.0), (0.95, 19.0), (1.0, 20.0), (0.01, 1.0)])
def test_percentile_is_the_nearest_rank(share: float, value: float) -> None:
    assert percentile([float(number) for number in range(20, 0, -1)], share) == value


@given(values=st.lists(st.floats(0, 1e6), min_size=1), share=st.floats(0.01, 1))
def test_at_least_that_share_is_not_above(values: list[float], share: float) -> None:
    found = percentile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values) - 1e-6
