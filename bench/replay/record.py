"""What is counted while somebody types, and the figures that come of it.

A key is every key that the person presses and that changes the text: letters, signs, Enter, Tab for indentation and
Backspace, slips included. Taking a suggestion is counted apart. Moving the cursor is not a key.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from bench.replay.backend import REAL, SPECULATION, WARM_UP, Call

SOON_MS = 100.0
"""Ghost text that comes later than this after a key is felt as late."""

PAUSE_MS = 500.0
"""A pause from which a person is looking at the screen."""


@dataclass(slots=True)
class KeyRecord:
    """One key, and what was on the screen until the next one."""

    at_ms: float
    is_accept: bool
    is_within_line: bool
    """Whether something is still to be written on the line."""
    seen_ms: float | None = None
    """When ghost text was first there, after the key."""
    is_right: bool = False
    """Whether the line that it shows is the true one."""
    paused: bool = False
    paused_with_models: bool = False


@dataclass(slots=True)
class Record:
    """Everything that was counted in one session or several."""

    keys: list[KeyRecord] = field(default_factory=list)
    typing_ms: float = 0.0
    calls: Counter[str] = field(default_factory=Counter)
    aborted: int = 0
    read_tokens: int = 0
    written_tokens: int = 0
    wasted_tokens: int = 0
    after_gone_tokens: int = 0
    ask_us: list[float] = field(default_factory=list)
    """CPU time of the policy's own code, for each request."""

    def count_calls(self, calls: Iterable[Call]) -> None:
        for call in calls:
            self.calls[call.job.kind] += 1
            self.aborted += not call.job.is_done
            self.read_tokens += call.job.read_tokens
            self.written_tokens += len(call.job.written)
            self.after_gone_tokens += call.job.written_after_gone
            self.wasted_tokens += call.wasted_tokens

    def add(self, other: Record) -> None:
        self.keys += other.keys
        self.typing_ms += other.typing_ms
        self.calls += other.calls
        self.aborted += other.aborted
        self.read_tokens += other.read_tokens
        self.written_tokens += other.written_tokens
        self.wasted_tokens += other.wasted_tokens
        self.after_gone_tokens += other.after_gone_tokens
        self.ask_us += other.ask_us


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one case. Shares are in percent; counts are for 100 keys."""

    keys: int
    minutes: float
    seen_soon: float
    """Keys with ghost text that agrees with the text within 100 ms and before the next key."""
    seen: float
    """Keys with such ghost text before the next key."""
    right_soon: float
    """Keys with ghost text within 100 ms whose line is the true one."""
    seen_soon_in_line: float
    """`seen_soon`, of the keys after which the line goes on."""
    pauses: int
    paused_with_models: float
    """Pauses of half a second, where the model has a line, at whose half second that line is on the screen."""
    accepts: float
    seen_soon_after_accept: float
    calls: float
    real_calls: float
    warm_ups: float
    speculations: float
    aborted: float
    read_tokens: float
    written_tokens: float
    wasted_tokens: float
    after_gone_tokens: float
    ask_us: tuple[float, float, float]
    """p50, p95, p99 of the policy's own CPU time for a request, in microseconds."""


COLUMNS: dict[str, Callable[[Figures], str]] = {
    "seen <= 100 ms, %": lambda figures: f"{figures.seen_soon:.1f}",
    "right, %": lambda figures: f"{figures.right_soon:.1f}",
    "before next key, %": lambda figures: f"{figures.seen:.1f}",
    "pauses, %": lambda figures: f"{figures.paused_with_models:.1f}",
    "after accept, %": lambda figures: f"{figures.seen_soon_after_accept:.1f}",
    "accepts": lambda figures: f"{figures.accepts:.1f}",
    "calls": lambda figures: f"{figures.calls:.1f}",
    "written": lambda figures: f"{figures.written_tokens:.0f}",
    "wasted": lambda figures: f"{figures.wasted_tokens:.0f}",
    "read": lambda figures: f"{figures.read_tokens:.0f}",
    "us p50/p95/p99": lambda figures: "/".join(f"{value:.0f}" for value in figures.ask_us),
}
"""What a terminal shows of the figures."""


def figures_of(record: Record) -> Figures:
    """Return the figures of a record."""
    keys = [key for key in record.keys if not key.is_accept]
    accepts = [key for key in record.keys if key.is_accept]
    pauses = [key for key in record.keys if key.paused]
    hundreds = max(1, len(keys)) / 100.0
    return Figures(
        keys=len(keys),
        minutes=record.typing_ms / 60_000.0,
        seen_soon=_share(keys, [key for key in keys if _is_soon(key)]),
        seen=_share(keys, [key for key in keys if key.seen_ms is not None]),
        right_soon=_share(keys, [key for key in keys if _is_soon(key) and key.is_right]),
        seen_soon_in_line=_share(
            [key for key in keys if key.is_within_line], [key for key in keys if key.is_within_line and _is_soon(key)]
        ),
        pauses=len(pauses),
        paused_with_models=_share(pauses, [key for key in pauses if key.paused_with_models]),
        accepts=len(accepts) / hundreds,
        seen_soon_after_accept=_share(accepts, [key for key in accepts if _is_soon(key)]),
        calls=sum(record.calls.values()) / hundreds,
        real_calls=record.calls[REAL] / hundreds,
        warm_ups=record.calls[WARM_UP] / hundreds,
        speculations=record.calls[SPECULATION] / hundreds,
        aborted=record.aborted / hundreds,
        read_tokens=record.read_tokens / hundreds,
        written_tokens=record.written_tokens / hundreds,
        wasted_tokens=record.wasted_tokens / hundreds,
        after_gone_tokens=record.after_gone_tokens / hundreds,
        ask_us=percentiles(record.ask_us),
    )


def _is_soon(key: KeyRecord) -> bool:
    return key.seen_ms is not None and key.seen_ms <= SOON_MS


def _share(of: Sequence[KeyRecord], those: Sequence[KeyRecord]) -> float:
    return 100.0 * len(those) / len(of) if of else 0.0


def percentiles(values: Sequence[float]) -> tuple[float, float, float]:
    """Return p50, p95 and p99."""
    if len(values) < 2:
        return (0.0, 0.0, 0.0)
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    return (cuts[49], cuts[94], cuts[98])
