"""Review some code: mistakes that matter, each with the lines that show it."""

from __future__ import annotations

from tierlsp.actions.fences import fenced
from tierlsp.actions.job import Job, Wording
from tierlsp.actions.problems import where

PROMPT_VERSION = 2
"""Of the words here and in `audit.py`. With another one everything is asked again; raise it when an answer changes."""

CHUNK_TOKENS = 8_000
"""Of code in one call, some 600 lines: models overlook more in more, and a call that fails has lost less."""

CONTEXT_TOKENS = 1_200
"""Of each file around its pieces: imports, and the names of what it defines."""

FRAME_TOKENS = 1_200
"""Around the code of one call at most: our words, the names of files, what other tools said."""

ANSWER_FORM = """\
Answer with one JSON object on a line of its own for each finding, the worst first, and a last line END. No other text.
{"severity": "error|warning|information|hint", "category": "%s", "confidence": 0 to 100, "file": "its name as given", \
"line": the number of its first line, "evidence": "one to six lines copied exactly from the code, enough to be found \
again", "message": "what is wrong and when it shows, in one or two sentences", "cwe": a number or null, \
"fix": "lines that replace exactly the evidence, or null"}
The evidence must be whole lines of the code that is shown; a finding without it is thrown away. Report a problem once.
If there is nothing worth a person's time, answer END alone. Do not praise, and do not report style."""


def form_of(categories: str) -> str:
    """Return how an answer must look, with the categories that a finding may have."""
    return ANSWER_FORM % categories


CATEGORIES = "bug|security|concurrency|errors|performance|api|tests|clarity"

RULES = """\
You review code as an experienced colleague does before it is merged.
Look for what will go wrong: wrong results, missed cases, broken error handling, races, leaks, injection, lost data,
calls that do not fit what they call, slow paths that grow with the input. Say only what the code shows; where it
depends on code that is not shown, lower the confidence. What other tools have reported already is listed: leave it out.
""" + form_of(CATEGORIES)


def write(job: Job) -> Wording:
    """Return what is said to the model."""
    return Wording(RULES, task_text(job, "Review"))


def task_text(job: Job, verb: str) -> str:
    """Return the task for lines of one file."""
    added = f"\n\nThe person adds: {job.request.instruction.strip()}" if job.request.instruction.strip() else ""
    return f"{verb} {where(job)}:\n\n{fenced(job.lines, job.request.document.language)}{added}"
