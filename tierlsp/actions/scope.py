"""Which lines an action is about: the selection, the function or class around it, or the file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tierlsp.actions.enclosing import Definition, definitions_around
from tierlsp.actions.key_blocks import splits_a_block
from tierlsp.actions.python_definitions import python_definitions_around
from tierlsp.actions.types import Diagnostic, Document, Span
from tierlsp.errors import TierlspError
from tierlsp.routing.facts import Scope
from tierlsp.text.languages import language_of
from tierlsp.text.lines import is_blank

NEAR = 8
"""Lines taken above and below where no function is around: enough to see a statement and what it uses."""


class ScopeError(TierlspError):
    """What is asked for is not there, or too large."""


@dataclass(frozen=True, slots=True)
class Limit:
    """The most that an action takes at once."""

    lines: int
    chars: int


@dataclass(frozen=True, slots=True)
class Target:
    """The lines that an action is about, from `first` to `end`, the latter not included."""

    scope: Scope
    first: int
    end: int

    def lines_in(self, document: Document) -> tuple[str, ...]:
        """Return the lines themselves."""
        return document.lines[self.first : self.end]


def lines_of_span(span: Span, document: Document) -> tuple[int, int]:
    """Return the first line of `span` and the one after its last. A last line of which nothing is selected is out."""
    last = span.end.line
    if last > span.start.line and span.end.column == 0:
        last -= 1
    count = len(document.lines)
    first = min(span.start.line, count - 1)
    return first, max(first, min(last, count - 1)) + 1


def choose_target(
    document: Document,
    span: Span,
    *,
    wanted: Scope | None,
    limit: Limit,
    diagnostics: tuple[Diagnostic, ...] = (),
    is_whole_symbol: bool = False,
) -> Target:
    """Return the lines that are meant.

    Args:
        document: The file.
        span: The selection; empty at the cursor.
        wanted: How much the person asked for; `None` leaves the choice.
        limit: The most that the action takes.
        diagnostics: Where a problem is, whose lines are meant too.
        is_whole_symbol: Whether the function around the selection is better than the selection itself.

    Raises:
        ScopeError: that is not there, or it is larger than `limit`.
    """
    first, end = _with_problems(*lines_of_span(span, document), diagnostics, document)
    if wanted is not None:
        target = _wanted(document, first, end, wanted)
    else:
        target = _chosen(document, first, end, span, limit, is_whole_symbol=is_whole_symbol)
    return checked(document, target, limit)


def definitions_in(document: Document, first: int, end: int) -> Iterator[Definition]:
    """Return the functions and classes around the lines `first` to `end`, the innermost first."""
    if document.language == "python":
        found = python_definitions_around(document.lines, first, end)
        if found is not None:
            return found
    return definitions_around(document.lines, first, end, language_of(document.language))


def _with_problems(first: int, end: int, diagnostics: tuple[Diagnostic, ...], document: Document) -> tuple[int, int]:
    """Return the lines that hold both the selection and the problems in it."""
    for diagnostic in diagnostics:
        start, stop = lines_of_span(diagnostic.span, document)
        first, end = min(first, start), max(end, stop)
    return first, end


def _wanted(document: Document, first: int, end: int, scope: Scope) -> Target:
    if scope is Scope.FILE:
        return _file(document)
    if scope in (Scope.SYMBOL, Scope.CLASS):
        for found in definitions_in(document, first, end):
            if found.scope is scope:
                return Target(scope, found.first, found.end)
        what = "function" if scope is Scope.SYMBOL else "class"
        raise ScopeError(f"no {what} was found around line {first + 1}; select the lines that you mean")
    if scope is Scope.FILES:
        raise ScopeError("this action works on one file at a time; ask for a selection, a symbol or the file")
    return Target(Scope.SELECTION, first, end)


def _chosen(document: Document, first: int, end: int, span: Span, limit: Limit, *, is_whole_symbol: bool) -> Target:
    """Return what the person most likely means."""
    is_selection = span.start != span.end
    if is_selection and not is_whole_symbol:
        return Target(Scope.SELECTION, first, end)
    for found in definitions_in(document, first, end):
        target = Target(found.scope, found.first, found.end)
        if _fits(document, target, limit) and (found.scope is Scope.SYMBOL or not is_selection):
            return target
        break
    if not is_selection and not is_whole_symbol and _fits(document, whole := _file(document), limit):
        return whole
    if is_selection:
        return Target(Scope.SELECTION, first, end)
    return Target(Scope.SELECTION, max(0, first - NEAR), min(_file(document).end, max(end, end + NEAR)))


def _file(document: Document) -> Target:
    """Return the whole file, without the empty line behind its last line end."""
    count = len(document.lines)
    is_ended = count > 1 and not document.lines[-1]
    return Target(Scope.FILE, 0, count - 1 if is_ended else count)


def _fits(document: Document, target: Target, limit: Limit) -> bool:
    if target.end - target.first > limit.lines:
        return False
    return sum(map(len, target.lines_in(document))) + target.end - target.first <= limit.chars


def checked(document: Document, target: Target, limit: Limit) -> Target:
    """Return `target`.

    Raises:
        ScopeError: it is too large, part of a key, or there is nothing on it.
    """
    count = target.end - target.first
    if not _fits(document, target, limit):
        raise ScopeError(
            f"this is too much at once ({count:,} lines); select less than {limit.lines:,} lines and "
            f"{limit.chars:,} characters"
        )
    if splits_a_block(document.lines, target.first, target.end):
        raise ScopeError("these lines are part of a key; select all of it, or lines without it")
    if all(is_blank(line) for line in target.lines_in(document)):
        raise ScopeError("there is nothing on these lines; select the code that you mean")
    return target
