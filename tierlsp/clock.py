"""Time as a parameter.

**Law:** time comes from `Clock`. Nothing else in the package reads a clock or sleeps, so that tests can tick time by
hand and the replay bench can run an hour of typing in a second.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime


def utc_now() -> datetime:
    """Return the wall clock's time, in UTC: for dates in files and answers, and never to measure with."""
    # Imported when needed: the start of the server does without it.
    from datetime import UTC, datetime

    return datetime.now(UTC)


class Timer(Protocol):
    """A call that is to come and can be called off."""

    def cancel(self) -> None:
        """Call it off; does nothing once it has run."""


class Clock(Protocol):
    """What the package needs of time. Every duration is in milliseconds."""

    def now_ms(self) -> float:
        """Milliseconds since some fixed moment; never goes back."""

    async def sleep_ms(self, duration_ms: float) -> None:
        """Return after `duration_ms`."""

    def call_later_ms(self, delay_ms: float, callback: Callable[[], None]) -> Timer:
        """Call `callback` after `delay_ms`, on the running loop."""


class SystemClock:
    """The machine's monotonic clock and the running event loop."""

    def now_ms(self) -> float:
        """Milliseconds of the monotonic clock."""
        return time.monotonic() * 1000.0

    async def sleep_ms(self, duration_ms: float) -> None:
        """Sleep on the running loop."""
        await asyncio.sleep(duration_ms / 1000.0)

    def call_later_ms(self, delay_ms: float, callback: Callable[[], None]) -> Timer:
        """Schedule on the running loop."""
        return asyncio.get_running_loop().call_later(delay_ms / 1000.0, callback)


EARLY_MS = 0.01
"""A timer that fires earlier than it should by less than this is on time: clocks are not exact."""


class Deadline:
    """A call that is put off again and again, as at every key, and comes once that stops.

    Putting off costs no new timer: the one that runs looks at the time when it fires, and waits for what is left.

    Args:
        clock: the time.
        action: what is called.
    """

    def __init__(self, clock: Clock, action: Callable[[], None]) -> None:
        self._clock = clock
        self._action = action
        self._due_ms: float | None = None
        self._timer: Timer | None = None
        self._fires_ms = 0.0

    @property
    def is_set(self) -> bool:
        """Whether the call is still to come."""
        return self._due_ms is not None

    def set(self, delay_ms: float) -> None:
        """Have the call come after `delay_ms`, and at no other time that was set before."""
        self._due_ms = self._clock.now_ms() + delay_ms
        if self._timer is not None and self._fires_ms > self._due_ms:
            self._timer.cancel()
            self._timer = None
        if self._timer is None:
            self._start(delay_ms)

    def cancel(self) -> None:
        """Call it off."""
        self._due_ms = None

    def _start(self, delay_ms: float) -> None:
        self._fires_ms = self._clock.now_ms() + delay_ms
        self._timer = self._clock.call_later_ms(delay_ms, self._fire)

    def _fire(self) -> None:
        self._timer = None
        if self._due_ms is None:
            return
        left_ms = self._due_ms - self._clock.now_ms()
        if left_ms > EARLY_MS:
            self._start(left_ms)
            return
        self._due_ms = None
        self._action()
