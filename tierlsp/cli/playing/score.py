"""From what happened to the figures of the closing table. Nothing here is estimated: every figure is counted."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tierlsp.cli.playing.ghost import Origin
from tierlsp.cli.playing.typist import agreement

PROMISE_MS = 100.0
"""How soon after a key its ghost text should be on the screen."""


@dataclass(frozen=True, slots=True)
class Shares:
    """How the keys fared so far."""

    keys: int = 0
    before_next: int = 0
    """Keys after which a ghost text that agreed with the text stood on the screen before the next key."""
    in_time: int = 0
    """Those where it stood there within `PROMISE_MS` of the key."""


@dataclass(frozen=True, slots=True)
class Row:
    """The answers of one kind."""

    origin: Origin
    """Without the model."""
    count: int
    median_ms: float
    p95_ms: float


@dataclass(frozen=True, slots=True)
class Figures:
    """What the closing table says."""

    shares: Shares
    shown: int
    """Ghost texts that came up."""
    shown_right: int
    """Those that were right to their end."""
    shown_chars: int
    right_chars: int
    """Characters of them up to where they left the file's own text."""
    taken: int
    taken_chars: int
    rows: tuple[Row, ...]
    """Answers with text, the most frequent kind first."""
    nothing: Row | None
    """Answers without text."""
    withdrawn: int
    """Requests that the editor cancelled since another key came first."""
    failed: int
    """Requests that were answered with an error."""
    models: tuple[str, ...]
    """The models that wrote the answers, the most frequent first."""


class Score:
    """Counts while the demo runs. All times are the clock's, in milliseconds."""

    def __init__(self) -> None:
        self._keys = 0
        self._before_next = 0
        self._in_time = 0
        self._pressed_ms: float | None = None
        """When the key was pressed that still waits for a ghost text."""
        self._shown = self._shown_right = self._shown_chars = self._right_chars = 0
        self._taken_chars = 0
        self.taken_count = 0
        """Ghost texts that were taken."""
        self._withdrawn = self._failed = 0
        self._answers: dict[Origin | None, list[float]] = {}
        self._models: Counter[str] = Counter()

    def pressed(self, at_ms: float) -> None:
        """A key was typed."""
        self._keys += 1
        self._pressed_ms = at_ms

    def on_screen(self, at_ms: float) -> None:
        """A ghost text that agrees with the text stands on the screen."""
        if self._pressed_ms is None:
            return
        self._before_next += 1
        self._in_time += at_ms - self._pressed_ms <= PROMISE_MS
        self._pressed_ms = None

    def came_up(self, ghost: str, coming: str) -> None:
        """A ghost text came up where `coming` is what the file says."""
        right = agreement(ghost, coming)
        self._shown += 1
        self._shown_right += right == len(ghost)
        self._shown_chars += len(ghost)
        self._right_chars += right

    def taken(self, ghost: str) -> None:
        """A ghost text was taken. What comes up now belongs to no typed key."""
        self.taken_count += 1
        self._taken_chars += len(ghost)
        self._pressed_ms = None

    def answered(self, origin: Origin | None, ms: float) -> None:
        """An answer was read `ms` after its request was sent; `None` is one without text."""
        if origin is not None and origin.model:
            self._models[origin.model] += 1
        kind = None if origin is None else Origin(origin.outcome, origin.source)
        self._answers.setdefault(kind, []).append(ms)

    def withdrawn(self) -> None:
        """A request was cancelled."""
        self._withdrawn += 1

    def failed(self) -> None:
        """A request was answered with an error."""
        self._failed += 1

    def shares(self) -> Shares:
        """How the keys have fared so far."""
        return Shares(self._keys, self._before_next, self._in_time)

    def figures(self) -> Figures:
        """Return everything that was counted."""
        rows = [_row(kind, ms) for kind, ms in self._answers.items() if kind is not None]
        nothing = self._answers.get(None)
        return Figures(
            shares=self.shares(),
            shown=self._shown,
            shown_right=self._shown_right,
            shown_chars=self._shown_chars,
            right_chars=self._right_chars,
            taken=self.taken_count,
            taken_chars=self._taken_chars,
            rows=tuple(sorted(rows, key=lambda row: -row.count)),
            nothing=_row(Origin(), nothing) if nothing else None,
            withdrawn=self._withdrawn,
            failed=self._failed,
            models=tuple(model for model, _ in self._models.most_common()),
        )


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest of `values` that at least `share` of them do not exceed (the nearest rank)."""
    ordered = sorted(values)
    return ordered[max(1, math.ceil(share * len(ordered))) - 1]


def _row(origin: Origin, ms: list[float]) -> Row:
    return Row(origin, len(ms), statistics.median(ms), percentile(ms, 0.95))
