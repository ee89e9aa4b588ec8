"""The ledger in one process: caps, booking, clocks that jump, files that are broken, gone, held or not ours."""

from __future__ import annotations

import asyncio
import fcntl
import os
import sqlite3
import stat
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.money.accounts import PLENTY, TODAY, WallClock, caps_of, cost_of, order_of, rows_in
from tierlsp.backends.chat import TokenUsage
from tierlsp.errors import LedgerError, OverBudget
from tierlsp.routing import ledger_file
from tierlsp.routing.ledger import COMPLETIONS_A_WRITE, Ledger
from tierlsp.routing.spend import Cost, PriceSource
from tierlsp.routing.tiers import Tier

USAGE = TokenUsage(12, 18_000, 2100, 100, 15, 5, model="claude-opus-4-6-20260205")
UNPRICED = Cost(None, PriceSource.UNKNOWN)


@pytest.fixture
def clock() -> WallClock:
    return WallClock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "ledger.db"


@pytest.fixture
async def ledger(path: Path, clock: WallClock) -> AsyncIterator[Ledger]:
    opened = Ledger(path, clock)
    yield opened
    await opened.aclose()


@pytest.fixture
async def other(path: Path, clock: WallClock) -> AsyncIterator[Ledger]:
    """Another editor's."""
    opened = Ledger(path, clock)
    yield opened
    await opened.aclose()


async def test_what_is_reserved_counts_until_what_it_took_is_booked(ledger: Ledger) -> None:
    row = await ledger.reserve(order_of("0.50", tier=Tier.PREMIUM), PLENTY)
    spent = await ledger.spent()
    assert spent.day_usd == spent.month_usd == spent.premium_usd == Decimal("0.5")
    await ledger.book(row, USAGE, cost_of("0.123456789"))
    spent = await ledger.spent()
    assert spent.day_usd == spent.month_usd == spent.premium_usd == Decimal("0.123456789")


async def test_what_was_booked_is_read_back_as_it_was(ledger: Ledger) -> None:
    row = await ledger.reserve(order_of("0.50"), PLENTY)
    await ledger.book(row, USAGE, cost_of("0.2"), is_estimate=True)
    (entry,) = await ledger.entries("2026-11")
    assert entry.order == order_of("0.50")
    assert entry.usage == USAGE
    assert entry.cost == cost_of("0.2")
    assert entry.at == TODAY
    assert entry.is_estimate
    assert not entry.is_open


async def test_what_is_given_back_counts_no_more(ledger: Ledger) -> None:
    row = await ledger.reserve(order_of("0.50"), PLENTY)
    await ledger.release(row)
    assert (await ledger.spent()).month_usd == 0
    assert await ledger.entries("2026-11") == ()


async def test_a_row_is_ended_once(ledger: Ledger) -> None:
    row = await ledger.reserve(order_of("0.50"), PLENTY)
    await ledger.book(row, USAGE, cost_of("0.2"))
    await ledger.release(row)
    await ledger.book(row, USAGE, cost_of("0.4"))
    assert (await ledger.spent()).month_usd == Decimal("0.2")


async def test_a_row_that_was_never_ended_counts_at_its_highest_and_is_shown(ledger: Ledger) -> None:
    await ledger.reserve(order_of("0.50"), PLENTY)
    (entry,) = await ledger.entries("2026-11")
    assert entry.is_open
    assert entry.cost.usd == Decimal("0.5")


@pytest.mark.parametrize(
    ("caps", "tier", "cap"),
    [
        (caps_of(monthly="0.10"), Tier.CHEAP, "monthlyUsd"),
        (caps_of(premium="0.10"), Tier.PREMIUM, "premiumUsd"),
        (caps_of(action="0.10"), Tier.CHEAP, "actionUsd"),
    ],
)
async def test_each_cap_is_held_and_named_with_what_is_missing(
    ledger: Ledger, caps: object, tier: Tier, cap: str
) -> None:
    await ledger.reserve(order_of("0.07", tier=tier), caps)
    with pytest.raises(OverBudget, match=rf"0\.0400 may|\$0\.0400.*\$0\.0300.*budget\.{cap}") as refused:
        await ledger.reserve(order_of("0.04", tier=tier), caps)
    assert refused.value.cap == cap
    assert refused.value.over_usd == Decimal("0.01")
    # Exactly what is left is not over it.
    await ledger.reserve(order_of("0.03", tier=tier), caps)


