"""How long it takes until a run that is cancelled has closed its provider's connection, and until the person is told.

    python -m bench.cancel [--rounds N] [--json]

Each kind of answer, in each captured editor, at each point at which a question is with the provider: from the moment
that the editor sends the cancellation to the one that the provider sees its connection closed, and to the one that
the editor has read the end. Beside them, in the same run: a command that does nothing, from the editor to its answer,
and a connection that is closed directly, as the same provider sees it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table

from bench.lookup_load import percentile
from tests.protocol.cancel_points import POINTS, Cancelled
from tests.protocol.client import Message
from tests.protocol.every_action import ROWS
from tests.protocol.room import Room, open_room
from tests.protocol.test_actions import PROFILES
from tests.protocol.test_cancelling import KINDS, look
from tests.servers.fake_chat import FakeChat
from tests.servers.loopback import Exchange

GOAL_MS = 100.0
"""The most until the connection is closed (p95)."""


class Timed(Cancelled):
    """A run that is cancelled, with what that took."""

    sent_s = closed_s = ended_s = 0.0

    def cancel(self) -> None:
        """Cancel it, and begin to count."""
        self.sent_s = time.perf_counter()
        super().cancel()

    async def _meanwhile(self) -> None:
        await super()._meanwhile()
        self.closed_s = time.perf_counter()

    def _take(self, message: Message) -> None:
        super()._take(message)
        if self.seen.ends and not self.ended_s:
            self.ended_s = time.perf_counter()


async def measure(rounds: int, console: Console) -> dict[str, Any]:
    """Return the times by point and those to compare with, in milliseconds."""
    points = [point for point in POINTS if point.serve is not None]
    runs = [
        (point, row, profile)
        for _ in range(rounds)
        for point in points
        for row in ROWS
        if row.name in KINDS and not point.why_not(row)
        for profile in PROFILES
    ]
    times: dict[str, dict[str, list[float]]] = {point.name: {"closed": [], "told": []} for point in points}
    commands: list[float] = []
    async with AsyncExitStack() as stack:
        taken = stack.enter_context(socket.socket())
        taken.bind(("127.0.0.1", 0))
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        port = taken.getsockname()[1]
        rooms = {name: await open_room(stack, name, directory / name, port) for name in PROFILES}
        for point, row, profile in track(runs, "runs that are cancelled", console=console):
            cell = Timed(rooms[profile], row, point)
            await cell.run()
            look(cell)
            times[point.name]["closed"].append((cell.closed_s - cell.sent_s) * 1000)
            times[point.name]["told"].append((cell.ended_s - cell.sent_s) * 1000)
            commands.append(await command_ms(rooms[profile]))
    return {
        "points": {
            name: {what: figures(found) for what, found in both.items()} | {"runs": len(both["closed"])}
            for name, both in times.items()
        },
        "command": figures(commands),
        "direct": figures(await direct_ms(len(commands))),
    }


def figures(times: list[float]) -> dict[str, float]:
    """Return the median, the 95th of 100 and the most of milliseconds."""
    return {
        "p50": round(percentile(times, 0.5), 1),
        "p95": round(percentile(times, 0.95), 1),
        "most": round(max(times), 1),
    }


async def command_ms(room: Room) -> float:
    """Return how long a command takes that finds nothing to cancel."""
    begun_s = time.perf_counter()
    await room.command("tierlsp.cancel", {"runId": "none"})
    return (time.perf_counter() - begun_s) * 1000


async def direct_ms(count: int) -> list[float]:
    """Return how long a provider takes to see that a connection was closed, of `count` connections."""
    exchanges: asyncio.Queue[Exchange] = asyncio.Queue()

    class Provider(FakeChat):
        async def handle(self, exchange: Exchange) -> None:
            exchanges.put_nowait(exchange)
            await exchange.until_gone()

    found = []
    async with Provider() as provider:
        for _ in range(count):
            _, writer = await asyncio.open_connection("127.0.0.1", provider.port)
            writer.write(b"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n")
            exchange = await exchanges.get()
            begun_s = time.perf_counter()
            writer.close()
            await exchange.until_gone()
            found.append((time.perf_counter() - begun_s) * 1000)
    return found


def table_of(measured: dict[str, Any]) -> Table:
    """Return the figures as they are shown."""
    table = Table(title="from the cancellation, ms")
    for name in ("point", "runs", "closed p50", "p95", "most", "told p50", "p95", "most"):
        table.add_column(name, justify="left" if name == "point" else "right")
    for name, found in measured["points"].items():
        cells = [str(found[what][which]) for what in ("closed", "told") for which in ("p50", "p95", "most")]
        table.add_row(name, str(found["runs"]), *cells)
    for name, which in (("a command and its answer", "command"), ("a connection closed directly", "direct")):
        table.add_row(name, "", *map(str, measured[which].values()))
    return table


def main() -> int:
    """Measure and print; 1 if the goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.cancel")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    console = Console(stderr=options.json)
    measured = asyncio.run(measure(options.rounds, console))
    if options.json:
        print(json.dumps(measured, indent=2))
    else:
        console.print(table_of(measured))
    return int(any(found["closed"]["p95"] > GOAL_MS for found in measured["points"].values()))


if __name__ == "__main__":
    raise SystemExit(main())
