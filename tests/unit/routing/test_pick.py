"""The order in which the models of a tier are tried."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierlsp.routing.pick import ModelState, Strategy, opens_first, pick

STRATEGIES: list[Strategy] = ["ordered", "shuffle", "leastBusy", "latency"]

STATES = st.builds(
    ModelState,
    opens_in_s=st.sampled_from([0.0, 0.0, 3.0, 40.0]),
    in_flight=st.integers(0, 3),
    p50_ms=st.none() | st.floats(1, 9_000),
)


@given(
    st.lists(st.sampled_from("abcdefg"), unique=True),
    st.dictionaries(st.sampled_from("abcdefg"), STATES),
    st.sampled_from(STRATEGIES),
    st.integers(),
    st.integers(0, 3),
)
def test_nothing_is_lost_and_those_left_alone_come_last(
    models: list[str], states: dict[str, ModelState], strategy: Strategy, seed: int, preferred: int
) -> None:
    order = pick(models, states, strategy, seed, preferred=preferred)
    assert Counter(order) == Counter(models)
    assert order == pick(models, states, strategy, seed, preferred=preferred)
    waits = [states.get(model, ModelState()).opens_in_s for model in order]
    assert waits == sorted(waits)
    first = opens_first(models, states)
    assert (first is None) == (not models or waits[0] <= 0)
    assert first is None or first == (order[0], waits[0])


def test_ordered_is_the_persons_order() -> None:
    assert pick(["b", "a", "c"], {}, "ordered", 1) == ("b", "a", "c")


def test_shuffle_gives_every_model_its_turn() -> None:
    firsts = Counter(pick(["a", "b", "c"], {}, "shuffle", seed)[0] for seed in range(300))
    assert set(firsts) == {"a", "b", "c"}
    assert min(firsts.values()) > 60


@pytest.mark.parametrize(
    ("strategy", "order"), [("leastBusy", ("c", "a", "b")), ("latency", ("b", "c", "a")), ("ordered", ("a", "b", "c"))]
)
def test_strategies_differ(strategy: Strategy, order: tuple[str, ...]) -> None:
    states = {"a": ModelState(0, 1, 900.0), "b": ModelState(0, 4, None), "c": ModelState(0, 0, 200.0)}
    assert pick(["a", "b", "c"], states, strategy, 0) == order


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_models_made_for_the_work_stay_in_front(strategy: Strategy) -> None:
    states = {"a": ModelState(0, 9, 9_000.0)}
    assert all(pick(["a", "b", "c"], states, strategy, seed, preferred=1)[0] == "a" for seed in range(20))
    assert pick(["a", "b"], {"a": ModelState(5.0)}, strategy, 0, preferred=1) == ("b", "a")


def test_with_all_left_alone_the_one_that_opens_first_is_told_with_its_time() -> None:
    states = {"a": ModelState(30.0), "b": ModelState(4.0)}
    assert pick(["a", "b"], states, "ordered", 0) == ("b", "a")
    assert opens_first(["a", "b"], states) == ("b", 4.0)
