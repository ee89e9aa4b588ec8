"""Another name for something, wherever it stands in its file: by Python's own tokens, else by whole words in code.

A local name of a function changes in that function alone (in Python by its parser, else by `local_names`). Strings and
comments stay, but for the places in a string that are code, such as `${name}`. Other files are not looked at; neither
is what another name of the same spelling stands for.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections import Counter
from collections.abc import Iterator, Sequence

from tierlsp.actions.edits import Change, file_edit
from tierlsp.actions.local_names import local_function
from tierlsp.actions.naming import is_usable, name_at, place_of_name, taken_names
from tierlsp.actions.python_definitions import parse
from tierlsp.actions.scope import ScopeError
from tierlsp.actions.syntax import Region, check_syntax
from tierlsp.actions.types import ActionRequest, FileEdit, Place, Rename
from tierlsp.text.brackets import stretches
from tierlsp.text.languages import language_of

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_Spot = tuple[int, int]
"""Line, from 0, and column."""

_FIELD = re.compile(r"\{\{|\}\}|\{(?P<code>[^{}!:]*)")
_CODE_IN_STRING = re.compile(r"\$\{[^{}]*\}|#\{[^{}]*\}|\\\([^()]*\)|\$[^\W\d]\w*|\{[^\W\d]\w*(?=[}:!.\[])")


def rename_of(request: ActionRequest) -> Rename:
    """Return what gets the name `request.choice`: what is under the cursor.

    Raises:
        ScopeError: it cannot have that name.
    """
    document, new = request.document, request.choice
    old = name_at(request)
    if not is_usable(new, old, document.language):
        raise ScopeError(f"{new[:60]!r} cannot be a name here; choose another")
    if new in taken_names(document):
        raise ScopeError(f"{new!r} stands in this file already; choose another")
    return Rename(document, Place(*place_of_name(request)), old, new)


def renamed(request: ActionRequest) -> FileEdit:
    """Return the edit that gives what is under the cursor the name `request.choice`.

    Raises:
        ScopeError: it cannot have that name, or not all of its places can be told.
    """
    rename = rename_of(request)
    document, old, new = rename.document, rename.old, rename.new
    lines = _in_python(request, old, new) if document.language == "python" else None
    if lines is None:
        owner = local_function(document, old, request.span.start.line)
        lines = _by_words(document.lines, document.language, old, new, owner)
    count = len(lines)
    verdict = check_syntax(document.lines, lines, Region(0, count, count), document.language)
    if not verdict.passed:
        raise ScopeError(f"{old!r} cannot be renamed here: {verdict.text}; use the editor's own rename")
    return file_edit(document, [Change(0, count, tuple(lines))])


def _replaced(lines: Sequence[str], spots: Sequence[_Spot], old: str, new: str) -> list[str]:
    """Return the lines with `new` in place of `old` at each of `spots`."""
    found = list(lines)
    for line, column in sorted(set(spots), reverse=True):
        found[line] = found[line][:column] + new + found[line][column + len(old) :]
    return found


# ------------------------------------------------------------------ any language


def _by_words(lines: Sequence[str], language_id: str, old: str, new: str, owner: tuple[int, int] | None) -> list[str]:
    """Return the lines with each whole word `old` replaced that stands in code.

    Args:
        lines: the document's.
        language_id: its language.
        old: the word.
        new: what it becomes.
        owner: the lines of the function that it is local to, the second not included; members of the same name stay.
    """
    if owner is not None:
        first, end = owner
        inside = _replaced_words("\n".join(lines[first:end]), language_id, rf"(?<![\w.]){re.escape(old)}(?!\w)", new)
        return [*lines[:first], *inside.split("\n"), *lines[end:]]
    return _replaced_words("\n".join(lines), language_id, rf"(?<!\w){re.escape(old)}(?!\w)", new).split("\n")


def _replaced_words(text: str, language_id: str, pattern: str, new: str) -> str:
    word = re.compile(pattern)
    pieces, position = [], 0
    for stretch in stretches(text, language_of(language_id)):
        pieces.append(word.sub(new, text[position : stretch.start]))
        inside = text[stretch.start : stretch.end]
        if not stretch.mode.is_comment:
            inside = _CODE_IN_STRING.sub(lambda match: word.sub(new, match.group()), inside)
        pieces.append(inside)
        position = stretch.end
    pieces.append(word.sub(new, text[position:]))
    return "".join(pieces)


# ------------------------------------------------------------------ Python


def _in_python(request: ActionRequest, old: str, new: str) -> list[str] | None:
    """Return the lines after renaming, `None` where the code cannot be parsed.

    Raises:
        ScopeError: not all places could be told.
    """
    lines = request.document.lines
    text = "\n".join(lines)
    try:
        tree = parse(text)
        owner = _owner(tree, old, request.span.start.line + 1)
        spots = list(_spots(text, old, owner))
    except (SyntaxError, tokenize.TokenError):
        return None
    found = _replaced(lines, spots, old, new)
    try:
        after = parse("\n".join(found))
    except SyntaxError:
        after = None
    same = None if owner is None or after is None else _at(after, owner)
    before_node: ast.AST = owner or tree
    after_node = after if owner is None else same
    if after_node is None or _names(before_node)[old] != _names(after_node)[new] or _names(after_node)[old]:
        raise ScopeError(f"not all places of {old!r} can be told; use the editor's own rename")
    return found


def _owner(tree: ast.Module, name: str, line: int) -> _Function | None:
    """Return the outermost function around `line` in which `name` is local; `None` if it is in none."""
    for node in ast.walk(tree):
        # `walk` comes to the outer ones first.
        is_around = isinstance(node, _Function) and node.lineno <= line <= (node.end_lineno or node.lineno)
        if is_around and isinstance(node, _Function) and _is_local(node, name):
            return node
    return None


def _is_local(function: _Function, name: str) -> bool:
    """Whether `name` is a parameter of `function`, or is given a value in it."""
    is_bound = False
    for node in ast.walk(function):
        if isinstance(node, ast.Global | ast.Nonlocal) and name in node.names:
            return False
        if isinstance(node, ast.arg) and node.arg == name:
            is_bound = True
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store):
            is_bound = True
    return is_bound


def _names(tree: ast.AST) -> Counter[str]:
    """Return how often each name stands for a variable or a parameter."""
    found: Counter[str] = Counter()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            found[node.id] += 1
        elif isinstance(node, ast.arg):
            found[node.arg] += 1
    return found


def _at(tree: ast.Module, function: _Function) -> _Function | None:
    """Return the function of another tree that stands at the place of `function`."""
    place = (function.lineno, function.col_offset)
    for node in ast.walk(tree):
        if isinstance(node, _Function) and (node.lineno, node.col_offset) == place:
            return node
    return None


def _spots(text: str, old: str, owner: _Function | None) -> Iterator[_Spot]:
    """Yield the places of `old`; for a local name without attributes and arguments of the same name."""
    first, last = (0, text.count("\n") + 1) if owner is None else (owner.lineno, owner.end_lineno or owner.lineno)
    tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    depth = 0
    for index, token in enumerate(tokens):
        depth += (token.string in "([{" and token.type == tokenize.OP) - (
            token.string in ")]}" and token.type == tokenize.OP
        )
        line = token.start[0]
        if not first <= line <= last:
            continue
        if token.type == tokenize.STRING and "f" in token.string[:2].lower().partition("'")[0].partition('"')[0]:
            yield from _in_format(token, old)
        if token.type != tokenize.NAME or token.string != old:
            continue
        before, after = tokens[index - 1].string if index else "", tokens[index + 1].string
        is_argument = after == "=" and depth > 0 and (owner is None or not _is_header(owner, line))
        if owner is not None and (before == "." or is_argument):
            continue
        yield line - 1, token.start[1]


def _is_header(owner: _Function, line: int) -> bool:
    """Whether `line` stands in the signature of `owner`, where `name=` is a default and no argument."""
    return line < owner.body[0].lineno or owner.body[0].lineno == owner.lineno


def _in_format(token: tokenize.TokenInfo, old: str) -> Iterator[_Spot]:
    """Yield the places of `old` in the fields of a string that is formatted."""
    word = re.compile(rf"(?<![\w.]){re.escape(old)}(?!\w)")
    for field in _FIELD.finditer(token.string):
        if field["code"] is None:
            continue
        for match in word.finditer(token.string, field.start("code"), field.end("code")):
            head = token.string[: match.start()]
            row = head.count("\n")
            column = len(head) - head.rfind("\n") - 1 if row else token.start[1] + len(head)
            yield token.start[0] - 1 + row, column
