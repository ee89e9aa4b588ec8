"""Where the cursor most likely is after a change: the place from which the next request will come."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierlsp.lsp.documents import PAIRS, Document
from tierlsp.lsp.positions import Encoding

Place = tuple[int, int]


def holding(text: str) -> Document:
    document = Document(uri="file:///a.c", language="c", version=1)
    document.replace_all(text)
    return document


def put_in(text: str, new: str) -> tuple[Document, Place | None]:
    """Put `new` in where `text` has its `█`, or in the place of what stands between two of them."""
    before, _, behind = text.partition("█")
    selected, mark, rest = behind.partition("█")
    if not mark:
        selected, rest = "", behind
    document = holding(before + selected + rest)
    change = document.replace(place_behind(before), place_behind(before + selected), new)
    assert document.text == before + new + rest
    return document, change.cursor


def place_behind(text: str) -> Place:
    return text.count("\n"), len(text.rpartition("\n")[2])


@pytest.mark.parametrize(
    ("text", "new", "cursor"),
    [
        ("ab█c\n", "x", (0, 3)),
        ("a\nb█\n", "x", (1, 2)),
        ("█", "x", (0, 1)),
        ("ab█c", "word", (0, 6)),
        # Typed over a selection.
        ("a█bc█d", "x", (0, 2)),
        ("a█b\nc█d", "x", (0, 2)),
    ],
)
def test_a_typed_key_leaves_the_cursor_behind_it(text: str, new: str, cursor: Place) -> None:
    assert put_in(text, new)[1] == cursor


@pytest.mark.parametrize("pair", sorted(PAIRS))
def test_a_pair_closed_by_the_editor_has_the_cursor_in_the_middle(pair: str) -> None:
    assert put_in("f█;\n", pair)[1] == (0, 2)


@pytest.mark.parametrize("text", ["((", "))", "(]", "(a)", ")("])
def test_what_is_no_pair_has_the_cursor_behind_it(text: str) -> None:
    assert put_in("f█;\n", text)[1] == (0, 1 + len(text))


@pytest.mark.parametrize(
    ("new", "cursor"), [("\n", (2, 0)), ("\n    ", (2, 4)), ("\n\t", (2, 1)), ("\r\n    ", (2, 4)), ("\r", (2, 0))]
)
def test_enter_leaves_the_cursor_behind_the_blanks_of_the_new_line(new: str, cursor: Place) -> None:
    assert put_in("first\nif (x)█\nlast\n", new)[1] == cursor


@pytest.mark.parametrize(
    ("new", "cursor"),
    [("\n    \n", (2, 4)), ("\n        \n    ", (2, 8)), ("\n\n", (2, 0)), ("\r\n    \r\n", (2, 4))],
)
def test_enter_between_brackets_leaves_the_cursor_on_the_line_between_them(new: str, cursor: Place) -> None:
    assert put_in("first\nif (x) {█}\nlast\n", new)[1] == cursor


@pytest.mark.parametrize(
    ("new", "cursor"), [("\n  a\n", (2, 0)), ("a\n\n", (2, 0)), ("a\nb\nc", (2, 1)), ("\n\n\n  ", (3, 2))]
)
def test_lines_that_are_put_in_leave_the_cursor_behind_the_last_of_them(new: str, cursor: Place) -> None:
    assert put_in("{█}\n", new)[1] == cursor


@pytest.mark.parametrize(
    ("text", "cursor"),
    [
        ("ab█c█d\n", (0, 2)),
        ("x\n█abc█\ny\n", (1, 0)),
        ("x█\n█y\n", (0, 1)),
        ("ab█c\nx\nd█e\n", (0, 2)),
        ("█all\nof it\n█", (0, 0)),
    ],
)
def test_a_deletion_leaves_the_cursor_where_it_began(text: str, cursor: Place) -> None:
    assert put_in(text, "")[1] == cursor


def test_nobody_knows_where_the_cursor_is_in_a_replaced_document() -> None:
    document = holding("a\nb\n")
    assert document.replace_all("c\n").cursor is None
    assert document.apply({"text": "d\n"}, Encoding.UTF16).cursor is None


@pytest.mark.parametrize(("encoding", "character"), [(Encoding.UTF8, 4), (Encoding.UTF16, 2), (Encoding.UTF32, 1)])
def test_the_column_is_counted_in_code_points_whatever_the_editor_counts_in(encoding: Encoding, character: int) -> None:
    position = {"line": 0, "character": character}
    change = {"range": {"start": position, "end": position}, "text": "😀x"}
    assert holding("😀\n").apply(change, encoding).cursor == (0, 3)


def test_a_range_given_backwards_leaves_the_cursor_behind_the_text_too() -> None:
    span = {"start": {"line": 1, "character": 1}, "end": {"line": 0, "character": 1}}
    assert holding("ab\ncd\n").apply({"range": span, "text": "x"}, Encoding.UTF16).cursor == (0, 2)


TEXT = st.text("ab(\n ", max_size=8)


@given(before=TEXT, selected=TEXT, behind=TEXT, new=TEXT)
def test_what_stands_left_of_the_likely_cursor_ends_with_what_was_put_in(
    before: str, selected: str, behind: str, new: str
) -> None:
    document, place = put_in(f"{before}█{selected}█{behind}", new)
    assert place is not None
    cursor = document.cursor_at(*place)
    left = "\n".join([*cursor.above, cursor.prefix])
    right = "\n".join([cursor.suffix, *cursor.below])
    assert left + right == document.text
    is_between = new.count("\n") == 2 and not new.strip()
    assert left == before + (new[: new.rindex("\n")] if is_between else new)
