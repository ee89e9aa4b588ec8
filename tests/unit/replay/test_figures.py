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
        (300.0, False, "types", 1967, 6.96, 7.37, 115.9, 223.9),
        (300.0, False, "accepts", 1717, 2.97, 7.92, 123.5, 246.5),
        (75.0, True, "types", 1967, 22.27, 65.38, 231.1, 962.9),
        (75.0, True, "accepts", 1524, 13.25, 64.9, 240.2, 923.0),
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
    assert typing.seen_soon >= 58
    assert typing.paused_with_models >= 90
    assert accepting.seen_soon >= 32
    assert accepting.seen_soon_after_accept >= 65


def test_the_model_is_not_asked_in_vain(typing: Figures, accepting: Figures) -> None:
    assert typing.calls <= 17
    assert accepting.calls <= 21
    assert typing.read_tokens <= 160
    assert accepting.read_tokens <= 215
