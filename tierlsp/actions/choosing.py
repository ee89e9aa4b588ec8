"""Runs whose answer is a short list to choose from: names. The edit comes with the choice, at no price."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from tierlsp.actions.course import Course
from tierlsp.actions.edits import apply_edit
from tierlsp.actions.naming import name_at, read_names
from tierlsp.actions.renaming import rename_of, renamed
from tierlsp.actions.types import ActionRequest, RunOutcome, RunProgress, RunResult
from tierlsp.actions.work import Work
from tierlsp.backends.chat import Finish


class Choosing:
    """One run that ends in names to choose from."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def run(self) -> RunResult:
        """Ask, and return the names that can be used."""
        work = self._work
        plan, course = work.plan, work.course
        answer = await work.call(work.question("text"))
        if answer.finish is Finish.REFUSAL:
            return course.end(RunOutcome.FAILED, f"{answer.model} declined to answer; try another tier or model")
        work.report(RunProgress("checking the names"))
        names = read_names(work.way.clearance.scrub(answer.text), plan.job)
        old = name_at(plan.request)
        if not names:
            return course.end(
                RunOutcome.UNVERIFIED, f"{answer.model} gave no name for {old} that can be used here; run it again"
            )
        message = f"{', '.join(names)}: names for {old} by {course.model} ({course.tier})"
        return course.end(RunOutcome.DONE, message, choices=names)


def _times(word: str, lines: Sequence[str]) -> int:
    return len(re.findall(rf"(?<!\w){re.escape(word)}(?!\w)", "\n".join(lines)))


def chosen(course: Course, request: ActionRequest) -> RunResult:
    """Return the end of a run that gives a name which the person chose; no model is asked.

    Raises:
        ScopeError: it cannot be given.
    """
    if request.editor_renames:
        rename = rename_of(request)
        return replace(course.end(RunOutcome.DONE, f"renamed {rename.old} to {rename.new}"), rename=rename)
    old = name_at(request)
    edit = renamed(request)
    count = _times(request.choice, apply_edit(edit)) - _times(request.choice, edit.document.lines)
    places = "1 place" if count == 1 else f"{count} places"
    left = _times(old, apply_edit(edit))
    message = f"renamed {old} to {request.choice} in {places} of {course.file_name}; other files were not looked at"
    if left:
        message += f"; the word {old} stands in this file {'once' if left == 1 else f'{left} times'} more"
    return course.end(RunOutcome.DONE, message, edit=edit)
