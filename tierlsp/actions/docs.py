"""Describe code where it stands, in the file's own style. The code itself does not change."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Sequence

from tierlsp.actions.answer_form import answer_form
from tierlsp.actions.bounds import Bounds
from tierlsp.actions.docs_style import style_of
from tierlsp.actions.edits import Change, lines_after
from tierlsp.actions.fences import fenced
from tierlsp.actions.job import Job, Wording
from tierlsp.actions.problems import where
from tierlsp.actions.python_definitions import parse
from tierlsp.text.brackets import stretches
from tierlsp.text.language import Language
from tierlsp.text.languages import language_of
from tierlsp.text.lines import is_blank

_RULES = """\
You describe code where it stands: what it is for, what comes in and out, its units and errors, and what could surprise.
Say what the code does, nothing that it does not show, and nothing that its names say already. Write as the file does.
Mend descriptions that are wrong; leave good ones as they are. The code itself must stay exactly as it is: no name, no
value, no blank inside a line changes. Add no comment that a tool reads, such as one that switches a check off.
If all is described well, answer with one line: NOTHING: and the reason."""

_DIRECTIVE = re.compile(
    r"\A#!|go:[a-z]+\b|\+build\b|type:\s*ignore|\bnoqa\b|pylint:|pyright:|mypy:|ruff:|nosec|fmt:\s*(?:on|off)"
    r"|eslint|@ts-|prettier-|istanbul|webpack|nolint|NOSONAR|NOLINT|pragma|clang-format|rustfmt|rubocop|shellcheck"
    r"|-\*-|vim:|coding[:=]|@(?:flow|jsx|preserve|generated)\b|frozen_string_literal|sourceMappingURL|\A///\s*<ref",
)
"""Comments that a tool reads, and that therefore do something."""


def write(job: Job) -> Wording:
    """Return what is said to the model."""
    request = job.request
    style = style_of(request.document.lines, request.document.language)
    code = fenced(job.lines, request.document.language, job.fence)
    words = request.instruction.strip()
    added = f"\n\nThe person adds: {words}" if words else ""
    task = f"Describe {where(job)}, with {style.how}.{added}\n\nThe code to describe:\n{code}"
    return Wording(_RULES, f"{task}\n\n{answer_form(job, 'the code that is to be described', may_import=False)}")


def bounds(job: Job) -> Bounds:
    """Return what the edit may do: change comments and docstrings, and nothing else."""
    return Bounds(keeps_signatures=False, may_import=False, look=same_code)


def same_code(job: Job, new: Sequence[str]) -> str | None:
    """Return what is wrong if `new` changes more than descriptions, as a sentence."""
    document, target = job.request.document, job.target
    language = language_of(document.language)
    if _directives(job.lines, language) != _directives(new, language):
        return "the answer adds or changes a comment that a tool reads"
    whole = lines_after(document.lines, [Change(target.first, target.end, tuple(new))])
    if language.name == "python":
        before, after = _undocumented("\n".join(document.lines)), _undocumented("\n".join(whole))
        if before is not None and after is not None:
            return None if before == after else "the answer changes code, and not only its description"
    # Both are read from the beginning of the file: only there is it known that no comment is open.
    if _code(document.lines, language) != _code(whole, language):
        return "the answer changes code, and not only its description"
    return None


def _directives(lines: Sequence[str], language: Language) -> Counter[str]:
    """Return the comments that a tool reads, whatever stands around them."""
    text = "\n".join(lines)
    comments = (text[each.start : each.end] for each in stretches(text, language) if each.mode.is_comment)
    return Counter(" ".join(comment.split()) for comment in comments if _DIRECTIVE.search(comment))


def _code(lines: Sequence[str], language: Language) -> list[str]:
    """Return the lines without comments and empty lines, as they stand otherwise."""
    text = "\n".join(lines)
    pieces, position = [], 0
    for stretch in stretches(text, language):
        if stretch.mode.is_comment:
            pieces.append(text[position : stretch.start])
            position = stretch.end
    pieces.append(text[position:])
    return [line.rstrip() for line in "".join(pieces).split("\n") if not is_blank(line)]


def _undocumented(text: str) -> str | None:
    """Return the tree of Python code without docstrings, `None` where it cannot be parsed."""
    try:
        tree = parse(text)
    except SyntaxError:
        return None
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            # A function of nothing but a docstring does the same as one that passes.
            body[:] = [each for each in body if not _is_text(each)] or [ast.Pass()]
    return ast.dump(tree)


def _is_text(node: ast.stmt) -> bool:
    """Whether a statement is a string and nothing else: a docstring, also that of an attribute."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
