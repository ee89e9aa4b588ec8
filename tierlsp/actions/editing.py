"""Runs whose answer changes a file: read, checked, repaired once, tried once by the tier above."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from tierlsp.actions.course import money, sentence_of
from tierlsp.actions.edits import Change, EditError, file_edit
from tierlsp.actions.new_paths import PathError
from tierlsp.actions.prompts import escalated_parts, repair_parts
from tierlsp.actions.reading import NothingToDo, ReplyError, read_edit
from tierlsp.actions.types import RunOutcome, RunProgress, RunResult
from tierlsp.actions.verify import Verified, verify
from tierlsp.actions.work import Work
from tierlsp.backends.chat import Finish
from tierlsp.errors import AlteredPlaceholder, NeedsConsent
from tierlsp.privacy.outbound import Part
from tierlsp.routing.calls import Answered, CallFailed
from tierlsp.routing.tiers import Tier

_WHY_CHARS = 400
"""Of a model's reasons, in the one sentence at the end."""


@dataclass(frozen=True, slots=True)
class Refused:
    """An answer that is not used."""

    answer: Answered
    why: str
    can_repair: bool
    """Whether the same model may get it right when it is told why."""


class NotUsable(ReplyError):
    """An answer that was read and does not pass."""


End = Callable[[], RunResult]
"""Ends a run with an answer that passed."""


