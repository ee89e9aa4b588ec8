"""The file around the lines that an action is about, in a form that providers can keep in their prompt caches.

A file that fits goes whole. Of a longer one go its imports, the names that it defines, and a window that moves in
steps of many lines, so that two requests near each other begin with the same text.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from tierlsp.actions.enclosing import scope_of_line
from tierlsp.actions.fences import fence_for, fenced
from tierlsp.actions.imports import import_lines
from tierlsp.actions.key_blocks import without_split_blocks
from tierlsp.actions.scope import Target
from tierlsp.actions.types import Document
from tierlsp.text.language import Language
from tierlsp.text.languages import language_of

STEP = 64
"""Lines by which the window moves: some screens, so that walking through a function leaves it where it is."""

MOST_NAMES = 80
"""Definitions that are listed; more than a person would look through to find where they are."""

_LOOKED_AT = 4_000
"""Lines from the top that are looked at for definitions: 3 ms, and a menu looks four times."""

_HEAD_SHARE = 0.2
"""Of the budget, for imports and names together."""


def context_text(document: Document, target: Target, name: str, budget_chars: int) -> str:
    """Return what a model gets of `document` besides the lines themselves; empty where those are all there is.

    Args:
        document: The file.
        target: The lines that the action is about.
        name: How the file is called (`fences.shown_path`).
        budget_chars: About how long it may be.
    """
    lines = document.lines
    if budget_chars <= 0 or target.end - target.first >= len(lines) - 1:
        return ""
    if _is_within(lines, budget_chars):
        return f"The file `{name}`:\n{fenced(lines, document.language)}"
    language = language_of(document.language)
    imports = _cut(_imports(lines, document.language), int(budget_chars * _HEAD_SHARE / 2))
    first, end = without_split_blocks(lines, *_window(lines, target, int(budget_chars * (1 - _HEAD_SHARE))))
    names = _cut(_names(lines, first, end, language), int(budget_chars * _HEAD_SHARE / 2))
    window = lines[first:end]
    fence = fence_for((*imports, *names, *window))
    parts = [f"Parts of the file `{name}`, which has {len(lines):,} lines."]
    if imports and first > 0:
        parts.append(f"Its imports:\n{fenced(imports, document.language, fence)}")
    if names:
        parts.append(f"What it defines elsewhere:\n{fenced(names, document.language, fence)}")
    parts.append(f"Lines {first + 1} to {end}:\n{fenced(window, document.language, fence)}")
    return "\n\n".join(parts)


@lru_cache(maxsize=1)
def _imports(lines: tuple[str, ...], language_id: str) -> tuple[str, ...]:
    """Return the lines of import statements. Every entry of a menu asks for those of one document."""
    return tuple([lines[at] for at in import_lines(lines, language_id)])


def _is_within(lines: Sequence[str], chars: int) -> bool:
    """Whether `lines` have at most `chars` characters. A long file is not counted to its end."""
    left = chars
    if len(lines) > chars:
        return False
    for line in lines:
        left -= len(line) + 1
        if left < 0:
            return False
    return True


def _cut(lines: Sequence[str], chars: int) -> list[str]:
    """Return as many of the first `lines` as have `chars` characters."""
    kept: list[str] = []
    for line in lines:
        chars -= len(line) + 1
        if chars < 0:
            break
        kept.append(line)
    return kept


def _window(lines: Sequence[str], target: Target, chars: int) -> tuple[int, int]:
    """Return the lines around `target`: as many above as below, beginning at a multiple of `STEP`."""
    half = chars // 2
    first = target.first
    while first > 0 and half > 0:
        first -= 1
        half -= len(lines[first]) + 1
    first = min(-(-first // STEP) * STEP, target.first // STEP * STEP)
    kept = _cut(lines[first : first + chars], chars)
    return first, first + len(kept)


def _names(lines: Sequence[str], first: int, end: int, language: Language) -> list[str]:
    """Return the lines at the left margin that define something outside of the lines `first` to `end`."""
    numbers = _definitions(tuple(lines[:_LOOKED_AT]), language)
    outside = [number for number in numbers if not first <= number < end]
    return [lines[number].rstrip() for number in outside[:MOST_NAMES]]


@lru_cache(maxsize=2)
def _definitions(lines: tuple[str, ...], language: Language) -> tuple[int, ...]:
    """Return the numbers of the lines at the left margin that define something: the same for a whole menu."""
    return tuple(
        number
        for number, line in enumerate(lines)
        if line and line[0] not in " \t)]}#/*" and scope_of_line(line, language) is not None
    )
