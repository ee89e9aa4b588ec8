"""What an answer must pass before it becomes an edit: shape, nothing hidden, scope, syntax; cheap checks first.

**Law:** an edit changes only the lines that were asked about, and the imports; all of it passes, or nothing is changed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from tierlsp.actions.bounds import Bounds
from tierlsp.actions.edits import MOST_CHARS, MOST_LINES, Change, changes_of, lines_after
from tierlsp.actions.enclosing import scope_of_line
from tierlsp.actions.hidden import introduced
from tierlsp.actions.imports import MOST_ADDED, adding, is_import
from tierlsp.actions.job import Job
from tierlsp.actions.names import definition_lines, name_defined, signatures_of_both
from tierlsp.actions.reading import Rewrite
from tierlsp.actions.scope import lines_of_span
from tierlsp.actions.shape import shape_mistake
from tierlsp.actions.syntax import Region, check_syntax
from tierlsp.routing.facts import Kind, Scope
from tierlsp.text.languages import language_of

MOST_GROWTH = 3
"""Times its lines that a piece may grow to, …"""

GROWTH_FREE = 40
"""… or this many lines more: a fix of one line may need a check around it and a function beside it."""

LEAST_LEFT = 0.5
"""Of a file's lines, unless asked: an answer that leaves less has most likely lost something."""

SMALL_FILE = 12
"""Lines of a file in which half may go: there it is soon half."""


MOST_LOST = 3
"""Lines gone from the end with nothing in their place: that is how a copy looks that was given up."""

_ASKS_TO_REMOVE = re.compile(
    r"\b(?:remov|delet|drop|shorten|shorter|simplif|strip|clean|dead code|unused)", re.IGNORECASE
)


