"""Whether new text has a mistake of syntax that the old one had not.

By the best means at hand: Python's own parser, those of JSON and TOML, a tree-sitter grammar where the person has
installed one (`pip install tree-sitter tree-sitter-rust`), else the balance of brackets and long strings, which is
weaker and is told as such.
"""

from __future__ import annotations

import importlib
import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from tierlsp.actions.python_definitions import parse
from tierlsp.text.brackets import CLOSER_OF, CODE, scan
from tierlsp.text.language import Language
from tierlsp.text.languages import language_of

MOST_CHARS = 300_000
"""Longer files are checked by the balance of the lines that change alone: the checks run where keys are answered."""


@dataclass(frozen=True, slots=True)
class Region:
    """Lines that were replaced: `first` to `old_end` by `first` to `new_end`."""

    first: int
    old_end: int
    new_end: int


@dataclass(frozen=True, slots=True)
class SyntaxVerdict:
    """What a check found."""

    passed: bool
    text: str
    """One sentence."""


_Finder = Callable[[str], "tuple[int, str] | None"]
"""Returns the line, from 0, and the words of the first mistake; `None` if there is none."""

_GRAMMARS: Mapping[str, tuple[str, str]] = {
    "c": ("tree_sitter_c", "language"),
    "cpp": ("tree_sitter_cpp", "language"),
    "csharp": ("tree_sitter_c_sharp", "language"),
    "css": ("tree_sitter_css", "language"),
    "go": ("tree_sitter_go", "language"),
    "haskell": ("tree_sitter_haskell", "language"),
    "html": ("tree_sitter_html", "language"),
    "java": ("tree_sitter_java", "language"),
    "javascript": ("tree_sitter_javascript", "language"),
    "javascriptreact": ("tree_sitter_javascript", "language"),
    "lua": ("tree_sitter_lua", "language"),
    "ocaml": ("tree_sitter_ocaml", "language_ocaml"),
    "php": ("tree_sitter_php", "language_php"),
    "ruby": ("tree_sitter_ruby", "language"),
    "rust": ("tree_sitter_rust", "language"),
    "scala": ("tree_sitter_scala", "language"),
    "shellscript": ("tree_sitter_bash", "language"),
    "typescript": ("tree_sitter_typescript", "language_typescript"),
    "typescriptreact": ("tree_sitter_typescript", "language_tsx"),
}
"""The package that holds a language's grammar, and its function. Only these names are ever imported."""


def check_syntax(old: Sequence[str], new: Sequence[str], region: Region, language_id: str) -> SyntaxVerdict:
    """Return whether `new` has a mistake that `old` had not."""
    if sum(map(len, new)) + len(new) > MOST_CHARS:
        return _balance(old, new, region, language_of(language_id), "the file is long, so only")
    finders: Mapping[str, tuple[str, _Finder]] = {
        "python": ("Python's parser", _python),
        "json": ("the JSON parser", _json),
        "toml": ("the TOML parser", _toml),
    }
    if language_id in finders:
        name, find = finders[language_id]
        return _by_parser("\n".join(old), "\n".join(new), region, name, find)
    parser = grammar_for(language_id)
    if parser is not None:
        return _by_grammar(parser, "\n".join(old), "\n".join(new), region, language_id)
    return _balance(
        old, new, region, language_of(language_id), f"no grammar of {language_id or 'it'} is installed, so only"
    )


def grammar_for(language_id: str) -> Any | None:
    """Return a parser for the language, `None` where no grammar is installed or it does not fit."""
    package = _GRAMMARS.get(language_id)
    if package is None:
        return None
    try:
        import tree_sitter  # An option of the person's, and 30 ms to import.

        grammar = getattr(importlib.import_module(package[0]), package[1])()
        return tree_sitter.Parser(tree_sitter.Language(grammar))
    except (ImportError, AttributeError, TypeError, ValueError, OSError):
        return None


def _by_parser(old: str, new: str, region: Region, name: str, find: _Finder) -> SyntaxVerdict:
    mistake = find(new)
    if mistake is None:
        return SyntaxVerdict(True, f"{name} reads the new text")
    line, words = mistake
    before = find(old)
    is_elsewhere = not region.first <= line < max(region.new_end, region.first + 1)
    if before is not None and is_elsewhere:
        there = line if line < region.first else line - region.new_end + region.old_end
        if before[0] == there:
            return SyntaxVerdict(True, f"{name} stops at line {line + 1}, as before, outside of what was changed")
        if before[0] < region.old_end and line >= region.new_end:
            return SyntaxVerdict(True, f"{name} now reads what was changed, and stops at line {line + 1} instead")
    return SyntaxVerdict(False, f"{name} does not read the new text: line {line + 1}: {words}")


