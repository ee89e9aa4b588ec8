"""The edits of a session that were about problems: where they stand, and which of the problems still do.

A server is told what other tools say with a menu only, so what stands is known when the next one is asked for there,
and not before. What came anew cannot be told from what had stood all along where nobody had asked.

**Laws:** a text in use is never rewritten on its own. Work per key press does not grow: no edit is followed; it is
looked for where a menu is asked for.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tierlsp.actions.edits import Change, apply_edit, changes_of
from tierlsp.actions.types import ActionRequest, Diagnostic, FileEdit, RunOutcome, RunResult
from tierlsp.routing.facts import Kind
from tierlsp.routing.tiers import Tier

MOST_MENDED = 16
"""Edits that are remembered: a person looks again at the last ones."""

KINDS = frozenset({Kind.FIX, Kind.REFACTOR, Kind.SQL, Kind.OWN})
"""The actions after which a problem that was there before is worth a word: others are not about problems."""

_NUMBER = re.compile(r"\d+")

Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Mended:
    """An edit that was made."""

    run: str
    uri: str
    first: int
    """The line that it begins on, as far as its own run knew."""
    lines: tuple[str, ...]
    """What stands there since. Once it reads otherwise, nothing is said of it any more."""
    problems: frozenset[Key]
    """What other tools had said of the lines before."""
    tier: Tier
    """Who wrote it."""

    def standing(self, diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
        """Return those of `diagnostics` that had been there before."""
        return [each for each in diagnostics if key_of(each) in self.problems]


class MendedEdits:
    """The last edits of one session."""

    def __init__(self) -> None:
        self._edits: deque[Mended] = deque(maxlen=MOST_MENDED)

    def note(self, request: ActionRequest, result: RunResult, lines: Sequence[str]) -> None:
        """Take a run whose edit was applied; `lines` are those of its document now."""
        edit = next((each for each in edits_in(result) if each.document.uri == request.document.uri), None)
        is_about_problems = request.kind in KINDS and bool(request.diagnostics)
        if result.outcome is not RunOutcome.DONE or edit is None or result.tier is None or not is_about_problems:
            return
        block = _block_of(edit)
        first = None if block is None else _nearest(block[1], lines, block[0])
        if block is None or first is None:
            return
        problems = frozenset(map(key_of, request.diagnostics))
        self._edits.append(Mended(result.run, request.document.uri, first, block[1], problems, result.tier))

    def of(self, run: str) -> Mended | None:
        """Return the edit of a run, if there is one to look at again."""
        return next((each for each in self._edits if each.run == run), None)

    def at(self, uri: str, lines: Sequence[str], first: int, end: int) -> Mended | None:
        """Return the last edit that stands, as it was made, on some of the lines from `first` to `end`."""
        return next(
            (each for each in reversed(self._edits) if each.uri == uri and _touches(each.lines, lines, first, end)),
            None,
        )


def key_of(diagnostic: Diagnostic) -> Key:
    """Return what stays the same of a problem when its place changes: who says it, its code, its words."""
    words = _NUMBER.sub("#", " ".join(diagnostic.message.split()))
    return diagnostic.source, diagnostic.code, words


def edits_in(result: RunResult) -> tuple[FileEdit, ...]:
    """Return the edits of a result, be it of one file or of several."""
    return result.edits if result.edit is None else (result.edit, *result.edits)


def _block_of(edit: FileEdit) -> tuple[int, tuple[str, ...]] | None:
    """Return the lines that an edit was about as they are after it, and where they begin; `None` if none are left."""
    old, new = edit.document.lines, apply_edit(edit)
    changes = changes_of(old, new)
    if not changes:
        return None
    first, end = edit.within or (changes[0].first, changes[-1].end)
    # An import that came above the lines moves them, and is none of them.
    begin = first + sum(_growth(each) for each in changes if each.first < first and each.end <= first)
    stop = end + sum(_growth(each) for each in changes if each.first < max(end, first + 1))
    lines = tuple(new[begin:stop])
    return (begin, lines) if any(map(str.strip, lines)) else None


def _growth(change: Change) -> int:
    return len(change.lines) - (change.end - change.first)


def _touches(block: Sequence[str], lines: Sequence[str], first: int, end: int) -> bool:
    """Whether `block` stands in `lines` so that some of it is between `first` and `end`."""
    starts = range(max(0, first - len(block) + 1), min(end, len(lines) - len(block) + 1))
    return any(lines[start] == block[0] and _stands(block, lines, start) for start in starts)


def _stands(block: Sequence[str], lines: Sequence[str], start: int) -> bool:
    return tuple(lines[start : start + len(block)]) == tuple(block)


def _nearest(block: Sequence[str], lines: Sequence[str], near: int) -> int | None:
    """Return where `block` stands in `lines`, the place nearest to `near`."""
    starts = [
        start
        for start in range(len(lines) - len(block) + 1)
        if lines[start] == block[0] and _stands(block, lines, start)
    ]
    return min(starts, key=lambda start: abs(start - near), default=None)
