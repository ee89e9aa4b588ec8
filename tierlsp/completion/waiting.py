"""Requests that wait for the model: one a document, the newest."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tierlsp.clock import Clock, Timer
from tierlsp.completion.request import Answer, Ask


@dataclass(slots=True, eq=False)
class Waiter:
    """A request that waits."""

    ask: Ask
    future: asyncio.Future[Answer]
    queued_until_ms: float | None = None
    """When it will be asked for by itself; `None` if nothing is planned."""
    timers: list[Timer] = field(default_factory=list)


class Waiting:
    """The waiters of all documents. Whoever is answered or withdrawn is forgotten, with what it had planned."""

    def __init__(self, clock: Clock, on_withdrawn: Callable[[], None]) -> None:
        """`on_withdrawn` is called for each request whose future was cancelled."""
        self._clock = clock
        self._on_withdrawn = on_withdrawn
        self._waiters: dict[str, Waiter] = {}

    def __len__(self) -> int:
        return len(self._waiters)

    def __iter__(self) -> Iterator[Waiter]:
        return iter(list(self._waiters.values()))

    def add(self, ask: Ask) -> Waiter:
        """Let `ask` wait. There must be no other waiter for its document."""
        waiter = Waiter(ask, asyncio.get_running_loop().create_future())
        waiter.future.add_done_callback(lambda future: self._dismiss(waiter, future))
        self._waiters[ask.cursor.uri] = waiter
        return waiter

    def get(self, uri: str) -> Waiter | None:
        """Return who waits for a document."""
        return self._waiters.get(uri)

    def pop(self, uri: str) -> Waiter | None:
        """Return who waits for a document, and take it off the list."""
        return self._waiters.pop(uri, None)

    def plan(self, waiter: Waiter, delay_ms: float, action: Callable[[Waiter], None]) -> None:
        """Call `action` after `delay_ms`, unless the waiter is answered before."""
        waiter.timers.append(self._clock.call_later_ms(delay_ms, lambda: action(waiter)))

    def _dismiss(self, waiter: Waiter, future: asyncio.Future[Answer]) -> None:
        if future.cancelled():
            self._on_withdrawn()
        for timer in waiter.timers:
            timer.cancel()
        if self._waiters.get(waiter.ask.cursor.uri) is waiter:
            del self._waiters[waiter.ask.cursor.uri]
