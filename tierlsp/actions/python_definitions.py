"""The functions and classes of Python code, told by its own parser.

Only the statement at the left margin around the lines is parsed, so the work does not grow with the file.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Sequence

from tierlsp.actions.enclosing import Definition
from tierlsp.routing.facts import Scope
from tierlsp.text.lines import is_blank

MOST_LINES = 1_500
"""Lines that are parsed; 15 ms of work. Longer statements are told by their indentation."""

_Def = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def parse(text: str) -> ast.Module:
    """Return the tree of `text`.

    Raises:
        SyntaxError: it is no Python.
    """
    with warnings.catch_warnings():
        # What it thinks of an escape is no business of ours.
        warnings.simplefilter("ignore")
        try:
            return ast.parse(text)
        except (ValueError, RecursionError, MemoryError) as error:
            raise SyntaxError(str(error)) from error


def python_definitions_around(lines: Sequence[str], first: int, end: int) -> Iterator[Definition] | None:
    """Return the definitions that hold all of the lines `first` to `end`, the innermost first.

    `None` if the code cannot be parsed, which says nothing of the definitions.
    """
    top, bottom = _statement_around(lines, first, end)
    if bottom - top > MOST_LINES:
        return None
    try:
        tree = parse("\n".join(lines[top:bottom]))
    except SyntaxError:
        return None
    return _holding(tree, top, first, end)


def _statement_around(lines: Sequence[str], first: int, end: int) -> tuple[int, int]:
    """Return the lines from the left margin above to the left margin below."""
    top = min(first, len(lines) - 1)
    while top > 0 and not _is_at_margin(lines[top]):
        top -= 1
    while top > 0 and lines[top - 1].startswith("@"):
        top -= 1
    bottom = max(end, top + 1)
    while bottom < len(lines) and (not _is_at_margin(lines[bottom]) or lines[bottom - 1].startswith("@")):
        bottom += 1
    return top, bottom


def _is_at_margin(line: str) -> bool:
    """Whether a statement begins here. A closing bracket, or a comment, does not begin one."""
    return not is_blank(line) and line[0] not in " \t)]}#"


def _holding(tree: ast.Module, top: int, first: int, end: int) -> Iterator[Definition]:
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, _Def):
            continue
        begin = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)]) - 1 + top
        stop = (node.end_lineno or node.lineno) + top
        if begin <= first and stop >= end:
            scope = Scope.CLASS if isinstance(node, ast.ClassDef) else Scope.SYMBOL
            found.append(Definition(begin, node.lineno - 1 + top, stop, scope))
    found.sort(key=lambda definition: definition.end - definition.first)
    return iter(found)
