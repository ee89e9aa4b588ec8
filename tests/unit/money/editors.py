"""Editors as processes, for `test_processes.py`: they share a ledger, are killed, race, run out of disk.

    python -m tests.unit.money.editors killed DIRECTORY KILLS SEED
    python -m tests.unit.money.editors racing DIRECTORY ROUNDS
    python -m tests.unit.money.editors full DIRECTORY

What happened is printed as JSON. The process itself imports everything and starts no thread; its children are forked,
which takes milliseconds.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import random
import resource
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from multiprocessing.synchronize import Barrier
from pathlib import Path

from tests.unit.money.accounts import PLENTY, caps_of, cost_of, order_of, rows_in
from tierlsp.backends.chat import TokenUsage
from tierlsp.errors import LedgerError, OverBudget
from tierlsp.routing.ledger import Ledger
from tierlsp.routing.tiers import Tier

RACERS = 8

MOST_EVENTS = 10
"""Steps of paid calls after which an editor is killed, at most."""


def open_ledger(path: Path) -> Ledger:
    return Ledger(path, lambda: datetime.now(UTC))


def pay_until_killed(path: Path, seed: int, tell: Callable[[str], None]) -> None:
    """Make one paid call after the other, and tell each step when it is over; a call is `sent` to a provider.

    Where the file cannot be had in time, because the machine is busy, nothing is sent and it is tried again.
    """
    chance = random.Random(seed)

    async def run() -> None:
        ledger = open_ledger(path)
        while True:
            try:
                row = await ledger.reserve(order_of("0.02"), PLENTY)
            except LedgerError as error:
                tell(f"refused {error}")
                continue
            tell(f"sent {row}")
            if chance.random() < 0.2:
                with suppress(LedgerError):
                    await ledger.release(row)
                    tell(f"released {row}")
                continue
            nano = chance.randrange(1, 20_000_000)
            await ledger.book(row, TokenUsage(10, output_tokens=5), cost_of(str(Decimal(nano) / 10**9)))
            tell(f"booked {row} {nano}")

    asyncio.run(run())


def killed(directory: Path, kills: int, seed: int) -> list[str]:
    """Kill two editors at a time, each at a random point, and return what they told until then."""
    chance = random.Random(seed)
    told: list[str] = []
    for _ in range(kills // 2):
        pair = [start(directory / "ledger.db", chance.randrange(2**32)) for _ in range(2)]
        for pid, pipe in pair:
            with os.fdopen(pipe) as lines:
                for _ in range(chance.randrange(MOST_EVENTS)):
                    told.append(lines.readline().strip())
                os.kill(pid, signal.SIGKILL)
                told += [line.strip() for line in lines if line.endswith("\n")]
            os.waitpid(pid, 0)
    return told


def start(path: Path, seed: int) -> tuple[int, int]:
    """Fork an editor; return its number and the pipe on which it tells."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        try:
            pay_until_killed(path, seed, lambda line: os.write(writing, f"{line}\n".encode()) and None)
        except BaseException:
            os.write(writing, f"failed {traceback.format_exc()!r}\n".encode())
        finally:
            os._exit(1)
    os.close(writing)
    return pid, reading


def racing(directory: Path, rounds: int) -> list[dict[str, float]]:
    """Let eight editors race to a cap, many times; return what was reserved at most and what the cap was."""
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(RACERS)
    racers = [context.Process(target=race, args=(directory, rounds, number, barrier)) for number in range(RACERS)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
        assert racer.exitcode == 0
    results = []
    for number in range(rounds):
        rows = rows_in(directory / f"{number}.db").values()
        total = sum((reserved if state == "open" else cost) or 0 for state, reserved, cost in rows)
        results.append({"total": total / 10**9, "calls": len(rows)})
    return results


def race(directory: Path, rounds: int, number: int, barrier: Barrier) -> None:
    """Spend as fast as can be in each round's ledger, until the budget is used up."""

    async def run() -> None:
        for turn in range(rounds):
            ledger = open_ledger(directory / f"{turn}.db")
            chance = random.Random(turn * RACERS + number)
            # By turns it is the cap of the month, of the premium models, and of a run that all of them work at.
            caps = [caps_of(monthly="0.1"), caps_of(premium="0.1"), caps_of(action="0.1")][turn % 3]
            barrier.wait()
            try:
                while True:
                    cents = chance.choice(["0.01", "0.013", "0.02"])
                    row = await ledger.reserve(order_of(cents, tier=Tier.PREMIUM, run="one"), caps)
                    if chance.random() < 0.3:
                        await ledger.book(row, TokenUsage(1), cost_of("0.005"))
            except OverBudget:
                await ledger.aclose()

    asyncio.run(run())


def full(directory: Path) -> dict[str, object]:
    """Fill the disk (a limit on the size of files stands for it), and make room again."""

    async def run() -> dict[str, object]:
        path = directory / "ledger.db"
        ledger = open_ledger(path)
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (120_000, hard))
        kept: list[int] = []
        message = ""
        held = await ledger.reserve(order_of("0.01"), PLENTY)
        for _ in range(2000):
            try:
                kept.append(await ledger.reserve(order_of("0.01", run="r" * 200), PLENTY))
            except LedgerError as error:
                message = str(error)
                break
        await ledger.book(held, TokenUsage(1), cost_of("0.002"))
        await ledger.reserve(order_of("0"), PLENTY)
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        after = await ledger.reserve(order_of("0.01"), PLENTY)
        await ledger.aclose()
        rows = rows_in(path)
        return {
            "message": message,
            "kept": len(kept),
            "lost": sum(row not in rows for row in [*kept, held, after]),
            "held": rows[held],
        }

    return asyncio.run(run())


def main() -> None:
    what, directory, *numbers = sys.argv[1:]
    work = {"killed": killed, "racing": racing, "full": full}[what]
    print(json.dumps(work(Path(directory), *map(int, numbers))))


if __name__ == "__main__":
    main()
