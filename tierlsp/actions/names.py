"""The names that code defines and that other code can use, told from the lines that define them.

Rules for single lines, no grammars; Python's are its own parser's where the code can be parsed.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence

from tierlsp.actions.enclosing import begins_definition, scope_of_line
from tierlsp.actions.python_definitions import parse
from tierlsp.routing.facts import Scope
from tierlsp.text.blocks import code_of
from tierlsp.text.language import Language
from tierlsp.text.languages import language_of
from tierlsp.text.lines import indent_width, is_blank

_SIGNATURE_LINES = 20
"""Lines that a signature may be spread over."""

_NAME = re.compile(
    r"\b(?:def|defp?|defmacro|fn|func|fun|function|sub|proc|class|interface|struct|enum|trait|type|object|module"
    r"|namespace|record|protocol|actor|defmodule|const|let|var|val)\b\s*(?:\([^)]*\)\s*)?(?P<name>[\w$?!.]+)"
)
_CALLED = re.compile(r"(?P<name>[\w$:~]+)\s*(?:<[^>]*>)?\s*\(")

_NEEDS_WORD: Mapping[str, re.Pattern[str]] = {
    "rust": re.compile(r"\bpub\b"),
    "java": re.compile(r"\b(?:public|protected)\b"),
    "csharp": re.compile(r"\b(?:public|protected|internal)\b"),
    "javascript": re.compile(r"\bexport\b|\bmodule\.exports\b"),
    "javascriptreact": re.compile(r"\bexport\b"),
    "typescript": re.compile(r"\bexport\b"),
    "swift": re.compile(r"\b(?:public|open)\b"),
    "zig": re.compile(r"\bpub\b"),
}
"""Languages in which what others can use is marked by a word."""

_HIDDEN_BY_WORD: Mapping[str, re.Pattern[str]] = {
    "c": re.compile(r"\bstatic\b"),
    "cpp": re.compile(r"\bstatic\b|\bprivate:"),
    "kotlin": re.compile(r"\bprivate\b"),
    "scala": re.compile(r"\bprivate\b"),
    "php": re.compile(r"\bprivate\b"),
    "elixir": re.compile(r"\bdefp\b"),
    "lua": re.compile(r"\blocal\b"),
}
"""Languages in which what others cannot use is marked by a word."""


def count_public_names(lines: Sequence[str], language_id: str) -> int:
    """Return how many names on the definition lines among `lines` code elsewhere can use. No parser is used."""
    return len(public_names(lines, language_id))


def public_names(lines: Sequence[str], language_id: str) -> tuple[str, ...]:
    """Return the names on the definition lines among `lines` that code elsewhere can use. No parser is used."""
    language = language_of(language_id)
    margin = min((indent_width(line) for line in lines if not is_blank(line)), default=0)
    names: dict[str, None] = {}
    is_in_function = False
    for line in lines:
        scope = scope_of_line(line, language) if indent_width(line) <= margin + 4 else None
        if scope is None or (is_in_function and indent_width(line) > margin):
            # What is defined in a function is its own; a method counts with its class.
            continue
        is_in_function = scope is Scope.SYMBOL
        name = _name_in(code_of(line, language))
        if name and is_public(name, line, language):
            names[name] = None
    return tuple(names)


def is_public(name: str, line: str, language: Language) -> bool:
    """Whether `name`, defined on `line`, can be used from elsewhere, as the language's habits go."""
    if language.name == "go":
        return name[:1].isupper()
    if language.name == "dart" or language.name == "python":
        return not name.startswith("_") or (name.startswith("__") and name.endswith("__"))
    needed = _NEEDS_WORD.get(language.name)
    if needed is not None:
        return needed.search(line) is not None
    hidden = _HIDDEN_BY_WORD.get(language.name)
    return hidden is None or hidden.search(line) is None


def signatures_of_both(
    old: Sequence[str], new: Sequence[str], language_id: str
) -> tuple[dict[str, str], dict[str, str]]:
    """Return the signature of each public name that two texts define, told in the same way, so that they compare."""
    if language_id == "python":
        before, after = _python_signatures(old), _python_signatures(new)
        if before is not None and after is not None:
            return before, after
    language = language_of(language_id)
    return _signatures_by_lines(old, language), _signatures_by_lines(new, language)


def _signatures_by_lines(lines: Sequence[str], language: Language) -> dict[str, str]:
    """Return the signatures, with blanks left out of account."""
    signatures: dict[str, str] = {}
    for index, line in enumerate(lines):
        if not begins_definition(lines, index, language):
            continue
        code = code_of(line, language)
        name = _name_in(code)
        if name and is_public(name, line, language):
            signatures.setdefault(name, _signature_from(lines, index, language))
    return signatures


def name_defined(line: str, language: Language) -> str:
    """Return the name that a line which begins a definition defines; empty where it cannot be told."""
    return _name_in(code_of(line, language))


def definition_lines(lines: Sequence[str], language_id: str) -> set[int]:
    """Return the numbers of the lines that begin a definition."""
    language = language_of(language_id)
    return {index for index in range(len(lines)) if begins_definition(lines, index, language)}


def _name_in(code: str) -> str:
    match = _NAME.search(code)
    if match is None or code.count("(", 0, match.start()) > code.count(")", 0, match.start()):
        # `double pay(const Cart *cart)`: a word within the parameters defines nothing.
        match = _CALLED.search(code) or match
    return match["name"] if match else ""


def _signature_from(lines: Sequence[str], first: int, language: Language) -> str:
    """Return the signature that begins on line `first`, up to its body."""
    text = ""
    for line in lines[first : first + _SIGNATURE_LINES]:
        text += code_of(line, language) + " "
        if text.count("(") <= text.count(")"):
            break
    head = re.split(r"\{|=>|:\s*$|\bdo\s*$|;\s*$", text.strip(), maxsplit=1)[0]
    return "".join(head.split())


def _python_signatures(lines: Sequence[str]) -> dict[str, str] | None:
    """Return the public signatures, `None` if the lines cannot be parsed on their own."""
    width = min((len(line) - len(line.lstrip()) for line in lines if not is_blank(line)), default=0)
    if any(not is_blank(line[:width]) for line in lines):
        return None
    try:
        tree = parse("\n".join(line[width:] for line in lines))
    except SyntaxError:
        return None
    found: dict[str, str] = {}
    _collect(tree.body, "", found)
    return found


def _collect(body: Sequence[ast.stmt], owner: str, found: dict[str, str]) -> None:
    for node in body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            found[owner + node.name] = ", ".join(map(ast.unparse, node.bases))
            _collect(node.body, f"{owner}{node.name}.", found)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _is_public_method(node.name):
            returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
            prefix = "async " if isinstance(node, ast.AsyncFunctionDef) else ""
            found[owner + node.name] = f"{prefix}({ast.unparse(node.args)}){returns}"


def _is_public_method(name: str) -> bool:
    return not name.startswith("_") or name.endswith("__")