class Check(StrEnum):
    """What was looked at."""

    SHAPE = "shape"
    HIDDEN = "hidden"
    SCOPE = "scope"
    SYNTAX = "syntax"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one check found."""

    check: Check
    passed: bool
    text: str
    """One sentence."""


@dataclass(frozen=True, slots=True)
class Verified:
    """An answer and what the checks found."""

    lines: tuple[str, ...]
    """The whole document as it would be."""
    verdicts: tuple[Verdict, ...]

    @property
    def failed(self) -> Verdict | None:
        """The check that it did not pass."""
        return next((verdict for verdict in self.verdicts if not verdict.passed), None)


def verify(job: Job, answer: Rewrite, bounds: Bounds | None = None) -> Verified:
    """Return the document after `answer`, and what every check finds until one fails.

    Args:
        job: what was asked for.
        answer: what came of it.
        bounds: what the action allows and forbids besides; `None` for the usual.
    """
    old = job.request.document.lines
    target = job.target
    new = lines_after(old, [Change(target.first, target.end, answer.lines)])
    change = adding(new, answer.imports, job.request.document.language) if answer.imports else None
    whole = new if change is None else lines_after(new, [change])
    verdicts: list[Verdict] = []
    for check, mistake in (
        (Check.SHAPE, _shape(job, answer)),
        (Check.HIDDEN, _hidden(job, answer)),
        (Check.SCOPE, _scope(job, answer, whole, bounds or Bounds())),
    ):
        verdicts.append(Verdict(check, mistake is None, mistake or _PASSED[check]))
        if mistake:
            return Verified(whole, tuple(verdicts))
    region = Region(target.first, target.end, target.first + len(answer.lines))
    syntax = check_syntax(old, new, region, job.request.document.language)
    verdicts.append(Verdict(Check.SYNTAX, syntax.passed, syntax.text))
    return Verified(whole, tuple(verdicts))


_PASSED = {
    Check.SHAPE: "the answer is whole",
    Check.HIDDEN: "it brings in no hidden characters",
    Check.SCOPE: "only what was asked about is changed",
}


def _shape(job: Job, answer: Rewrite) -> str | None:
    language_id = job.request.document.language
    if len(answer.imports) > MOST_ADDED:
        return f"the answer adds {len(answer.imports)} imports, and {MOST_ADDED} are the most"
    for statement in answer.imports:
        if not is_import(statement, language_id):
            return f"the answer adds a line to the imports that is none: “{statement[:60]}”"
    mistake = shape_mistake(job.lines, answer.lines, language_of(language_id))
    if mistake == "the answer changes nothing" and answer.imports:
        return None
    return mistake


def _hidden(job: Job, answer: Rewrite) -> str | None:
    found = introduced("\n".join(job.lines), "\n".join((*answer.lines, *answer.imports)))
    if not found:
        return None
    return f"the answer brings in characters that nobody sees ({', '.join(dict.fromkeys(found))})"


def _scope(job: Job, answer: Rewrite, whole: Sequence[str], bounds: Bounds) -> str | None:
    old = job.request.document.lines
    count, new_count = job.target.end - job.target.first, len(answer.lines)
    if len(whole) > MOST_LINES or sum(map(len, whole)) > MOST_CHARS:
        return f"the answer would leave a file of more than {MOST_LINES:,} lines or 5 MB"
    if new_count > max(count * MOST_GROWTH, count + GROWTH_FREE):
        return f"the answer makes {new_count} lines of {count}, which is more than this needs"
    if _remote_schemas(answer.lines) > _remote_schemas(job.lines):
        return "the answer adds a schema from another host, which editors fetch"
    instruction = job.request.instruction
    may_shorten = bounds.may_shorten or _ASKS_TO_REMOVE.search(instruction)
    if len(old) > SMALL_FILE and len(whole) < len(old) * LEAST_LEFT and not may_shorten:
        return f"the answer leaves {len(whole)} of the file's {len(old)} lines, and nobody asked for that"
    if not may_shorten and (lost := _lines_lost_at_the_end(job, answer)):
        return f"the answer lacks the last {lost} lines, so it may have broken off"
    return _signatures(job, answer, bounds) or (bounds.look(job, answer.lines) if bounds.look else None)


def _signatures(job: Job, answer: Rewrite, bounds: Bounds) -> str | None:
    if answer.imports and not bounds.may_import:
        return "the answer adds imports, which are none of this"
    # Who said more than which lines may have asked for just that.
    is_free = bool(job.request.instruction.strip()) and not bounds.keeps_signatures_always
    return _changed_signature(job, answer) if bounds.keeps_signatures and not is_free else None


def _lines_lost_at_the_end(job: Job, answer: Rewrite) -> int:
    """Return how many lines a fix takes away from the end with hardly any in their place; else 0.

    Where a problem is among them, that may be the mend.
    """
    changes = changes_of(job.lines, answer.lines) if job.request.kind is Kind.FIX else []
    if not changes or changes[-1].end < len(job.lines):
        return 0
    last = changes[-1]
    lost = last.end - last.first - len(last.lines)
    if lost < MOST_LOST or last.end - last.first < len(last.lines) * 4:
        return 0
    first = job.target.first + last.first + len(last.lines)
    is_meant = any(lines_of_span(each.span, job.request.document)[1] > first for each in job.request.diagnostics)
    return 0 if is_meant else lost


def _remote_schemas(lines: Sequence[str]) -> int:
    return sum("$schema" in line and "://" in line for line in lines)


def _changed_signature(job: Job, answer: Rewrite) -> str | None:
    """Return a sentence about a public name that is gone or has another signature, unless a problem is about it."""
    language_id = job.request.document.language
    before, after = signatures_of_both(job.lines, answer.lines, language_id)
    language, begins = language_of(language_id), _definitions_with_problems(job) if before else set()
    if any(scope_of_line(job.lines[begin], language) is Scope.CLASS for begin in begins):
        # What a class lacks is said of its first line.
        return None
    free = {name_defined(job.lines[begin], language) for begin in begins}
    for name, signature in before.items():
        if name.rpartition(".")[2] in free:
            continue
        if name not in after:
            return f"the answer takes away {name}, which other code may use"
        if after[name] != signature:
            return f"the answer changes how {name} is called, which other code may rely on"
    return None


def _definitions_with_problems(job: Job) -> set[int]:
    """Return the lines that begin a definition, of those in whose signatures a problem is."""
    begins = definition_lines(job.lines, job.request.document.language)
    found = set()
    for diagnostic in job.request.diagnostics:
        first, end = lines_of_span(diagnostic.span, job.request.document)
        for line in range(first - job.target.first, end - job.target.first):
            found |= {begin for begin in begins if line == begin or _is_in_signature(job.lines, begin, line)}
    return found


def _is_in_signature(lines: Sequence[str], begin: int, line: int) -> bool:
    """Whether `line` stands in the brackets that the definition on line `begin` opens."""
    if not begin < line < len(lines):
        return False
    text = "".join(lines[begin:line])
    return text.count("(") > text.count(")")
