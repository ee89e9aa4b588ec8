"""Where one text ends with the beginning of another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierlsp.text.overlap import found_offsets, meeting_offsets, squeeze, without_blanks, words_of


@pytest.mark.parametrize(
    ("text", "following", "cuts"),
    [
        ("a, b)", ")", ["a, b"]),
        ("a, b, c)", ", c)", ["a, b"]),
        ("x > 0) {", "){", ["x > 0"]),
        ("x > 0){", ") {", ["x > 0"]),
        ("a, b", ", c)", []),
        ("a,", ", c)", ["a"]),
        # The longest first.
        ("abab", "abab", [""]),
        ("(), ()", "()", ["(), "]),
        # Neither a word nor a double mark is cut in two.
        ("items", "s", []),
        ("a==", "= b", []),
        ("", "a", []),
        ("a", "", []),
    ],
)
def test_the_meeting_of_two_texts(text: str, following: str, cuts: list[str]) -> None:
    assert [text[:offset] for offset in meeting_offsets(text, following)] == cuts


def test_every_appearance_is_found() -> None:
    assert found_offsets("a, b ,b", ",b") == [1, 5]
    assert found_offsets("ab", "") == []
    assert found_offsets("sub", "b") == []


@given(st.text(), st.text())
def test_an_overlap_is_one(text: str, following: str) -> None:
    for offset in meeting_offsets(text, following):
        assert without_blanks(following).startswith(without_blanks(text[offset:]))


@given(st.text())
def test_squeezing_keeps_the_offsets(text: str) -> None:
    squeezed, offsets = squeeze(text)
    assert squeezed == without_blanks(text)
    assert "".join(text[offset] for offset in offsets) == squeezed
    assert words_of(squeezed) == squeezed
