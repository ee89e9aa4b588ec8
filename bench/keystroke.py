"""What one key costs the server: `didChange` and `inlineCompletion`, answered from candidates.

Beside a minimal pygls server in the same run, interleaved in short blocks, since machines drift. Prints medians.

    python -m bench.keystroke [--rounds N] [--pairs N] [--json]
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.stdio import StdioServer, cpu_us, inline_params, resident_kb, tierlsp_command

ANSWER = "total = sum(value * weight for value, weight in zip(values, weights, strict=True)) / len(values)"
"""What the scripted model says: one line, long enough to be typed along for a block of keys."""

LINE_COUNTS = (1_000, 10_000, 100_000)

MEMORY_KEYS = 20_000


class Typist:
    """Types `ANSWER` along at the end of a document, over and over, and asks after every key."""

    def __init__(self, server: StdioServer, line_count: int) -> None:
        self.server = server
        self._line = line_count // 2
        self._version = 0
        self._column = 4
        lines = [f"    value_{number} = compute({number}, offset={number % 7})" for number in range(line_count)]
        lines[self._line] = "    "
        server.open("\n".join(lines))

    def warm(self, is_answering: bool) -> None:
        """Ask until the model's line has come."""
        deadline = time.monotonic() + 30
        while not self._ask()["items"] and is_answering:
            if time.monotonic() > deadline:
                raise RuntimeError("the scripted model's line did not come")

    def key(self) -> float:
        """Press one key, ask, and return the microseconds until the answer."""
        typed = self._column - 4
        self._version += 1
        if typed >= len(ANSWER) - 2:
            # The line is nearly typed: delete it, and begin again.
            change = self.server.insertion(self._version, self._line, 4, "", removed=typed)
            self._column = 4
        else:
            change = self.server.insertion(self._version, self._line, self._column, ANSWER[typed])
            self._column += 1
        elapsed_us, result = self.server.press(change, self._line, self._column)
        if not result["items"]:
            raise RuntimeError("a key was not answered from the candidates")
        return elapsed_us

    def _ask(self) -> Any:
        return self.server.request("textDocument/inlineCompletion", inline_params(self._line, self._column))


@contextmanager
def scripted_ollama() -> Iterator[str]:
    """Run a stand-in for Ollama that always says `ANSWER`; yield its address."""
    command = [sys.executable, "-m", "tests.servers.fake_ollama", "--answer", ANSWER]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parent.parent)
    assert child.stdout is not None
    try:
        yield child.stdout.readline().strip()
    finally:
        child.kill()
        child.wait()


def measure_ratio(ollama: str, line_count: int, rounds: int, pairs: int) -> dict[str, Any]:
    """Return microseconds and processor time per key on a document of `line_count` lines.

    `bare` is the floor: the messages alone, with nothing done about them.
    """
    environ = {"OLLAMA_HOST": ollama}
    pygls = [sys.executable, "-m", "bench.minimal_pygls"]
    bare = [sys.executable, "-m", "bench.bare"]
    with (
        StdioServer(tierlsp_command(), environ) as ours,
        StdioServer(pygls) as reference,
        StdioServer(bare) as floor,
    ):
        servers = {"tierlsp": ours, "pygls": reference, "bare": floor}
        typists = {name: Typist(server, line_count) for name, server in servers.items()}
        wall: dict[str, list[float]] = {name: [] for name in typists}
        cpu: dict[str, list[float]] = {name: [] for name in typists}
        for typist in typists.values():
            typist.warm(is_answering=True)
            for _ in range(200 if line_count <= 10_000 else 20):
                typist.key()
        for _ in range(rounds):
            for name, typist in typists.items():
                count = pairs if name != "pygls" else max(10, pairs * 1_000 // line_count)
                before = cpu_us(typist.server.pid)
                wall[name] += [typist.key() for _ in range(count)]
                cpu[name].append((cpu_us(typist.server.pid) - before) / count)
    return {
        "lines": line_count,
        **{f"{name}Us": round(statistics.median(wall[name]), 1) for name in wall},
        **{f"{name}P99Us": round(sorted(wall[name])[len(wall[name]) * 99 // 100], 1) for name in wall},
        **{f"{name}CpuUs": round(statistics.median(cpu[name]), 1) for name in cpu},
        "ratio": round(statistics.median(wall["tierlsp"]) / statistics.median(wall["pygls"]), 3),
        "bareRatio": round(statistics.median(wall["bare"]) / statistics.median(wall["pygls"]), 3),
    }


def measure_growth(ollama: str) -> dict[str, Any]:
    """Return how much the server's memory grows over `MEMORY_KEYS` keys."""
    with StdioServer(tierlsp_command(), {"OLLAMA_HOST": ollama}) as server:
        typist = Typist(server, 1_000)
        typist.warm(is_answering=True)
        for _ in range(3_000):
            typist.key()
        before = resident_kb(server.pid)
        for _ in range(MEMORY_KEYS):
            typist.key()
        return {"keys": MEMORY_KEYS, "residentKb": before, "growthKb": resident_kb(server.pid) - before}


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--pairs", type=int, default=300)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with scripted_ollama() as ollama:
        rows = [measure_ratio(ollama, count, options.rounds, options.pairs) for count in LINE_COUNTS]
        growth = measure_growth(ollama)
    by_lines = {row["lines"]: row for row in rows}
    cpu_ratio = round(by_lines[100_000]["tierlspCpuUs"] / by_lines[1_000]["tierlspCpuUs"], 2)
    if options.json:
        print(json.dumps({"keys": rows, "cpu100kAgainst1k": cpu_ratio, "memory": growth}, indent=2))
        return 0
    columns = ("lines", "tierlspUs", "tierlspP99Us", "tierlspCpuUs", "pyglsUs", "pyglsP99Us", "pyglsCpuUs", "bareUs")
    print(" ".join(f"{name:>12}" for name in (*columns, "ratio", "bareRatio")))
    for row in rows:
        print(" ".join(f"{row[name]:>12}" for name in (*columns, "ratio", "bareRatio")))
    print(f"processor time of a key, 100,000 lines against 1,000: {cpu_ratio} x")
    print(f"memory over {growth['keys']:,} keys: {growth['growthKb']:+} kB from {growth['residentKb']:,} kB")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
