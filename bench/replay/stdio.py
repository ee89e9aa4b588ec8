"""The typing replay in real time: the real server over its pipes, the simulated Ollama over a real socket.

    python -m bench.replay.stdio [--seconds 60] [--machine mid] [--habit accepts]

The same case is typed in virtual time as well, with the engine alone: what differs is the wire, the processes, and
whatever else the machine was doing.
"""

from __future__ import annotations

import argparse
import asyncio

from rich.console import Console
from rich.table import Table

from bench.replay.files import materials
from bench.replay.live import OverStdio, over_stdio
from bench.replay.policies import POLICIES
from bench.replay.record import COLUMNS, Record, figures_of, percentiles
from bench.replay.run import Case
from bench.replay.session import Session
from bench.replay.typist import Habit
from bench.replay.virtual import run_virtual


def main() -> None:
    parser = argparse.ArgumentParser(description="The typing replay over stdio, in real time.")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--machine", default="mid")
    parser.add_argument("--habit", default=Habit.TYPES.value, choices=[habit.value for habit in Habit])
    options = parser.parse_args()
    material = materials(1, 6000)[0]
    case = Case(options.machine, "ours", options.habit)
    console = Console(stderr=True)

    async def replayed(policy: str | None) -> tuple[Record, list[float]]:
        session = Session(material, case.conditions(), longest_ms=options.seconds * 1000.0)
        record = await session.run(POLICIES[policy] if policy else over_stdio())
        return record, session.policy.reply_ms if isinstance(session.policy, OverStdio) else []

    virtual, _ = run_virtual(replayed("ours"))
    with console.status(f"Typing {material.name} for {options.seconds:.0f} s"):
        real, reply_ms = asyncio.run(replayed(None))
    table = Table("", *COLUMNS)
    for name, record in (("in virtual time", virtual), ("over stdio", real)):
        table.add_row(name, *(show(figures_of(record)) for show in COLUMNS.values()))
    Console().print(table)
    p50, p95, p99 = percentiles(reply_ms)
    print(f"{len(reply_ms)} answers over stdio, the model included: p50 {p50:.1f}, p95 {p95:.1f}, p99 {p99:.1f} ms")


if __name__ == "__main__":
    main()
