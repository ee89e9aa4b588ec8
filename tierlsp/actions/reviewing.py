"""Runs that end in findings: a call for each part of the code that is not known yet, and what all of it comes to.

An answer that cannot be read is asked for once more, when every part has been asked about: so that it takes no money
from a part that nobody has looked at.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from tierlsp.actions.chunks import Chunk, again_parts, name_of
from tierlsp.actions.finding_memory import Memory, key_of, stored
from tierlsp.actions.findings import Read, is_said, read_findings, worst_first
from tierlsp.actions.review_page import page_of, told
from tierlsp.actions.survey import Survey
from tierlsp.actions.types import FileFindings, Finding, RunOutcome, RunProgress, RunResult
from tierlsp.actions.work import Work
from tierlsp.backends.chat import Finish
from tierlsp.errors import NeedsConsent
from tierlsp.privacy.outbound import Part
from tierlsp.routing.calls import Answered, CallFailed

MOST_FINDINGS = 100
"""Of one run: a person reads the first dozen."""


@dataclass(frozen=True, slots=True)
class _Unread:
    """A part whose answer does not settle it."""

    chunk: Chunk
    parts: tuple[Part, ...]
    answer: Answered
    read: Read
    why: str

    @property
    def can_repair(self) -> bool:
        """Whether the same model may get it right when it is told why."""
        return self.answer.finish is Finish.STOP


class Reviewing:
    """One run of a review or an audit."""

    def __init__(self, work: Work, survey: Survey, memory: Memory) -> None:
        self._work = work
        self._survey = survey
        self._memory = memory
        self._found: list[tuple[str, Finding]] = [
            (unit.document.uri, finding) for unit, findings in survey.known for finding in findings
        ]
        self._dropped = 0
        self._judged = 0
        """Parts that have an answer."""
        self._stopped_by = ""
        """The cause for which not all parts were judged."""

    async def run(self) -> RunResult:
        """Ask part by part; what was found until a call fails is kept and said to be a part."""
        count, most = len(self._survey.chunks), self._survey.facts.max_output_tokens
        pending: list[_Unread] = []
        for number, (chunk, parts) in enumerate(zip(self._survey.chunks, self._survey.prompts, strict=True)):
            if count > 1:
                percent = 100 * number // count
                self._work.report(RunProgress(f"part {number + 1} of {count}", percent))
            try:
                answer = await self._work.call(self._work.question("edit", parts=parts, max_output_tokens=most))
            except (CallFailed, NeedsConsent) as error:
                if not self._judged:
                    raise
                self._stop(error)
                break
            unread = await self._take(chunk, parts, answer)
            if unread is not None:
                pending.append(unread)
        for unread in pending:
            await self._settle(unread)
        return self._end()

    async def _take(self, chunk: Chunk, parts: tuple[Part, ...], answer: Answered) -> _Unread | None:
        """Read an answer and remember it if it is whole; else return what there is of it."""
        request, scrub = self._work.plan.request, self._work.way.clearance.scrub
        read = read_findings(answer.text, chunk.units, lambda each: name_of(each, request.root), scrub=scrub)
        why = _why_not_whole(answer, read)
        if why:
            self._work.course.note(f"{answer.model}: {why}")
            return _Unread(chunk, parts, answer, read, why)
        self._show(read)
        self._judged += 1
        kept = {
            key_of(unit, request.kind, answer.model, request.instruction): [
                stored(each.finding, unit) for each in read.placed if each.unit is unit
            ]
            for unit in chunk.units
        }
        # Whatever happens to the rest of the run: this was paid for.
        await asyncio.to_thread(self._memory.keep, kept)
        return None

    async def _settle(self, unread: _Unread) -> None:
        """Ask about a part once more, as long as calls can be made; what is left then is not judged."""
        left = unread
        if unread.can_repair and self._stopped_by in ("", "answer"):
            again = await self._again(unread)
            if again is None:
                return
            left = again
        self._show(left.read)
        self._stopped_by = self._stopped_by or "answer"

    async def _again(self, unread: _Unread) -> _Unread | None:
        """Ask the same model once more and say why; return what cannot be used still, `None` if all is well."""
        work, answer = self._work, unread.answer
        work.report(RunProgress(f"{unread.why}; asking {answer.model} once more"))
        decision = replace(work.routed.decision, tier=answer.tier, candidates=(answer.model,), higher=())
        parts = again_parts(work.plan.request, unread.chunk, unread.parts, answer.text, unread.why)
        most = self._survey.facts.max_output_tokens
        question = work.question("edit", parts=parts, decision=decision, max_output_tokens=most, is_escalation=True)
        try:
            again = await self._take(unread.chunk, unread.parts, await work.call(question))
        except (CallFailed, NeedsConsent) as error:
            self._stop(error)
            return unread
        # Of two answers that are not whole, the one that says more.
        return again if again is None or len(again.read.placed) >= len(unread.read.placed) else unread

    def _show(self, read: Read) -> None:
        self._dropped += len(read.dropped)
        self._found += [(each.unit.document.uri, each.finding) for each in read.placed]

    def _stop(self, error: CallFailed | NeedsConsent) -> None:
        course = self._work.course
        course.pay(error.spent_usd)
        self._stopped_by = error.cause if isinstance(error, CallFailed) else "consent"
        course.note(str(error))

    def _end(self) -> RunResult:
        course, survey = self._work.course, self._survey
        files, left_out = self._files()
        findings = [finding for each in files for finding in each.findings]
        count = len(survey.chunks)
        outcome = RunOutcome.DONE if findings else RunOutcome.NOTHING
        if self._stopped_by:
            outcome = RunOutcome.OVER_BUDGET if self._stopped_by == "budget" else RunOutcome.FAILED
        words = [f"{self._work.plan.request.kind.value} of {_what(survey, self._work)}: {told(findings)}"]
        if self._stopped_by:
            why = course.tried[-1] if course.tried else self._stopped_by
            words.append(f"only {self._judged} of {count} parts were judged ({why})")
        words += [f"{left_out} that you dismissed or other tools said left out"] * bool(left_out)
        words += [f"{self._dropped} without evidence in the code left out"] * bool(self._dropped)
        words += [f"{len(survey.known)} of {len(survey.units)} pieces were known"] * bool(survey.known)
        not_looked_at = len(self._work.plan.request.left_out)
        words += [f"{not_looked_at} files were not looked at"] * (not_looked_at > 1)
        words += ["1 file was not looked at"] * (not_looked_at == 1)
        words += [f"{survey.too_long} with lines too long for any model left out"] * bool(survey.too_long)
        message = "; ".join(words)
        page = page_of(self._work, files, message) if findings else None
        return replace(course.end(outcome, message, document=page), findings=files)

    def _files(self) -> tuple[tuple[FileFindings, ...], int]:
        """Return what is shown, a document each, and how many are not."""
        survey, request = self._survey, self._work.plan.request
        files: list[FileFindings] = []
        left_out = 0
        room = MOST_FINDINGS
        for document in survey.documents:
            units = [unit for unit in survey.units if unit.document.uri == document.uri]
            judged = min(unit.first for unit in units), max(unit.end for unit in units)
            every = {finding.fingerprint: finding for uri, finding in self._found if uri == document.uri}
            problems = request.diagnostics if document.uri == request.document.uri else ()
            new = [finding for finding in every.values() if not is_said(finding, problems, document)]
            dismissed = [finding for finding in new if finding.fingerprint in survey.dismissed]
            shown = [finding for finding in new if finding.fingerprint not in survey.dismissed]
            left_out += len(every) - len(shown)
            kept = sorted(shown, key=worst_first)[:room]
            room -= len(kept)
            files.append(FileFindings(document, _by_place(kept), judged, _by_place(dismissed[:MOST_FINDINGS])))
        return tuple(files), left_out


def _by_place(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda each: each.span.start))


def _why_not_whole(answer: Answered, read: Read) -> str:
    """Return why an answer does not settle its part, empty if it does."""
    if answer.finish is Finish.REFUSAL:
        return "the model declined"
    if answer.finish is Finish.LENGTH:
        return "the answer was cut short at its length limit"
    if not read.is_readable:
        return "the answer was not in the form that was asked for"
    return "" if read.is_whole else "the answer has no end, so part of it may be missing"


def _what(survey: Survey, work: Work) -> str:
    documents: Sequence[object] = survey.documents
    return work.course.file_name if len(documents) <= 1 else f"{len(documents)} files"
