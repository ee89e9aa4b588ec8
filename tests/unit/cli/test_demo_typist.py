"""The typist writes exactly the file's text, as an editor's user does, and the same way each time."""

from __future__ import annotations

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierlsp.cli.playing.typist import (
    MEDIAN_GAP_MS,
    PAUSE_MEDIAN_MS,
    REACTION_MS,
    Key,
    Typist,
    next_key,
    step_of,
)

CODE = '''\
def first(self, things):
    """Say which one."""
    for thing in things:
        if thing:
            return thing

    return None


class Other:
    pass'''


def written(target: str, step: str = "    ", typed: str = "") -> tuple[str, list[Key]]:
    """Type `target` to its end."""
    keys = []
    while (key := next_key(typed, target, step)) is not None:
        typed = typed[: len(typed) - key.delete] + key.insert
        keys.append(key)
        assert len(keys) < 10 * len(target) + 100, "the typist does not come to an end"
    return typed, keys


def key_after(typed: str, target: str, step: str = "    ") -> Key | None:
    return next_key(typed, target, step)


def test_real_code_is_written_to_the_letter() -> None:
    assert written(CODE)[0] == CODE


@given(target=st.text(alphabet="ab: \t\n{é😀", max_size=60), step=st.sampled_from(["    ", "  ", "\t"]))
def test_any_text_is_reached(target: str, step: str) -> None:
    assert written(target, step)[0] == target


@given(target=st.text(alphabet="ab: \t\n", max_size=40), typed=st.text(alphabet="ab: \t\n", max_size=20))
def test_any_text_is_reached_from_any_other(target: str, typed: str) -> None:
    assert written(target, typed=typed)[0] == target


@pytest.mark.parametrize(
    ("typed", "target", "key"),
    [
        pytest.param("a", "ab", Key("b"), id="a letter"),
        pytest.param("ab", "ab", None, id="done"),
        pytest.param("if a:", "if a:\n    b", Key("\n    "), id="the editor indents after a colon"),
        pytest.param("f(", "f(\n    b", Key("\n    "), id="and after a bracket"),
        pytest.param("    return a", "    return a\nb", Key("\n"), id="and comes back after a return"),
        pytest.param("    a", "    a\nb", Key("\n    "), id="else keeps to the line above"),
        pytest.param("    a\n    ", "    a\nb", Key("", 4), id="and Backspace takes a level away"),
        pytest.param("    a\n     ", "    a\nb", Key("", 1), id="to the last level first"),
        pytest.param("a:\n    ", "a:\n\n    b", Key("\n    ", 4), id="an empty line gives its indentation back"),
        pytest.param("a\n", "a\n        b", Key("        "), id="missing indentation is one Tab"),
        pytest.param("\ta\n\t", "\ta\n", Key("", 1), id="a tab is one Backspace"),
        pytest.param("ax", "ab", Key("", 1), id="a wrong letter is taken back"),
    ],
)
def test_next_key(typed: str, target: str, key: Key | None) -> None:
    assert key_after(typed, target) == key


@pytest.mark.parametrize(
    ("lines", "step"),
    [
        (["a", "    b", "        c"], "    "),
        (["a", "  b", "    c"], "  "),
        (["a", "\tb", "\t\tc"], "\t"),
        (["/*", " * text", " */", "a", "    b"], "    "),
        (["a"], "    "),
        ([], "    "),
    ],
)
def test_the_step_is_read_from_the_file(lines: list[str], step: str) -> None:
    assert step_of(lines) == step


def gaps(typist: Typist, count: int = 400) -> list[float]:
    """Gaps in the middle of a word, where nobody stops to think."""
    return [typist.gap_ms("x" * length, Key("x")) for length in range(1, count)]


def test_two_runs_are_alike() -> None:
    assert gaps(Typist(7)) == gaps(Typist(7))
    assert gaps(Typist(7)) != gaps(Typist(8))


def test_gaps_are_those_of_a_practised_typist() -> None:
    drawn = gaps(Typist(7))
    assert 0.9 * MEDIAN_GAP_MS < statistics.median(drawn) < 1.1 * MEDIAN_GAP_MS
    assert min(drawn) > 30
    assert max(drawn) < 700


def test_speed_divides_every_gap() -> None:
    assert gaps(Typist(7, speed=4)) == pytest.approx([gap / 4 for gap in gaps(Typist(7))])


def test_new_lines_are_thought_about() -> None:
    typist = Typist(7)
    starts = [typist.gap_ms("x" * length + "\n    ", Key("x")) for length in range(200)]
    pauses = [gap for gap in starts if gap > MEDIAN_GAP_MS + PAUSE_MEDIAN_MS / 2]
    assert 40 < len(pauses) < 100


def test_a_ghost_text_is_read_before_it_is_taken() -> None:
    typist = Typist(7)
    place = next(place for place in range(50) if typist.takes("return None", place, REACTION_MS))
    assert not typist.takes("return None", place, REACTION_MS - 1)
    assert typist.takes("return None", place, 10 * REACTION_MS)


def test_not_every_ghost_text_is_noticed() -> None:
    typist = Typist(7)
    taken = sum(typist.takes("return None", place, REACTION_MS) for place in range(200))
    assert 130 < taken < 190


def test_what_is_quicker_typed_is_not_taken() -> None:
    assert not any(Typist(7).takes(" x ", place, 5_000) for place in range(50))