async def test_the_premium_cap_is_the_premium_tiers_alone(ledger: Ledger) -> None:
    caps = caps_of(premium="0.10")
    await ledger.reserve(order_of("0.10", tier=Tier.PREMIUM), caps)
    await ledger.reserve(order_of("0.50", tier=Tier.CHEAP), caps)


async def test_the_actions_cap_is_over_all_calls_of_one_run(ledger: Ledger) -> None:
    caps = caps_of(action="0.10")
    row = await ledger.reserve(order_of("0.09", run="one"), caps)
    await ledger.book(row, USAGE, cost_of("0.02"))
    await ledger.reserve(order_of("0.08", run="one"), caps)
    with pytest.raises(OverBudget):
        await ledger.reserve(order_of("0.01", run="one"), caps)
    await ledger.reserve(order_of("0.10", run="two"), caps)


async def test_an_unknown_price_reserves_nothing_and_stays_unknown(ledger: Ledger) -> None:
    row = await ledger.reserve(order_of(None), PLENTY)
    assert (await ledger.spent()).month_usd == 0
    await ledger.book(row, USAGE, UNPRICED)
    (entry,) = await ledger.entries("2026-11")
    assert entry.cost == UNPRICED


async def test_an_unknown_price_is_refused_once_the_budget_is_used_up(ledger: Ledger) -> None:
    caps = caps_of(monthly="0.10")
    await ledger.reserve(order_of("0.10", run="one"), caps)
    with pytest.raises(OverBudget) as refused:
        await ledger.reserve(order_of(None, run="two"), caps)
    assert refused.value.over_usd is None


async def test_what_is_free_goes_on_when_all_is_spent(ledger: Ledger) -> None:
    caps = caps_of(monthly="0", premium="0", action="0")
    row = await ledger.reserve(order_of("0", tier=Tier.LOCAL), caps)
    await ledger.book(row, USAGE, Cost(Decimal(0), PriceSource.FREE))
    assert len(await ledger.entries("2026-11")) == 1
    with pytest.raises(OverBudget):
        await ledger.reserve(order_of("0.000000001"), caps)


async def test_reserved_amounts_are_rounded_up(ledger: Ledger) -> None:
    await ledger.reserve(order_of("0.0000000001"), PLENTY)
    assert (await ledger.spent()).month_usd == Decimal("0.000000001")


async def test_a_cost_that_cannot_be_does_not_break_the_sums(ledger: Ledger) -> None:
    caps = caps_of(*["1e12"] * 3)
    for _ in range(3):
        row = await ledger.reserve(order_of("0.01"), caps)
        await ledger.book(row, USAGE, cost_of("1e30"))
    assert (await ledger.spent()).month_usd == 3_000_000


async def test_two_editors_spend_from_one_budget(ledger: Ledger, other: Ledger) -> None:
    caps = caps_of(monthly="0.10")
    row = await ledger.reserve(order_of("0.06", run="one"), caps)
    with pytest.raises(OverBudget):
        await other.reserve(order_of("0.06", run="two"), caps)
    await ledger.book(row, USAGE, cost_of("0.01"))
    await other.reserve(order_of("0.06", run="two"), caps)
    assert await ledger.spent() == await other.spent()


async def test_nobody_else_can_read_it(ledger: Ledger, path: Path) -> None:
    await ledger.reserve(order_of(), PLENTY)
    files = sorted(path.parent.iterdir())
    assert {file.name for file in files} >= {"ledger.db", "ledger.db-wal", "ledger.db-shm"}
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


async def test_a_file_that_others_could_read_is_closed_to_them(ledger: Ledger, path: Path) -> None:
    path.parent.mkdir()
    path.touch(0o644)
    await ledger.reserve(order_of(), PLENTY)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


# Whoever asked is gone.


async def test_a_reservation_that_is_cancelled_is_given_back(ledger: Ledger) -> None:
    task = asyncio.ensure_future(ledger.reserve(order_of("0.50"), PLENTY))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await ledger.spent()).month_usd == 0


