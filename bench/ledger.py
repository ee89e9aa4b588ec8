"""How long the ledger holds the event loop for one action, beside the same work done on the loop.

    python -m bench.ledger [--actions N] [--rows N] [--json]

An action reserves, books and asks what is spent. `held` is the time that the loop's own thread worked for it; while the
ledger's thread writes, the loop is free. The reference does the same transactions on the loop, in a file of the same
kind, and holds it until the disk has answered. `hops` is three calls handed to a thread that do nothing: the floor.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sqlite3
import statistics
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from tierlsp.backends.chat import TokenUsage
from tierlsp.routing import ledger_rows
from tierlsp.routing.estimate import tokens_in
from tierlsp.routing.facts import Kind
from tierlsp.routing.ledger import Ledger
from tierlsp.routing.ledger_file import LedgerFile
from tierlsp.routing.spend import Caps, Cost, Order, PriceSource
from tierlsp.routing.tiers import Tier

CAPS = Caps(*[Decimal(10**6)] * 3)
USAGE = TokenUsage(3000, 1000, 0, 0, 400)
COST = Cost(Decimal("0.0008"), PriceSource.TABLE)

GOAL_MS = 1.0
"""Of the issue, for an action, with the privacy gate."""

TEXT = (f"{__doc__}\n" * 200)[:100_000]

Action = Callable[[int], Awaitable[object]]


def now() -> datetime:
    """Return the wall clock."""
    return datetime.now(UTC)


def order(number: int) -> Order:
    """Return a cheap call of a run of its own."""
    return Order(f"run-{number}", Kind.FIX, Tier.CHEAP, "deepseek/deepseek-flash", Decimal("0.004"))


async def measure(action: Action, count: int) -> dict[str, float]:
    """Return milliseconds for one action: the loop's work in the middle and at most, and the wait in the middle."""
    held, waited = [], []
    for number in range(count):
        start, worked = time.perf_counter(), time.thread_time()
        await action(number)
        held.append((time.thread_time() - worked) * 1e3)
        waited.append((time.perf_counter() - start) * 1e3)
    held.sort()
    return {
        "held": statistics.median(held),
        "held p99": held[len(held) * 99 // 100],
        "held max": held[-1],
        "waited": statistics.median(waited),
    }


async def through_thread(directory: Path, count: int, rows: int) -> dict[str, float]:
    """Measure the ledger, with `rows` calls in the month already."""
    ledger = Ledger(directory / "ledger.db", now)
    fill(directory / "ledger.db", rows)

    async def action(number: int) -> None:
        row = await ledger.reserve(order(number), CAPS)
        await ledger.book(row, USAGE, COST)
        await ledger.spent()

    await action(-1)
    found = await measure(action, count)
    await ledger.aclose()
    return found


async def on_loop(directory: Path, count: int, rows: int) -> dict[str, float]:
    """Measure the same transactions without a thread. What the loop waits for holds it, so the wait is the figure."""
    path = directory / "on-loop.db"
    fill(path, rows)
    file = LedgerFile(path, now)

    async def action(number: int) -> None:
        at = now()

        def reserve(connection: sqlite3.Connection) -> None:
            day = ledger_rows.day_in_force(connection, at)
            ledger_rows.sums(connection, day)
            ledger_rows.spent_by_run(connection, f"run-{number}")
            ledger_rows.insert(connection, number + 10**9, order(number), at, day)

        file.write(reserve)
        file.write(lambda connection: ledger_rows.book(connection, number + 10**9, USAGE, COST, is_estimate=False))
        file.read(lambda connection: ledger_rows.sums(connection, at.date().isoformat()))

    await action(-1)
    found = await measure(action, count)
    file.close()
    return found


async def hops(count: int) -> dict[str, float]:
    """Measure three calls that a thread does nothing for."""
    with ThreadPoolExecutor(1) as pool:

        async def action(_: int) -> None:
            for _ in range(3):
                await asyncio.shield(asyncio.wrap_future(pool.submit(int)))

        return await measure(action, count)


def fill(path: Path, rows: int) -> None:
    """Put booked calls into the month, in one transaction."""
    file = LedgerFile(path, now)
    at = now()

    def work(connection: sqlite3.Connection) -> None:
        for number in range(rows):
            ledger_rows.insert(connection, number, order(number), at, at.date().isoformat())
            ledger_rows.book(connection, number, USAGE, COST, is_estimate=False)

    file.write(work)
    file.close()


async def measure_all(count: int, rows: int) -> dict[str, dict[str, float]]:
    """Measure everything in one run."""
    with TemporaryDirectory() as directory:
        found = {
            "ledger": await through_thread(Path(directory), count, rows),
            "on the loop": await on_loop(Path(directory), count, rows),
            "hops": await hops(count),
        }
        ledger = Ledger(Path(directory) / "completions.db", now)

        async def count_one(_: int) -> None:
            ledger.count_completion("ollama/codestral:22b", output_tokens=24)

        found["a completion"] = await measure(count_one, 1000)
        await ledger.aclose()

    async def estimate(_: int) -> None:
        tokens_in(TEXT)

    found["tokens of 100 kB"] = await measure(estimate, 50)
    return found


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--actions", type=int, default=300)
    parser.add_argument("--rows", type=int, default=1000, help="calls in the month already")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = asyncio.run(measure_all(options.actions, options.rows))
    if options.json:
        print(json.dumps(found, indent=2))
        return 0
    for name, figures in found.items():
        print(f"{name:18}" + "  ".join(f"{what} {value:7.3f} ms" for what, value in figures.items()))
    ratio = found["on the loop"]["waited"] / found["ledger"]["held"]
    print(f"the loop is held {ratio:.0f} times shorter than without the thread; goal {GOAL_MS} ms an action")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
