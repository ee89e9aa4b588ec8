"""How far two texts go together from their beginning."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierlsp.text.overlap import common_head

TEXT = st.text("ab\n", max_size=12)


@pytest.mark.parametrize(
    ("left", "right", "length"),
    [
        ("", "", 0),
        ("", "a", 0),
        ("a", "a", 1),
        ("a", "b", 0),
        ("ab", "a", 1),
        ("abc", "abd", 2),
        # What comes together again behind the first difference does not count.
        ("axbc", "aybc", 1),
        ("xabc", "yabc", 0),
        # Code points, not what they look like.
        ("e\u0301", "é", 0),
        ("👩\u200d💻", "👩\u200d🚀", 2),
    ],
)
def test_texts_go_together_up_to_their_first_difference(left: str, right: str, length: int) -> None:
    assert common_head(left, right) == length


@given(left=TEXT, right=TEXT)
def test_it_is_what_comparing_one_by_one_finds(left: str, right: str) -> None:
    length = 0
    while length < min(len(left), len(right)) and left[length] == right[length]:
        length += 1
    assert common_head(left, right) == length
    assert common_head(left, right) == common_head(right, left)


@given(head=st.text(max_size=200), left=st.text(max_size=5), right=st.text(max_size=5))
def test_a_head_before_both_texts_is_all_in_common(head: str, left: str, right: str) -> None:
    assert common_head(head + left, head + right) == len(head) + common_head(left, right)


@pytest.mark.parametrize("offset", [0, 1, 2_499, 2_500, 4_998, 4_999])
def test_one_difference_in_a_long_text_is_found_where_it_is(offset: int) -> None:
    text = "x" * 5_000
    assert common_head(text, f"{text[:offset]}y{text[offset + 1 :]}") == offset
