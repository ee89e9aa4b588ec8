"""The policies to beat first: wait a fixed time after each request, then ask the model and show all it says."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing

from bench.replay.buffer import Change
from bench.replay.policy import Maker, Offer, Place, Policy, World
from tierlsp.backends.base import FimRequest

ABOVE_LINES, BELOW_LINES = 60, 20
"""The window of the naive policies: about a thousand tokens. It moves with the cursor, line by line."""

MAX_TOKENS = 64

STOP = ("\n\n",)


def request_at(
    world: World, place: Place, above_lines: int, below_lines: int, *, stop: Sequence[str], max_tokens: int
) -> FimRequest:
    """Return a request for the model's own template, with whole lines around the place."""
    lines, line = world.buffer.lines, place.line
    above = lines[max(0, line - above_lines) : line + 1]
    below = lines[line + 1 : line + 1 + below_lines]
    return FimRequest(
        world.model, "\n".join(above), "\n".join(["", *below]), prompt=None, stop=tuple(stop), max_tokens=max_tokens
    )


class Naive:
    """Waits, asks, and shows the answer when it is whole. A newer request takes the older one's place."""

    ask_after_ms: float | None = None

    def __init__(self, world: World, debounce_ms: float, *, aborts: bool) -> None:
        self._world = world
        self._debounce_ms = debounce_ms
        self._aborts = aborts
        self._tasks: set[asyncio.Task[Offer]] = set()
        self._newest: asyncio.Task[Offer] | None = None
        self._sending: set[asyncio.Task[Offer]] = set()

    def changed(self, change: Change) -> None:
        """Do nothing: the next request comes by itself."""

    def accepted(self, text: str) -> None:
        """Do nothing."""

    def ask(self, place: Place) -> asyncio.Future[Offer]:
        newest = self._newest
        if newest is not None and (self._aborts or newest not in self._sending):
            newest.cancel()
        task = self._newest = asyncio.get_running_loop().create_task(self._answer(place))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        # Without abort the editor's cancellation reaches nobody.
        return task if self._aborts else asyncio.shield(task)

    async def aclose(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _answer(self, place: Place) -> Offer:
        await asyncio.sleep(self._debounce_ms / 1000.0)
        task = asyncio.current_task()
        assert task is not None, "it runs in one"
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)
        request = request_at(self._world, place, ABOVE_LINES, BELOW_LINES, stop=STOP, max_tokens=MAX_TOKENS)
        text = ""
        async with aclosing(self._world.backend.fim(request)) as chunks:
            async for chunk in chunks:
                text += chunk.text
        return Offer(text)


def naive(debounce_ms: float, *, aborts: bool) -> Maker:
    """Return the policy that waits `debounce_ms`."""

    def make(world: World) -> Policy:
        return Naive(world, debounce_ms, aborts=aborts)

    return make
