"""Import statements: which there are, which may be added, and where.

A fix often needs a name from elsewhere, and its lines are not where imports stand. So an answer may name statements
to add, which must look like imports of the language and go below the last one that is there.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence

from tierlsp.actions.edits import BOM, Change
from tierlsp.actions.python_definitions import parse
from tierlsp.text.lines import is_blank

MOST_ADDED = 12
"""Statements that one answer may add."""

HEAD_LINES = 400
"""Lines from the top in which imports are looked for."""

_TS = re.compile(
    r"import\s+(?:type\s+)?(?:[\w$*{}\s,]+\s+from\s+)?(['\"])[^'\"\s]+\1;?\Z"
    r"|(?:const|let|var)\s+[\w${}\s,:]+\s*=\s*require\((['\"])[^'\"\s]+\2\);?\Z"
)
_DOTTED = re.compile(r"import\s+(?:static\s+)?[\w.*]+(?:\s+as\s+\w+)?;?\Z")

_IMPORT: Mapping[str, re.Pattern[str]] = {
    "c": re.compile(r"#\s*include\s*(?:<[\w./+-]+>|\"[\w./+-]+\")\Z"),
    "cpp": re.compile(r"#\s*include\s*(?:<[\w./+-]+>|\"[\w./+-]+\")\Z"),
    "csharp": re.compile(r"using\s+(?:static\s+)?[\w.]+;\Z"),
    "dart": re.compile(r"import\s+(['\"])[\w:/.-]+\1(?:\s+(?:as|show|hide)\s+[\w, ]+)?;\Z"),
    "go": re.compile(r"import\s+(?:[\w.]+\s+)?\"[\w./-]+\"\Z"),
    "haskell": re.compile(r"import\s+(?:qualified\s+)?[\w.]+(?:\s+qualified)?(?:\s+as\s+[\w.]+)?(?:\s+\(.*\))?\Z"),
    "java": _DOTTED,
    "javascript": _TS,
    "javascriptreact": _TS,
    "kotlin": _DOTTED,
    "rust": re.compile(r"use\s+[\w:{}*,\s]+;\Z"),
    "scala": re.compile(r"import\s+[\w.{}*,\s=>]+\Z"),
    "swift": re.compile(r"import\s+[\w.]+\Z"),
    "typescript": _TS,
    "typescriptreact": _TS,
}
"""What an import statement on one line looks like."""


_BEGINS: Mapping[str, re.Pattern[str]] = {
    "c": re.compile(r"#\s*include\b"),
    "cpp": re.compile(r"#\s*include\b"),
    "csharp": re.compile(r"using\s+[\w.]+\s*;"),
    "python": re.compile(r"(?:import|from)\s+[\w.]"),
    "rust": re.compile(r"(?:pub\s+)?use\s"),
}
_BEGINS_ELSEWHERE = re.compile(r"import\b(?!\()|(?:const|let|var)\s.*=\s*require\(")
"""How the first line of one begins."""


def can_add_imports(language: str) -> bool:
    """Whether it is known where imports of `language` go."""
    return language == "python" or language in _IMPORT


def is_import(statement: str, language: str) -> bool:
    """Whether `statement` is one import and nothing else."""
    if "\n" in statement or "\r" in statement or len(statement) > 300:
        return False
    if language == "python":
        return _is_python_import(statement)
    pattern = _IMPORT.get(language)
    return pattern is not None and pattern.match(statement.strip()) is not None


def import_lines(lines: Sequence[str], language: str) -> list[int]:
    """Return the numbers of the lines near the top that belong to import statements."""
    found: list[int] = []
    is_open = False
    for number, line in enumerate(lines[:HEAD_LINES]):
        text = line.removeprefix(BOM)[:1000]
        if is_open:
            found.append(number)
            is_open = not re.search(r"\)|\bfrom\b|\}", text)
        elif _begins_import(text, language):
            found.append(number)
            is_open = bool(re.search(r"[({]\s*(?:#.*|//.*)?\Z", text)) and language != "csharp"
    return found


def adding(lines: Sequence[str], statements: Sequence[str], language: str) -> Change | None:
    """Return the change that adds those of `statements` that `lines` do not have; `None` if there is none to add."""
    have = {line.strip().removeprefix(BOM) for line in lines[:HEAD_LINES]}
    new = tuple(dict.fromkeys(each.strip() for each in statements if each.strip() not in have))
    if not new:
        return None
    there = import_lines(lines, language)
    if there:
        return Change(there[-1] + 1, there[-1] + 1, new)
    place = _place_without_imports(lines, language)
    follows = place < len(lines) and not is_blank(lines[place])
    precedes = place > 0 and not is_blank(lines[place - 1])
    return Change(place, place, (*([""] if precedes else []), *new, *([""] if follows else [])))


def _begins_import(line: str, language: str) -> bool:
    return _BEGINS.get(language, _BEGINS_ELSEWHERE).match(line) is not None


def _is_python_import(statement: str) -> bool:
    try:
        body = parse(statement).body
    except SyntaxError:
        return False
    if len(body) != 1 or not isinstance(body[0], ast.Import | ast.ImportFrom):
        return False
    return "__future__" not in statement


def _place_without_imports(lines: Sequence[str], language: str) -> int:
    """Return the line before which the first import goes: below what a file begins with."""
    if language == "python":
        return _below_docstring(lines)
    place = 0
    is_comment = False
    for number, line in enumerate(lines[:HEAD_LINES]):
        text = line.removeprefix(BOM).strip()
        if is_comment or text.startswith("/*"):
            is_comment = "*/" not in text
            place = number + 1
        elif text.startswith(("#!", "//", "--", "{-#", "package ", "module ", "#pragma", "#![", "'use ", '"use ')):
            place = number + 1
        elif text:
            break
    return place


def _below_docstring(lines: Sequence[str]) -> int:
    """Return the line below a module's comments and docstring."""
    place = 0
    while place < len(lines) and lines[place].removeprefix(BOM).startswith("#"):
        place += 1
    text = next((number for number in range(place, len(lines)) if not is_blank(lines[number])), None)
    if text is None:
        return place
    mark = re.match(r"[rR]?(\"\"\"|''')", lines[text].removeprefix(BOM))
    if mark is None:
        return place
    end = text
    if lines[text].count(mark[1]) < 2:
        end = next((at for at in range(text + 1, len(lines)) if mark[1] in lines[at]), None) or text
    return end + 1
