"""The lines around a cursor that have something on them."""

from __future__ import annotations

import re

import pytest

from tests.fixture import at
from tierlsp.text.surroundings import has_nearby, is_in_long_string, line_above, lines_above, lines_below

SOURCE = "a\n\nb\n  \n█\n\n  \nc\n\nd\n"


def test_blank_lines_are_passed_over() -> None:
    cursor = at(SOURCE)
    assert line_above(cursor) == "b"
    assert lines_above(cursor, 5) == ["a", "b"]
    assert lines_above(cursor, 1) == ["b"]
    assert lines_below(cursor, 1) == ["c"]
    assert lines_below(cursor, 5) == ["c", "d"]


def test_nothing_around_is_nothing() -> None:
    cursor = at("█")
    assert (line_above(cursor), lines_above(cursor, 3), lines_below(cursor, 3)) == ("", [], [])


@pytest.mark.parametrize("source", ["x\n█", "█\nx", "x█", "█x"])
def test_a_pattern_is_found_on_every_side(source: str) -> None:
    assert has_nearby(at(source), re.compile("x"))
    assert not has_nearby(at(source), re.compile("y"))


@pytest.mark.parametrize(
    ("source", "is_inside"),
    [
        ('def f():\n    """█', True),
        ('def f():\n    """Do it.\n\n    █\n    """', True),
        ('def f():\n    """Do it."""\n    █', False),
        ("x = 1\n█", False),
    ],
)
def test_a_long_string_is_known_by_its_marks(source: str, is_inside: bool) -> None:
    assert is_in_long_string(at(source)) is is_inside


def test_a_template_is_a_long_string_too() -> None:
    assert is_in_long_string(at("const a = `\n  █\n`;", language="typescript"))
    assert not is_in_long_string(at("`\n█", language="c"))
