"""A run that is cancelled, at each point and in every captured editor: it stops there, and is paid as far as it came.

The provider's connection is closed, what was sent is in the ledger, nothing is changed or shown, and the person is told
one end. How long it takes is measured by `python -m bench.cancel`.
"""

from __future__ import annotations

import pytest

from tests.protocol.cancel_points import POINTS, Cancelled, Point
from tests.protocol.every_action import ROWS, Gives, Row
from tests.protocol.rooms import Rooms, in_all
from tests.repositories import needs_git

pytestmark = needs_git

KINDS = ("refactor", "refactorFiles", "tests new", "tests more", "explain", "names", "commit", "review file")
"""One action for each kind of answer."""

CASES = [(row, point) for point in POINTS for row in ROWS if row.name in KINDS and not point.why_not(row)]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("row", "point"), CASES, ids=str)
async def test_a_run_that_is_cancelled_stops_and_is_told_once(rooms: Rooms, row: Row, point: Point) -> None:
    await in_all(rooms, lambda room: Cancelled(room, row, point), look)


def look(cell: Cancelled) -> None:
    """See that nothing has come of a run, and that the person knows."""
    row, seen, left = cell.row, cell.seen, cell.left
    [end] = seen.ends
    assert cell.is_cancelled
    assert "cancelled" in end
    assert seen.progress == [] or (seen.progress[0], seen.progress[-1]) == ("begin", "end")
    assert {each["method"] for each in seen.other} <= {"$/cancelRequest"}
    assert seen.edits == 0
    assert left.files == {name: cell.put(text) for name, text in row.beside.items()}
    assert left.texts == ({cell.uri: cell.put(row.text)} if row.has_document else {})
    assert not any(left.findings.values())
    # A page of changes comes before the question about them, but in VS Code, which shows them itself.
    is_shown = row.gives is Gives.FILES and bool(cell.counted) and cell.exchange is None
    assert len(seen.pages) == (is_shown and cell.room.profile != "vscode")
    if cell.point.settings or cell.point.at == "window/workDoneProgress/create":
        assert not cell.questions()
    if cell.exchange is not None:
        assert cell.exchange.is_gone


def test_every_kind_of_answer_is_cancelled() -> None:
    assert {row.gives for row, _ in CASES} == set(Gives)
    assert [point for point in POINTS if all(point is not tried for _, tried in CASES)] == []
