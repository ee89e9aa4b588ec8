import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fixture import at
from tierlsp.completion.window import ANCHOR_LINES, GOAL_SHARE, TYPED_LINES, Window, next_window
from tierlsp.completion.window_size import LEAST_TOKENS, WindowSize, size_for, steps_between
from tierlsp.text.cursor import WINDOW_ABOVE, Cursor, cursor_in

SIZE = WindowSize(prefix_chars=1_000, suffix_chars=200)
LINES = [f"line {number:03}" for number in range(600)]


def place(lines: list[str], line: int, column: int = 999, uri: str = "file:///a") -> Cursor:
    return cursor_in(lines, line, min(column, len(lines[line])), uri=uri)


def prefix_of(window: Window) -> str:
    return "\n".join((*window.above, *window.typed, window.line))


# ---------------------------------------------------------------------- the start


def test_a_new_window_leaves_room_to_grow_and_holds_whole_lines() -> None:
    window = next_window(None, place(LINES, 300), SIZE)
    assert GOAL_SHARE * SIZE.prefix_chars - 10 < len(prefix_of(window)) <= GOAL_SHARE * SIZE.prefix_chars
    assert LINES[window.first] == window.above[0]
    assert window.suffix.endswith(LINES[300 + len(window.below)])


def test_the_start_stays_while_the_cursor_moves_down_until_the_window_is_full() -> None:
    window = next_window(None, place(LINES, 300), SIZE)
    firsts = [window.first]
    for line in range(301, 400):
        window = next_window(window, place(LINES, line), SIZE)
        firsts.append(window.first)
    steps = {firsts.index(first) for first in firsts} - {0}
    assert steps == {46, 92}, "about 40 % of the window each"


def test_the_start_stays_while_the_cursor_moves_up_until_little_is_left_above() -> None:
    first = next_window(None, place(LINES, 300), SIZE)
    near = next_window(first, place(LINES, first.first + 12), SIZE)
    assert near.first == first.first
    out = next_window(near, place(LINES, first.first + 5), SIZE)
    assert out.first < first.first


def test_a_cursor_far_away_gets_a_new_window() -> None:
    window = next_window(next_window(None, place(LINES, 100), SIZE), place(LINES, 550), SIZE)
    assert window == next_window(None, place(LINES, 550), SIZE)


def test_a_window_of_another_document_does_not_count() -> None:
    other = next_window(None, place(LINES, 300, uri="file:///b"), SIZE)
    assert next_window(other, place(LINES, 310), SIZE) == next_window(None, place(LINES, 310), SIZE)


@pytest.mark.parametrize("change", [1, 7, 90, -1, -7, -90])
def test_the_start_is_found_again_after_lines_were_put_in_or_taken_out_above(change: int) -> None:
    window = next_window(None, place(LINES, 300), SIZE)
    lines = [f"import {number}" for number in range(change)] + LINES[max(0, -change) :]
    after = next_window(window, place(lines, 300 + change), SIZE)
    assert prefix_of(after) == prefix_of(window)
    assert after.suffix == window.suffix
    assert after.first == window.first + change


def test_of_several_places_with_the_same_text_the_nearest_is_the_start() -> None:
    lines = ["}", "", "", *LINES[:10]] * 30
    window = next_window(None, place(lines, 300), SIZE)
    after = next_window(window, place(["import os", *lines], 301), SIZE)
    assert prefix_of(after) == prefix_of(window)


def test_lines_put_in_above_a_window_that_began_at_the_top_are_taken_in_at_rest() -> None:
    window = next_window(None, place(LINES, 30), SIZE)
    cursor = place(["import os", *LINES], 31)
    assert next_window(window, cursor, SIZE).above[0] == LINES[0]
    assert next_window(window, cursor, SIZE, is_settled=True).above[0] == "import os"


def test_at_rest_a_nearly_full_window_moves_ahead_of_time() -> None:
    window = next_window(None, place(LINES, 300), SIZE)
    cursor = place(LINES, 340)
    assert next_window(window, cursor, SIZE).first == window.first
    assert next_window(window, cursor, SIZE, is_settled=True) == next_window(None, cursor, SIZE)


def test_at_rest_a_cursor_high_up_in_the_window_gets_more_above_it() -> None:
    window = next_window(None, place(LINES, 300), SIZE)
    cursor = place(LINES, window.first + 20)
    assert next_window(window, cursor, SIZE).first == window.first
    assert next_window(window, cursor, SIZE, is_settled=True).first < window.first


def test_short_lines_leave_room_to_grow_within_what_a_cursor_holds() -> None:
    lines = ["x"] * 2_000
    size = WindowSize(10_000, 200)
    window = next_window(None, place(lines, 1_000), size)
    assert len(window.above) == GOAL_SHARE * WINDOW_ABOVE
    numbered = [str(number) for number in range(2_000)]
    window = next_window(None, place(numbered, 1_000), size)
    assert next_window(window, place(numbered, 1_100), size).first == window.first


