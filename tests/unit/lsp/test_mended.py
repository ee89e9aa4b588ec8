"""Edits that are looked at again: found where they stand, known by what stood there before."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tierlsp.actions.edits import Change, apply_edit, file_edit
from tierlsp.actions.types import ActionRequest, Diagnostic, Document, Place, RunOutcome, RunResult, Span
from tierlsp.lsp.mended import MOST_MENDED, MendedEdits, key_of
from tierlsp.routing.facts import Kind
from tierlsp.routing.tiers import Tier

LINES = ("import os", "", "", "def area(radius):", "    return pi * raduis", "", "", "print(area(2))")
DOCUMENT = Document("file:///a.py", Path("/a.py"), "python", 3, LINES)


def problem(message: str = "undefined name 'raduis'", line: int = 4, **more: str) -> Diagnostic:
    return Diagnostic(Span(Place(line, 0), Place(line, 4)), message, **({"source": "flake", "code": "F821"} | more))


REQUEST = ActionRequest("r1", Kind.FIX, DOCUMENT, Span(Place(4, 0), Place(4, 0)), None, diagnostics=(problem(),))


def done(*changes: Change, run: str = "r1", within: tuple[int, int] | None = (3, 5), **more: object) -> RunResult:
    edit = replace(file_edit(DOCUMENT, list(changes)), within=within)
    return RunResult(run, Kind.FIX, RunOutcome.DONE, "", **({"tier": Tier.CHEAP, "edit": edit} | more))


BODY = Change(4, 5, ("    return pi * radios",))
IMPORT = Change(1, 1, ("from math import pi",))


def after(result: RunResult) -> tuple[str, ...]:
    assert result.edit is not None
    return apply_edit(result.edit)


def noted(result: RunResult, request: ActionRequest = REQUEST, lines: tuple[str, ...] | None = None) -> MendedEdits:
    edits = MendedEdits()
    edits.note(request, result, lines if lines is not None else after(result))
    return edits


def test_an_edit_is_found_on_its_lines_and_nowhere_else() -> None:
    result = done(BODY)
    edits, lines = noted(result), after(result)
    assert [bool(edits.at(DOCUMENT.uri, lines, line, line + 1)) for line in range(8)] == [
        False, False, False, True, True, False, False, False,
    ]  # fmt: skip
    assert edits.at("file:///b.py", lines, 4, 5) is None
    found = edits.of("r1")
    assert found is not None and (found.first, found.lines) == (3, lines[3:5])


def test_an_import_that_came_with_it_only_moves_it() -> None:
    result = done(IMPORT, BODY)
    found = noted(result).of("r1")
    assert found is not None and (found.first, found.lines[0]) == (4, "def area(radius):")


@pytest.mark.parametrize(
    ("changes", "lines"),
    [
        ((BODY,), ("    return pi * radios",)),
        ((Change(5, 5, ("x = 1", "y = 2")),), ("x = 1", "y = 2")),
        ((Change(3, 5, ("area = 3",)), Change(7, 8, ("print(area)",))), ("area = 3", "", "", "print(area)")),
    ],
)
def test_without_bounds_it_is_what_was_changed(changes: tuple[Change, ...], lines: tuple[str, ...]) -> None:
    found = noted(done(*changes, within=None)).of("r1")
    assert found is not None and found.lines == lines


def test_typing_elsewhere_leaves_it_and_typing_in_it_ends_it() -> None:
    result = done(BODY)
    edits, lines = noted(result), after(result)
    moved = ("# above", "# more", *lines)
    assert edits.at(DOCUMENT.uri, moved, 6, 7) is not None
    typed = (*lines[:4], lines[4] + " ", *lines[5:])
    assert edits.at(DOCUMENT.uri, typed, 3, 5) is None
    assert edits.at(DOCUMENT.uri, (), 0, 1) is None


def test_the_same_problem_is_known_wherever_it_stands_now_and_another_is_not() -> None:
    [edit] = [noted(done(BODY)).of("r1")]
    assert edit is not None
    same = [problem(line=9), problem("undefined  name\n'raduis'")]
    other = [problem("undefined name 'radios'"), problem(code="E999"), problem(source="mypy")]
    assert edit.standing([*same, *other]) == same
    assert key_of(problem("line 4 is too long (121 > 120)")) == key_of(problem("line 9 is too long (130 > 120)"))


@pytest.mark.parametrize(
    ("request_", "result"),
    [
        (replace(REQUEST, diagnostics=()), done(BODY)),
        (replace(REQUEST, kind=Kind.DOCS), done(BODY)),
        (REQUEST, done(BODY, tier=None)),
        (REQUEST, replace(done(BODY), outcome=RunOutcome.STALE)),
        (REQUEST, replace(done(BODY), edit=None)),
        (REQUEST, done(Change(3, 5, ()), within=None)),
    ],
)
def test_what_was_not_about_problems_or_is_not_there_is_not_looked_at_again(
    request_: ActionRequest, result: RunResult
) -> None:
    assert noted(result, request_, LINES if result.edit is None else None).of("r1") is None


def test_an_edit_that_the_editor_tidied_up_is_not_found() -> None:
    assert noted(done(BODY), lines=("def area(radius): return 1",)).of("r1") is None


def test_of_several_files_the_one_at_hand_counts() -> None:
    other = replace(DOCUMENT, uri="file:///b.py")
    edits = (file_edit(other, [BODY]), file_edit(DOCUMENT, [BODY]))
    result = replace(done(BODY), edit=None, edits=edits)
    found = noted(result, lines=apply_edit(edits[1])).of("r1")
    assert found is not None and found.uri == DOCUMENT.uri


def test_only_the_last_edits_are_remembered() -> None:
    edits = MendedEdits()
    for number in range(MOST_MENDED + 3):
        result = done(BODY, run=f"r{number}")
        edits.note(REQUEST, result, after(result))
    assert edits.of("r2") is None
    assert edits.of("r3") is not None
    found = edits.at(DOCUMENT.uri, after(done(BODY)), 4, 5)
    assert found is not None and found.run == f"r{MOST_MENDED + 2}"
