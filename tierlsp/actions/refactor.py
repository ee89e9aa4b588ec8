"""Rewrite code so that it does the same in a better way: as the person says, or by one of six choices."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tierlsp.actions.answer_form import answer_form
from tierlsp.actions.bounds import Bounds
from tierlsp.actions.fences import fenced
from tierlsp.actions.job import Job, Wording
from tierlsp.actions.problems import where
from tierlsp.actions.python_definitions import parse
from tierlsp.actions.scope import lines_of_span
from tierlsp.text.lines import is_blank

_RULES = """\
You refactor code: afterwards it does just what it did before, and is better to read or to use.
Change only what the task needs. Keep behaviour, errors, side effects, comments and style. Keep public names and how
they are called unless the task is about them. Use nothing that the project does not use already, apart from the
language's own library. Never leave code out: what you write replaces what was there.
If there is nothing to gain, answer with one line: NOTHING: and the reason."""


@dataclass(frozen=True, slots=True)
class _Way:
    """One choice."""

    task: str
    """With `{where}`."""
    bounds: Bounds


def _same_but_for_types(job: Job, new: Sequence[str]) -> str | None:
    """Return what else than annotations is changed. Only Python has a parser here that tells."""
    if job.request.document.language != "python":
        return None
    before, after = _untyped(job.lines), _untyped(new)
    if before is None or after is None or before == after:
        return None
    return "the answer changes more than types"


_WAYS: Mapping[str, _Way] = {
    "simplify": _Way(
        "Simplify {where}: fewer branches, less nesting, less repetition, clearer names of local variables. What it "
        "does stays the same.",
        Bounds(may_shorten=True, keeps_signatures_always=True),
    ),
    "extract": _Way(
        "Extract a part of {where} into a function of its own, beside the one that it comes from, and call it "
        "there.{selected} Give it a name that says what it does, and pass it what it needs.",
        Bounds(keeps_signatures_always=True),
    ),
    "inline": _Way(
        "Inline in {where} what only stands in the way: a variable that is used once, or a small private function that "
        "is called once.{selected} Remove its definition if nothing else can use it.",
        Bounds(may_shorten=True, keeps_signatures_always=True),
    ),
    "modernise": _Way(
        "Rewrite {where} with what newer versions of the language offer and the file shows to be available. Do not "
        "need a newer version than the file already does.",
        Bounds(may_shorten=True, keeps_signatures_always=True),
    ),
    "types": _Way(
        "Add types to {where}: parameters, results, and variables whose type cannot be told. Change nothing else. "
        "Write only types that the code shows to be right.",
        Bounds(keeps_signatures=False, look=_same_but_for_types),
    ),
    "errors": _Way(
        "Handle the errors that can come up in {where}: at the place that can do something about them, as this file "
        "does it elsewhere. Hide no error, and catch nothing that is not known.",
        Bounds(keeps_signatures_always=True),
    ),
}


def write(job: Job) -> Wording:
    """Return what is said to the model."""
    request = job.request
    words = request.instruction.strip()
    way = _WAYS.get(request.choice)
    if way is None:
        task = f"Refactor {where(job)}. This is wanted: {words}"
    else:
        task = way.task.format(where=where(job), selected=_selected(job))
        task += f"\n\nThe person adds: {words}" if words else ""
    code = fenced(job.lines, request.document.language, job.fence)
    form = answer_form(job, "the code that is to be refactored")
    return Wording(_RULES, f"{task}\n\nThe code to refactor:\n{code}\n\n{form}")


def bounds(job: Job) -> Bounds:
    """Return what the edit may do, by its choice."""
    way = _WAYS.get(job.request.choice)
    # Who says in words what is wanted may want names to change.
    return way.bounds if way is not None else Bounds()


def _selected(job: Job) -> str:
    """Return which lines are meant of those that are shown, empty where all are."""
    span = job.request.span
    first, end = lines_of_span(span, job.request.document)
    if span.start == span.end or (first, end) == (job.target.first, job.target.end):
        return ""
    lines = f"line {first + 1}" if end == first + 1 else f"lines {first + 1} to {end}"
    return f" It is about {lines}."


class _Untyping(ast.NodeTransformer):
    """Takes the annotations out of a tree."""

    def visit_arg(self, node: ast.arg) -> ast.AST:
        """Drop a parameter's type."""
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Drop a result's type."""
        node.returns = None
        return self.generic_visit(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        """Drop a result's type."""
        node.returns = None
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        """Drop a variable's type. A line that says nothing else stays one: it may be a field of a class."""
        self.generic_visit(node)
        if node.value is None:
            return ast.Expr(node.target)
        return ast.Assign([node.target], node.value, lineno=0)


def _untyped(lines: Sequence[str]) -> str | None:
    """Return the tree of `lines` without types, `None` where they cannot be parsed on their own."""
    width = min((len(line) - len(line.lstrip()) for line in lines if not is_blank(line)), default=0)
    try:
        return ast.dump(_Untyping().visit(parse("\n".join(line[width:] for line in lines))))
    except SyntaxError:
        return None
