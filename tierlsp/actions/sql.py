"""Write an SQL statement in a better way: in a file of SQL, or in a string of another language."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tierlsp.actions.answer_form import answer_form
from tierlsp.actions.bounds import Bounds
from tierlsp.actions.fences import fenced
from tierlsp.actions.job import Job, Wording
from tierlsp.actions.problems import where
from tierlsp.actions.scope import ScopeError, Target, lines_of_span
from tierlsp.actions.types import ActionRequest, Document
from tierlsp.routing.facts import Scope
from tierlsp.text.brackets import Stretch, stretches
from tierlsp.text.languages import language_of
from tierlsp.text.lines import is_blank

LINES_AROUND = 400
"""Lines above and below in which a statement or a string may begin and end; longer ones are made by machines."""

LINES_IN_STRING = 60
"""Lines above the cursor in which a string with SQL begins; a longer one is a file of its own."""

_RULES = """\
You improve SQL statements: right first, then clear, then fast. The result stays the same: columns, their order and
names, rows and their order, and every parameter in its form, unless the person asks for something else. Keep the
dialect that the statement shows, its comments and the way its words are written. Where the statement stands in a string
of another language, change only what is inside of the string, and keep it a valid string.
Before the code write for each change one line that says what changed and why:
WHY: the index on created can be used, since the column stands alone
If there is nothing to improve, answer with one line: NOTHING: and the reason."""

_STATEMENT = re.compile(
    r"\s*(?:\(\s*)*(?P<verb>select|with|insert|update|delete|merge|replace|upsert|create|alter|drop|truncate|explain"
    r"|grant|revoke|call|exec|execute|declare|begin|values)\b",
    re.IGNORECASE,
)
_IN_STRING = re.compile(
    r"\s*(?:\(\s*)*(?:select\b.+\bfrom|select\s+\S|with\s+\w+.*\bas\s*\(|insert\s+into|update\s+\S+\s+set|delete\s+from"
    r"|merge\s+into|create\s+(?:or\s+replace\s+)?(?:temp\w*\s+|unique\s+)?(?:table|index|view|trigger|function)"
    r"|alter\s+table|drop\s+(?:table|index|view))\b",
    re.IGNORECASE | re.DOTALL,
)
"""How SQL in a string begins: a word alone, such as `select` or `update`, may begin a sentence too."""

_MAY_BEGIN = re.compile(r"\b(?:select|with|insert|update|delete|merge|create|alter|drop)\b", re.IGNORECASE)
"""A quick look before the slow one: a menu asks at every place."""

_VERB = re.compile(
    r"\b(?:select|insert\s+into|update|delete\s+from|merge\s+into|create|alter|drop|truncate|grant|revoke|execute|exec"
    r"|call|copy|attach|load_extension|into\s+(?:out|dump)file)\b",
    re.IGNORECASE,
)
_HARMLESS = frozenset({"select"})
"""Verbs of which there may be more or fewer afterwards: a subquery comes, or goes."""

_CHANGING = frozenset({"update", "delete from"})

_PARAMETER = re.compile(r"%\(\w+\)s|%s|(?<![:\w]):\w+|\$\w+|@\w+|\?|\{\{?[^{}]*\}?\}")


@dataclass(frozen=True, slots=True)
class _Piece:
    """The text of some lines, and where in it the statement or string is."""

    first: int
    text: str
    stretch: Stretch


def find(request: ActionRequest) -> Target:
    """Return the lines of the statement at the cursor, or that are selected.

    Raises:
        ScopeError: there is no SQL.
    """
    document, span = request.document, request.span
    if request.scope is Scope.FILE:
        if not _is_sql(document):
            raise ScopeError("this is no file of SQL; name the lines of the string that holds a statement")
        return Target(Scope.FILE, 0, len(document.lines))
    first, end = lines_of_span(span, document)
    if _is_sql(document):
        if span.start != span.end:
            return Target(Scope.SELECTION, first, end)
        return _statement(document, span.start.line, span.start.column)
    piece = _string_at(document, span.start.line, span.start.column)
    if piece is None:
        raise ScopeError("there is no SQL statement at the cursor; put it into one, or into a string that holds one")
    start = piece.first + piece.text.count("\n", 0, piece.stretch.start)
    return Target(Scope.SELECTION, start, piece.first + piece.text.count("\n", 0, piece.stretch.end) + 1)


def write(job: Job) -> Wording:
    """Return what is said to the model."""
    request = job.request
    words = request.instruction.strip()
    wanted = f" This is wanted: {words}" if words else ""
    code = fenced(job.lines, request.document.language, job.fence)
    task = f"Improve the SQL statement in {where(job)}.{wanted}\n\nThe code with the statement:\n{code}"
    return Wording(_RULES, f"{task}\n\n{answer_form(job, 'the code with the statement', may_import=False)}")


def bounds(job: Job) -> Bounds:
    """Return what the edit may do: change the statement, and of other code nothing."""
    return Bounds(keeps_signatures=False, may_shorten=True, may_import=False, look=_look)


def _look(job: Job, new: Sequence[str]) -> str | None:
    """Return what the answer does that a better statement does not do, as a sentence."""
    document = job.request.document
    if not _is_sql(document) and _outside(job, job.lines) != _outside(job, new):
        return "the answer changes code outside of the statement's string"
    old_text, new_text = "\n".join(job.lines), "\n".join(new)
    if job.request.instruction.strip():
        # Who says what is wanted may want another statement.
        return None
    old_verbs, new_verbs = _verbs(old_text), _verbs(new_text)
    more = new_verbs - old_verbs
    if more:
        return f"the answer makes another statement of it, with {', '.join(sorted(more)).upper()}"
    gone = old_verbs - new_verbs
    if gone:
        return f"the answer leaves out {', '.join(sorted(gone)).upper()}"
    if _CHANGING & old_verbs.keys() and _conditions(new_text) < _conditions(old_text):
        return "the answer leaves out a condition of a statement that changes data"
    if set(_PARAMETER.findall(old_text)) != set(_PARAMETER.findall(new_text)):
        return "the answer has other parameters than the statement"
    return None


def _is_sql(document: Document) -> bool:
    return language_of(document.language).name == "sql"


def _verbs(text: str) -> Counter[str]:
    """Return what a statement does, words of comments and values left out."""
    language = language_of("sql")
    clean, position = "", 0
    for stretch in stretches(text, language):
        clean += text[position : stretch.start] + " "
        # In a string of another language the statement itself stands in quotes.
        if not stretch.mode.is_comment and _IN_STRING.match(text[stretch.start : stretch.end].strip("\"'`")):
            clean += text[stretch.start : stretch.end]
        position = stretch.end
    words = (" ".join(match.group().lower().split()) for match in _VERB.finditer(clean + text[position:]))
    return Counter(word for word in words if word not in _HARMLESS)


def _conditions(text: str) -> int:
    return len(re.findall(r"\bwhere\b", text, re.IGNORECASE))


def _outside(job: Job, lines: Sequence[str]) -> tuple[str, str] | None:
    """Return the code before and behind the string that holds the statement; `None` where there is no such string."""
    for stretch in stretches(text := "\n".join(lines), language_of(job.request.document.language)):
        if _holds_sql(text, stretch):
            return text[: stretch.start], text[stretch.end :]
    return None


def _holds_sql(text: str, stretch: Stretch) -> bool:
    return not stretch.mode.is_comment and bool(_IN_STRING.match(text[stretch.start : stretch.end].lstrip("\"'`")))


def _string_at(document: Document, line: int, column: int) -> _Piece | None:
    """Return the string with SQL in it that the place is in."""
    first, end = max(0, line - LINES_AROUND), min(len(document.lines), line + LINES_AROUND)
    lines = document.lines[first:end]
    near = document.lines[max(0, line - LINES_IN_STRING) : line + 1]
    if line >= end or not any(map(_MAY_BEGIN.search, near)):
        return None
    text = "\n".join(lines)
    offset = sum(len(each) + 1 for each in lines[: line - first]) + column
    for stretch in stretches(text, language_of(document.language)):
        if stretch.start <= offset <= stretch.end:
            return _Piece(first, text, stretch) if _holds_sql(text, stretch) else None
        if stretch.start > offset:
            return None
    return None


def _statement(document: Document, line: int, column: int) -> Target:
    """Return the lines of the statement that the place is in, or that ends before it on the line."""
    first, end = max(0, line - LINES_AROUND), min(len(document.lines), line + LINES_AROUND)
    lines = document.lines[first:end]
    text = "\n".join(lines)
    offset = sum(len(each) + 1 for each in lines[: line - first]) + column
    begin = 0
    for semicolon in [*_semicolons(text), len(text)]:
        # A cursor behind the last semicolon of a line means what ends there.
        rest = text[semicolon + 1 : offset]
        if semicolon >= offset or ("\n" not in rest and not rest.strip()):
            return _trimmed(lines, first, text.count("\n", 0, begin), text.count("\n", 0, semicolon) + 1)
        begin = semicolon + 1
    raise ScopeError("there is no SQL statement at the cursor")


def _semicolons(text: str) -> list[int]:
    """Return where statements end."""
    hidden = list(stretches(text, language_of("sql")))
    found, at = [], 0
    for match in re.finditer(";", text):
        while at < len(hidden) and hidden[at].end <= match.start():
            at += 1
        if at == len(hidden) or hidden[at].start > match.start():
            found.append(match.start())
    return found


def _trimmed(lines: Sequence[str], first: int, begin: int, end: int) -> Target:
    """Return the lines without empty ones around, and without the end of the statement before."""
    if begin < end - 1 and ";" in lines[begin] and is_blank(lines[begin].rpartition(";")[2]):
        begin += 1
    while begin < end and is_blank(lines[begin]):
        begin += 1
    while end > begin and is_blank(lines[end - 1]):
        end -= 1
    if begin == end:
        raise ScopeError("there is no SQL statement at the cursor")
    if not any(_STATEMENT.match(line) for line in lines[begin:end]):
        raise ScopeError("what stands at the cursor is no SQL statement that is known here; select its lines")
    return Target(Scope.SELECTION, first + begin, first + end)
