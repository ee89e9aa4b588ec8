"""Fix what other tools found in some code."""

from __future__ import annotations

from tierlsp.actions.answer_form import answer_form
from tierlsp.actions.fences import fenced
from tierlsp.actions.job import Job, Wording
from tierlsp.actions.problems import problems_text, where

_RULES = """\
You fix problems in code.
Change as little as possible: only what the problems need. Keep names, signatures, comments and style as they are
unless a problem is about them. Never switch a check off to be rid of its message. Never leave code out: what you write
replaces what was there.
If there is nothing to fix, answer with one line: NOTHING: and the reason."""


def write(job: Job) -> Wording:
    """Return what is said to the model."""
    request = job.request
    language = request.document.language
    code = fenced(job.lines, language, job.fence)
    if request.diagnostics:
        intro = f"Fix the problems in {where(job)}.\n\n{problems_text(job)}"
    else:
        intro = f"Find the mistakes in {where(job)} and fix them. Do not change what works."
    added = f"\n\nThe person adds: {request.instruction.strip()}" if request.instruction.strip() else ""
    return Wording(_RULES, f"{intro}{added}\n\nThe code to fix:\n{code}\n\n{answer_form(job)}")
