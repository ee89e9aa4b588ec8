"""The whole replay on small files of its own: exact where everything is ours, bounds for the engine.

A bound can only be tightened. When a change of the engine makes a figure better, move its bound.
"""

from dataclasses import replace

import pytest

from bench.replay.naive import naive
from bench.replay.ours import ours
from bench.replay.policy import Maker
from bench.replay.record import Figures, Record, figures_of
from bench.replay.run import Case
from bench.replay.session import replay
from tests.unit.replay.stretches import STRETCHES


def figures(maker: Maker, habit: str) -> Figures:
    record = Record()
    for material in STRETCHES:
        record.add(replay(material, Case("mid", "", habit).conditions(), maker))
    return figures_of(record)


@pytest.mark.parametrize(
    ("debounce_ms", "aborts", "habit", "keys", "seen", "calls", "written", "read"),
    [
        (300.0, False, "types", 1612, 6.82, 7.32, 120.3, 405.6),
        (300.0, False, "accepts", 1504, 4.19, 7.71, 125.0, 426.6),
        (75.0, True, "types", 1612, 20.22, 65.26, 226.7, 1881.1),
        (75.0, True, "accepts", 1486, 16.96, 65.01, 230.8, 1845.0),
    ],
)
def test_the_naive_policies_give_the_same_figures_for_ever(
    debounce_ms: float, aborts: bool, habit: str, keys: int, seen: float, calls: float, written: float, read: float
) -> None:
    of = figures(naive(debounce_ms, aborts=aborts), habit)
    assert of.keys == keys
    assert (of.seen_soon, of.calls) == (pytest.approx(seen, abs=0.05), pytest.approx(calls, abs=0.05))
    assert (of.written_tokens, of.read_tokens) == (pytest.approx(written, abs=0.5), pytest.approx(read, abs=0.5))


@pytest.fixture(scope="module")
def typing() -> Figures:
    return figures(ours(), "types")


@pytest.fixture(scope="module")
def accepting() -> Figures:
    return figures(ours(), "accepts")


def test_the_engine_is_deterministic_in_virtual_time(typing: Figures) -> None:
    again = figures(ours(), "types")
    assert replace(again, ask_us=typing.ask_us) == typing


def test_ghost_text_is_there_in_time(typing: Figures, accepting: Figures) -> None:
    assert typing.seen_soon >= 93.6
    assert typing.paused_with_models >= 99
    assert accepting.seen_soon >= 92
    assert accepting.seen_soon_after_accept >= 86


def test_the_model_is_not_asked_in_vain(typing: Figures, accepting: Figures) -> None:
    assert typing.calls <= 19.6
    assert accepting.calls <= 25
    assert typing.read_tokens <= 87
    assert accepting.read_tokens <= 114
