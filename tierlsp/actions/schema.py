"""The statements that make the tables which an SQL statement names, wherever in a workspace they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tierlsp.actions.key_blocks import key_blocks
from tierlsp.actions.types import Document

MOST_LINES = 60
"""Of a statement that is shown; a table with more columns is shown by the first."""

MOST_TABLES = 12
"""Names that are looked for: a statement with more is looked at in parts."""

_NAME = r"(?P<name>[\w.\"`\[\]]+)"
_NAMED = re.compile(rf"\b(?:from|join|into|update|table|references|using)\s+(?:only\s+)?{_NAME}", re.IGNORECASE)
_LISTED = re.compile(r"\bfrom\s+(?P<list>[\w.\"`\[\]\s,]+)", re.IGNORECASE)
_NO_NAMES = frozenset(
    [
        "select",
        "set",
        "values",
        "where",
        "lateral",
        "unnest",
        "only",
        "if",
        "not",
        "exists",
        "the",
        "a",
        "an",
        "this",
        "all",
    ]
)
_MAKES = re.compile(
    r"\b(?:create\s+(?:or\s+replace\s+)?(?:(?:global|local|temp|temporary|unlogged|external|virtual|foreign"
    r"|materialized)\s+)*(?:table|view)\s+(?:if\s+not\s+exists\s+)?"
    r"|alter\s+table\s+(?:if\s+exists\s+)?(?:only\s+)?"
    rf"|create\s+(?:unique\s+)?index\s+(?:[\w\"`.]+\s+){{0,6}}?on\s+){_NAME}",
    re.IGNORECASE,
)


def tables_named(lines: Sequence[str]) -> tuple[str, ...]:
    """Return the tables that a statement names, in lower case, without schema and quotes."""
    text = "\n".join(lines)
    found = [match["name"] for match in _NAMED.finditer(text)]
    for match in _LISTED.finditer(text):
        found += [each.split()[0] for each in match["list"].split(",") if each.strip()]
    names = (_bare(name) for name in found)
    return tuple(dict.fromkeys(name for name in names if len(name) > 1 and name not in _NO_NAMES))[:MOST_TABLES]


def tables_of(document: Document, tables: Sequence[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the statements in `document` that make or change one of `tables`, with its name."""
    wanted = frozenset(tables)
    if not wanted:
        return
    done = 0
    for number, line in enumerate(document.lines):
        if number < done or len(line) > 1_000 or not (match := _MAKES.search(line)):
            continue
        name = _bare(match["name"])
        if name not in wanted:
            continue
        done = _end_of(document.lines, number)
        if not key_blocks(document.lines, number, done):
            yield name, tuple(document.lines[number:done])


def makes_table(line: str) -> bool:
    """Whether the statement that begins on `line` makes a table or a view, and does not only change it."""
    return re.search(r"\bcreate\b.*\b(?:table|view)\b", line, re.IGNORECASE) is not None


def _bare(name: str) -> str:
    return name.rpartition(".")[2].strip('"`[].').lower()


def _end_of(lines: Sequence[str], number: int) -> int:
    """Return the line after a statement: behind its semicolon, or where its brackets close and nothing follows."""
    depth, was_open = 0, False
    for end in range(number, min(len(lines), number + MOST_LINES)):
        line = lines[end]
        depth += line.count("(") - line.count(")")
        was_open = was_open or "(" in line
        if depth <= 0 and (";" in line or was_open or not line.strip()):
            return end + 1
    return min(len(lines), number + MOST_LINES)
