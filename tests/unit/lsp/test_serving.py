"""What a run leaves behind once the editor has its result, or has not taken it."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from tests.fakes import FakeClock
from tests.unit.actions.runs import document_of, request_of
from tierlsp.actions.history import History, Past
from tierlsp.actions.types import FileEdit, FileFindings, Place, RunOutcome, RunResult, Span, TextEdit
from tierlsp.lsp.capabilities import Client
from tierlsp.lsp.documents import Documents
from tierlsp.lsp.mended import MendedEdits
from tierlsp.lsp.serving import Serving
from tierlsp.routing.facts import Kind
from tierlsp.routing.tiers import Tier

EDIT = FileEdit(document_of("a = 1\n"), (TextEdit(Span(Place(0, 4), Place(0, 5)), "2"),))


class Rig:
    """A session whose model gives `result`, and whose editor makes `delivered` of it."""

    def __init__(self, result: RunResult, lost: int = 0, **delivered: Any) -> None:
        self.history = History()
        self.told = result

        async def run(request: object, report: object) -> RunResult:
            return result

        async def deliver(told: RunResult) -> RunResult:
            return replace(told, **delivered)

        async def nothing() -> None: ...

        clock, documents = FakeClock(), Documents()
        self.serving = Serving(
            SimpleNamespace(client=Client(), clock=clock, documents=documents),
            SimpleNamespace(),
            SimpleNamespace(history=self.history, refresh_spent=nothing),
            SimpleNamespace(deliver=deliver),
            SimpleNamespace(show=lambda kind, file: lost, shut_files=()),
            MendedEdits(),
            lambda: SimpleNamespace(runner=SimpleNamespace(run=run)),
        )

    async def serve(self) -> RunResult:
        return await self.serving.serve(request_of(), lambda news: None)


def result(**more: Any) -> RunResult:
    return RunResult("r1", Kind.FIX, RunOutcome.DONE, "fixed", tier=Tier.CHEAP, **more)


async def test_an_edit_that_the_editor_left_out_was_neither_turned_down_nor_undone() -> None:
    rig = Rig(result(edit=EDIT), outcome=RunOutcome.STALE, edit=None)
    await rig.serve()
    assert rig.history.past(request_of(), 0.0) == Past()
    assert rig.history.past(request_of(Kind.EXPLAIN, document=EDIT.document), 0.0) == Past()


async def test_an_edit_that_was_made_is_known_to_the_next_run() -> None:
    rig = Rig(result(edit=EDIT))
    await rig.serve()
    assert rig.history.past(request_of(), 0.0).rejections == 1


@pytest.mark.parametrize(
    ("lost", "words"),
    [
        (0, "fixed"),
        (1, "fixed; one of them is only on the page, since the code was changed or closed meanwhile"),
        (3, "fixed; 3 of them are only on the page, since the code was changed or closed meanwhile"),
    ],
)
async def test_findings_that_have_no_place_any_more_are_told_of(lost: int, words: str) -> None:
    rig = Rig(result(findings=(FileFindings(EDIT.document, ()),)), lost=lost)
    assert (await rig.serve()).message == words
