"""Findings that keep to their code while the text around it changes, and go when the code itself does.

Pure: lines in, places out. Law: work per key press does not grow with the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tierlsp.actions.types import Finding
from tierlsp.lsp.follow import LineChange
from tierlsp.routing.facts import Kind


@dataclass(frozen=True, slots=True)
class Mark:
    """A finding at its place in an open document."""

    kind: Kind
    """The action that found it."""
    finding: Finding
    first: int
    """The line that it begins on now."""
    lines: tuple[str, ...]
    """The code that it is about, without the blanks around each line: to indent it otherwise does not change it."""

    @property
    def end(self) -> int:
        """The line behind it."""
        return self.first + len(self.lines)


def mark_of(kind: Kind, finding: Finding, lines: Sequence[str]) -> Mark:
    """Return `finding` as a mark in the document, with `lines`, that it was found in."""
    first, end = finding.span.start.line, finding.span.end.line + 1
    return Mark(kind, finding, first, tuple(line.strip() for line in lines[first:end]))


def placed(mark: Mark, lines: Sequence[str]) -> Mark | None:
    """Return `mark` where its code stands in `lines`, the nearest place if there are several; `None` if it is gone."""
    at = _nearest(mark, lines, 0)
    return None if at is None else replace(mark, first=at)


def moved(mark: Mark, change: LineChange) -> Mark | None:
    """Return `mark` after a change; `None` if its code has changed."""
    start, stop = change.start, change.start + change.removed
    if stop <= mark.first:
        delta = len(change.added) - change.removed
        return replace(mark, first=mark.first + delta) if delta else mark
    if start >= mark.end:
        return mark
    # What the lines around the change hold is known from the mark itself, so nobody looks at the document.
    above = mark.lines[: max(0, start - mark.first)]
    below = mark.lines[stop - mark.first :] if stop < mark.end else ()
    now = (*above, *change.added, *below)
    at = _nearest(mark, now, min(start, mark.first))
    if at == mark.first:
        return mark
    return None if at is None else replace(mark, first=at)


def _nearest(mark: Mark, lines: Sequence[str], offset: int) -> int | None:
    """Return the line nearest to where the code was that it stands on now; `lines` begin at the line `offset`."""
    size = len(mark.lines)
    head = mark.lines[0]
    best: int | None = None
    for number in range(len(lines) - size + 1):
        if lines[number].strip() != head:
            continue
        if any(lines[number + at].strip() != mark.lines[at] for at in range(1, size)):
            continue
        place = number + offset
        if best is None or abs(place - mark.first) < abs(best - mark.first):
            best = place
    return best
