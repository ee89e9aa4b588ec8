"""The ledger: what every paid call may cost, before it is made, and what it took. Shared by all editors that are open.

**Law:** no money is spent that was not reserved first; an unknown price is shown as unknown, never as zero.

The check of the caps and the reservation are one transaction, so processes that race cannot pass a cap together. A row
that its process never ended counts as spent at its highest price. Where the ledger cannot be written, nothing that
costs money is sent; what is free goes on.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import sqlite3
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TypeVar

from tierlsp.backends.chat import TokenUsage
from tierlsp.errors import LedgerError, OverBudget
from tierlsp.routing import ledger_rows as rows
from tierlsp.routing.ledger_file import LedgerFile
from tierlsp.routing.ledger_rows import CompletionCount
from tierlsp.routing.spend import Caps, Cost, Entry, Order, Spent
from tierlsp.routing.tiers import Tier

T = TypeVar("T")

logger = logging.getLogger(__name__)

NUMBER_BITS = 62
"""Of a row's number, which is random: with a million rows, two of them are equal once in ten million ledgers."""

COMPLETIONS_A_WRITE = 64
"""Completions that are counted in memory before they are written. A killed process loses as many, and no money."""


@dataclass(slots=True)
class _Open:
    """A row that this process reserved and has not ended."""

    order: Order
    at: datetime


@dataclass(frozen=True, slots=True)
class _Booking:
    """What a call took, until it is written."""

    number: int
    opened: _Open
    usage: TokenUsage
    cost: Cost
    is_estimate: bool


