"""The way of one action, from the request to its one result.

plan → decide → call → put secrets back → read → verify → one repair → one tier up, inside the price shown → result.

**Law:** a run has exactly one result, whatever happens, and nothing of it is left running then.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tierlsp.actions.catalogue import Gives
from tierlsp.actions.choosing import Choosing, chosen
from tierlsp.actions.committing import Committing
from tierlsp.actions.course import OUR_FAULT, Course, money, nobody_serves, reason_of, shown_question, who_is_next
from tierlsp.actions.editing import Editing, WorkspaceEditing
from tierlsp.actions.files_editing import FilesEditing
from tierlsp.actions.finding_memory import open_finding_memory
from tierlsp.actions.gathered import NothingThere, with_what_is_there
from tierlsp.actions.own import row_of
from tierlsp.actions.plan import Known, Plan, make_plan, wanted_of
from tierlsp.actions.ports import Gathers, GathersNothing, Knows, Opens, Remembers, Routed, Router
from tierlsp.actions.proposing import proposed_edit
from tierlsp.actions.protected import Protection, protection_of
from tierlsp.actions.reviewing import Reviewing
from tierlsp.actions.survey import Survey, survey_of
from tierlsp.actions.telling import Telling
from tierlsp.actions.tests_editing import TestsEditing
from tierlsp.actions.types import ActionRequest, RunOutcome, RunProgress, RunResult
from tierlsp.actions.work import OnProgress, Work
from tierlsp.actions.workspace import Reads, read_nothing
from tierlsp.errors import NeedsConsent, NotAllowed, OverBudget, TierlspError
from tierlsp.routing.calls import CallFailed
from tierlsp.routing.facts import Kind
from tierlsp.routing.tiers import Tier

logger = logging.getLogger(__name__)


def _silent(news: RunProgress) -> None:
    """Nobody looks on."""


def _excludes_nothing(path: Path, root: Path | None) -> bool:
    """There are no settings."""
    return False


_EDITINGS: Mapping[Kind, type[WorkspaceEditing]] = {
    Kind.REFACTOR_FILES: FilesEditing,
    Kind.TESTS: TestsEditing,
}
"""What reads and checks the answers of actions that change other files than the one at hand."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a run would do: nothing was sent and nothing written."""

    plan: Plan
    routed: Routed
    survey: Survey | None = None
    """Of a review."""