async def test_a_booking_that_is_cancelled_is_booked_all_the_same(ledger: Ledger) -> None:
    row = await ledger.reserve(order_of("0.50"), PLENTY)
    task = asyncio.ensure_future(ledger.book(row, USAGE, cost_of("0.20")))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await ledger.spent()).month_usd == Decimal("0.2")


# The clock.


async def test_a_new_month_opens_the_budget_again(ledger: Ledger, clock: WallClock) -> None:
    caps = caps_of(monthly="0.10")
    clock.at = datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC)
    await ledger.reserve(order_of("0.10", run="one"), caps)
    with pytest.raises(OverBudget):
        await ledger.reserve(order_of("0.10", run="two"), caps)
    clock.at = datetime(2026, 12, 1, tzinfo=UTC)
    await ledger.reserve(order_of("0.10", run="two"), caps)
    assert [len(await ledger.entries(month)) for month in ("2026-11", "2026-12")] == [1, 1]


async def test_the_month_is_utcs_wherever_the_person_is(ledger: Ledger, clock: WallClock) -> None:
    clock.at = datetime(2026, 12, 1, 9, tzinfo=timezone(timedelta(hours=10)))  # 23:00 on 30 November in UTC
    await ledger.reserve(order_of(), PLENTY)
    assert len(await ledger.entries("2026-11")) == 1


@pytest.mark.parametrize("back", [timedelta(hours=1), timedelta(days=1), timedelta(days=31), timedelta(days=3653)])
async def test_a_clock_put_back_opens_no_old_budget(ledger: Ledger, clock: WallClock, back: timedelta) -> None:
    caps = caps_of(monthly="0.10")
    clock.at = datetime(2026, 12, 1, 0, 30, tzinfo=UTC)
    await ledger.reserve(order_of("0.08", run="one"), caps)
    clock.at -= back
    assert (await ledger.spent()).month_usd >= Decimal("0.08")
    with pytest.raises(OverBudget):
        await ledger.reserve(order_of("0.03", run="two"), caps)


async def test_the_date_does_not_go_back_with_the_clock(ledger: Ledger, clock: WallClock) -> None:
    clock.at = datetime(2026, 12, 1, 0, 30, tzinfo=UTC)
    await ledger.reserve(order_of(), PLENTY)
    clock.at -= timedelta(hours=1)
    await ledger.reserve(order_of(), PLENTY)
    assert [entry.at.date().isoformat() for entry in await ledger.entries("2026-12")] == ["2026-12-01"] * 2


async def test_one_start_with_a_clock_ten_years_ahead_does_not_hold_the_month_for_ten_years(
    ledger: Ledger, clock: WallClock
) -> None:
    caps = caps_of(monthly="0.10")
    clock.at = TODAY + timedelta(days=3653)
    await ledger.reserve(order_of("0.02", run="one"), caps)
    clock.at = TODAY
    await ledger.reserve(order_of("0.08", run="two"), caps)
    with pytest.raises(OverBudget):
        await ledger.reserve(order_of("0.01", run="three"), caps)
    clock.at = datetime(2026, 12, 1, tzinfo=UTC)
    await ledger.reserve(order_of("0.08", run="four"), caps)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from([-3653, -366, -31, -1, 0, 0, 1, 31, 3653]), max_size=8))
async def test_no_jump_of_the_clock_lowers_what_counts_but_a_jump_ahead(
    tmp_path_factory: pytest.TempPathFactory, jumps: list[int]
) -> None:
    clock = WallClock()
    ledger = Ledger(tmp_path_factory.mktemp("jumps") / "ledger.db", clock)
    for days in jumps:
        before = (await ledger.spent()).month_usd
        clock.at += timedelta(days=days)
        if days <= 0:
            assert (await ledger.spent()).month_usd >= before
        await ledger.reserve(order_of("0.01"), PLENTY)
    await ledger.aclose()


# Files that cannot be used.


def garbage(path: Path) -> None:
    path.write_bytes(b"this is not a ledger" * 1000)


