"""Explain some code in a few sentences, or what is wrong with it."""

from __future__ import annotations

from tierlsp.actions.fences import fenced
from tierlsp.actions.job import Job, Wording
from tierlsp.actions.problems import problems_text, where

PROBLEM = "problem"
"""The variant that explains what another tool found."""

_RULES = """\
You explain code to a programmer who reads it for the first time.
Begin with one sentence that says what the code is for. Then say how it works, in the order in which it matters, and
point out what could surprise: side effects, edge cases, errors that are likely. Say nothing that the code does not
show.
Answer in Markdown, in at most 400 words. Put code in fences. Write no links, no images and no HTML."""


def write(job: Job) -> Wording:
    """Return what is said to the model."""
    code = fenced(job.lines, job.request.document.language)
    added = f"\n\nThe person adds: {job.request.instruction.strip()}" if job.request.instruction.strip() else ""
    if job.request.choice == PROBLEM and job.request.diagnostics:
        task = (
            f"Explain the problems that a tool found in {where(job)}: what each means, why it comes up here, and what "
            f"would mend it.\n\n{problems_text(job)}\n\nThe code:\n{code}{added}"
        )
    else:
        task = f"Explain {where(job)}:\n\n{code}{added}"
    return Wording(_RULES, task)
