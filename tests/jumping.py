"""Real sockets in virtual time: a loop that, with nothing to read and no thread at work, jumps to its next timer.

A run with a limit of two minutes against a server that never answers takes milliseconds, and ends at the same virtual
moment on every machine, however busy.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")

GLANCE_S = 0.0002
"""In real time: what was sent within this machine has come by then."""

PATIENCE_S = 5.0
"""In real time: how long a thread may work, and how long nothing at all may be about to happen."""


class Stuck(RuntimeError):
    """Nothing comes, nobody works and no timer is set: the test would wait for ever."""


class _Jumping(selectors.DefaultSelector):
    """A selector that moves the clock where another one would wait."""

    now_s = 0.0
    at_work = 0
    """Jobs that threads have not finished."""

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is not None and timeout <= 0:
            return super().select(0)
        events = super().select(PATIENCE_S if self.at_work or timeout is None else GLANCE_S)
        if not events:
            if timeout is None:
                raise Stuck("nothing comes and no timer is set")
            self.now_s += timeout
        return events


class JumpingLoop(asyncio.SelectorEventLoop):
    """An event loop with a virtual clock, on which sockets of this machine and threads work."""

    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)
        self._threads = ThreadPoolExecutor(2)

    def time(self) -> float:
        """Seconds since the loop was made, in virtual time."""
        return self._jumping.now_s

    def jump(self, seconds: float) -> None:
        """Let time pass in which this machine does nothing, as when it sleeps."""
        self._jumping.now_s += seconds

    def run_in_executor(self, executor: Executor | None, func: Callable[..., T], *args: Any) -> asyncio.Future[T]:
        self._jumping.at_work += 1
        future = asyncio.wrap_future((executor or self._threads).submit(func, *args), loop=self)
        future.add_done_callback(self._worked)
        return future

    def close(self) -> None:
        self._threads.shutdown()
        super().close()

    def _worked(self, future: asyncio.Future[Any]) -> None:
        self._jumping.at_work -= 1


class JumpingClock:
    """`tierlsp.clock.Clock` on the running loop."""

    def now_ms(self) -> float:
        return asyncio.get_running_loop().time() * 1000.0

    async def sleep_ms(self, duration_ms: float) -> None:
        await asyncio.sleep(duration_ms / 1000.0)

    def call_later_ms(self, delay_ms: float, callback: Callable[[], None]) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(delay_ms / 1000.0, callback)


def run_jumping(main: Coroutine[Any, Any, T]) -> T:
    """Run `main` in virtual time and return its result."""
    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        return runner.run(main)