class Ledger:
    """Keeps the accounts (`spend.Accounts`) in a file. Its own thread does the work; the loop only hands it over."""

    def __init__(self, path: Path, now: Callable[[], datetime]) -> None:
        """`now` is the wall clock, with its time zone."""
        self._now = now
        self._file = LedgerFile(path, now)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")
        self._open: dict[int, _Open] = {}
        self._unwritten: list[_Booking] = []
        self._completions: dict[tuple[str, str], CompletionCount] = {}
        self._completions_waiting = 0
        self._is_closed = False

    @property
    def moved_to(self) -> Path | None:
        """Where a ledger lies that was found broken and replaced by an empty one; `None` if none was."""
        return self._file.moved_to

    async def reserve(self, order: Order, caps: Caps) -> int:
        """Set the order's highest price aside, in one step with looking at the caps, and return the row's number.

        What is free is written down too, and goes on without a row where that fails.

        Raises:
            OverBudget: a cap would be passed.
            LedgerError: the ledger cannot be written.
        """
        number = secrets.randbits(NUMBER_BITS)
        work = self._hand_over(partial(self._reserve, number, order, caps))
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError:
            # It may be in the middle of it, so the row is given back after it, by the same thread.
            self._hand_over(partial(self._release, number))
            raise
        except LedgerError:
            if order.max_usd != 0:
                raise
            logger.warning("A free call is not in the ledger, which cannot be written.")
        return number

    async def book(self, row: int, usage: TokenUsage, cost: Cost, *, is_estimate: bool = False) -> None:
        """Put what the call really took in place of what was reserved.

        Where it cannot be written it is kept, and written with the next call; until then what was reserved counts.
        A caller that is cancelled meanwhile has it booked all the same.
        """
        await asyncio.shield(self._hand_over(partial(self._book, row, usage, cost, is_estimate)))

    async def release(self, row: int) -> None:
        """Give back what was reserved for a call that was never made, or refused before it cost anything.

        Raises:
            LedgerError: the ledger cannot be written; the row counts as spent.
        """
        await asyncio.shield(self._hand_over(partial(self._release, row)))

    async def spent(self) -> Spent:
        """Return what is booked and reserved.

        Raises:
            LedgerError: the ledger cannot be read.
        """
        return await asyncio.shield(self._hand_over(self._spent))

    async def entries(self, month: str) -> tuple[Entry, ...]:
        """Return the calls of `month` (`YYYY-MM`).

        Raises:
            LedgerError: the ledger cannot be read.
        """
        return await asyncio.shield(self._hand_over(partial(self._entries, month)))

    def count_completion(
        self,
        model: str,
        *,
        is_accepted: bool = False,
        input_tokens: int = 0,
        output_tokens: int = 0,
        usd: Decimal | None = Decimal(0),
        times: int = 1,
    ) -> None:
        """Count a completion that was shown, or one shown before that was accepted. In memory; written in batches.

        They are counted apart from the calls. `usd` is `None` for a model elsewhere whose price is unknown; `times` is
        how many there were.
        """
        day = self._now().date().isoformat()
        old = self._completions.get((day, model)) or CompletionCount(day, model)
        self._completions[day, model] = replace(
            old,
            shown=old.shown + (0 if is_accepted else times),
            accepted=old.accepted + (times if is_accepted else 0),
            input_tokens=old.input_tokens + input_tokens,
            output_tokens=old.output_tokens + output_tokens,
            usd=None if usd is None or old.usd is None else old.usd + usd,
        )
        self._completions_waiting += times
        if self._completions_waiting >= COMPLETIONS_A_WRITE:
            self._flush()

    async def completions(self, month: str) -> tuple[CompletionCount, ...]:
        """Return the completions of `month` (`YYYY-MM`), by day and model.

        Raises:
            LedgerError: the ledger cannot be read.
        """
        self._flush()
        return await asyncio.shield(self._hand_over(partial(self._counted, month)))

    async def aclose(self) -> None:
        """Write what is waiting, and close the file. A second time does nothing."""
        if self._is_closed:
            return
        self._is_closed = True
        self._flush()
        await asyncio.shield(self._hand_over(self._close))
        self._thread.shutdown(wait=False)

    def _hand_over(self, work: Callable[[], T]) -> asyncio.Future[T]:
        future: Future[T] = self._thread.submit(work)
        result = asyncio.wrap_future(future)
        # Whoever asked may be gone; what went wrong is then nobody's surprise.
        result.add_done_callback(lambda done: None if done.cancelled() else done.exception())
        return result

    def _flush(self) -> None:
        counts, self._completions, self._completions_waiting = tuple(self._completions.values()), {}, 0
        if counts:
            self._thread.submit(self._write_completions, counts)

    # What follows runs on the ledger's thread.

    def _reserve(self, number: int, order: Order, caps: Caps) -> None:
        at = self._now()

        def work(connection: sqlite3.Connection) -> None:
            self._write_bookings(connection)
            day = rows.day_in_force(connection, at)
            if order.max_usd != 0:
                _check(order, caps, rows.sums(connection, day), rows.spent_by_run(connection, order.run))
            rows.insert(connection, number, order, at, day)

        self._file.write(work)
        self._unwritten.clear()
        self._open[number] = _Open(order, at)

    def _book(self, number: int, usage: TokenUsage, cost: Cost, is_estimate: bool) -> None:
        opened = self._open.pop(number, None)
        if opened is None:
            return
        self._unwritten.append(_Booking(number, opened, usage, cost, is_estimate))
        self._write_unwritten()

    def _write_unwritten(self) -> None:
        try:
            self._file.write(self._write_bookings)
        except LedgerError as error:
            logger.warning("%s What a call took is kept until it can be written.", error)
        else:
            self._unwritten.clear()

    def _write_bookings(self, connection: sqlite3.Connection) -> None:
        for booking in self._unwritten:
            details = (booking.number, booking.usage, booking.cost)
            if rows.book(connection, *details, is_estimate=booking.is_estimate):
                continue
            # The file is another one than that in which it was reserved.
            opened = booking.opened
            day = rows.day_in_force(connection, opened.at)
            rows.insert(connection, booking.number, opened.order, opened.at, day)
            rows.book(connection, *details, is_estimate=booking.is_estimate)

    def _release(self, number: int) -> None:
        if self._open.pop(number, None) is not None:
            self._file.write(partial(rows.release, number=number))

    def _spent(self) -> Spent:
        return self._file.read(lambda connection: rows.sums(connection, rows.day_in_force(connection, self._now())))

    def _entries(self, month: str) -> tuple[Entry, ...]:
        return self._file.read(lambda connection: tuple(rows.entries(connection, month)))

    def _counted(self, month: str) -> tuple[CompletionCount, ...]:
        return self._file.read(lambda connection: rows.completions(connection, month))

    def _write_completions(self, counts: tuple[CompletionCount, ...]) -> None:
        def work(connection: sqlite3.Connection) -> None:
            for count in counts:
                rows.add_completions(connection, count)

        try:
            self._file.write(work)
        except LedgerError as error:
            logger.info("%d completions are not counted: %s", sum(count.shown for count in counts), error)

    def _close(self) -> None:
        if self._unwritten:
            self._write_unwritten()
        self._file.close()


def _check(order: Order, caps: Caps, spent: Spent, by_run: Decimal) -> None:
    """Refuse an order that would pass a cap. One without a price is refused where the cap is reached already.

    Raises:
        OverBudget: it would.
    """
    limits = [
        ("actionUsd", "this action", caps.action_usd, by_run),
        ("monthlyUsd", "this month", caps.monthly_usd, spent.month_usd),
    ]
    if order.tier is Tier.PREMIUM:
        limits.append(("premiumUsd", "premium models this month", caps.premium_usd, spent.premium_usd))
    for cap, what, limit, used in limits:
        left = limit - used
        if order.max_usd is None:
            if left <= 0:
                raise OverBudget(
                    f"The budget of ${limit} for {what} (`budget.{cap}`) is used up, and what {order.model} takes is"
                    " unknown; raise it, or take a model on this machine.",
                    cap=cap,
                )
        elif order.max_usd > left:
            over = order.max_usd - left
            raise OverBudget(
                f"The call to {order.model} may cost ${_shown(order.max_usd)}, and ${_shown(max(left, Decimal(0)))} is"
                f" left of ${limit} for {what} (`budget.{cap}`): ${_shown(over)} too little.",
                cap=cap,
                over_usd=over,
            )


def _shown(usd: Decimal) -> str:
    """Return an amount with cents, or with as many digits as it takes to see it."""
    return f"{usd:.2f}" if usd >= 1 or usd == 0 else f"{usd:.4f}"
