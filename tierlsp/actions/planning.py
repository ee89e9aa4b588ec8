"""A plan for a larger change, from what the person wants, the file at hand and the names of the project's files."""

from __future__ import annotations

from tierlsp.actions.fences import fenced
from tierlsp.actions.job import Job, Wording
from tierlsp.actions.problems import where

_RULES = """\
You plan a change of a program for the programmers who will make it.
Say first in two sentences what will be there in the end. Then give the steps in the order in which they can be made and
tested one by one; name for each the files, what changes in them, and how one sees that it works. Then say what could go
wrong, what you had to assume, and what you would have to look at to be sure. You see the names of files and little of
their text: do not claim what only their text would show.
Answer in Markdown, with headings and numbered steps, in at most 900 words. Write no links, no images and no HTML."""


def write(job: Job) -> Wording:
    """Return what is said to the model."""
    request = job.request
    code = fenced(job.lines, request.document.language)
    files = f"The project's files:\n{fenced(job.listing, 'text')}\n\n" if job.listing else ""
    task = f"{files}The person looks at {where(job)}:\n\n{code}\n\nPlan this: {request.instruction.strip()}"
    return Wording(_RULES, task)
