"""What other tools found, and which lines are meant, in words for a model."""

from __future__ import annotations

from tierlsp.actions.fences import fenced, shown_path
from tierlsp.actions.job import Job
from tierlsp.actions.key_blocks import splits_a_block
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
    message = _cut(" ".join(diagnostic.message.split()))
    head = f"line {number + 1}: {diagnostic.severity.value}{f' ({by})' if by else ''}: {message}"
    lines = job.request.document.lines
    # A long line is not cut: the gate would not know half a secret. Nor is one line of a key shown alone.
    if not 0 <= number < len(lines) or len(lines[number]) > _LINE_CHARS or splits_a_block(lines, number, number + 1):
        return [head]
    return [head, f"    {lines[number].strip()}"]


def _cut(message: str) -> str:
    """Return `message`, a long one cut between two words: half a word could be half a secret."""
    if len(message) <= _MESSAGE_CHARS:
        return message
    return f"{message[:_MESSAGE_CHARS].rpartition(' ')[0]} …"
