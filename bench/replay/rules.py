"""A policy that follows given rules of debounce, cache, abort and looking ahead."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from statistics import fmean
from typing import Literal, NamedTuple

from bench.replay.buffer import Change
from bench.replay.kept import Kept
from bench.replay.policy import Offer, Place, World
from tierlsp.backends.base import FimRequest

COUNTED_GAP_MS = 400.0
"""Longer gaps between requests are pauses and tell nothing of how fast somebody types."""

FEWEST_GAPS = 20


class Moment(NamedTuple):
    """What a debounce may depend on."""

    typed: str
    """The line left of the cursor."""
    mean_gap_ms: float | None
    """Between requests, of those not more than 400 ms apart; `None` before there are twenty."""
    mean_backend_ms: float | None
    """Of the last ten generations; `None` before the first."""
    is_kept: bool
    """Whether the answer is in the cache."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How one project asks."""

    debounce_ms: float | Callable[[Moment], float] = 0.0
    ask_after_ms: float | None = None
    """When its plug-in asks after a key; `None` where the editor decides."""
    looks_first: bool = False
    """Whether the cache is asked before the debounce."""
    kept_answers: int = 0
    """How many answers it keeps and serves again while they are typed along; 0 for none."""
    busy: Literal["abort", "join", "wait", "overlap"] = "abort"
    """What a request does that meets a running one.

    `abort` closes its connection; `join` does so only if the text has left it; `wait` looks again every `retry_ms`;
    `overlap` sends a second one.
    """
    retry_ms: float = 100.0
    interval_ms: float = 0.0
    """The least time between two requests to the model."""
    shows_first_line: bool = False
    """Whether it streams and answers with the first line that is whole."""
    speculates: bool = False
    """Whether it asks for what comes after accepting as soon as something is shown."""
    above_lines: int = 60
    below_lines: int = 20
    stop: tuple[str, ...] = ("\n\n",)
    max_tokens: int = 64
    longest_ms: float | None = None
    """After which it takes what has been written."""


@dataclass(slots=True, eq=False)
class Generation:
    """One request to the model, and its text so far."""

    line: int
    typed: str
    started_ms: float
    text: str = ""
    first_line: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None

    @property
    def is_running(self) -> bool:
        return self.task is not None and not self.task.done()


