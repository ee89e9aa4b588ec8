"""Time that jumps: an event loop on which an hour of typing takes seconds, always in the same order.

The loop never waits. When nothing is ready it moves its clock to the next timer. Everything that runs on it, the real
engine included, sees a consistent time and no other influence, so that a replay with the same seed gives the same
figures on every machine.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class Deadlock(RuntimeError):
    """Nothing is ready and no timer is set: the replay would wait for ever."""


class _Jump(selectors.SelectSelector):
    """A selector that, asked to wait, moves the clock instead."""

    now_s = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise Deadlock("nothing is ready and no timer is set")
        if timeout > 0.0:
            self.now_s += timeout
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop with a virtual clock. Threads and sockets do not work on it, on purpose."""

    def __init__(self) -> None:
        self._jump = _Jump()
        super().__init__(self._jump)

    def time(self) -> float:
        """Seconds since the loop was made, in virtual time."""
        return self._jump.now_s


class VirtualClock:
    """`tierlsp.clock.Clock` on the running `VirtualLoop`."""

    def now_ms(self) -> float:
        return asyncio.get_running_loop().time() * 1000.0

    async def sleep_ms(self, duration_ms: float) -> None:
        await asyncio.sleep(duration_ms / 1000.0)

    def call_later_ms(self, delay_ms: float, callback: Callable[[], None]) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(delay_ms / 1000.0, callback)


def run_virtual(main: Coroutine[Any, Any, T]) -> T:
    """Run `main` in virtual time and return its result."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)
