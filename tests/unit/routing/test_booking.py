"""A row of the ledger is ended once, by whoever comes first, and is written whatever is cancelled."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest

from tests.fakes import FakeClock
from tests.unit.routing.calling import USAGE, MemoryAccounts
from tierlsp.errors import LedgerError, OverBudget
from tierlsp.routing.booking import GRACE_MS, Bookings, Row
from tierlsp.routing.facts import Kind
from tierlsp.routing.spend import Caps, Cost, Order, PriceSource
from tierlsp.routing.tiers import Tier

ORDER = Order("r1", Kind.FIX, Tier.CHEAP, "a/x", Decimal(1))
CAPS = Caps(Decimal(25), Decimal(20), Decimal(1))
COST = Cost(Decimal("0.1"), PriceSource.TABLE)


class Desk:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.accounts = MemoryAccounts(self.clock)
        self.bookings = Bookings(self.accounts, self.clock)

    async def row(self) -> Row:
        task = asyncio.create_task(self.bookings.reserve(ORDER, CAPS))
        await self.clock.tick(10)
        return await task


@pytest.mark.parametrize("first", ["book", "release"])
@pytest.mark.parametrize("second", ["book", "release"])
async def test_the_first_end_counts(first: str, second: str) -> None:
    desk = Desk()
    row = await desk.row()

    async def end(how: str) -> None:
        await (row.release() if how == "release" else row.book(USAGE, COST, is_estimate=False))

    ending = asyncio.gather(end(first), end(second))
    await desk.clock.tick(10)
    await ending
    assert (len(desk.accounts.booked), len(desk.accounts.released)) == ((1, 0) if first == "book" else (0, 1))


async def test_a_cancelled_reservation_is_given_back_when_its_number_is_known() -> None:
    desk = Desk()
    desk.accounts.write_ms = 500
    task = asyncio.create_task(desk.bookings.reserve(ORDER, CAPS))
    await desk.clock.tick(100)
    task.cancel()
    await desk.clock.tick(100)
    assert task.cancelled()
    assert desk.accounts.open_rows == {1}
    await desk.clock.tick(1_000)
    assert desk.accounts.released == [1]


async def test_a_cancelled_reservation_that_is_refused_needs_nothing_back() -> None:
    desk = Desk()
    desk.accounts.refuses = lambda order: OverBudget("spent")
    task = asyncio.create_task(desk.bookings.reserve(ORDER, CAPS))
    await asyncio.sleep(0)
    task.cancel()
    await desk.clock.tick(100)
    assert task.cancelled() or isinstance(task.exception(), OverBudget)
    assert desk.accounts.orders == {}


async def test_booking_goes_on_when_its_run_is_cancelled() -> None:
    desk = Desk()
    row = await desk.row()
    desk.accounts.write_ms = 500
    task = asyncio.create_task(row.book(USAGE, COST, is_estimate=True))
    await desk.clock.tick(50)
    task.cancel()
    await desk.clock.tick(1)
    assert task.cancelled()
    written = asyncio.create_task(desk.bookings.wait_written())
    await desk.clock.tick(100)
    assert not written.done()
    await desk.clock.tick(1_000)
    assert written.done()
    assert desk.accounts.booked.keys() == {1}


async def test_a_run_does_not_wait_for_a_slow_ledger() -> None:
    desk = Desk()
    row = await desk.row()
    desk.accounts.write_ms = 5_000
    task = asyncio.create_task(row.book(USAGE, COST, is_estimate=False))
    await desk.clock.tick(GRACE_MS + 1)
    assert task.done()
    await desk.clock.tick(5_000)
    assert desk.accounts.booked.keys() == {1}


async def test_what_cannot_be_written_stays_reserved_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    desk = Desk()
    row = await desk.row()

    async def broken(*args: object, **kwargs: object) -> None:
        raise LedgerError("the disk is full")

    desk.accounts.release = broken
    await row.release()
    assert desk.accounts.open_rows == {1}
    assert "the disk is full" in caplog.text
