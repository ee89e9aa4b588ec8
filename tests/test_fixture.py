"""The marker language refuses what it cannot mean, so that a slip in a test does not look like a pass."""

from __future__ import annotations

import pytest

from tests.fixture import Document, FixtureError, at, bracketed, documents


def test_the_cursor_is_where_the_mark_stands() -> None:
    cursor = at("a = 1\nb = █2\nc = 3", language="lua")
    assert (cursor.line, cursor.prefix, cursor.suffix) == (1, "b = ", "2")
    assert (cursor.above, cursor.below) == (("a = 1",), ("c = 3",))
    assert cursor.language == "lua"


@pytest.mark.parametrize(
    ("source", "prefix", "line"),
    [("█", "", 0), ("a\n█", "", 1), ("a\r\nb█\r\nc", "b", 1), ("😀█", "😀", 0), ("a\x0cb█", "a\x0cb", 0)],
)
def test_lines_end_as_they_do_in_lsp(source: str, prefix: str, line: int) -> None:
    cursor = at(source)
    assert (cursor.prefix, cursor.line) == (prefix, line)


def test_a_selection_is_given_without_its_marks() -> None:
    (document,) = documents("x = ⟦1 + 2⟧\n")
    assert document.text == "x = 1 + 2\n"
    assert document.selection == (4, 9)


def test_files_begin_at_their_lines() -> None:
    assert documents("//- src/a.ts open\nlet a█\n//- b.txt lang:yaml\nb: 1\n") == (
        Document("src/a.ts", "typescript", "let a\n", is_open=True, cursor=5),
        Document("b.txt", "yaml", "b: 1\n"),
    )


def test_a_bracketed_text_keeps_its_blanks() -> None:
    assert bracketed("├  a\n\n┤\n") == "  a\n\n"


@pytest.mark.parametrize("source", ["", "a", "├a", "a┤", "├a┤┤", "├a┤ b", "x ├a┤", "├a┤├b┤"])
def test_a_text_that_is_not_in_brackets_is_refused(source: str) -> None:
    with pytest.raises(FixtureError):
        bracketed(source)


@pytest.mark.parametrize(
    "source",
    [
        "a█b█",
        "⟦a",
        "a⟧",
        "⟧a⟦",
        "⟦a⟧⟦b⟧",
        "⟦a█⟧",
        "//- a.py shut\n",
        "//- a.py\n█\n//- b.py\n█\n",
    ],
)
def test_marks_that_make_no_sense_are_refused(source: str) -> None:
    with pytest.raises(FixtureError):
        documents(source)


def test_a_fixture_without_a_cursor_has_no_cursor() -> None:
    with pytest.raises(FixtureError):
        at("a = 1")