def _python(text: str) -> tuple[int, str] | None:
    try:
        parse(text.removeprefix("\ufeff"))
    except SyntaxError as error:
        return max(0, (error.lineno or 1) - 1), error.msg or "invalid syntax"
    return None


def _json(text: str) -> tuple[int, str] | None:
    try:
        json.loads(text.removeprefix("\ufeff") or "null")
    except json.JSONDecodeError as error:
        return error.lineno - 1, error.msg
    except (ValueError, RecursionError):
        return 0, "it is nested too deeply, or has too long a number"
    return None


def _toml(text: str) -> tuple[int, str] | None:
    try:
        tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as error:
        words = str(error)
        _, _, place = words.partition("(at line ")
        digits = place.partition(",")[0]
        last = text.count("\n")
        return (int(digits) - 1 if digits.isdigit() else last), words.partition(" (at")[0]
    except (ValueError, RecursionError):
        return 0, "it is nested too deeply, or has too long a number"
    return None


def _by_grammar(parser: Any, old: str, new: str, region: Region, language_id: str) -> SyntaxVerdict:
    before, after = _errors(parser, old), _errors(parser, new)
    inside = [row for row in after if region.first <= row < region.new_end]
    outside = len(after) - len(inside)
    outside_before = sum(not region.first <= row < region.old_end for row in before)
    if inside or outside > outside_before:
        row = min(inside or after)
        return SyntaxVerdict(False, f"the grammar of {language_id} finds a mistake in line {row + 1}")
    same = "no mistake that was not there before" if after else "no mistake"
    return SyntaxVerdict(True, f"the grammar of {language_id} finds {same}")


def _errors(parser: Any, text: str) -> list[int]:
    """Return the lines on which a grammar finds errors."""
    # The grammar of Go wants the last line ended, and Go does not.
    root = parser.parse(f"{text}\n".encode("utf-8", "replace")).root_node
    rows: list[int] = []
    pending = [root] if root.has_error else []
    while pending:
        node = pending.pop()
        faulty = [child for child in node.children if child.has_error or child.is_missing]
        if node.is_error or node.is_missing:
            rows.append(node.start_point[0])
        elif not faulty:
            rows.append(_row_of_hidden(node))
        pending += faulty
    return rows


def _row_of_hidden(node: Any) -> int:
    """Return the line on which a token is missing that the tree does not show, such as the end of a statement in Go.

    That is where two children share a line, else where the last one ends.
    """
    for left, right in pairwise(node.children):
        if left.end_point[0] == right.start_point[0]:
            row: int = right.start_point[0]
            return row
    last: int = node.end_point[0]
    return last


def _balance(old: Sequence[str], new: Sequence[str], region: Region, language: Language, because: str) -> SyntaxVerdict:
    """Compare the brackets that have no partner in the lines that change."""
    if not language.has_code_brackets or language.is_prose:
        return SyntaxVerdict(True, "the syntax was not checked, since nothing here can check it")
    before = _open(old[region.first : region.old_end], language)
    after = _open(new[region.first : region.new_end], language)
    if after == before:
        return SyntaxVerdict(True, f"{because} its brackets and long strings were checked, and they are balanced")
    if _is_mended(_open(old, language), _open(new, language)):
        return SyntaxVerdict(True, f"{because} its brackets and long strings were checked, and they are balanced now")
    return SyntaxVerdict(False, "the brackets or strings of the new text do not match as those of the old did")


_Open = tuple[str, str, int, bool]


def _open(lines: Sequence[str], language: Language) -> _Open:
    """Return the brackets without a partner, how many close another kind, and whether a long string is left open."""
    found = scan("\n".join(lines), language)
    openers: list[str] = []
    closers = ""
    slips = 0
    for _, char in found.brackets:
        if char in CLOSER_OF:
            openers.append(char)
        elif not openers:
            closers += char
        elif CLOSER_OF[openers.pop()] != char:
            slips += 1
    return closers, "".join(openers), slips, found.mode != CODE and found.mode.is_long


def _is_mended(old: _Open, new: _Open) -> bool:
    """Whether the file had more loose ends before than it has now."""

    def loose(found: _Open) -> int:
        closers, openers, slips, is_open = found
        return len(closers) + len(openers) + slips + is_open

    return loose(new) < loose(old) or loose(new) == 0
