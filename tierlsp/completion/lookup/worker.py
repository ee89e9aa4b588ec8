"""A thread that works in slices, so that the event loop hardly notices it.

CPython runs one thread at a time, and a busy one gives way only every 5 ms. The worker therefore lets go by itself
after each slice of half a millisecond, and rests as long. Tasks are generators: each step is at most about 0.2 ms of
work.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Iterator
from typing import Protocol

from tierlsp.clock import Clock

SLICE_MS = 0.5
"""Work done between two rests. With the last step's length added it stays below a millisecond."""

REST_S = 0.0005
"""A rest between two slices, in seconds: an event loop that woke in the meantime gets the interpreter at once."""

JOIN_S = 1.0
"""How long `stop` waits for the thread, in seconds. It ends after its slice, or after the file it is reading."""


class Runner(Protocol):
    """Something that carries out tasks step by step."""

    @property
    def is_idle(self) -> bool:
        """Whether every task is done."""

    def submit(self, task: Iterator[None], *, is_urgent: bool) -> None:
        """Carry out `task`; urgent ones before all others, else in order."""

    def stop(self) -> None:
        """Drop what is not done yet."""


class Worker:
    """Carries out tasks on a daemon thread, which is started by the first of them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._urgent: deque[Iterator[None]] = deque()
        self._others: deque[Iterator[None]] = deque()
        self._wake = threading.Event()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def is_idle(self) -> bool:
        """Whether every task is done."""
        return not self._urgent and not self._others

    def submit(self, task: Iterator[None], *, is_urgent: bool) -> None:
        """Carry out `task`; urgent ones before all others, else in order. Does nothing once stopped."""
        if self._stopped.is_set():
            return
        (self._urgent if is_urgent else self._others).append(task)
        self._wake.set()
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="tierlsp-lookup", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End the thread after its current slice. Tasks that are not done are dropped."""
        self._stopped.set()
        self._wake.set()
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.join(JOIN_S)

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._wake.clear()
            tasks = self._urgent or self._others
            if tasks:
                self._slice(tasks)
                self._stopped.wait(REST_S)
            else:
                self._wake.wait()

    def _slice(self, tasks: deque[Iterator[None]]) -> None:
        """Work on the first of `tasks` for a while. Others only ever add to the other end."""
        until_ms = self._clock.now_ms() + SLICE_MS
        try:
            while self._clock.now_ms() < until_ms and not self._stopped.is_set():
                next(tasks[0])
        except StopIteration:
            tasks.popleft()
        except Exception as error:
            # Nothing that a file holds may end the thread; the other tasks go on.
            tasks.popleft()
            log = logging.getLogger(__name__)
            log.warning("indexing was given up: %s", type(error).__name__)
            log.debug("where it failed", exc_info=True)
