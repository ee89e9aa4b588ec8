"""Answer a question about some code."""

from __future__ import annotations

from tierlsp.actions.fences import fenced
from tierlsp.actions.job import Job, Wording
from tierlsp.actions.problems import problems_text, where

_RULES = """\
You answer a programmer's question about the code that is shown.
Answer the question first, then give reasons from the code. Where the code that is shown does not tell, say so and say
what one would have to look at. Answer in Markdown, as short as the question allows. Put code in fences. Write no
links, no images and no HTML."""


def write(job: Job) -> Wording:
    """Return what is said to the model."""
    code = fenced(job.lines, job.request.document.language)
    problems = f"\n\n{problems_text(job)}" if job.request.diagnostics else ""
    return Wording(
        _RULES,
        f"The question is about {where(job)}:\n\n{code}{problems}\n\nThe question: {job.request.instruction.strip()}",
    )
