"""Runs whose answer is the message of a commit: put where git asks for it, or given back as text."""

from __future__ import annotations

from tierlsp.actions.commit import is_message, put_in, read_message
from tierlsp.actions.fences import fenced
from tierlsp.actions.gathered import told
from tierlsp.actions.reading import ReplyError
from tierlsp.actions.types import RunOutcome, RunProgress, RunResult
from tierlsp.actions.work import Work
from tierlsp.backends.chat import Finish


class Committing:
    """One run that ends in a message."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def run(self) -> RunResult:
        """Ask, and return the message."""
        work = self._work
        plan, course = work.plan, work.course
        answer = await work.call(work.question("text"))
        if answer.finish is not Finish.STOP:
            why = "declined to answer" if answer.finish is Finish.REFUSAL else "did not come to an end"
            return course.end(RunOutcome.FAILED, f"{answer.model} {why}; try another tier or model")
        work.report(RunProgress("checking the message"))
        try:
            lines = read_message(work.way.clearance.scrub(answer.text))
        except ReplyError as error:
            return course.end(RunOutcome.UNVERIFIED, f"{answer.model} wrote no message that can be used: {error}")
        document = plan.request.document
        staged = plan.request.staged
        done = f"message written by {course.model} ({course.tier}){told(staged.left_out) if staged is not None else ''}"
        if is_message(document) and document.version is not None:
            return course.end(RunOutcome.DONE, f"{done}; read it before you commit", edit=put_in(document, lines))
        return course.end(RunOutcome.DONE, done, document=fenced(lines, "text"), text="\n".join(lines))