class Runner:
    """Runs actions. It keeps nothing from one run to the next."""

    def __init__(
        self,
        router: Router,
        begin: Opens,
        known: Knows,
        *,
        escalate: bool = True,
        own_paths: Sequence[Path] = (),
        memory: Remembers = open_finding_memory,
        reads: Reads = read_nothing,
        gathers: Gathers | None = None,
        is_excluded: Callable[[Path, Path | None], bool] = _excludes_nothing,
    ) -> None:
        """Take what runs work with.

        Args:
            router: decides.
            begin: gives a run its caller and its clearance.
            known: says what is known of a request besides the request.
            escalate: whether an answer that does not pass goes up a tier (`routing.escalate`).
            own_paths: what belongs to this program's settings and state; no answer changes it.
            memory: opens what is remembered of findings.
            reads: reads the workspace.
            gathers: finds what is not committed, what is staged, and the files of a folder.
            is_excluded: whether a path, in the workspace that comes second, is kept from models.
        """
        self._router = router
        self._begin = begin
        self._known = known
        self._escalate = escalate
        self._own_paths = tuple(own_paths)
        self._memory = memory
        self._reads = reads
        self._gathers = gathers or GathersNothing()
        self._is_excluded = is_excluded

    async def preview(self, request: ActionRequest) -> Preview:
        """Return the decision and the price for `request`.

        Raises:
            TierlspError: there is nothing that could be done.
        """
        request = await with_what_is_there(request, self._gathers)
        known = self._known(request)
        plan = make_plan(request, known)
        if plan.action.gives is Gives.FINDINGS:
            return await self._surveyed(plan, await self._router.route(plan.request, plan.facts))
        wanted = await asyncio.to_thread(wanted_of, plan)
        if not wanted.is_nothing:
            known = replace(known, sample=await self._reads(plan.request, wanted))
            plan = make_plan(request, known)
        routed = await self._router.route(plan.request, plan.facts)
        if routed.decision.model is None and plan.action.files_tokens:
            plan = await self._with_fewer_files(plan, request, known)
            routed = await self._router.route(plan.request, plan.facts)
        if routed.decision.model is None and routed.room_tokens:
            # A model on this machine can do it with less of the file around the lines.
            plan = make_plan(request, replace(known, room_tokens=routed.room_tokens, tier=Tier.LOCAL))
            routed = await self._router.route(plan.request, plan.facts)
        elif routed.decision.model is not None and plan.facts.spare_tokens and not plan.action.files_tokens:
            # Who does it is decided, so it is known how much of the workspace they take.
            fitting = replace(known, room_tokens=routed.longest_tokens, tier=routed.decision.tier)
            if (again := make_plan(request, fitting)).parts != plan.parts:
                plan, routed = again, await self._router.route(plan.request, again.facts)
        return Preview(plan, routed)

    async def _with_fewer_files(self, plan: Plan, request: ActionRequest, known: Known) -> Plan:
        """Return a plan with as many of the files that were found as those models can read that a menu offers."""
        offered = make_plan(replace(request, portions=()), replace(known, sample=None))
        most = (await self._router.route(offered.request, offered.facts)).longest_tokens
        room = most or 0
        # How many tokens the files have is known once they are in a prompt. Seven times a fifth less is a fifth.
        for _ in range(7):
            if most is None or plan.facts.prompt_tokens <= most:
                break
            plan, room = make_plan(request, replace(known, room_tokens=room)), room * 4 // 5
        return plan

    async def _surveyed(self, plan: Plan, routed: Routed) -> Preview:
        """Return the preview of a review: what is known already is not in its price."""
        memory = await asyncio.to_thread(self._memory(plan.request.root).load)
        survey = await asyncio.to_thread(survey_of, plan, routed.decision, memory, None)
        if survey.chunks:
            # All of it known: then nobody is asked, and nothing is read.
            sample = await self._reads(plan.request, await asyncio.to_thread(wanted_of, plan))
            plan = replace(plan, job=replace(plan.job, sample=sample))
            survey = await asyncio.to_thread(
                survey_of, plan, routed.decision, memory, None, most_tokens=routed.longest_tokens
            )
        again = await self._router.route(plan.request, survey.facts)
        if again.decision.model is None and again.room_tokens:
            survey = await asyncio.to_thread(survey_of, plan, routed.decision, memory, again.room_tokens)
            again = await self._router.route(plan.request, survey.facts)
        return Preview(plan, again, survey)

    def _editing(self, work: Work) -> Editing:
        """Return what reads and checks the answers of an action that changes files."""
        special = _EDITINGS.get(work.plan.request.kind)
        if special is None:
            return Editing(work, may_escalate=self._escalate)
        root = work.plan.request.root
        return special(
            work,
            may_escalate=self._escalate,
            own_paths=self._own_paths,
            is_excluded=lambda path: self._is_excluded(path, root),
        )

    async def run(
        self, request: ActionRequest, on_progress: OnProgress = _silent, *, dry_run: bool = False
    ) -> RunResult:
        """Do what `request` asks for and return what came of it; raises nothing, also when it is cancelled."""
        course = Course(request)
        try:
            return await self._run_or_ask(request, course, _guarded(on_progress), dry_run=dry_run)
        except asyncio.CancelledError:
            _take_cancellation()
            about = ", and what it cost is an estimate" if course.is_estimated else ""
            return course.end(RunOutcome.CANCELLED, f"{request.name} was cancelled; nothing was changed{about}")
        except CallFailed as error:
            course.pay(error.spent_usd)
            return course.end(_OUTCOMES.get(error.cause, RunOutcome.FAILED), str(error))
        except NotAllowed as error:
            return course.end(RunOutcome.NOT_ALLOWED, str(error))
        except OverBudget as error:
            return course.end(RunOutcome.OVER_BUDGET, str(error))
        except NothingThere as error:
            return course.end(RunOutcome.NOTHING, str(error))
        except TierlspError as error:
            return course.end(RunOutcome.FAILED, str(error))
        except Exception:
            logger.exception("the run %s of %s failed", request.run, request.kind)
            return course.end(RunOutcome.FAILED, OUR_FAULT)

    async def _run_or_ask(
        self, request: ActionRequest, course: Course, report: OnProgress, *, dry_run: bool
    ) -> RunResult:
        """Do it, or end with the question that must be answered first: who would read it, and at what price."""
        try:
            return await self._run(request, course, report, dry_run=dry_run)
        except NeedsConsent as error:
            course.pay(error.spent_usd)
            said, wanted, routed, facts = str(error), error.model, course.routed, course.facts
            if routed is None or facts is None:
                return course.end(RunOutcome.NEEDS_CONSENT, said)
            if wanted is None:
                return course.end(RunOutcome.NEEDS_CONSENT, shown_question(course, routed, said))
        # A model on this machine was shown; a yes to the workspace alone would ask that one again.
        tier, model = who_is_next(routed, wanted)
        request = replace(course.request, tier=tier, model=model, max_usd=None)
        routed = await self._router.route(request, replace(facts, tier=tier, model=model))
        if routed.decision.model is None:
            course.note(said)
            return course.end(*nobody_serves(routed.decision))
        end = course.end(RunOutcome.NEEDS_CONSENT, shown_question(course, routed, said), next_tier=tier)
        return replace(end, next_model=model)

    async def _run(self, request: ActionRequest, course: Course, report: OnProgress, *, dry_run: bool) -> RunResult:
        gives = row_of(request).gives
        if gives in (Gives.EDIT, Gives.CHOICES):
            protection = protection_of(request.document.path, self._own_paths, request.root)
            may_go_on = protection is None or (protection.may_ask and (request.may_change_protected or dry_run))
            if protection is not None and not may_go_on:
                return _guarded_end(course, protection)
        if gives is Gives.CHOICES and request.choice:
            return chosen(course, request)
        if request.proposed is not None:
            return await proposed_edit(request, request.proposed, course)
        preview = await self.preview(request)
        plan, routed = preview.plan, preview.routed
        course.routed, course.request, course.facts = routed, plan.request, plan.facts
        decision = routed.decision
        if preview.survey is not None and not preview.survey.chunks:
            # All of it was judged before and has not changed: there is nobody to ask.
            return await self._review(Work(plan, routed, self._begin(request), course, report), preview.survey)
        if decision.model is None:
            return course.end(*nobody_serves(decision))
        if dry_run:
            course.tier, course.model = decision.tier, decision.model
            return course.end(RunOutcome.DONE, _preview_text(request, routed))
        if decision.must_ask and request.tier is None and request.model is None:
            return _must_ask(course, routed)
        work = Work(plan, routed, self._begin(request), course, report)
        if preview.survey is not None:
            return await self._review(work, preview.survey)
        return await self._served(work)

    async def _served(self, work: Work) -> RunResult:
        match work.plan.action.gives:
            case Gives.EDIT:
                return await self._editing(work).run()
            case Gives.CHOICES:
                return await Choosing(work).run()
            case Gives.MESSAGE:
                return await Committing(work).run()
            case _:
                return await Telling(work).run()

    async def _review(self, work: Work, survey: Survey) -> RunResult:
        return await Reviewing(work, survey, self._memory(work.plan.request.root)).run()


