"""What is recorded of a document while a run is under way, and that nothing is otherwise."""

from __future__ import annotations

from typing import Any

from tierlsp.lsp.documents import Documents
from tierlsp.lsp.follow import MOST_CHANGES, MOST_TEXTS
from tierlsp.lsp.positions import Encoding

URI = "file:///a.py"


def opened() -> Documents:
    documents = Documents()
    documents.open({"uri": URI, "languageId": "python", "version": 1, "text": "a\nb\nc\n"})
    return documents


def change(documents: Documents, version: int, line: int, text: str = "x") -> None:
    at = {"line": line, "character": 0}
    changes: list[dict[str, Any]] = [{"range": {"start": at, "end": at}, "text": text}]
    documents.change({"uri": URI, "version": version}, changes, Encoding.UTF8)


def test_keys_on_one_line_are_one_entry() -> None:
    documents = opened()
    log = documents.follow(URI)
    for version in range(2, 500):
        change(documents, version, 1)
    assert log.since() == ((1, 1, 1),)


def test_nothing_is_recorded_before_and_after() -> None:
    documents = opened()
    change(documents, 2, 0)
    log = documents.follow(URI)
    documents.unfollow(log)
    change(documents, 3, 1)
    assert log.since() == ()
    # Law: work per key press does not grow.
    assert documents._logs == {}


def test_a_record_has_an_end() -> None:
    documents = opened()
    log = documents.follow(URI)
    for version in range(2, MOST_CHANGES + 10):
        change(documents, version, version % 2)
    assert log.is_lost
    assert log.since() == ()


def test_texts_are_kept_only_while_an_edit_is_on_its_way() -> None:
    documents = opened()
    log = documents.follow(URI)
    change(documents, 2, 0, "y")
    assert not log.shows(["a", "b", "c", ""], ["ya", "b", "c", ""])
    log.mark()
    change(documents, 3, 1, "z")
    assert log.shows(["ya", "b", "c", ""], ["ya", "zb", "c", ""])
    for version in range(4, MOST_TEXTS + 10):
        change(documents, version, 2)
    assert not log.shows(["ya", "b", "c", ""], ["ya", "zb", "c", ""])


def test_who_closes_or_reopens_a_document_ends_the_record() -> None:
    documents = opened()
    log = documents.follow(URI)
    documents.open({"uri": URI, "languageId": "python", "version": 1, "text": "other"})
    assert log.is_lost
    again = documents.follow(URI)
    documents.close({"uri": URI})
    assert again.is_lost