def torn(path: Path) -> None:
    """Write over the pages behind the first, where the tables are."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(size - 4096))


@pytest.mark.parametrize("break_it", [garbage, torn])
async def test_a_broken_file_is_kept_aside_and_a_new_one_begun(
    ledger: Ledger, other: Ledger, path: Path, break_it: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    await other.reserve(order_of(), PLENTY)
    await other.aclose()
    break_it(path)
    await ledger.reserve(order_of("0.50"), PLENTY)
    assert (await ledger.spent()).month_usd == Decimal("0.5")
    assert ledger.moved_to is not None
    assert ledger.moved_to.exists()
    assert str(ledger.moved_to) in caplog.text


async def test_a_call_that_was_under_way_when_the_file_went_is_booked_in_the_new_one(
    ledger: Ledger, path: Path
) -> None:
    row = await ledger.reserve(order_of("0.50"), PLENTY)
    for file in path.parent.iterdir():
        file.unlink()
    await ledger.book(row, USAGE, cost_of("0.20"))
    assert (await ledger.spent()).month_usd == Decimal("0.2")
    assert rows_in(path)[row] == ("booked", 500_000_000, 200_000_000)


async def test_a_newer_versions_file_is_left_alone(ledger: Ledger, path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
        connection.execute("CREATE TABLE future (x)")
        connection.commit()
    with pytest.raises(LedgerError, match="newer"):
        await ledger.reserve(order_of(), PLENTY)
    assert ledger.moved_to is None
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("future",)]


async def test_where_it_cannot_be_written_what_is_paid_stops_and_what_is_free_goes_on(
    tmp_path: Path, clock: WallClock
) -> None:
    (tmp_path / "state").write_text("a file where the directory should be")
    ledger = Ledger(tmp_path / "state" / "ledger.db", clock)
    with pytest.raises(LedgerError, match="nothing that costs money is sent"):
        await ledger.reserve(order_of(), PLENTY)
    with pytest.raises(LedgerError):
        await ledger.reserve(order_of(None), PLENTY)
    row = await ledger.reserve(order_of("0"), PLENTY)
    await ledger.book(row, USAGE, cost_of("0"))
    (tmp_path / "state").unlink()
    await ledger.reserve(order_of(), PLENTY)
    await ledger.aclose()


async def test_another_process_that_holds_the_file_holds_no_loop(
    ledger: Ledger, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_file, "BUSY_S", 0.2)
    await ledger.spent()
    with closing(sqlite3.connect(path, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        waiting = asyncio.ensure_future(ledger.reserve(order_of(), PLENTY))
        turns = 0
        while not waiting.done():
            await asyncio.sleep(0)
            turns += 1
        with pytest.raises(LedgerError, match="locked"):
            await waiting
        assert turns > 100
        holder.execute("ROLLBACK")
    await ledger.reserve(order_of(), PLENTY)


async def test_a_process_that_was_stopped_while_it_made_the_file_is_not_waited_for(
    ledger: Ledger, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_file, "BUSY_S", 0.05)
    path.parent.mkdir()
    with (path.parent / "ledger.db.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(LedgerError, match="another process holds it"):
            await ledger.reserve(order_of(), PLENTY)
    await ledger.reserve(order_of(), PLENTY)


# Completions.


async def test_completions_are_counted_apart_from_calls(ledger: Ledger) -> None:
    for _ in range(COMPLETIONS_A_WRITE + 5):
        ledger.count_completion("ollama/codestral:22b", input_tokens=100, output_tokens=10)
    ledger.count_completion("ollama/codestral:22b", is_accepted=True)
    ledger.count_completion("mistral/codestral-latest", usd=Decimal("0.001"))
    ledger.count_completion("elsewhere/x", usd=None)
    ledger.count_completion("elsewhere/x", usd=Decimal(1))
    counts = {count.model: count for count in await ledger.completions("2026-11")}
    local = counts["ollama/codestral:22b"]
    assert (local.shown, local.accepted, local.output_tokens) == (69, 1, 690)
    assert counts["mistral/codestral-latest"].usd == Decimal("0.001")
    assert counts["elsewhere/x"].usd is None
    assert (await ledger.spent()).month_usd == 0
    assert await ledger.entries("2026-11") == ()


async def test_counting_a_completion_touches_no_file(ledger: Ledger, path: Path) -> None:
    ledger.count_completion("ollama/x")
    await asyncio.sleep(0)
    assert not path.exists()
