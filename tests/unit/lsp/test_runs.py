"""Runs: begun once, ended once, whatever happens in between."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from tests.fakes import FakeClock, settle
from tierlsp.actions.types import ActionRequest, Document, Place, RunOutcome, RunProgress, RunResult, Span
from tierlsp.lsp.client_requests import ClientRequests
from tierlsp.lsp.progress import REPORT_MS, Progress
from tierlsp.lsp.runs import MOST_RUNS, OnProgress, Runs, with_before
from tierlsp.routing.facts import Kind


def request(run: str = "r1") -> ActionRequest:
    document = Document("file:///a.py", None, "python", 1, ("x = 1",))
    return ActionRequest(run, Kind.EXPLAIN, document, Span(Place(0, 0), Place(0, 0)), None)


class Rig:
    """Runs whose work is in the test's hands, and what the client was told."""

    def __init__(self, *, is_shown: bool = True, answers: bool = True) -> None:
        self.clock = FakeClock()
        self.sent: list[dict[str, Any]] = []
        self.client = ClientRequests(self._send)
        self.answers = answers
        self.ends: list[RunResult] = []
        self.work: dict[str, asyncio.Future[RunResult]] = {}
        self.reports: dict[str, OnProgress] = {}
        self.changes = 0
        self.runs = Runs(self._serve, lambda token: self.progress(token, is_shown), self.ends.append, self._changed)

    def progress(self, token: str, is_shown: bool) -> Progress:
        return Progress(token, self.clock, self.client, self._notify, is_shown=is_shown)

    def _send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)
        if self.answers and "id" in message:
            asyncio.get_running_loop().call_soon(self.client.take, {"id": message["id"], "result": None})

    def _notify(self, method: str, params: dict[str, object]) -> None:
        self.sent.append({"method": method, "params": params})

    def _changed(self) -> None:
        self.changes += 1

    async def _serve(self, asked: ActionRequest, report: OnProgress) -> RunResult:
        self.reports[asked.run] = report
        self.work[asked.run] = asyncio.get_running_loop().create_future()
        return await self.work[asked.run]

    def values(self) -> list[dict[str, Any]]:
        return [message["params"]["value"] for message in self.sent if message["method"] == "$/progress"]


async def test_a_run_shows_its_progress_and_ends_once() -> None:
    rig = Rig()
    rig.runs.start(request(), "Explain")
    await settle()
    rig.reports["r1"](RunProgress("asking a model", 20))
    done = RunResult("r1", Kind.EXPLAIN, RunOutcome.DONE, "explained")
    rig.work["r1"].set_result(done)
    await settle()
    assert rig.ends == [done]
    assert rig.runs.running == ()
    assert [value["kind"] for value in rig.values()] == ["begin", "report", "end"]
    assert rig.sent[0]["method"] == "window/workDoneProgress/create"


@pytest.mark.parametrize("steps", [0, 1, 20], ids=["before its first step", "while it begins", "at work"])
async def test_a_cancelled_run_is_told_of_once(steps: int) -> None:
    rig = Rig()
    rig.runs.start(request(), "Explain")
    for _ in range(steps):
        await asyncio.sleep(0)
    assert rig.runs.cancel("r1") == 1
    await settle()
    assert [end.outcome for end in rig.ends] == [RunOutcome.CANCELLED]
    assert rig.runs.running == ()


async def test_a_fault_of_ours_ends_the_run_without_showing_its_text(caplog: pytest.LogCaptureFixture) -> None:
    rig = Rig()
    rig.runs.start(request(), "Explain")
    await settle()
    rig.work["r1"].set_exception(ValueError("the secret"))
    await settle()
    assert [end.outcome for end in rig.ends] == [RunOutcome.FAILED]
    assert "secret" not in rig.ends[0].message
    assert "secret" in caplog.text


async def test_cancelling_names_one_run_or_all() -> None:
    rig = Rig()
    for run in ("a", "b", "c"):
        rig.runs.start(request(run), "Explain")
    await settle()
    assert rig.runs.cancel("b") == 1
    assert rig.runs.cancel("nosuch") == 0
    await settle()
    assert [run.request.run for run in rig.runs.running] == ["a", "c"]
    assert rig.runs.cancel(None) == 2
    await settle()
    assert rig.runs.running == ()


async def test_there_is_an_end_to_how_many_run_at_a_time() -> None:
    rig = Rig()
    for number in range(MOST_RUNS):
        assert not rig.runs.is_full
        rig.runs.start(request(str(number)), "Explain")
    assert rig.runs.is_full
    rig.runs.cancel(None)
    await settle()
    assert len(rig.ends) == MOST_RUNS


async def test_at_the_sessions_end_nobody_is_told_any_more() -> None:
    rig = Rig()
    rig.runs.start(request(), "Explain")
    await settle()
    sent = len(rig.sent)
    await rig.runs.aclose()
    assert rig.runs.running == ()
    assert rig.ends == []
    assert len(rig.sent) == sent


async def test_an_editor_that_shows_no_progress_is_told_of_none() -> None:
    rig = Rig(is_shown=False)
    rig.runs.start(request(), "Explain")
    await settle()
    rig.reports["r1"](RunProgress("asking a model", 20))
    rig.work["r1"].set_result(RunResult("r1", Kind.EXPLAIN, RunOutcome.DONE, "explained"))
    await settle()
    assert rig.sent == []
    assert len(rig.ends) == 1


async def test_reports_that_come_too_fast_or_say_the_same_are_left_out() -> None:
    rig = Rig()
    progress = rig.progress("t", True)
    begin = asyncio.ensure_future(progress.begin("Explain"))
    await settle()
    await begin
    for number in range(100):
        progress.report(f"step {number}", number)
    assert len(rig.values()) == 2
    await rig.clock.tick(REPORT_MS)
    progress.report("step 0", 50)
    assert len(rig.values()) == 2
    progress.report("a\x1b[31m line\nmore", 60)
    assert rig.values()[-1]["message"] == "a [31m line more"
    progress.end("done")
    progress.end("done")
    progress.report("late", 99)
    assert [value["kind"] for value in rig.values()] == ["begin", "report", "report", "end"]


def test_a_run_that_goes_on_after_a_question_tells_all_that_it_tried_and_cost() -> None:
    def end(usd: str | None, *tried: str) -> RunResult:
        return RunResult("r1", Kind.FIX, RunOutcome.DONE, "", usd=None if usd is None else Decimal(usd), tried=tried)

    both = with_before(end("0.1", "b"), end("0.02", "a"))
    assert (both.usd, both.tried) == (Decimal("0.12"), ("a", "b"))
    assert with_before(end("0.1"), end(None)).usd is with_before(end(None), end("0.1")).usd is None
