"""The life of one row in the ledger: reserved, then booked or given back, exactly once, whatever is cancelled.

**Law:** no money is spent that was not reserved first, and nothing that was reserved is forgotten. What the ledger is
told, it is told in tasks of their own, which go on when the run that began them is cancelled.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from tierlsp.backends.chat import TokenUsage
from tierlsp.clock import Clock
from tierlsp.errors import LedgerError
from tierlsp.routing.deadlines import within
from tierlsp.routing.spend import Accounts, Caps, Cost, Order

logger = logging.getLogger(__name__)

GRACE_MS = 100.0
"""How long a run waits for the ledger to have written its end. A write takes a few milliseconds; where another process
holds the file for seconds, the run ends without waiting, and the writing goes on."""


class Bookings:
    """Opens rows, and knows what is still being written."""

    def __init__(self, accounts: Accounts, clock: Clock) -> None:
        self._accounts = accounts
        self._clock = clock
        self._writing: set[asyncio.Task[Any]] = set()

    async def reserve(self, order: Order, caps: Caps) -> Row:
        """Set the order's highest price aside.

        Raises:
            OverBudget: a cap would be passed.
            LedgerError: it cannot be written.
        """
        reserving = self._start(self._accounts.reserve(order, caps))
        try:
            number = await asyncio.shield(reserving)
        except asyncio.CancelledError:
            # The ledger's thread may be in the middle of it: whatever row comes of it is given back.
            reserving.add_done_callback(self._give_back)
            raise
        return Row(self, number)

    async def wait_written(self) -> None:
        """Return when everything that the ledger was told is written."""
        while self._writing:
            await asyncio.wait(set(self._writing))

    def _give_back(self, reserving: asyncio.Task[int]) -> None:
        if not reserving.cancelled() and reserving.exception() is None:
            self._start(_logged(self._accounts.release(reserving.result())))

    async def _write(self, writing: Coroutine[Any, Any, None]) -> None:
        task = self._start(_logged(writing))
        with suppress(TimeoutError):
            await within(self._clock, GRACE_MS, asyncio.shield(task))

    def _start(self, coroutine: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)
        return task


class Row:
    """A row that was reserved. Its first end counts; later ones do nothing."""

    def __init__(self, bookings: Bookings, number: int) -> None:
        self._bookings = bookings
        self._number = number
        self.is_ended = False

    async def book(self, usage: TokenUsage, cost: Cost, *, is_estimate: bool) -> None:
        """Put what the call took in place of what was reserved."""
        if not self.is_ended:
            self.is_ended = True
            accounts = self._bookings._accounts
            await self._bookings._write(accounts.book(self._number, usage, cost, is_estimate=is_estimate))

    async def release(self) -> None:
        """Give back what was reserved."""
        if not self.is_ended:
            self.is_ended = True
            await self._bookings._write(self._bookings._accounts.release(self._number))


async def _logged(writing: Coroutine[Any, Any, None]) -> None:
    """Have it written; what cannot be written stays reserved, and so counts as spent."""
    try:
        await writing
    except LedgerError as error:
        logger.warning("%s", error)