class RulePolicy:
    """Answers by its rules."""

    def __init__(self, world: World, rules: Rules) -> None:
        self.ask_after_ms = rules.ask_after_ms
        self._world = world
        self._rules = rules
        self._kept = Kept(max(1, rules.kept_answers))
        self._running: Generation | None = None
        self._asking: asyncio.Task[Offer] | None = None
        self._tasks: set[asyncio.Task[None] | asyncio.Task[Offer]] = set()
        self._asked_ms: float | None = None
        self._sent_ms = float("-inf")
        self._gaps_ms: deque[float] = deque(maxlen=100)
        self._backend_ms: deque[float] = deque(maxlen=10)

    def changed(self, change: Change) -> None:
        """Do nothing: the next request comes by itself."""

    def accepted(self, text: str) -> None:
        """Do nothing."""

    def ask(self, place: Place) -> Offer | asyncio.Future[Offer]:
        now_ms = _now_ms()
        if self._asked_ms is not None and now_ms - self._asked_ms <= COUNTED_GAP_MS:
            self._gaps_ms.append(now_ms - self._asked_ms)
        self._asked_ms = now_ms
        if self._asking is not None:
            self._asking.cancel()
        if self._rules.looks_first and (kept := self._find(place)):
            return self._show(place, kept)
        task = self._asking = asyncio.get_running_loop().create_task(self._answer(place))
        self._hold(task)
        return task

    async def aclose(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _answer(self, place: Place) -> Offer:
        await _sleep_ms(self._debounce_ms(place))
        if kept := self._find(place):
            return self._show(place, kept)
        await self._make_way(place)
        if kept := self._find(place):
            return self._show(place, kept)
        generation = self._running
        if generation is None or not generation.is_running or self._rules.busy != "join":
            generation = self._send(place.line, self._world.buffer.lines[place.line])
        await self._until_usable(generation)
        typed = "\n".join(self._world.buffer.lines[generation.line : place.line + 1])
        said = generation.typed + (generation.text if generation.task is None or generation.task.done() else
                                   generation.text.rpartition("\n")[0])  # fmt: skip
        return self._show(place, said[len(typed) :] if said.startswith(typed) else "")

    def _debounce_ms(self, place: Place) -> float:
        debounce = self._rules.debounce_ms
        if not callable(debounce):
            return debounce
        return debounce(
            Moment(
                self._world.buffer.lines[place.line],
                fmean(self._gaps_ms) if len(self._gaps_ms) > FEWEST_GAPS else None,
                fmean(self._backend_ms) if self._backend_ms else None,
                bool(self._find(place)),
            )
        )

    async def _make_way(self, place: Place) -> None:
        """Come to terms with the running generation, and keep the interval."""
        rules = self._rules
        while (running := self._running) is not None and running.is_running and rules.busy == "wait":
            await _sleep_ms(rules.retry_ms)
        if running is not None and running.is_running and running.task is not None:
            agrees = rules.busy == "join" and self._agrees(running, place)
            if not agrees and rules.busy != "overlap":
                running.task.cancel()
                self._running = None
        await _sleep_ms(self._sent_ms + rules.interval_ms - _now_ms())

    def _agrees(self, generation: Generation, place: Place) -> bool:
        typed = "\n".join(self._world.buffer.lines[generation.line : place.line + 1])
        said = generation.typed + generation.text
        return typed.startswith(said) or said.startswith(typed)

    async def _until_usable(self, generation: Generation) -> None:
        assert generation.task is not None, "it was started"
        if not self._rules.shows_first_line:
            await asyncio.wait({generation.task})
            return
        whole = asyncio.ensure_future(generation.first_line.wait())
        try:
            await asyncio.wait({generation.task, whole}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            whole.cancel()

    def _show(self, place: Place, text: str) -> Offer:
        """Answer, and look ahead where the rules say so."""
        is_free = self._running is None or not self._running.is_running
        if text and self._rules.speculates and is_free:
            lines = (self._world.buffer.lines[place.line] + text).split("\n")
            line = place.line + len(lines) - 1
            if not self._knows(line, lines[-1]):
                self._send(line, lines[-1], [*self._world.buffer.lines[: place.line], *lines])
        return Offer(text)

    def _knows(self, line: int, typed: str) -> bool:
        running = self._running
        return running is not None and (running.line, running.typed) == (line, typed)

    def _find(self, place: Place) -> str:
        return self._kept.rest(self._world.buffer, place.line) if self._rules.kept_answers else ""

    def _send(self, line: int, typed: str, above: list[str] | None = None) -> Generation:
        """Ask the model for what comes behind `typed` on `line`."""
        rules, lines = self._rules, self._world.buffer.lines
        before = above if above is not None else lines[: line + 1]
        here = line if above is None else self._world.buffer.line
        request = FimRequest(
            self._world.model,
            "\n".join(before[-rules.above_lines - 1 :]),
            "\n".join(["", *lines[here + 1 : here + 1 + rules.below_lines]]),
            prompt=None,
            stop=rules.stop,
            max_tokens=rules.max_tokens,
        )
        generation = self._running = Generation(line, typed, _now_ms())
        generation.task = asyncio.get_running_loop().create_task(self._generate(generation, request))
        self._hold(generation.task)
        self._sent_ms = _now_ms()
        return generation

    async def _generate(self, generation: Generation, request: FimRequest) -> None:
        longest_ms = self._rules.longest_ms
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(None if longest_ms is None else longest_ms / 1000.0):
                async with aclosing(self._world.backend.fim(request)) as chunks:
                    async for chunk in chunks:
                        generation.text += chunk.text
                        if generation.text.rstrip("\n").count("\n"):
                            generation.first_line.set()
        self._backend_ms.append(_now_ms() - generation.started_ms)
        if generation.text:
            self._kept.add(generation.line, generation.typed + generation.text)

    def _hold(self, task: asyncio.Task[None] | asyncio.Task[Offer]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _now_ms() -> float:
    return asyncio.get_running_loop().time() * 1000.0


async def _sleep_ms(duration_ms: float) -> None:
    if duration_ms > 0.0:
        await asyncio.sleep(duration_ms / 1000.0)
