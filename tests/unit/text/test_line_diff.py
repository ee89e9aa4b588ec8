"""Where two texts differ: what is said to be equal is equal, in long and repetitive texts too."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tierlsp.text import line_diff
from tierlsp.text.line_diff import differences

_LINES = st.lists(st.sampled_from(["", "a", "b", "c", "d", "}"]) | st.text(max_size=3), max_size=60)


def made(old: list[str], new: list[str]) -> list[str]:
    found = list(old)
    for first, end, start, stop in reversed(differences(old, new)):
        found[first:end] = new[start:stop]
    return found


@given(_LINES, _LINES)
def test_the_stretches_turn_one_text_into_the_other(old: list[str], new: list[str]) -> None:
    assert made(old, new) == new
    ends = [(-1, -1)]
    for first, end, start, stop in differences(old, new):
        assert first > ends[-1][0] or start > ends[-1][1]
        assert end > first or stop > start
        ends.append((end, stop))


@given(_LINES, _LINES)
def test_long_texts_are_held_together_by_lines_that_stand_once(old: list[str], new: list[str]) -> None:
    small = line_diff.SMALL_LINES
    line_diff.SMALL_LINES = 4
    try:
        assert made(old, new) == new
    finally:
        line_diff.SMALL_LINES = small


def test_changes_far_apart_in_a_long_file_stay_apart() -> None:
    old = [f"line {number}" if number % 3 else "}" for number in range(30_000)]
    new = [*old]
    new[5] = "x"
    new[15_000:15_000] = ["new"]
    del new[29_000]
    assert [(first, end) for first, end, _, _ in differences(old, new)] == [(5, 6), (15_000, 15_000), (28_999, 29_000)]


def test_a_long_text_without_one_line_that_stands_once_is_one_change() -> None:
    old = ["a", "b"] * 3_000
    new = ["b", "c"] * 3_000
    assert differences(old, new) == [(0, 6_000, 0, 6_000)]
