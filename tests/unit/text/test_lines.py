"""Lines and their ends."""

from __future__ import annotations

import pytest

from tierlsp.text.lines import split_lines, usual_end


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "\n"),
        ("one line", "\n"),
        ("a\nb\n", "\n"),
        ("a\r\nb\r\nc\n", "\r\n"),
        ("a\rb\rc", "\r"),
        ("a\r\nb\rc\rd", "\r"),
        ("a\r\nb\n", "\n"),
    ],
)
def test_the_usual_line_end_is_that_of_most_lines(text: str, expected: str) -> None:
    assert usual_end(split_lines(text)[1]) == expected
