"""What other tools found, and which lines are meant, in words for a model."""

from __future__ import annotations

from tierlsp.actions.fences import fenced, shown_path
from tierlsp.actions.job import Job
from tierlsp.actions.types import Diagnostic

MOST_PROBLEMS = 12
"""More in one place are consequences of the first ones."""

_MESSAGE_CHARS = 600
"""Of a message; compilers that say more repeat themselves."""

_LINE_CHARS = 200


def where(job: Job) -> str:
    """Return which lines are meant."""
    name = shown_path(job.request.document.path, job.request.root)
    first, last = job.target.first + 1, job.target.end
    lines = f"line {first}" if first == last else f"lines {first} to {last}"
    return f"{lines} of `{name}`"


def problems_text(job: Job) -> str:
    """Return the list of problems: data, for it quotes other tools and the code."""
    lines: list[str] = []
    for diagnostic in job.request.diagnostics[:MOST_PROBLEMS]:
        lines += _problem(diagnostic, job)
    return f"The problems, as the tools tell them:\n{fenced(lines, 'text')}"


def _problem(diagnostic: Diagnostic, job: Job) -> list[str]:
    """Return the lines that tell of one problem: where, what, and the line of code."""
    number = diagnostic.span.start.line
    by = " ".join(part for part in (diagnostic.source, diagnostic.code) if part)
    message = " ".join(diagnostic.message.split())[:_MESSAGE_CHARS]
    head = f"line {number + 1}: {diagnostic.severity.value}{f' ({by})' if by else ''}: {message}"
    document = job.request.document
    if not 0 <= number < len(document.lines):
        return [head]
    return [head, f"    {document.lines[number].strip()[:_LINE_CHARS]}"]
