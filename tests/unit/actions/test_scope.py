"""Which lines are meant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.actions.runs import document_of, problem
from tierlsp.actions.scope import Limit, ScopeError, Target, choose_target, lines_of_span
from tierlsp.actions.types import Place, Span
from tierlsp.routing.facts import Scope

SOURCE = (
    "import os\n\n\nclass A:\n    def f(self):\n        return 1\n\n    def g(self):\n        return 2\n\n\nx = 1\n"
)
DOCUMENT = document_of(SOURCE)
LIMIT = Limit(100, 10_000)


def at(line: int, column: int = 0) -> Span:
    return Span(Place(line, column), Place(line, column))


def target(span: Span, wanted: Scope | None = None, limit: Limit = LIMIT, **options) -> tuple[str, int, int]:
    found = choose_target(DOCUMENT, span, wanted=wanted, limit=limit, **options)
    return found.scope.value, found.first, found.end


@pytest.mark.parametrize(
    ("span", "wanted", "expected"),
    [
        (at(5), None, ("symbol", 4, 6)),
        (at(3), None, ("class", 3, 9)),
        (at(0), None, ("file", 0, 12)),
        (Span(Place(4, 0), Place(6, 0)), None, ("selection", 4, 6)),
        (Span(Place(4, 0), Place(5, 3)), None, ("selection", 4, 6)),
        (at(5), Scope.SELECTION, ("selection", 5, 6)),
        (at(5), Scope.SYMBOL, ("symbol", 4, 6)),
        (at(5), Scope.CLASS, ("class", 3, 9)),
        (at(5), Scope.FILE, ("file", 0, 12)),
        (at(99), Scope.FILE, ("file", 0, 12)),
    ],
)
def test_what_is_meant(span: Span, wanted: Scope | None, expected: tuple) -> None:
    assert target(span, wanted) == expected


def test_a_fix_takes_the_function_around_its_problems() -> None:
    assert target(at(5), diagnostics=(problem(5),), is_whole_symbol=True) == ("symbol", 4, 6)
    assert target(at(5), diagnostics=(problem(5), problem(8)), is_whole_symbol=True) == ("class", 3, 9)
    assert target(at(0), diagnostics=(problem(0),), is_whole_symbol=True) == ("selection", 0, 9)


def test_a_function_that_is_too_long_is_left_for_the_lines_near_the_problem() -> None:
    document = document_of("def f():\n" + "    x = 1\n" * 300)
    found = choose_target(
        document, at(150), wanted=None, limit=LIMIT, diagnostics=(problem(150),), is_whole_symbol=True
    )
    assert (found.scope, found.first, found.end) == (Scope.SELECTION, 142, 159)


@pytest.mark.parametrize(
    ("span", "wanted", "limit", "words"),
    [
        (at(11), Scope.SYMBOL, LIMIT, "no function was found around line 12"),
        (at(11), Scope.CLASS, LIMIT, "no class"),
        (at(1), Scope.SELECTION, LIMIT, "nothing on these lines"),
        (at(0), Scope.FILE, Limit(5, 10_000), "too much at once"),
        (at(0), Scope.FILE, Limit(100, 20), "too much at once"),
        (at(0), Scope.FILES, LIMIT, "one file at a time"),
    ],
)
def test_what_is_not_there_or_too_much_is_one_sentence(span: Span, wanted: Scope, limit: Limit, words: str) -> None:
    with pytest.raises(ScopeError, match=words):
        target(span, wanted, limit)


def test_the_last_line_of_a_selection_counts_only_where_something_of_it_is_selected() -> None:
    assert lines_of_span(Span(Place(1, 0), Place(3, 0)), DOCUMENT) == (1, 3)
    assert lines_of_span(Span(Place(1, 0), Place(3, 1)), DOCUMENT) == (1, 4)
    assert lines_of_span(at(2), DOCUMENT) == (2, 3)


PLACES = st.tuples(st.integers(0, 15), st.integers(0, 12)).map(lambda pair: Place(*pair))


@given(PLACES, PLACES, st.sampled_from([None, *Scope]), st.booleans())
def test_a_target_is_always_a_stretch_of_the_document(one: Place, other: Place, wanted, whole: bool) -> None:
    span = Span(min(one, other), max(one, other))
    try:
        found = choose_target(DOCUMENT, span, wanted=wanted, limit=LIMIT, is_whole_symbol=whole)
    except ScopeError:
        return
    assert isinstance(found, Target)
    assert 0 <= found.first < found.end <= len(DOCUMENT.lines)
