"""What no server can pass: every request is answered with all the model will say, after one warm first token.

The slot is always free, nothing is read but what was typed, words count as soon as the first of them is there, what
was ever said is kept, and what comes after accepting is known in advance at no cost. Calls are counted, one for each
request that what is kept cannot answer; tokens are not.
"""

from __future__ import annotations

import asyncio

from bench.replay.buffer import Change
from bench.replay.kept import Kept, first_line
from bench.replay.machine import MachineClass
from bench.replay.oracle import Oracle
from bench.replay.policy import Maker, Offer, Place, Policy, World

KEPT_ANSWERS = 64

NEW_TOKENS = 2
"""What a key adds to a prompt whose head stays in the cache."""


class Limit:
    """The bound. It asks when the editor asks, as every server must.

    `holds` is how many characters must be typed on a line after a call before there is another: 0 asks always.
    """

    ask_after_ms: float | None = None

    def __init__(self, world: World, machine: MachineClass, oracle: Oracle, holds: int = 0) -> None:
        self._holds = holds
        self._asked_at = (-1, 0)
        """The line and column of the last call."""
        self._buffer = world.buffer
        self._oracle = oracle
        self._first_ms = machine.first_token_ms(NEW_TOKENS)
        self._kept = Kept(KEPT_ANSWERS)
        self._has_accepted = False
        self.calls = 0

    def changed(self, change: Change) -> None:
        self._has_accepted = False

    def accepted(self, text: str) -> None:
        self._has_accepted = True

    def ask(self, place: Place) -> Offer | asyncio.Future[Offer]:
        # More than a line is taken less often.
        kept = self._kept.rest(self._buffer, place.line)
        if kept:
            return Offer(first_line(kept))
        column = len(self._buffer.lines[place.line])
        if self._asked_at[0] == place.line and abs(column - self._asked_at[1]) <= self._holds - 1:
            return Offer()
        self._asked_at = (place.line, column)
        self.calls += 1
        text = self._text(place.line)
        if self._has_accepted:
            return Offer(first_line(text))
        future: asyncio.Future[Offer] = asyncio.get_running_loop().create_future()
        offer = Offer(first_line(text))
        asyncio.get_running_loop().call_later(
            self._first_ms / 1000.0, lambda: None if future.done() else future.set_result(offer)
        )
        return future

    async def aclose(self) -> None:
        """Do nothing: nothing runs."""

    def _text(self, line: int) -> str:
        site = self._oracle.site_of("\n".join(self._buffer.lines[max(0, line - 3) : line + 1]))
        text = self._oracle.answer(site)
        self._kept.add(line, self._buffer.lines[line] + text)
        return text


def limit(holds: int = 0) -> Maker:
    """Return the bound as a policy, with fewer calls where `holds` says so."""

    def make(world: World) -> Policy:
        return Limit(world, world.backend.machine.kind, world.backend.oracle, holds)

    return make