def test_a_line_longer_than_the_window_is_cut_on_its_left_in_steps() -> None:
    starts = set()
    window = None
    for column in range(1_000, 3_000, 10):
        window = next_window(window, place(["x" * 5_000], 0, column), SIZE)
        starts.add(column - len(window.line))
        assert 600 < len(window.line) <= 1_000
    assert starts == {0, 400, 800, 1_200, 1_600, 2_000}


# ---------------------------------------------------------------------- the split


def test_what_is_typed_counts_as_typed_until_it_is_too_much() -> None:
    lines = LINES[:300]
    window = next_window(None, place(lines, 299), SIZE)
    assert window.typed == ()
    counts = []
    for number in range(TYPED_LINES + 2):
        lines = [*lines, f"typed {number}"]
        window = next_window(window, place(lines, len(lines) - 1), SIZE)
        counts.append(len(window.typed))
    assert counts == [*range(1, TYPED_LINES + 1), 0, 1]


def test_a_pasted_block_does_not_count_as_typed() -> None:
    lines = LINES[:60]
    size = WindowSize(5_000, 200)
    window = next_window(None, place(lines, 59), size)
    pasted = [*lines, *("pasted " * 40,) * 4, ""]
    assert next_window(window, place(pasted, 64), size).typed == ()


def test_an_edit_before_the_split_moves_it_to_the_cursor() -> None:
    lines = [*LINES[:60], "typed", ""]
    window = next_window(next_window(None, place(LINES[:60], 59), SIZE), place(lines, 61), SIZE)
    assert window.typed == (LINES[59], "typed")
    edited = [*lines[:40], "edited", *lines[41:]]
    assert next_window(window, place(edited, 61), SIZE).typed == ()


def test_at_rest_the_split_moves_to_the_cursor() -> None:
    lines = [*LINES[:60], "typed", ""]
    window = next_window(next_window(None, place(LINES[:60], 59), SIZE), place(lines, 61), SIZE)
    settled = next_window(window, place(lines, 61), SIZE, is_settled=True)
    assert settled.typed == ()
    assert prefix_of(settled) == prefix_of(window)


# ---------------------------------------------------------------------- the suffix


def suffix_after(before: str, after: str, *, is_settled: bool = False) -> str:
    window = next_window(None, at(before), SIZE)
    return next_window(window, at(after), SIZE, is_settled=is_settled).suffix


@pytest.mark.parametrize(
    "after",
    [
        "a(█)\nb\n", 'a("█")\nb\n', 'a("x"█)\nb\n', "a[f(█)]\nb\n", "a {\n    █\n}\nb\n", "<p>█</p>\nb\n",
        "/** █ */\nb\n",
        "a\n█\nb\n", "a\nx\nyy█\nb\n", "█\nb\n", "a({\n  █\n})\nb\n",
    ],
)  # fmt: skip
def test_the_suffix_stays_whatever_the_editor_closes(after: str) -> None:
    assert suffix_after("a█\nb\n", after) == "\nb\n"


@pytest.mark.parametrize(
    ("after", "suffix"),
    [
        ("a█ + c\nb\n", " + c\nb\n"),
        ("█a\nb\n", "a\nb\n"),
        ("a█\nc\n", "\nc\n"),
        ("a█\nc\nb\n", "\nc\nb\n"),
        ("a\nb█\n", "\n"),
        ("a█\nb\nnew\n", "\nb\nnew\n"),
        ("a(█) {\nb\n", ") {\nb\n"),
        ("a█\n", "\n"),
    ],
)
def test_a_real_change_of_what_follows_is_in_the_suffix_at_once(after: str, suffix: str) -> None:
    assert suffix_after("a█\nb\n", after) == suffix


def test_at_rest_the_suffix_is_the_documents_own() -> None:
    assert suffix_after("a█\nb\n", "a {\n    █\n}\nb\n", is_settled=True) == "\n}\nb\n"


def test_closing_signs_at_the_lines_end_are_left_out_whoever_wrote_them() -> None:
    assert next_window(None, at("f(█)\nb\n"), SIZE).suffix == "\nb\n"
    assert next_window(None, at("f(█, 1)\nb\n"), SIZE).suffix == ", 1)\nb\n"


def test_the_suffix_ends_at_a_lines_end_and_moves_with_the_line_that_is_left() -> None:
    window = next_window(None, place(LINES, 100), SIZE)
    assert window.below == tuple(LINES[101:123])
    assert next_window(window, place(LINES, 101), SIZE).below == tuple(LINES[102:124])


