"""A person who types a known text: when which key is pressed.

Every draw is named after the place it is made for, so that the same person types under every policy. The gaps are
log-normal. Their medians are set so that the means are those of a large study of transcription typing (239 ms on
average, 120 ms fast, 480 ms slow), quoted from memory; no study of programmers' key gaps was at hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from bench.replay.buffer import Buffer, Change
from bench.replay.chance import lognormal, uniform
from bench.replay.material import OPENERS, Material

ACCEPT_AFTER_MS = 250.0
"""How long a right suggestion must be on screen before a person who accepts takes it: one glance."""

LETTERS = "etaoinshrdlucmfwypvbgkqjxz"


class Habit(StrEnum):
    """What a person does with suggestions."""

    TYPES = "types"
    """Types everything, whatever is shown."""
    ACCEPTS = "accepts"
    """Takes a suggestion that is right in all its lines once it was on screen for `ACCEPT_AFTER_MS`; types over others.
    """


@dataclass(frozen=True, slots=True)
class Person:
    """How somebody types."""

    gap_ms: float = 130.0
    """Median gap between two keys."""
    gap_spread: float = 0.5
    """Standard deviation of the gap's logarithm."""
    slip_share: float = 0.03
    """Keys that are a wrong letter, noticed after 0 to 2 more."""
    line_pause_share: float = 0.35
    """New lines before which the person stops to think."""
    word_pause_share: float = 0.05
    """New words before which the person stops."""
    move_share: float = 0.04
    """New lines before which the cursor goes to another line and comes back."""
    pause_ms: float = 600.0
    """Median of what a pause lasts beyond half a second."""


class Key(NamedTuple):
    """What the person does next."""

    name: str
    """`text`, `enter`, `tab`, `backspace`, `move`."""
    gap_ms: float
    """Time since the key before."""
    start_column: int = 0
    """From where on the line is replaced ..."""
    text: str = ""
    """... and by what."""

    def press(self, buffer: Buffer) -> Change:
        """Change the buffer."""
        return buffer.replace(self.start_column, self.text)


class Typist:
    """Decides on the next key from what stands in the buffer."""

    def __init__(self, material: Material, person: Person, seed: int) -> None:
        self._material = material
        self._person = person
        self._seed = seed
        self._visits: dict[tuple[int, int], int] = {}
        self._unnoticed = 0
        """Keys still typed before a slip is noticed."""
        self._moved_at = -1

    def next_key(self, buffer: Buffer) -> Key | None:
        """Return the next key, `None` when everything is written."""
        material, line, typed = self._material, buffer.line, buffer.typed
        target = material.lines[line]
        place = (line, len(typed))
        visit = self._visits[place] = self._visits.get(place, -1) + 1
        gap_ms = self._gap_ms(line, typed, visit)
        if target.startswith(typed):
            if line == material.last and typed == target:
                return None
            if self._moves(line, typed):
                return Key("move", gap_ms)
            return self._forward(line, typed, gap_ms, visit)
        if not typed.strip() and not target:
            return self._enter(typed, gap_ms)
        if not typed.strip():
            keep = max(_indent(target), len(typed) - len(material.unit))
            return Key("backspace", gap_ms, min(keep, len(typed) - 1), "")
        return self._after_slip(target, typed, gap_ms)

    def away_ms(self, line: int) -> float:
        """Return how long the cursor stays elsewhere."""
        return 500.0 + lognormal(1000.0, 0.6, self._seed, "away", self._material.name, line)

    def _forward(self, line: int, typed: str, gap_ms: float, visit: int) -> Key:
        target, unit = self._material.lines[line], self._material.unit
        if typed == target:
            return self._enter(typed, gap_ms)
        if not typed.strip() and target[len(typed)].isspace():
            width = min(len(unit) - len(typed) % len(unit), _indent(target) - len(typed))
            return Key("tab", gap_ms, len(typed), target[len(typed) : len(typed) + width])
        letter = target[len(typed)]
        name = (self._seed, "slip", self._material.name, line, len(typed), visit)
        if letter.isalpha() and uniform(*name) < self._person.slip_share:
            self._unnoticed = int(3 * uniform(*name, "notice"))
            wrong = LETTERS[int(len(LETTERS) * uniform(*name, "letter"))]
            letter = wrong if wrong != letter.lower() else "z"
        return Key("text", gap_ms, len(typed), letter)

    def _after_slip(self, target: str, typed: str, gap_ms: float) -> Key:
        if self._unnoticed and len(typed) < len(target):
            self._unnoticed -= 1
            return Key("text", gap_ms, len(typed), target[len(typed)])
        self._unnoticed = 0
        return Key("backspace", gap_ms, len(typed) - 1, "")

    def _enter(self, typed: str, gap_ms: float) -> Key:
        """Press Enter; the editor indents, and takes back blanks that it put on a line that stayed empty."""
        indent = typed[: _indent(typed)]
        deeper = self._material.unit if typed.rstrip().endswith(OPENERS) else ""
        start = len(typed) if typed.strip() else 0
        return Key("enter", gap_ms, start, f"\n{indent}{deeper}")

    def _moves(self, line: int, typed: str) -> bool:
        if typed.strip() or self._moved_at == line:
            return False
        self._moved_at = line
        return uniform(self._seed, "move", self._material.name, line) < self._person.move_share

    def _gap_ms(self, line: int, typed: str, visit: int) -> float:
        person = self._person
        name = (self._seed, "gap", self._material.name, line, len(typed), visit)
        gap_ms = lognormal(person.gap_ms, person.gap_spread, *name)
        if visit:
            return gap_ms
        share = person.line_pause_share if not typed.strip() else person.word_pause_share if typed[-1] == " " else 0.0
        if uniform(*name, "pause") < share:
            gap_ms += 500.0 + lognormal(person.pause_ms, 0.7, *name, "length")
        return gap_ms


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
