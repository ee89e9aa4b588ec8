"""Edits say exactly what changes, and nothing that is not an edit is applied."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierlsp.actions.edits import BOM, Change, EditError, apply_edit, file_edit, lines_after, trimmed
from tierlsp.actions.types import Document, FileEdit, Place, Span, TextEdit
from tierlsp.text.lines import split_lines

LINE = st.text(st.sampled_from("ab \t\u2028\x0c\U0001f600"), max_size=4)
LINES = st.lists(LINE, min_size=1, max_size=12).map(tuple)


def document_of(lines: tuple[str, ...], line_end: str = "\n") -> Document:
    return Document("file:///a", Path("/a"), "", 3, lines, line_end)


@given(LINES, LINES, st.sampled_from(["\n", "\r\n", "\r"]))
def test_applying_the_edit_gives_the_new_lines(old: tuple[str, ...], new: tuple[str, ...], line_end: str) -> None:
    edit = file_edit(document_of(old, line_end), [Change(0, len(old), new)])
    assert apply_edit(edit) == new
    assert edit.document.version == 3


@given(LINES, LINES)
def test_edits_are_in_order_apart_and_of_changed_lines_only(old: tuple[str, ...], new: tuple[str, ...]) -> None:
    edit = file_edit(document_of(old), [Change(0, len(old), new)])
    if old == new:
        assert edit.edits == ()
    for before, after in zip(edit.edits, edit.edits[1:], strict=False):
        assert before.span.end <= after.span.start


@given(LINES, st.data())
def test_lines_outside_of_a_change_stay(old: tuple[str, ...], data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(old)))
    end = data.draw(st.integers(first, len(old)))
    new = lines_after(old, [Change(first, end, ("new",))])
    assert new == (*old[:first], "new", *old[end:])


@given(LINES, LINES)
def test_in_text_with_mixed_line_ends_untouched_lines_keep_theirs(old: tuple[str, ...], new: tuple[str, ...]) -> None:
    """The editor applies the edit to a text whose line ends differ; those of unchanged lines stay."""
    ends = ["\r\n", "\n"]
    text = "".join(line + ends[index % 2] for index, line in enumerate(old[:-1])) + old[-1]
    kept, _ = split_lines(text)
    edit = file_edit(document_of(tuple(kept), "\n"), [Change(0, len(kept), new)])
    starts = [0]
    for index, line in enumerate(kept[:-1]):
        starts.append(starts[-1] + len(line) + len(ends[index % 2]))
    for each in reversed(edit.edits):
        begin = starts[each.span.start.line] + each.span.start.column
        finish = starts[each.span.end.line] + each.span.end.column
        text = text[:begin] + each.text + text[finish:]
    assert tuple(split_lines(text)[0]) == new


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (("a", "b", ""), ("a", "c", "")),
        (("a", "b"), ("a", "c")),
        (("a",), ("a", "b")),
        (("a", ""), ("",)),
        (("",), ("a",)),
        (("a", "b", "c", "d"), ("b", "x", "d", "")),
    ],
)
def test_the_end_of_the_file(old: tuple[str, ...], new: tuple[str, ...]) -> None:
    assert apply_edit(file_edit(document_of(old), [Change(0, len(old), new)])) == new


def test_the_smallest_edit_touches_one_line() -> None:
    lines = tuple(f"line {number}" for number in range(1000))
    edit = file_edit(document_of(lines, "\r\n"), [Change(500, 501, ("new",))])
    assert edit.edits == (TextEdit(Span(Place(500, 0), Place(501, 0)), "new\r\n"),)


def test_a_byte_order_mark_stays_and_none_is_brought_in() -> None:
    kept = file_edit(document_of((BOM + "a", "b")), [Change(0, 2, ("a", "c"))])
    assert apply_edit(kept) == (BOM + "a", "c")
    assert apply_edit(file_edit(document_of(("a",)), [Change(0, 1, (BOM + "b",))])) == ("b",)


def test_long_texts_that_differ_everywhere_are_one_edit() -> None:
    old = tuple(f"a{number}" for number in range(3000))
    new = tuple(f"b{number}" for number in range(3000))
    assert len(file_edit(document_of(old), [Change(0, len(old), new)]).edits) == 1


def test_more_than_the_most_lines_is_refused() -> None:
    with pytest.raises(EditError, match="20,000"):
        file_edit(document_of(("a",)), [Change(0, 1, ("x",) * 20_001)])


@pytest.mark.parametrize("changes", [[Change(0, 2, ()), Change(1, 3, ())], [Change(2, 4, ())], [Change(2, 1, ())]])
def test_changes_that_overlap_or_lie_outside_are_refused(changes: list[Change]) -> None:
    with pytest.raises(EditError):
        lines_after(("a", "b", "c"), changes)


@pytest.mark.parametrize(
    "spans",
    [
        [((0, 0), (1, 0)), ((0, 1), (1, 1))],
        [((1, 0), (1, 1)), ((0, 0), (0, 1))],
        [((0, 0), (9, 0))],
        [((0, 0), (0, 9))],
        [((0, 1), (0, 0))],
        [((-1, 0), (0, 0))],
    ],
)
def test_edits_that_overlap_or_lie_outside_are_not_applied(spans: list) -> None:
    edits = tuple(TextEdit(Span(Place(*start), Place(*end)), "x") for start, end in spans)
    with pytest.raises(EditError):
        apply_edit(FileEdit(document_of(("ab", "cd")), edits))


def test_blank_lines_around_are_taken_off_only_where_there_were_none() -> None:
    assert trimmed(["", "a", ""], ["b"]) == ("a",)
    assert trimmed(["", "a", ""], ["", "b", ""]) == ("", "a", "")
    assert trimmed(["", ""], ["b"]) == ()
