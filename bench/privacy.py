"""What the gate costs: lines read a second, how long the event loop is held, false finds in real sources.

    python -m bench.privacy [--trees DIR ...] [--lines N] [--json]

How long the event loop is held has two parts: its own work for one action (`loopMs`), and the longest stretch for which
the gate's thread keeps the interpreter to itself (`biteMs`, with the 99th of 100 beside it). Both are processor time of
one thread, so that what else the machine does does not count. How late a task wakes that wants to run every millisecond
is told as well, with nothing else to do (`idleLate`) and while prompts are cleared (`late`); the machine has its part
in that.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import statistics
import sysconfig
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tierlsp.privacy.audit import AuditLog
from tierlsp.privacy.consent import Answer, ConsentBook
from tierlsp.privacy.exclude import Exclusion
from tierlsp.privacy.gate import Gate
from tierlsp.privacy.outbound import Destination, Part
from tierlsp.privacy.redact import SecretReader
from tierlsp.privacy.rules import load_rules

PROMPT_LINES = 2000
ROUNDS = 30
SUFFIXES = {
    ".py",
    ".pyi",
    ".js",
    ".ts",
    ".rs",
    ".go",
    ".java",
    ".c",
    ".h",
    ".md",
    ".toml",
    ".yaml",
    ".json",
    ".txt",
    ".sh",
}
MAX_FILE_CHARS = 300_000

GOALS = {"heldMs": 1.0, "falsePer10000": 1.0, "promptCpuMs": 20.0}
"""The most for each."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """Settings that let everything through but secrets."""

    cloud: Answer = "allow"
    redact: bool = True


def sources(trees: Sequence[Path]) -> Iterator[str]:
    """Yield the texts below `trees`, in an order drawn by lot."""
    paths = [path for tree in trees for path in tree.rglob("*") if path.suffix in SUFFIXES and path.is_file()]
    random.Random(1).shuffle(paths)
    for path in paths:
        try:
            text = path.read_text(encoding="utf-8")
        except (UnicodeDecodeError, OSError):
            continue
        if len(text) <= MAX_FILE_CHARS:
            yield text


def reading(trees: Sequence[Path], most_lines: int) -> dict[str, float]:
    """Measure the reading alone, in the thread's own time, and count what is found."""
    reader = SecretReader(load_rules(), rest=lambda: None)
    lines = found = 0
    spent = 0.0
    for text in sources(trees):
        before = time.thread_time()
        secrets = reader.secrets_in(text)
        spent += time.thread_time() - before
        lines += text.count("\n") + 1
        found += len(secrets)
        if lines >= most_lines:
            break
    return {
        "lines": lines,
        "linesPerS": lines / spent,
        "usPerLine": spent / lines * 1e6,
        "found": found,
        "falsePer10000": found / lines * 1e4,
    }


def bites(prompt: str) -> list[float]:
    """Return the milliseconds of each stretch of work between two rests, of the thread's own time."""
    found: list[float] = []
    last = time.thread_time()

    def rest() -> None:
        nonlocal last
        now = time.thread_time()
        found.append((now - last) * 1000)
        last = time.thread_time()

    for _ in range(ROUNDS):
        last = time.thread_time()
        SecretReader(load_rules(), rest).secrets_in(prompt)
    return found


async def delays(stop: asyncio.Event) -> list[float]:
    """Return by how many milliseconds the loop was late, each time it was to wake."""
    late: list[float] = []
    while not stop.is_set():
        before = time.perf_counter()
        await asyncio.sleep(0.001)
        late.append((time.perf_counter() - before) * 1000 - 1)
    return late


async def watched(work: asyncio.Task[list[float]] | None) -> tuple[list[float], list[float]]:
    """Return how late the loop was while `work` ran, or for a second without any, and what `work` gave."""
    stop = asyncio.Event()
    watching = asyncio.create_task(delays(stop))
    result = await work if work else []
    if not work:
        await asyncio.sleep(1)
    stop.set()
    return await watching, result


async def clearing(home: Path, text: str) -> list[float]:
    """Clear a prompt again and again, each time as new, and return the milliseconds of each."""
    log = AuditLog(home / "audit.jsonl")
    gate = Gate(Exclusion(["**/.env*"]), ConsentBook(home / "consent.json"), Allowed(), log, lambda: datetime.now(UTC))
    destination = Destination("openai", "api.openai.com", "gpt-5.4", is_local=False)
    spent: list[float] = []
    for _ in range(ROUNDS):
        before = time.perf_counter()
        await gate.begin(home).clear((Part("user", text, home / "a.py"),), destination)
        spent.append((time.perf_counter() - before) * 1000)
    return spent


async def gate_figures(trees: Sequence[Path]) -> dict[str, float]:
    """Measure the whole gate."""
    lines: list[str] = []
    for text in sources(trees):
        lines += text.split("\n")
        if len(lines) >= PROMPT_LINES:
            break
    prompt = "\n".join(lines[:PROMPT_LINES])
    load_rules()
    idle, _ = await watched(None)
    alone = bites(prompt)
    with tempfile.TemporaryDirectory() as home:
        before = time.thread_time()
        await clearing(Path(home), prompt)
        loop_ms = (time.thread_time() - before) * 1000 / ROUNDS
        busy, spent = await watched(asyncio.create_task(clearing(Path(home), prompt)))
    return {
        "promptChars": len(prompt),
        "loopMs": loop_ms,
        "biteMs": max(alone),
        "biteP99Ms": statistics.quantiles(alone, n=100)[98],
        "heldMs": loop_ms + max(alone),
        "promptCpuMs": sum(alone) / ROUNDS,
        "promptMs": statistics.median(spent),
        "idleLateP50Ms": statistics.median(idle),
        "idleLateP99Ms": statistics.quantiles(idle, n=100)[98],
        "lateP50Ms": statistics.median(busy),
        "lateP99Ms": statistics.quantiles(busy, n=100)[98],
        "lateMaxMs": max(busy),
    }


def main() -> None:
    """Print the figures."""
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--trees", nargs="*", type=Path, default=[Path(sysconfig.get_paths()["stdlib"])])
    options.add_argument("--lines", type=int, default=300_000)
    options.add_argument("--json", action="store_true")
    chosen = options.parse_args()
    figures = reading(chosen.trees, chosen.lines) | asyncio.run(gate_figures(chosen.trees))
    if chosen.json:
        print(json.dumps(figures))
        return
    table = Table("figure", "value", "at most")
    for name, value in figures.items():
        table.add_row(name, f"{value:,.2f}", f"{GOALS[name]:g}" if name in GOALS else "")
    Console().print(table)


if __name__ == "__main__":
    main()
