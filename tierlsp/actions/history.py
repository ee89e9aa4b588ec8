"""What became of earlier answers: asked again at once, or undone, they were of no use, and the next try goes higher."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from tierlsp.actions.types import ActionRequest, FileEdit, RunOutcome, RunResult
from tierlsp.routing.facts import Kind
from tierlsp.routing.tiers import Tier

REMEMBERED_RUNS = 50
"""In one session; older ones say nothing about what is asked now."""

FRESH_MS = 600_000.0
"""Ten minutes: who asks for the same thing again within them was not content with the answer."""

UNDONE_MS = 3_600_000.0
"""An hour: an edit is tried out before it is undone, which takes longer than reading an answer. Where the text is as it
was before a longer time, a branch was switched or the file read anew, and nobody has complained."""

NEAR_LINES = 10
"""Lines between two places that are still the same one: an edit moves what stands below it."""


@dataclass(frozen=True, slots=True)
class _Run:
    uri: str
    kind: Kind
    line: int
    tier: Tier | None
    at_ms: float
    edit: FileEdit | None
    is_unverified: bool


@dataclass(frozen=True, slots=True)
class Past:
    """What the history says of a request."""

    rejections: int = 0
    """Answers for this place that were turned down or undone lately."""
    failures: int = 0
    """Runs for this place that ended without an answer that could be verified."""
    last_tier: Tier | None = None
    """The tier that answered last."""


class History:
    """The last runs of one session."""

    def __init__(self) -> None:
        self._runs: deque[_Run] = deque(maxlen=REMEMBERED_RUNS)

    def note(self, request: ActionRequest, result: RunResult, now_ms: float) -> None:
        """Take a run that has ended. One that was cancelled, refused or too dear says nothing about an answer."""
        if result.outcome not in (RunOutcome.DONE, RunOutcome.UNVERIFIED, RunOutcome.NOTHING):
            return
        self._runs.append(
            _Run(
                uri=request.document.uri,
                kind=request.kind,
                line=request.span.start.line,
                tier=result.tier,
                at_ms=now_ms,
                edit=result.edit,
                is_unverified=result.outcome is RunOutcome.UNVERIFIED,
            )
        )

    def past(self, request: ActionRequest, now_ms: float) -> Past:
        """Return what is known of earlier answers to the same request at the same place."""
        same = [run for run in self._runs if _is_same(run, request, now_ms)]
        if request.kind is Kind.ASK:
            # Another question is no complaint about the last answer.
            same = []
        unverified = sum(run.is_unverified for run in same)
        undone = sum(
            _is_undone(run.edit, request)
            for run in self._runs
            if run.uri == request.document.uri and run not in same and now_ms - run.at_ms <= UNDONE_MS
        )
        last = same[-1].tier if same else None
        return Past(rejections=len(same) - unverified + undone, failures=unverified, last_tier=last)


def _is_same(run: _Run, request: ActionRequest, now_ms: float) -> bool:
    return (
        run.uri == request.document.uri
        and run.kind is request.kind
        and abs(run.line - request.span.start.line) <= NEAR_LINES
        and now_ms - run.at_ms <= FRESH_MS
    )


def _is_undone(edit: FileEdit | None, request: ActionRequest) -> bool:
    """Whether the document is again as it was before `edit`, near the place that is asked about."""
    if edit is None or not edit.edits:
        return False
    first, last = edit.edits[0].span.start.line, edit.edits[-1].span.end.line
    line = request.span.start.line
    if not first - NEAR_LINES <= line <= last + NEAR_LINES:
        return False
    return edit.document.lines[first : last + 1] == request.document.lines[first : last + 1]
