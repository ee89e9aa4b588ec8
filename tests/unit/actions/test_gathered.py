"""Files that are found when an action runs: offered without a look, taken as they are found, and said where not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.actions.runs import Answer, bench_of, document_of, request_of
from tierlsp.actions.catalogue import Group
from tierlsp.actions.offer import Menu, offers
from tierlsp.actions.plan import ASSUMED_CALLS, Known
from tierlsp.actions.ports import Gathered
from tierlsp.actions.types import (
    ActionRequest,
    Extent,
    LineRange,
    Place,
    Portion,
    RunOutcome,
    RunResult,
    Span,
    Staged,
    nothing_at,
)
from tierlsp.routing.facts import Kind, Scope

ROOT = Path("/project")
ONE = document_of("a = 1\nb = 2\n", name="one.py")
TWO = document_of("c = 3\n", name="two.py")


class Found:
    """A workspace that has what it is told."""

    def __init__(self, *portions: Portion, left_out: tuple[str, ...] = (), diff: tuple[str, ...] = ()) -> None:
        self.gathered = Gathered(portions, left_out)
        self.diff = Staged(diff, ROOT, left_out)

    async def files(self, request: ActionRequest) -> Gathered:
        return self.gathered

    async def staged(self, request: ActionRequest) -> Staged:
        return self.diff


async def ran(found: Found, kind: Kind, *answers: Answer, extent: Extent | None = Extent.CHANGES) -> RunResult:
    bench = bench_of(*answers)
    bench.runner._gathers = found
    request = request_of(kind, document=nothing_at(ROOT), extent=extent, diagnostics=(), instruction="tidy up")
    return await bench.runner.run(request)


def offered(root: Path | None, *, wanted: bool = True, can_ask: bool = True) -> dict[str, int]:
    menu = Menu(
        ONE,
        Span(Place(0, 0), Place(0, 0)),
        wanted=frozenset((Group.REVIEW, Group.REWRITE)) if wanted else None,
        root=root,
        can_ask=can_ask,
    )
    return {each.title: each.facts.calls for each in offers(menu, lambda kind: Known()) if each.extent is not None}


def test_what_is_not_committed_is_offered_where_reviews_are_wanted_and_a_folder_is_open() -> None:
    found = offered(ROOT)
    assert found["Review what is not committed"] == ASSUMED_CALLS
    assert found["Audit the security of this folder"] == ASSUMED_CALLS
    assert found["Change the files that are not committed …"] == 1
    assert "Change the files that are not committed …" not in offered(ROOT, can_ask=False)
    assert offered(None) == {}
    assert offered(ROOT, wanted=False) == {}


@pytest.mark.parametrize("kind", [Kind.REVIEW, Kind.AUDIT])
async def test_all_files_that_are_found_are_looked_at_and_the_others_named(kind: Kind) -> None:
    change = LineRange(0, 1, ("a = 0",))
    found = Found(Portion(ONE, (change,)), Portion(TWO), left_out=("three.bin: it is no text",))
    result = await ran(found, kind, Answer("END"))
    assert result.outcome is RunOutcome.NOTHING
    assert [each.document for each in result.findings] == [ONE, TWO]
    assert "1 file was not looked at" in result.message


@pytest.mark.parametrize("kind", [Kind.REVIEW, Kind.REFACTOR_FILES])
async def test_where_nothing_is_found_nobody_is_asked(kind: Kind) -> None:
    result = await ran(Found(left_out=("x.pem: privacy.exclude keeps it from models",)), kind)
    assert result.outcome is RunOutcome.NOTHING
    assert "no text was changed (left out: x.pem" in result.message


async def test_nothing_staged_is_nothing_to_write_about() -> None:
    result = await ran(Found(), Kind.COMMIT, extent=None)
    assert result.outcome is RunOutcome.NOTHING
    assert "nothing is staged" in result.message


async def test_only_the_files_that_are_found_can_be_changed() -> None:
    bench = bench_of(Answer("NOTHING: all is tidy\nEND"))
    bench.runner._gathers = Found(Portion(TWO, (LineRange(0, 1),)))
    request = request_of(
        Kind.REFACTOR_FILES, document=nothing_at(ROOT), extent=Extent.CHANGES, scope=Scope.FILES, instruction="tidy"
    )
    preview = await bench.runner.preview(request)
    assert preview.plan.job.files == (TWO,)
    assert "F1 lines 1-1" in preview.plan.parts[-1].text
