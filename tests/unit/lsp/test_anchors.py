"""Findings keep to their code under every edit that leaves it as it is, and go with the first that does not."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.actions.runs import document_of
from tierlsp.actions.types import Category, FileFindings, Finding, Place, Severity, Span
from tierlsp.lsp.anchors import Mark, mark_of, moved, placed
from tierlsp.lsp.documents import Documents
from tierlsp.lsp.finding_board import Board
from tierlsp.lsp.follow import LineChange
from tierlsp.lsp.positions import Encoding
from tierlsp.routing.facts import Kind

OTHER = st.sampled_from(["", "x = 1", "    y = 2", "# note", "bad = 1 ", "def f():"])


def finding_at(first: int, end: int, fingerprint: str = "f") -> Finding:
    span = Span(Place(first, 0), Place(end - 1, 1))
    return Finding(span, "it is wrong", Severity.ERROR, Category.BUG, 80, ("bad",), fingerprint)


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[str], int, int, list[tuple[LineChange, bool]]]:
    """A document, the lines of a finding in it, and edits, each with whether it leaves those lines as they are."""
    above, below = draw(st.lists(OTHER, max_size=6)), draw(st.lists(OTHER, max_size=6))
    code = [f"bad_{number} = {number}" for number in range(draw(st.integers(1, 3)))]
    lines = [*above, *code, *below]
    first, size = len(above), len(code)
    edits = []
    for _ in range(draw(st.integers(1, 8))):
        is_kept = draw(st.booleans()) or draw(st.booleans())
        if is_kept:
            low, high = draw(st.sampled_from([(0, first), (first + size, len(lines))]))
            start = draw(st.integers(low, high))
            removed = draw(st.integers(0, high - start))
            added = draw(st.lists(OTHER, max_size=4))
            if draw(st.booleans()):
                # The editor sends more than what has changed: the code itself comes along.
                top, end = min(start, first), max(start + removed, first + size)
                after = [*lines[:start], *added, *lines[start + removed :]]
                grown = len(after) - len(lines)
                change = LineChange(top, end - top, after[top : end + grown])
            else:
                change = LineChange(start, removed, added)
            if start + removed <= first:
                first += len(added) - removed
        else:
            at = first + draw(st.integers(0, size - 1))
            change = LineChange(at, 1, draw(st.sampled_from([[], ["changed = 1"], ["changed = 1", "more"]])))
        lines = [*lines[: change.start], *change.added, *lines[change.start + change.removed :]]
        edits.append((change, is_kept))
        if not is_kept:
            break
    return [*above, *code, *below], len(above), size, edits


@given(histories())
def test_a_finding_is_where_its_code_is_and_goes_with_it(history) -> None:
    lines, first, size, edits = history
    mark: Mark | None = mark_of(Kind.REVIEW, finding_at(first, first + size), lines)
    for change, is_kept in edits:
        assert mark is not None
        lines = [*lines[: change.start], *change.added, *lines[change.start + change.removed :]]
        mark = moved(mark, change)
        if is_kept:
            assert mark is not None
            assert tuple(line.strip() for line in lines[mark.first : mark.end]) == mark.lines
        else:
            assert mark is None


@given(st.lists(OTHER, max_size=8), st.lists(OTHER, max_size=8))
def test_a_whole_new_text_is_searched_for_the_code(above: list[str], below: list[str]) -> None:
    mark = mark_of(Kind.REVIEW, finding_at(1, 3), ["a", "bad_1 = 1", "  bad_2 = 2", "b"])
    new = [*above, "    bad_1 = 1", "bad_2 = 2", *below]
    now = moved(mark, LineChange(0, 4, new))
    assert now is not None
    assert now.first == len(above)
    assert moved(mark, LineChange(0, 4, [*above, *below])) is None
    found = placed(mark, new)
    assert found is not None and found.first == len(above)


def test_what_does_not_move_stays_the_same_value() -> None:
    mark = mark_of(Kind.REVIEW, finding_at(3, 4), ["a"] * 3 + ["bad"] + ["b"] * 3)
    assert moved(mark, LineChange(5, 1, ["c"])) is mark
    assert moved(mark, LineChange(0, 1, ["c"])) is mark
    assert moved(mark, LineChange(3, 1, ["  bad"])) is mark


# ------------------------------------------------------------------ the board


class Wall:
    """A board with one open document, and what it told the client."""

    def __init__(self, text: str = "one\nbad = 1\nthree\n") -> None:
        self.documents = Documents()
        self.told: list[dict] = []
        self.board = Board(self.documents, lambda method, params: self.told.append(params), lambda: Encoding.UTF16)
        self.uri = document_of("").uri
        self.documents.open({"uri": self.uri, "languageId": "python", "version": 1, "text": text})
        self.text = text

    def show(self, *fingerprints: str, kind: Kind = Kind.REVIEW, first: int = 1) -> int:
        document = replace(document_of(self.text), uri=self.uri)
        found = tuple(finding_at(first, first + 1, each) for each in fingerprints)
        return self.board.show(kind, FileFindings(document, found, (0, len(document.lines))))

    def type(self, line: int, text: str, version: int) -> None:
        at = {"line": line, "character": 0}
        self.documents.change(
            {"uri": self.uri, "version": version}, [{"range": {"start": at, "end": at}, "text": text}], Encoding.UTF16
        )

    def shown(self) -> list[int]:
        return [each["range"]["start"]["line"] for each in self.told[-1]["diagnostics"]]


def test_a_document_without_findings_is_not_followed() -> None:
    """**Law:** work per key press does not grow with the file."""
    wall = Wall()
    wall.show()
    assert wall.documents._logs == {}
    wall.show("a")
    assert wall.uri in wall.documents._logs
    wall.board.dismiss(wall.uri, "a")
    assert wall.shown() == []
    # What was dismissed can be had back as long as its code stands there; then there is nothing to follow any more.
    told = len(wall.told)
    wall.type(1, "x", 2)
    assert wall.documents._logs == {}
    assert len(wall.told) == told


def test_what_was_dismissed_comes_back_where_its_code_is_now() -> None:
    wall = Wall()
    wall.show("a")
    wall.board.dismiss(wall.uri, "a")
    wall.type(0, "above\n", 2)
    assert [mark.first for mark in wall.board.dismissed_at(wall.uri, 0, 9)] == [2]
    assert wall.board.dismissed_at(wall.uri, 0, 2) == []
    assert wall.board.restore(wall.uri, "a")
    assert wall.shown() == [2]
    assert not wall.board.restore(wall.uri, "a")
    assert not wall.board.restore("file:///other", "a")


def test_each_version_that_is_told_is_the_one_that_it_is_about() -> None:
    wall = Wall()
    wall.show("a")
    wall.type(0, "new\n", 2)
    assert (wall.told[-1]["version"], wall.shown()) == (2, [2])
    wall.type(0, "x", 3)
    assert wall.told[-1]["version"] == 2


def test_a_second_review_takes_the_place_of_the_first_and_an_audit_stands_beside() -> None:
    wall = Wall()
    wall.show("a", "b")
    wall.show("c")
    wall.show("d", kind=Kind.AUDIT)
    assert [each["data"]["fingerprint"] for each in wall.told[-1]["diagnostics"]] == ["c", "d"]


def test_closing_and_opening_anew_clear_what_was_shown() -> None:
    for end in ("close", "open"):
        wall = Wall()
        wall.show("a")
        item = {"uri": wall.uri, "languageId": "python", "version": 9, "text": "bad = 1"}
        getattr(wall.documents, end)(item)
        assert wall.shown() == []
        assert wall.documents._logs == {}


def test_a_document_that_is_not_open_shows_nothing() -> None:
    wall = Wall()
    wall.documents.close({"uri": wall.uri})
    assert wall.show("a", "b") == 2
    assert wall.told == []


def test_what_has_no_place_any_more_is_counted_and_not_shown() -> None:
    wall = Wall("bad = 1\nworse = 2\n")
    document = replace(document_of(wall.text), uri=wall.uri)
    found = (finding_at(0, 1, "a"), finding_at(1, 2, "b"))
    wall.type(0, "x", 2)
    assert wall.board.show(Kind.REVIEW, FileFindings(document, found, (0, 3))) == 1
    assert wall.shown() == [1]
    assert wall.board.show(Kind.REVIEW, FileFindings(document, found[1:], (0, 3))) == 0


@pytest.mark.parametrize("seed", range(20))
def test_after_any_typing_each_finding_shown_stands_on_its_code(seed: int) -> None:
    dice = Random(seed)
    text = "".join(f"line {number}\nbad {number}\n" for number in range(20))
    wall = Wall(text)
    document = replace(document_of(text), uri=wall.uri)
    found = tuple(finding_at(2 * number + 1, 2 * number + 2, f"f{number}") for number in range(20))
    wall.board.show(Kind.REVIEW, FileFindings(document, found, (0, 40)))
    for version in range(2, 60):
        count = len(wall.documents.get(wall.uri).lines)
        first = dice.randrange(count)
        last = min(count - 1, first + dice.choice([0, 0, 0, 1, 2]))
        span = {"start": {"line": first, "character": 0}, "end": {"line": last, "character": 0}}
        change = {"range": span, "text": dice.choice(["", "x", "\n", "new\nlines\n", "  "])}
        wall.documents.change({"uri": wall.uri, "version": version}, [change], Encoding.UTF16)
    lines = wall.documents.get(wall.uri).lines
    for mark, diagnostic in wall.board.at(wall.uri, 0, len(lines)):
        assert lines[mark.first].strip() == f"bad {mark.finding.fingerprint[1:]}"
        assert diagnostic["range"]["start"]["line"] == mark.first
    kept = {mark.finding.fingerprint[1:] for mark, _ in wall.board.at(wall.uri, 0, len(lines))}
    assert kept == {line.strip()[4:] for line in lines if line.strip().startswith("bad ")}
