"""Where in the code a quoted piece of it stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tierlsp.actions.units import Unit
from tierlsp.text.lines import is_blank

LEAST_CHARS = 6
"""Of a quotation that is part of a line: less stands everywhere."""


@dataclass(frozen=True, slots=True)
class Found:
    """The lines of the document that a quotation stands on, from `first` to `end`, the latter not included."""

    unit: Unit
    first: int
    end: int
    shown: tuple[str, ...]
    """These lines, fit to be shown."""
    is_whole_lines: bool


def find_evidence(
    evidence: Sequence[str], pieces: Sequence[tuple[Unit, tuple[str, ...]]], hint: int | None
) -> Found | None:
    """Return where `evidence` stands, `None` if it does not.

    Args:
        evidence: Quoted lines, none of them blank.
        pieces: The code that was sent, each piece with its lines as the model could see them.
        hint: The line, from 0, at which the model says that it stands. It counts badly: the nearest place is taken.
    """
    wanted = [" ".join(line.split()) for line in evidence]
    for is_whole in (True, False):
        if not is_whole and len(wanted[0]) < LEAST_CHARS:
            return None
        places = [
            Found(unit, unit.first + first, unit.first + end, lines[first:end], is_whole)
            for unit, lines in pieces
            for first, end in _places(wanted, lines, is_whole=is_whole)
        ]
        if places:
            return min(places, key=lambda place: _distance(place, hint))
    return None


def _distance(place: Found, hint: int | None) -> tuple[int, int]:
    """Return how far off a place is: what was changed comes first where the model gives no line."""
    if hint is not None:
        return abs(place.first - hint), place.first
    changed = place.unit.changed
    is_off = bool(changed) and not any(place.first <= line < place.end for line in changed)
    return int(is_off), place.first


def _places(wanted: Sequence[str], lines: Sequence[str], *, is_whole: bool) -> Iterator[tuple[int, int]]:
    """Yield the first and the end line of each place among `lines`. Blank lines between do not count."""
    code = [(number, " ".join(line.split())) for number, line in enumerate(lines) if not is_blank(line)]
    last = len(wanted) - 1
    for start in range(len(code) - last):
        if all(
            _is_same(wanted[at], code[start + at][1], is_whole=is_whole or 0 < at < last, at=at, last=last)
            for at in range(len(wanted))
        ):
            yield code[start][0], code[start + last][0] + 1


def _is_same(wanted: str, line: str, *, is_whole: bool, at: int, last: int) -> bool:
    """Whether a quoted line is a line of the code; its first may lack a beginning, its last an end."""
    if is_whole or wanted == line:
        return wanted == line
    if last == 0:
        return wanted in line
    return line.endswith(wanted) if at == 0 else line.startswith(wanted)