class Editing:
    """One run that ends in an edit."""

    def __init__(self, work: Work, *, may_escalate: bool) -> None:
        self._work = work
        self._may_escalate = may_escalate

    async def run(self) -> RunResult:
        """Ask until an answer passes, at most three times, and return the edit or why there is none."""
        work = self._work
        first = await self._judge(await work.call(work.question("edit")))
        if isinstance(first, RunResult):
            return first
        refused = first
        if refused.can_repair:
            repaired = await self._repaired(refused)
            if isinstance(repaired, RunResult):
                return repaired
            refused = repaired or refused
        return await self._from_above(refused)

    async def _judge(self, answer: Answered) -> RunResult | Refused:
        """Return the end of the run if `answer` can be used, else why not."""
        work = self._work
        if answer.finish is not Finish.STOP:
            why = "it was cut short at its length limit" if answer.finish is Finish.LENGTH else "the model declined"
            return self._refused(answer, why, can_repair=False)
        work.report(RunProgress("checking the answer"))
        try:
            # In a thread: parsing a file of 20,000 lines takes longer than a key press may wait.
            found = await asyncio.to_thread(self._found, answer.text)
        except (ReplyError, AlteredPlaceholder, EditError, PathError) as error:
            return self._refused(answer, str(error).rstrip("."), can_repair=True)
        if isinstance(found, NothingToDo):
            because = f": {work.way.clearance.scrub(found.reason)}" if found.reason else ""
            nothing = f"found nothing to {work.plan.action.verb}"
            return work.course.end(RunOutcome.NOTHING, f"{answer.model} {nothing}{because}")
        return found()

    def _found(self, text: str) -> End | NothingToDo:
        """Read and check an answer, and return what ends the run with it. In a thread: it may look at the disk.

        Raises:
            ReplyError: it cannot be read, or does not pass.
            EditError: its edit cannot be made.
            PathError: it makes a file where none may be made.
            AlteredPlaceholder: it changed what stands for a secret.
        """
        job, restore = self._work.plan.job, self._work.way.clearance.restore_edit
        path = job.request.document.path
        read = read_edit(text, job.lines, job.form, fence=job.fence, restore=lambda part: restore(part, path))
        if isinstance(read, NothingToDo):
            return read
        verified = verify(job, read, self._work.plan.action.bounds(job))
        if verified.failed is not None:
            raise NotUsable(verified.failed.text)
        return partial(self._done, verified, read.why)

    def _refused(self, answer: Answered, why: str, *, can_repair: bool) -> Refused:
        words = self._work.way.clearance.scrub(why)
        self._work.course.note(f"{answer.model}: {words}")
        return Refused(answer, words, can_repair)

    def _done(self, verified: Verified, why: str) -> RunResult:
        """Return the good end, with the model's reasons where it was asked for them."""
        job, course = self._work.plan.job, self._work.course
        document = job.request.document
        whole = file_edit(document, [Change(0, len(document.lines), verified.lines)])
        edit = replace(whole, within=(job.target.first, job.target.end))
        count = len(job.request.diagnostics)
        what = "it" if not count else "1 problem" if count == 1 else f"{count} problems"
        checked = tuple(verdict.text for verdict in verified.verdicts)
        done = self._work.plan.action.done.format(problems=what, file=course.file_name)
        if why:
            # Before the rest, since editors with one line for messages cut them.
            done += f": {_shortened(sentence_of(self._work.way.clearance.scrub(why)))};"
        message = f"{done} by {course.model} ({course.tier}); {checked[-1]}"
        return course.end(RunOutcome.DONE, message, edit=edit, checked=checked)

    def _repair_parts(self, answer: str, verdict: str) -> tuple[Part, ...]:
        """Return the prompt that asks once more."""
        return repair_parts(self._work.plan.parts, self._work.plan.job, answer, verdict)

    async def _repaired(self, refused: Refused) -> RunResult | Refused | None:
        """Ask the same model again with what was wrong; `None` if it could not be asked."""
        work, answer = self._work, refused.answer
        work.report(RunProgress(f"the answer did not pass ({refused.why}); asking {answer.model} once more"))
        decision = replace(work.routed.decision, tier=answer.tier, candidates=(answer.model,), higher=())
        parts = self._repair_parts(answer.text, refused.why)
        try:
            return await self._judge(
                await work.call(work.question("edit", parts=parts, decision=decision, is_escalation=True))
            )
        except (CallFailed, NeedsConsent) as error:
            self._note_failure(error)
            return None

    async def _from_above(self, refused: Refused) -> RunResult:
        """Ask the tier above, if that is allowed without a question; return the end of the run."""
        work = self._work
        above = next(
            ((t, models) for t, models in work.routed.decision.higher if models and t.rank > refused.answer.tier.rank),
            None,
        )
        if above is None or not self._may_escalate or work.plan.request.model or work.plan.request.tier:
            return self._unverified(refused, None)
        tier, models = above
        here = work.routed.here
        if refused.answer.tier is Tier.LOCAL or (refused.answer.model in here and models[0] not in here):
            # What began on this machine stays here until the person says otherwise, whatever tier its model is in.
            return self._unverified(refused, tier)
        work.report(RunProgress(f"the answer did not pass ({refused.why}); asking the {tier} tier"))
        decision = replace(work.routed.decision, tier=tier, candidates=models, higher=())
        parts = escalated_parts(work.plan.parts, work.plan.job, refused.why)
        try:
            result = await self._judge(
                await work.call(work.question("edit", parts=parts, decision=decision, is_escalation=True))
            )
        except (CallFailed, NeedsConsent) as error:
            self._note_failure(error)
            is_price = isinstance(error, CallFailed) and error.cause == "budget"
            return self._unverified(refused, tier if is_price or isinstance(error, NeedsConsent) else None)
        return result if isinstance(result, RunResult) else self._unverified(result, None)

    def _note_failure(self, error: CallFailed | NeedsConsent) -> None:
        course = self._work.course
        course.pay(error.spent_usd)
        course.note(str(error))

    def _unverified(self, refused: Refused, next_tier: Tier | None) -> RunResult:
        work = self._work
        work.course.tier, work.course.model = refused.answer.tier, refused.answer.model
        message = f"nothing was changed, since no answer passed: {refused.why}"
        if next_tier is not None:
            price = work.routed.higher_usd
            most = f", for at most {money(price)}" if price is not None else ""
            message += f"; the {next_tier} tier could try{most}"
        return work.course.end(RunOutcome.UNVERIFIED, message, next_tier=next_tier)


class WorkspaceEditing(Editing):
    """One run that ends in edits of other files than the one at hand, or in new ones."""

    def __init__(
        self, work: Work, *, may_escalate: bool, own_paths: Sequence[Path], is_excluded: Callable[[Path], bool]
    ) -> None:
        """`own_paths` belong to this program; `is_excluded` says which paths are kept from models."""
        super().__init__(work, may_escalate=may_escalate)
        self._own_paths = own_paths
        self._is_excluded = is_excluded


def _shortened(text: str) -> str:
    return text if len(text) <= _WHY_CHARS else f"{text[:_WHY_CHARS].rpartition(' ')[0]} …"
