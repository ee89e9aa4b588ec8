"""The runs of a session: each begins with a command, shows how far it is, and ends exactly once.

**Law:** every run that was begun is told of once at its end, whatever happened, as long as the session lasts.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from tierlsp.actions.types import ActionRequest, RunOutcome, RunProgress, RunResult
from tierlsp.lsp.progress import Progress

logger = logging.getLogger(__name__)

MOST_RUNS = 8
"""At a time, in one editor. A person starts one or two; a loop in a script must not start a hundred."""

OUR_FAULT = "tierlsp could not finish this; its log has the details"
"""What a person is told of a fault of ours."""

OnProgress = Callable[[RunProgress], None]
Serve = Callable[[ActionRequest, OnProgress], Awaitable[RunResult]]
"""Does the work and hands the result over to the editor; returns what came of it in the end."""


@dataclass(slots=True)
class Run:
    """One run that has not ended."""

    request: ActionRequest
    title: str
    progress: Progress
    task: asyncio.Task[RunResult] | None = None
    percent: int | None = None


class Runs:
    """Those that have not ended."""

    def __init__(
        self,
        serve: Serve,
        progress_of: Callable[[str], Progress],
        on_finished: Callable[[RunResult], None],
        on_change: Callable[[], None],
    ) -> None:
        """Take what does the work.

        Args:
            serve: does it.
            progress_of: gives the progress of the run with an identifier.
            on_finished: told of every end.
            on_change: told whenever a run begins, moves on or ends.
        """
        self._serve = serve
        self._progress_of = progress_of
        self._on_finished = on_finished
        self._on_change = on_change
        self._runs: dict[str, Run] = {}
        self._is_closing = False

    @property
    def running(self) -> tuple[Run, ...]:
        """Those that have not ended, oldest first."""
        return tuple(self._runs.values())

    @property
    def is_full(self) -> bool:
        """Whether no other run can begin now."""
        return len(self._runs) >= MOST_RUNS

    def start(self, request: ActionRequest, title: str) -> None:
        """Begin a run. Its end is told of later, even if it fails or is cancelled at once."""
        run = Run(request, title, self._progress_of(request.run))
        self._runs[request.run] = run
        run.task = asyncio.get_running_loop().create_task(self._go(run))
        # Not a `finally` in the task: one that is cancelled before its first step has none.
        run.task.add_done_callback(lambda task: self._end(run, task))
        self._on_change()

    def cancel(self, identifier: str | None) -> int:
        """End the run with `identifier`, or all of them for `None`; return how many that were."""
        chosen = [run for key, run in self._runs.items() if identifier in (None, key)]
        for run in chosen:
            if run.task is not None:
                run.task.cancel()
        return len(chosen)

    async def aclose(self) -> None:
        """End all runs. The session is over, so nobody is told."""
        self._is_closing = True
        tasks = [run.task for run in self._runs.values() if run.task is not None]
        self.cancel(None)
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _go(self, run: Run) -> RunResult:
        def report(news: RunProgress) -> None:
            run.percent = news.percent if news.percent is not None else run.percent
            run.progress.report(news.message, news.percent, stands=news.stands)
            self._on_change()

        await run.progress.begin(run.title)
        return await self._serve(run.request, report)

    def _end(self, run: Run, task: asyncio.Task[RunResult]) -> None:
        del self._runs[run.request.run]
        if self._is_closing:
            return
        if task.cancelled():
            result = _ended(run.request, RunOutcome.CANCELLED, f"{run.title} was cancelled")
        elif (error := task.exception()) is not None:
            logger.error("the run %s failed", run.request.run, exc_info=error)
            result = _ended(run.request, RunOutcome.FAILED, OUR_FAULT)
        else:
            result = task.result()
        run.progress.end(result.message)
        self._on_finished(result)
        self._on_change()


def _ended(request: ActionRequest, outcome: RunOutcome, message: str) -> RunResult:
    return RunResult(request.run, request.kind, outcome, message)


def without_result(result: RunResult, outcome: RunOutcome, message: str) -> RunResult:
    """Return `result` with its edit taken out, because it could not be handed over."""
    return replace(result, outcome=outcome, message=message, edit=None, document=None)


def with_before(result: RunResult, before: RunResult) -> RunResult:
    """Return the end of a run that went on after a question, with what it had tried and cost until then."""
    usd = None if result.usd is None or before.usd is None else result.usd + before.usd
    return replace(result, usd=usd, tried=(*before.tried, *result.tried))
