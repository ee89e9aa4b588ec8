"""Ollama on machines of several classes, as an object: one slot, a prefix cache, prefill in batches, slow ears.

Time to the first token = fixed + queue + one token + tokens to read / rate. What has to be read is the prompt behind
the longest beginning that it shares with what the slot, or the cache in main memory, already holds.
"""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from bench.replay.tokens import common_tokens

BATCH_TOKENS = 512
"""Tokens read in one go; Ollama starts its server with `-b 512`. A batch is not interrupted."""

POLL_MS = 1000.0
"""While it reads a prompt the server looks for a client that has gone once a second (measured)."""

JITTER = 0.1
"""The spread of the logarithm of every duration: about ten percent."""

KEPT_PROMPTS = 8
"""Prompts kept in main memory beside the slot's. The default of 8 GiB holds about as many of a 7B model's contexts."""

KEEP_SHARE = 0.5
"""A slot whose content the new prompt shares less of than this is saved to main memory first."""


@dataclass(frozen=True, slots=True)
class MachineClass:
    """What a kind of machine takes for a model."""

    name: str
    label: str
    read_tokens_per_s: float
    token_ms: float
    fixed_ms: float
    """Connections, JSON, tokenising and templates, whatever the prompt."""
    model: str

    def first_token_ms(self, new_tokens: int) -> float:
        """Return the time to the first token with an empty queue."""
        return self.fixed_ms + self.token_ms + 1000.0 * new_tokens / self.read_tokens_per_s


CODESTRAL, QWEN = "codestral:22b", "qwen2.5-coder:7b-base"

MACHINES = {
    machine.name: machine
    for machine in (
        MachineClass("mid", "60 ms warm, 200 ms cold", 7130.0, 10.0, 49.7, QWEN),
        MachineClass("A", "RTX 4090, Codestral 22B", 3000.0, 19.0, 6.5, CODESTRAL),
        MachineClass("B", "M3 Max, Codestral 22B", 250.0, 54.0, 6.5, CODESTRAL),
        MachineClass("C1", "M3 Max, Qwen coder 1.5B", 3000.0, 7.0, 6.5, QWEN),
        MachineClass("C2", "M4, Qwen coder 1.5B", 1100.0, 12.5, 6.5, QWEN),
        MachineClass("D", "RTX 3060, Qwen coder 7B", 1600.0, 18.0, 6.5, QWEN),
        MachineClass("E1", "8 cores, Qwen coder 0.5B", 800.0, 10.0, 6.5, QWEN),
        MachineClass("E2", "8 cores, Qwen coder 1.5B", 250.0, 22.0, 6.5, QWEN),
        MachineClass("E3", "2 cores, Qwen coder 0.5B", 316.0, 12.5, 6.5, QWEN),
    )
}
"""`mid` is defined by its times: 60 ms to the first token warm, 200 ms with a prompt of 1,000 tokens cold.

The others are estimates scaled from published llama.cpp rates; of E3 the rates were measured.
"""


@dataclass(slots=True, eq=False)
class Job:
    """One request at the server, and what became of it."""

    prompt: tuple[str, ...]
    output: Iterator[str]
    kind: str
    arrived_ms: float
    pieces: asyncio.Queue[str | None] = field(default_factory=asyncio.Queue)
    """Tokens on their way to the client, `None` at the end."""
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the client closes its connection."""
    read_tokens: int = 0
    """Prompt tokens read, those found in a cache not counted."""
    read_ms: float = 0.0
    written: list[str] = field(default_factory=list)
    written_after_gone: int = 0
    is_done: bool = False


class Machine:
    """One model server. It runs on the loop of the replay."""

    def __init__(self, kind: MachineClass, seed: int, jitter: float = JITTER) -> None:
        self.kind = kind
        self.jobs: list[Job] = []
        self._random = random.Random(seed)
        self._spread = jitter
        self._slot = asyncio.Lock()
        self._held: tuple[str, ...] = ()
        self._kept: list[tuple[str, ...]] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def submit(self, job: Job) -> None:
        """Take a request."""
        self.jobs.append(job)
        task = asyncio.get_running_loop().create_task(self._serve(job))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def rest(self) -> None:
        """Return when nothing is running."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    async def _serve(self, job: Job) -> None:
        """Wait for the slot, then read and write. First come, first served; who has gone is passed over."""
        await self._pause(self.kind.fixed_ms)
        waiting: asyncio.Future[Any] = asyncio.ensure_future(self._slot.acquire())
        if not await _unless_gone(waiting, job.gone):
            return
        try:
            if not job.gone.is_set():
                await self._read(job)
            if not job.gone.is_set():
                await self._write(job)
        finally:
            self._slot.release()

    async def _read(self, job: Job) -> None:
        """Read the part of the prompt that no cache holds."""
        held = self._swap_in(job.prompt)
        # The last token is always read again, for its logits.
        cached = min(held, len(job.prompt) - 1)
        new = len(job.prompt) - cached
        started_ms = _now_ms()
        token_ms = 1000.0 / self.kind.read_tokens_per_s * self._jitter()
        try:
            async with asyncio.timeout(new * token_ms / 1000.0):
                await job.gone.wait()
        except TimeoutError:
            job.read_tokens, job.read_ms = new, new * token_ms
            self._held = job.prompt
            return
        noticed_ms = max(POLL_MS, math.ceil((_now_ms() - job.arrived_ms) / POLL_MS) * POLL_MS) + job.arrived_ms
        batches = max(1, math.ceil((noticed_ms - started_ms) / (BATCH_TOKENS * token_ms)))
        job.read_tokens = min(new, batches * BATCH_TOKENS)
        await _sleep_ms(started_ms + job.read_tokens * token_ms - _now_ms())
        self._held = job.prompt[: cached + job.read_tokens]

    def _swap_in(self, prompt: tuple[str, ...]) -> int:
        """Put what shares most with `prompt` into the slot; return how many tokens of it are held."""
        shared = common_tokens(self._held, prompt)
        if shared >= KEEP_SHARE * len(self._held):
            return shared
        best = max(self._kept, key=lambda kept: common_tokens(kept, prompt), default=())
        if common_tokens(best, prompt) > shared:
            self._kept.remove(best)
            shared = common_tokens(best, prompt)
        self._kept.append(self._held)
        del self._kept[:-KEPT_PROMPTS]
        return shared

    async def _write(self, job: Job) -> None:
        """Write tokens until the text ends or the client is gone. The token being computed is finished."""
        for token in job.output:
            await self._pause(self.kind.token_ms)
            job.written.append(token)
            if job.gone.is_set():
                job.written_after_gone += 1
                break
            job.pieces.put_nowait(token)
        else:
            job.is_done = True
            job.pieces.put_nowait(None)
        self._held = (*job.prompt, *job.written)

    async def _pause(self, duration_ms: float) -> None:
        await _sleep_ms(duration_ms * self._jitter())

    def _jitter(self) -> float:
        return self._random.lognormvariate(0.0, self._spread)


async def _unless_gone(waiting: asyncio.Future[Any], gone: asyncio.Event) -> bool:
    """Wait for the slot; return whether it was got before the client went."""
    leaving: asyncio.Future[Any] = asyncio.ensure_future(gone.wait())
    await asyncio.wait({waiting, leaving}, return_when=asyncio.FIRST_COMPLETED)
    leaving.cancel()
    if waiting.done():
        return True
    waiting.cancel()
    return False


def _now_ms() -> float:
    return asyncio.get_running_loop().time() * 1000.0


async def _sleep_ms(duration_ms: float) -> None:
    await asyncio.sleep(max(0.0, duration_ms) / 1000.0)
