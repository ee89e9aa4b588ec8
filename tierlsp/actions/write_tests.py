"""Write tests for some code, in the project's own framework and in the file where they belong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tierlsp.actions.answer_form import answer_form
from tierlsp.actions.fences import fenced, shown_path
from tierlsp.actions.inner_tests import INNER, module_of_tests
from tierlsp.actions.job import Job, Wording
from tierlsp.actions.key_blocks import without_split_blocks
from tierlsp.actions.problems import where
from tierlsp.actions.scope import ScopeError, Target
from tierlsp.actions.testing_layout import family_of, layout_of
from tierlsp.actions.types import ActionRequest, Document
from tierlsp.actions.workspace import Sample, Wanted, is_test_path
from tierlsp.actions.workspace_context import beginning
from tierlsp.privacy.outbound import Part
from tierlsp.routing.facts import Scope

WORKSPACE_TOKENS = 5_000
"""Of the file of tests that is sent."""

EXAMPLE_LINES = 60
"""Of a file of tests whose style is to be followed: its imports and the first tests."""

MOST_SHOWN = 160
"""Lines of a file of tests that is sent whole."""

MOST_SHOWN_CHARS = 12_000
"""Of it, whatever its lines are."""

_RULES = """\
You write tests for code.
Test what the code promises: the usual cases, the edges, and how it fails. One thing a test, with a name that says what
it shows. Use the framework and the style of the tests that are there. Use no network, no clock and no randomness. Do
not test what is not there, and do not change the code that is tested.
If there is nothing to test, answer with one line: NOTHING: and the reason."""


@dataclass(frozen=True, slots=True)
class Aim:
    """Where tests go."""

    job: Job
    """The test file as the code that is worked on: all of it, for a new one nothing."""
    is_new: bool
    framework: str
    example: Document | None
    is_inside: bool = False
    """Whether the tests stand in the file of the code itself; then they are all that the job is about."""


def aim_of(request: ActionRequest, sample: Sample | None) -> Aim | None:
    """Return where the tests for the file at hand go; `None` before anybody looked.

    Raises:
        ScopeError: it cannot be told.
    """
    path, root = request.document.path, request.root
    if path is None or root is None or not path.is_relative_to(root):
        raise ScopeError("tests go into a file of the project; save this one inside of the workspace first")
    name = path.relative_to(root).as_posix()
    if is_test_path(name):
        raise ScopeError("this is a file of tests; ask in the code that is to be tested")
    if sample is None:
        return None
    if family_of(request.document.language) in INNER:
        return _inside(request)
    layout = layout_of(name, request.document.language, sample)
    if layout is None:
        raise ScopeError(f"how code in {request.document.language or 'this language'} is tested here cannot be told")
    new = root / layout.new_path
    document = layout.existing or Document(new.as_uri(), new, request.document.language, None, ("",))
    lines = document.lines
    end = len(lines) - 1 if len(lines) > 1 and not lines[-1] else len(lines)
    about = replace(request, document=document, diagnostics=())
    return Aim(Job(about, Target(Scope.FILE, 0, end)), layout.existing is None, layout.framework, layout.example)


def _inside(request: ActionRequest) -> Aim:
    """Return the module of tests in the file at hand, or its end.

    Raises:
        ScopeError: the cursor is in the tests.
    """
    lines, inner = request.document.lines, INNER[family_of(request.document.language)]
    module = module_of_tests(lines) if inner.has_module else None
    about = replace(request, diagnostics=())
    if module is None:
        return Aim(Job(about, Target(Scope.SELECTION, len(lines), len(lines))), True, inner.framework, None, True)
    if module[0] <= request.span.start.line < module[1] and request.scope is not Scope.FILE:
        raise ScopeError("these are tests; ask in the code that is to be tested")
    return Aim(Job(about, Target(Scope.SELECTION, *module)), False, inner.framework, None, True)


def write(job: Job) -> Wording:
    """Return what is said to the model."""
    request, aim = job.request, aim_of(job.request, job.sample)
    code = fenced(job.lines, request.document.language, job.fence)
    added = f"\n\nThe person adds: {request.instruction.strip()}" if request.instruction.strip() else ""
    task = f"Write tests for {where(job)}.{added}\n\nThe code to test:\n{code}"
    if aim is None:
        return Wording(_RULES, task)
    return Wording(_RULES, f"{task}\n\n{answer_words(aim, request.root)}")


def answer_words(aim: Aim, root: Path | None) -> str:
    """Return the words that say where the tests go, and in which form they are wanted."""
    name = shown_path(aim.job.request.document.path, root)
    if aim.is_inside and aim.is_new:
        example = INNER[family_of(aim.job.request.document.language)].example
        return (
            f"The tests are for {aim.framework} and go to the end of `{name}`: {example}. Answer with them alone in "
            f"one fence that begins and ends with {aim.job.fence}. Write no other fence."
        )
    if aim.is_inside:
        return (
            f"The tests are for {aim.framework}. Add them to the module of tests in `{name}`, which is shown above; "
            f"keep all that is there. {answer_form(aim.job, 'that module', may_import=False)}"
        )
    if aim.is_new:
        return (
            f"The tests are for {aim.framework} and go into the new file `{name}`. Answer with the whole text of that "
            f"file in one fence that begins and ends with {aim.job.fence}. Write no other fence."
        )
    return (
        f"The tests are for {aim.framework}. Add them to `{name}`, which is shown above; keep every test that is "
        "there. "
        f"{answer_form(aim.job, 'that file')}"
    )


def more_parts(job: Job) -> list[Part]:
    """Return what else is sent: the tests that are there."""
    return [] if job.sample is None else _test_parts(job)


def wants(job: Job) -> Wanted:
    """Return what is wanted of the workspace."""
    document = job.request.document
    return Wanted(tests_for=document.path.name.partition(".")[0] if document.path is not None else "")


def _shown(lines: Sequence[str]) -> Sequence[str]:
    """Return a file of tests as it is sent: whole, or of a long one its beginning and its end."""
    if len(lines) <= MOST_SHOWN and sum(map(len, lines)) <= MOST_SHOWN_CHARS:
        return lines
    head, tail = lines[:EXAMPLE_LINES], lines[max(EXAMPLE_LINES, len(lines) - EXAMPLE_LINES) :]
    end = len(beginning(head, MOST_SHOWN_CHARS // 2))
    start = len(lines) - len(beginning(tail[::-1], MOST_SHOWN_CHARS // 2))
    first, stop = without_split_blocks(lines, 0, end) if end else (0, 0)
    start, last = without_split_blocks(lines, start, len(lines)) if start < len(lines) else (0, 0)
    return [*lines[first:stop], "", *lines[start:last]]


def _test_parts(job: Job) -> list[Part]:
    """Return the file that the tests go into, or the beginning of one whose style can be followed."""
    aim = aim_of(job.request, job.sample)
    if aim is None:
        return []
    document = aim.example if aim.is_new else aim.job.request.document
    if document is None:
        return []
    example = beginning(document.lines[:EXAMPLE_LINES], MOST_SHOWN_CHARS)
    lines = example if aim.is_new else _shown(aim.job.lines)
    into = "The module that the tests go into, in" if aim.is_inside else "The file that the tests go into,"
    intro = "How tests look in this project, in" if aim.is_new else into
    name = shown_path(document.path, job.request.root)
    return [Part("user", f"{intro} `{name}`:\n{fenced(lines, document.language)}", document.path, is_stable=True)]
