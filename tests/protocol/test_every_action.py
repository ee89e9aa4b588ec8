"""Every action in every captured editor: the good case, and each class of failure that it can meet.

Each run must end in the right edit, page or findings, or in none; with exactly one end that the person is told, in
words that say what went wrong; and with that in the ledger which the provider counted. In a plain run a sample of the
failures is tried, in continuous integration all of them.
"""

from __future__ import annotations

import os
from random import Random

import pytest

from tests.protocol.cell import Cell
from tests.protocol.every_action import CHANGES, ROWS, Gives, Row
from tests.protocol.failure_classes import FAILURES, GOOD, Editor, Failure, Meanwhile
from tests.protocol.rooms import Rooms, in_all
from tests.repositories import needs_git
from tierlsp.actions.catalogue import ACTIONS

pytestmark = needs_git

SAMPLE = 60
"""Of the failures that are tried in a plain run, each in all editors; the good cases all are."""

SEED = 20_261_126

ON_PAGE = "only on the page"
"""Of findings whose code is not there any more."""

CASES = [(row, failure) for failure in (GOOD, *FAILURES) for row in ROWS if not failure.why_not(row)]


def chosen() -> list[tuple[Row, Failure]]:
    """Return what is tried: all of it in continuous integration, else a sample in the same order."""
    if os.environ.get("CI"):
        return CASES
    bad = [index for index, (_, failure) in enumerate(CASES) if failure is not GOOD]
    taken = set(Random(SEED).sample(bad, SAMPLE))
    return [case for index, case in enumerate(CASES) if case[1] is GOOD or index in taken]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("row", "failure"), chosen(), ids=str)
async def test_a_run_ends_once_with_what_is_right(rooms: Rooms, row: Row, failure: Failure) -> None:
    await in_all(rooms, lambda room: Cell(room, row, failure), look)


def look(cell: Cell) -> None:
    """See that a run has left what it should, and nothing else."""
    row, failure, seen, left = cell.row, cell.failure, cell.seen, cell.left
    [end] = seen.ends
    assert cell.put(failure.words(row)) in end
    assert seen.progress[0] == "begin" and seen.progress[-1] == "end"
    assert set(seen.progress[1:-1]) <= {"report"}
    assert seen.other == []
    if not failure.is_asked:
        assert not cell.questions()
    _look_at_questions(cell)
    is_good = failure.gives(row)
    assert seen.edits == (is_good and row.gives in CHANGES)
    files = row.beside_after or row.beside if is_good else row.beside
    assert left.files == {name: cell.put(text) for name, text in files.items()}
    if row.has_document and failure.meanwhile is not Meanwhile.CLOSES and not failure.is_long:
        assert left.texts == {cell.uri: expected_text(cell)}
    shown = [message for uri, messages in left.findings.items() if f"/{cell.folder}/" in uri for message in messages]
    if is_good and row.gives is Gives.FINDINGS and ON_PAGE not in failure.words(row):
        assert len(shown) == 1 and "every call fails" in shown[0]
        assert left.findings[cell.room.place.uri(f"{cell.folder}/{row.finding}")] == shown
    else:
        assert shown == []
    _look_at_pages(cell)


def expected_text(cell: Cell) -> str:
    """Return what the document at hand must be once the run has ended."""
    row, failure = cell.row, cell.failure
    text = cell.put(row.after if failure.gives(row) else row.text)
    if failure.meanwhile not in (Meanwhile.TYPES_INSIDE, Meanwhile.TYPES_ELSEWHERE):
        return text
    is_inside = failure.meanwhile is Meanwhile.TYPES_INSIDE
    line, typed = (row.inside, "#") if is_inside else (row.elsewhere, "typed\n")
    lines = text.splitlines(keepends=True)
    # What the answer has written above moves it.
    line += len(lines) - row.text.count("\n") if line > row.inside else 0
    return "".join([*lines[:line], typed, *lines[line:]])


def _look_at_questions(cell: Cell) -> None:
    """See that the person was asked what had to be asked, once each, and nothing besides."""
    row, failure, asked = cell.row, cell.failure, cell.seen.questions
    may_be = {failure.is_asked_about, row.choice, "Apply"} - {""}
    assert all(may_be & set(titles) for titles in asked)
    assert len(asked) == len(set(asked))
    if failure.is_asked_about:
        assert any(failure.is_asked_about in titles for titles in asked)
    if failure.gives(row) and row.choice:
        assert any(row.choice in titles for titles in asked)
    if failure.gives(row) and row.gives is Gives.FILES and cell.room.profile != "vscode":
        assert any("Apply" in titles for titles in asked)


def _look_at_pages(cell: Cell) -> None:
    """See that the page was shown that belongs to the result, and none with a result that is not there."""
    row, failure, pages = cell.row, cell.failure, cell.seen.pages
    if row.page and failure.gives(row):
        assert len(pages) == 1 and row.page in pages[0]
    elif row.gives is Gives.FILES:
        # VS Code shows changes itself; the others get a page of those that are whole.
        assert len(pages) <= (cell.room.profile != "vscode")
    else:
        assert pages == []


def test_every_action_is_there_with_all_its_choices_and_extents() -> None:
    tried = {(row.argument["action"], row.argument.get("choice", row.argument.get("scope", ""))) for row in ROWS}
    for action in ACTIONS:
        assert action.kind.value in {name for name, _ in tried}
        for choice in action.choices:
            assert (action.kind.value, choice.name) in tried
        for extent, _ in action.extents:
            assert (action.kind.value, extent.value) in tried
    assert {"shorten", "tell"} <= {name for name, _ in tried}


def test_no_class_is_left_out_of_all_actions_and_each_editor_does_what_it_can_do_wrong() -> None:
    tried = {failure.name for _, failure in CASES}
    assert tried == {failure.name for failure in (GOOD, *FAILURES)}
    assert {failure.editor for _, failure in CASES} == set(Editor)
    assert {failure.meanwhile for _, failure in CASES} == set(Meanwhile)
