"""The typing replay against a real `llama-server`: how soon after a key the model's line is there, before any filter.

    python -m bench.replay.llama --model tests/real/tiny-q8_0.gguf [--seconds 60]

The engine, the prompts and the HTTP client are the real ones; the person and the editor are simulated in real time. A
small model writes nothing that a person would type; with `completion.debounce = 0` every key asks anew all the same:
the hardest case for the server. A key counts as served if a line of the model for exactly that place was whole within
100 ms of the key. Keys that the next one follows sooner are told apart: there the editor had withdrawn its request.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise

from rich.console import Console

from bench.replay.files import materials
from bench.replay.ours import ours
from bench.replay.policy import Policy, World
from bench.replay.record import SOON_MS, percentiles
from bench.replay.run import Case
from bench.replay.session import Session
from tierlsp.backends.base import BackendSpec, Chunk, FimBackend, FimRequest, Model
from tierlsp.backends.open import open_backend

START_S = 60.0
"""How long the server may take to load its model."""


@dataclass(slots=True, eq=False)
class Line:
    """The first line of one generation."""

    prefix: str
    whole_ms: float | None = None
    """When it was whole, by the loop's clock."""


class Watched:
    """A backend whose generations are watched on their way: when was the first line whole."""

    def __init__(self, backend: FimBackend) -> None:
        self._backend = backend
        self.spec = backend.spec
        self.lines: list[Line] = []

    async def fim(self, request: FimRequest) -> AsyncGenerator[Chunk, None]:
        line, text = Line(request.prefix), ""
        if request.max_tokens > 1:
            self.lines.append(line)
        async with aclosing(self._backend.fim(request)) as chunks:
            async for chunk in chunks:
                text += chunk.text
                if line.whole_ms is None and ("\n" in text.lstrip("\n") or chunk.usage is not None):
                    line.whole_ms = asyncio.get_running_loop().time() * 1000.0
                yield chunk

    async def version(self) -> str:
        return await self._backend.version()

    async def models(self) -> tuple[Model, ...]:
        return await self._backend.models()

    async def loaded(self) -> tuple[str, ...]:
        return await self._backend.loaded()

    async def warm(self, model: str) -> None:
        await self._backend.warm(model)

    async def aclose(self) -> None:
        await self._backend.aclose()


@contextmanager
def llama_server(model: str, threads: int) -> Iterator[str]:
    """Run the server and give its address."""
    program = shutil.which("llama-server")
    if program is None:
        raise SystemExit("llama-server is not on PATH; tests/real/real-parts.sh unpacks one.")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [program, "-m", model, "--host", "127.0.0.1", "--port", str(port), "-np", "1", "-b", "512", "-ub", "512"]
    child = subprocess.Popen(
        [*command, "-t", str(threads)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL
    )
    try:
        url = f"http://127.0.0.1:{port}"
        _until_up(url)
        yield url
    finally:
        child.terminate()
        child.wait()


def _until_up(url: str) -> None:
    until_s = time.monotonic() + START_S
    while time.monotonic() < until_s:
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=1):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise SystemExit(f"llama-server did not come up within {START_S:.0f} s; run it by hand to see why.")


class Sheet:
    """What stood left of the cursor after each key."""

    def __init__(self) -> None:
        self.keys: list[tuple[float, str]] = []


async def typed(url: str, seconds: float) -> tuple[list[tuple[float, str]], list[Line]]:
    """Type for a while; return when each key came and what stood left of the cursor then, and the lines watched."""
    watched = Watched(open_backend(BackendSpec("llamacpp", "llamacpp", url)))
    keys: list[tuple[float, str]] = []

    def make(world: World) -> Policy:
        policy = ours(debounce=0)(replace(world, backend=watched))  # type: ignore[arg-type]  # ours asks no more of it
        changed = policy.changed

        def note(change: object) -> None:
            keys.append((asyncio.get_running_loop().time() * 1000.0, world.buffer.typed))
            changed(change)  # type: ignore[arg-type]  # it is passed on as it came

        policy.changed = note  # type: ignore[method-assign]  # only here is a policy listened in on
        return policy

    session = Session(materials(1, 6000)[0], Case("mid", "ours", "types").conditions(), seconds * 1000.0)
    await session.run(make)
    return keys, watched.lines


def served_ms(keys: list[tuple[float, str]], lines: list[Line]) -> list[tuple[float, float | None]]:
    """Return for each key its gap to the next, and after how long a line for its place was whole."""
    served: list[tuple[float, float | None]] = []
    for (at_ms, text), (next_ms, _) in pairwise(keys):
        whole = [
            line.whole_ms - at_ms
            for line in lines
            if line.whole_ms is not None
            and at_ms <= line.whole_ms < next_ms
            and line.prefix.rpartition("\n")[2] == text
        ]
        served.append((next_ms - at_ms, min(whole, default=None)))
    return served


def main() -> None:
    parser = argparse.ArgumentParser(description="The typing replay against a real llama-server.")
    parser.add_argument("--model", default="tests/real/tiny-q8_0.gguf")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    status = Console(stderr=True).status(f"Typing for {options.seconds:.0f} s")
    with llama_server(options.model, options.threads) as url, status:
        keys, lines = asyncio.run(typed(url, options.seconds))
    served = served_ms(keys, lines)
    long = [ms for gap_ms, ms in served if gap_ms >= SOON_MS]
    for name, of in (("all keys", [ms for _, ms in served]), ("keys that 100 ms follow", long)):
        soon = sum(ms is not None and ms <= SOON_MS for ms in of)
        print(f"{name}: {soon} of {len(of)} served within {SOON_MS:.0f} ms, {100.0 * soon / max(1, len(of)):.1f} %")
    p50, p95, p99 = percentiles([ms for ms in long if ms is not None])
    print(f"{len(lines)} generations; key to whole line p50 {p50:.0f}, p95 {p95:.0f}, p99 {p99:.0f} ms")


if __name__ == "__main__":
    main()
