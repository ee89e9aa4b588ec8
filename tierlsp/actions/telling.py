"""Runs whose answer is a text that is shown: explain, ask."""

from __future__ import annotations

from tierlsp.actions.course import sentence_of
from tierlsp.actions.markdown import SafeMarkdown, safe_markdown
from tierlsp.actions.ports import Scrubs
from tierlsp.actions.types import RunOutcome, RunProgress, RunResult
from tierlsp.actions.work import Work
from tierlsp.backends.chat import Finish
from tierlsp.routing.calls import Break, Piece
from tierlsp.routing.facts import Kind

_QUESTION_CHARS = 200
"""Of a question that stands above its answer."""

_DONE = {Kind.EXPLAIN: "explained", Kind.PLAN: "planned"}

_CUT_SHORT = "\n\n*The answer ends here because it reached its length limit.*\n"


class Telling:
    """One run that ends in a document."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def run(self) -> RunResult:
        """Ask, show the answer as it comes, and return it as a document."""
        work = self._work
        course = work.course
        stream = _Stream(work.way.clearance.scrubber())

        def show(event: Piece | Break) -> None:
            nonlocal stream
            if isinstance(event, Break):
                course.note(f"{event.lost} broke off; {event.following} begins again")
                stream = _Stream(work.way.clearance.scrubber())
                work.report(RunProgress(f"{event.lost} broke off; {event.following} begins again"))
            elif text := stream.feed(event.text):
                work.report(RunProgress("the answer is coming", text=text))

        answer = await work.call(work.question("text"), show)
        if answer.finish is Finish.REFUSAL:
            return course.end(RunOutcome.FAILED, f"{answer.model} declined to answer; try another tier or model")
        body = safe_markdown(work.way.clearance.scrub(answer.text)).strip("\n")
        if not body.strip():
            return course.end(RunOutcome.FAILED, f"{answer.model} gave an empty answer; try again")
        if answer.finish is Finish.LENGTH:
            body += _CUT_SHORT
        return course.end(RunOutcome.DONE, _message(work), document=f"{_heading(work)}\n\n{body}\n")


class _Stream:
    """An answer as it comes, fit to be shown."""

    def __init__(self, scrubber: Scrubs) -> None:
        self._scrubber = scrubber
        self._markdown = SafeMarkdown()

    def feed(self, piece: str) -> str:
        """Return what can be shown now: whole lines."""
        return self._markdown.feed(self._scrubber.feed(piece))


def _heading(work: Work) -> str:
    request, target = work.plan.request, work.plan.job.target
    place = f"`{work.course.file_name}`, lines {target.first + 1} to {target.end}"
    if not request.instruction.strip():
        return f"# {request.name.capitalize()}: {place}"
    question = sentence_of(request.instruction)[:_QUESTION_CHARS]
    return f"# {request.name.capitalize()}: {place}\n\n{safe_markdown('> ' + question)}"


def _message(work: Work) -> str:
    done = _DONE.get(work.plan.request.kind, "answered")
    return f"{done} by {work.course.model} ({work.course.tier})"