_OUTCOMES = {"budget": RunOutcome.OVER_BUDGET, "consent": RunOutcome.NOT_ALLOWED}
"""How a run ends by the cause of a call's failure, where that is not `FAILED`."""


def _take_cancellation() -> None:
    """Let the task go on to hand over its result: the cancellation has been obeyed."""
    task = asyncio.current_task()
    while task is not None and task.uncancel() > 0:
        pass


def _guarded(on_progress: OnProgress) -> OnProgress:
    """Return `on_progress`, which cannot end a run by failing."""

    def report(news: RunProgress) -> None:
        try:
            on_progress(news)
        except Exception:
            logger.exception("progress could not be told of")

    return report


def _guarded_end(course: Course, protection: Protection) -> RunResult:
    """Return the end of a run that would change a protected file: before anything is sent or paid."""
    if not protection.may_ask:
        return course.end(RunOutcome.FAILED, protection.refusal)
    words = f"nothing was changed and no model was asked: {protection.told}, and is changed only if you say so"
    return replace(course.end(RunOutcome.NOT_ALLOWED, words), guarded=(protection.told,))


def _must_ask(course: Course, routed: Routed) -> RunResult:
    """Return the end of a run that may not go on before the person has said yes to another tier."""
    decision = routed.decision
    price = money(routed.quote.max_usd if routed.quote else None)
    course.tier, course.model = decision.tier, decision.model
    if decision.is_lowered:
        words = f"this is work for the {decision.wanted} tier, which cannot serve now"
        outcome = RunOutcome.OVER_BUDGET
    else:
        words = "no model on this machine can do this now"
        outcome = RunOutcome.NEEDS_CONSENT
    ask = f"{words}; {decision.model} ({decision.tier}) could do it for at most {price} if you ask for that tier"
    return course.end(outcome, ask, next_tier=decision.tier)


def _preview_text(request: ActionRequest, routed: Routed) -> str:
    decision, quote = routed.decision, routed.quote
    price = money(quote.max_usd if quote else None)
    why = reason_of(decision)
    because = f", because {why}" if why else ""
    return f"{request.name} would go to {decision.model} ({decision.tier}), for at most {price}{because}"
