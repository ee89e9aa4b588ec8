"""Runs that take what a finding proposed: no model is asked and nothing is paid. The edit is checked like any other."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from tierlsp.actions.catalogue import action_of
from tierlsp.actions.course import Course
from tierlsp.actions.edits import Change, file_edit
from tierlsp.actions.job import Job
from tierlsp.actions.reading import Rewrite
from tierlsp.actions.scope import Target
from tierlsp.actions.types import ActionRequest, RunOutcome, RunResult, TextEdit
from tierlsp.actions.verify import verify
from tierlsp.routing.facts import Scope
from tierlsp.text.lines import split_lines


async def proposed_edit(request: ActionRequest, proposed: TextEdit, course: Course) -> RunResult:
    """Return the edit that puts `proposed` into the document, or why it cannot be taken."""
    document, span = request.document, proposed.span
    target = Target(Scope.SELECTION, span.start.line, span.end.line + 1)
    job = Job(request, target)
    answer = Rewrite(tuple(split_lines(proposed.text)[0]))
    verified = await asyncio.to_thread(verify, job, answer, action_of(request.kind).bounds(job))
    if verified.failed is not None:
        why = verified.failed.text
        return course.end(RunOutcome.UNVERIFIED, f"nothing was changed, since what the finding proposes fails: {why}")
    whole = file_edit(document, [Change(0, len(document.lines), verified.lines)])
    edit = replace(whole, within=(target.first, target.end))
    checked = tuple(verdict.text for verdict in verified.verdicts)
    message = f"{course.file_name} has the lines that the finding proposed; {checked[-1]}"
    return course.end(RunOutcome.DONE, message, edit=edit, checked=checked)
