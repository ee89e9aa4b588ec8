"""When two cursors are the same place."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tierlsp.text.cursor import Cursor, cursor_in

HERE = cursor_in(["x = 1", "y = 2", ""], 1, 3, uri="file:///a.py", language="python", version=4)


def test_a_place_is_the_same_when_it_is_read_again() -> None:
    again = cursor_in(["x = 1", "y = 2", ""], 1, 3, uri="file:///a.py", language="python", version=4)
    assert again is not HERE
    assert HERE.is_at(again)
    assert again.is_at(HERE)


@pytest.mark.parametrize(
    "other",
    [
        replace(HERE, uri="file:///b.py"),
        replace(HERE, version=5),
        replace(HERE, version=None),
        replace(HERE, line=2),
        replace(HERE, prefix="y =="),
        replace(HERE, prefix="y "),
    ],
    ids=["document", "version", "no version", "line", "right of it", "left of it"],
)
def test_another_document_version_line_or_column_is_another_place(other: Cursor) -> None:
    assert not HERE.is_at(other)
    assert not other.is_at(HERE)


def test_a_place_in_a_document_without_versions_is_known_as_itself_only() -> None:
    unversioned = replace(HERE, version=None)
    assert unversioned.is_at(unversioned)
    assert not unversioned.is_at(replace(HERE, version=None))


def test_the_first_version_is_one_like_any_other() -> None:
    assert replace(HERE, version=0).is_at(replace(HERE, version=0))


def test_the_version_stands_for_the_text_which_is_not_compared() -> None:
    assert HERE.is_at(replace(HERE, above=(), below=(), suffix="", language=""))