def test_a_smaller_size_shortens_the_suffix() -> None:
    window = next_window(None, place(LINES, 100), SIZE)
    assert len(next_window(window, place(LINES, 100), WindowSize(1_000, 50)).suffix) <= 50


# ---------------------------------------------------------------------- whatever happens

SIZES = st.builds(WindowSize, st.integers(1, 200), st.integers(1, 60))
PIECES = st.sampled_from(["a", "bc ", "\n", "}", "(", ")", '"', "    ", "\n}\n", "x = 1\n", "</p>", "z" * 30])
TEXTS = st.lists(PIECES, max_size=30).map("".join)


@st.composite
def edits(draw: st.DrawFn) -> tuple[int, int, str]:
    """A place, how much is taken out there, and what is put in; places are taken modulo the text's length."""
    return (
        draw(st.integers(0, 400)),
        draw(st.sampled_from([0, 0, 1, 5, 40])),
        draw(st.lists(PIECES, max_size=3).map("".join)),
    )


@settings(deadline=None, max_examples=300)
@given(
    TEXTS, st.lists(st.tuples(edits(), st.booleans(), st.one_of(st.none(), st.integers(0, 400)), SIZES), max_size=12)
)
def test_a_window_is_always_the_documents_text_around_the_cursor(
    text: str, steps: list[tuple[tuple[int, int, str], bool, int | None, WindowSize]]
) -> None:
    window: Window | None = None
    for (place_, taken, put), is_settled, jump, size in steps:
        begin = place_ % (len(text) + 1)
        text = text[:begin] + put + text[begin + taken :]
        offset = begin + len(put) if jump is None else jump % (len(text) + 1)
        before, after = text[:offset], text[offset:]
        above = before.split("\n")
        cursor = cursor_in(text.split("\n"), len(above) - 1, len(above[-1]), uri="file:///a")
        window = next_window(window, cursor, size, is_settled=is_settled)
        prefix = prefix_of(window)
        assert before.endswith(prefix)
        assert len(prefix) <= size.prefix_chars
        assert len(window.suffix) <= size.suffix_chars
        assert window.line == above[-1] or len(above[-1]) > size.prefix_chars
        assert len(prefix) == len(before) or above[-1] != window.line or before[-len(prefix) - 1] == "\n"
        assert window.suffix in after
        added = after[: after.index(window.suffix)]
        assert not added.strip("()}]\"' \n<>/p"), "what is between is the editor's"
        assert next_window(window, cursor, size) == window, "asking again changes nothing"


# ---------------------------------------------------------------------- the size


def test_the_size_is_what_is_read_within_the_time() -> None:
    """The machine classes: an RTX 4090 with Codestral, an RTX 3060 with 7B, eight cores with 0.5B."""

    def tokens(rate: float | None) -> float:
        size = size_for(rate, 1_500, 4_096, 128, 3.0)
        return (size.prefix_chars + size.suffix_chars) / 3.0

    assert tokens(3_000) == pytest.approx(2_896, rel=0.01), "bounded by the context"
    assert tokens(1_600) == pytest.approx(2_048, rel=0.01)
    assert tokens(800) == pytest.approx(1_024, rel=0.01)
    assert tokens(None) == pytest.approx(1_024, rel=0.01)
    assert tokens(250) == pytest.approx(LEAST_TOKENS, rel=0.01)


def test_a_small_change_of_the_rate_changes_the_size_by_a_step_or_not_at_all() -> None:
    sizes = [size_for(rate, 1_500, 32_768, 128) for rate in range(700, 1_400, 7)]
    assert len(set(sizes)) == 3
    assert all(steps_between(one, other) < 1.01 for one, other in pairwise(sizes))


@given(
    st.one_of(st.none(), st.floats(0, 1e9)), st.floats(0, 1e6), st.integers(1, 200_000), st.integers(1, 4_096),
    st.floats(0.5, 10),
)  # fmt: skip
def test_a_size_is_positive_and_fits_the_context(
    rate: float | None, warm_ms: float, num_ctx: int, max_tokens: int, chars_per_token: float
) -> None:
    size = size_for(rate, warm_ms, num_ctx, max_tokens, chars_per_token)
    assert size.prefix_chars >= 1
    assert size.suffix_chars >= 1
    if num_ctx > max_tokens + 2:
        assert size.prefix_chars + size.suffix_chars <= max(2.0, (num_ctx - max_tokens) * chars_per_token)


def test_the_largest_size_is_what_a_cursor_holds() -> None:
    size = size_for(math.inf, 1_500, 1_000_000, 128)
    assert size.prefix_chars < 40 * WINDOW_ABOVE
    assert ANCHOR_LINES < WINDOW_ABOVE
