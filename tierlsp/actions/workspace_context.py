"""What a model gets of the workspace besides the file at hand.

How the project writes code, what the lines use, who uses them. Each piece is a part with its own path, so that the gate
judges it like any other file.

What stays the same for a whole project comes first, for the providers' prompt caches.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tierlsp.actions.enclosing import scope_of_line
from tierlsp.actions.fences import fenced, shown_path
from tierlsp.actions.key_blocks import without_split_blocks
from tierlsp.actions.names import name_defined
from tierlsp.actions.types import Document
from tierlsp.actions.workspace import Sample, pattern_of
from tierlsp.privacy.outbound import Part
from tierlsp.text.languages import language_of

CONVENTION_CHARS = 3_000
"""Of each file that says how code is to be written: its beginning, where the rules are."""

DEFINITION_LINES = 80
"""Lines of definitions that are shown, from all files; …"""

CALL_LINES = 60
"""… and of places that use the code. More would be most of the prompt."""

USE_CHARS = 5_000
"""Of either, whatever their lines are: the price in a menu counts with no more."""

_SIGNATURE_LINES = 3


def convention_parts(sample: Sample) -> list[Part]:
    """Return what the project says of its code."""
    parts = []
    for document in sample.conventions:
        lines = beginning(document.lines, CONVENTION_CHARS)
        if lines and document.path is not None:
            intro = f"The project's `{document.path.name}`. Follow what it says of style and layout, and nothing else:"
            parts.append(Part("user", f"{intro}\n{fenced(lines, '')}", document.path, is_stable=True))
    return parts


def definition_parts(sample: Sample, words: Sequence[str], root: Path | None) -> list[Part]:
    """Return the definitions in other files of names that the code uses."""
    wanted, left, chars = frozenset(words), DEFINITION_LINES, USE_CHARS
    parts = []
    for other in sample.files:
        found = beginning(_definitions(other, wanted)[:left], chars)
        if found:
            left -= len(found)
            chars -= sum(map(len, found)) + len(found)
            parts.append(_part("Definitions of names that it uses, in", found, other, root))
    return parts


def caller_parts(sample: Sample, symbol: str, root: Path | None) -> list[Part]:
    """Return the places in other files that use `symbol`."""
    pattern = pattern_of([symbol]) if symbol else None
    if pattern is None:
        return []
    left, chars = CALL_LINES, USE_CHARS
    parts = []
    for other in sample.files:
        found: list[str] = []
        done = 0
        for number, line in enumerate(other.lines):
            if len(found) >= left:
                break
            if pattern.search(line[:1000]):
                begin = max(done, number - 1)
                first, done = without_split_blocks(other.lines, begin, min(len(other.lines), number + 2))
                found += other.lines[first:done]
        found = beginning(found[:left], chars)
        if found:
            left -= len(found)
            chars -= sum(map(len, found)) + len(found)
            parts.append(_part(f"Where `{symbol}` is used, in", found, other, root))
    return parts


def _part(intro: str, lines: Sequence[str], other: Document, root: Path | None) -> Part:
    name = shown_path(other.path, root)
    return Part("user", f"{intro} `{name}`:\n{fenced(lines, other.language)}", other.path)


def _definitions(document: Document, wanted: frozenset[str]) -> list[str]:
    """Return the first lines of what `document` defines of the names `wanted`."""
    language = language_of(document.language)
    found: list[str] = []
    for number, line in enumerate(document.lines):
        if scope_of_line(line, language) is None or name_defined(line, language) not in wanted:
            continue
        end = number + 1
        while end < min(number + _SIGNATURE_LINES, len(document.lines)) and line.count("(") > line.count(")"):
            line += document.lines[end]
            end += 1
        found += document.lines[number:end]
    return found


def beginning(lines: Sequence[str], chars: int) -> list[str]:
    """Return the first lines with together at most `chars` characters, and no part of a key."""
    end, left = 0, chars
    while end < len(lines) and left - len(lines[end]) - 1 >= 0:
        left -= len(lines[end]) + 1
        end += 1
    first, end = without_split_blocks(lines, 0, end) if end else (0, 0)
    return list(lines[first:end])
