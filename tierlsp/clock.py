"""Time as a parameter.

**Law:** time comes from `Clock`. Nothing else in the package reads a clock or sleeps, so that tests can tick time by
hand and the replay bench can run an hour of typing in a second.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Protocol


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
