"""The real engine as a policy. The one file of the replay that knows how the engine is built and asked."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from bench.replay.buffer import Change
from bench.replay.policy import Maker, Offer, Place, Policy, World
from bench.replay.virtual import VirtualClock
from tierlsp.completion.answers import LOOKUP_MODEL
from tierlsp.completion.engine import Engine
from tierlsp.completion.lookup import Lookup
from tierlsp.completion.request import Answer, Ask
from tierlsp.completion.supply import Supply
from tierlsp.lsp.documents import Documents
from tierlsp.lsp.positions import Encoding
from tierlsp.settings import load
from tierlsp.text.cursor import Cursor

ENCODING = Encoding.UTF32


class AtOnce:
    """A runner that carries out a task when it is submitted: no thread, so the replay stays exact."""

    is_idle = True

    def submit(self, task: Iterator[None], *, is_urgent: bool) -> None:
        for _ in task:
            pass

    def stop(self) -> None:
        """Do nothing: nothing runs."""


class Ours:
    """The engine with its documents and its embedded completer, without the wire."""

    ask_after_ms: float | None = None

    def __init__(
        self, world: World, *, has_lookup: bool, has_refresh: bool, starts_early: bool, settings: Mapping[str, Any]
    ) -> None:
        clock = self._clock = VirtualClock()
        completion = replace(load(()).settings.completion, **settings)
        self._supply = Supply(clock, [world.backend], completion.model)
        self._lookup = Lookup(clock, is_excluded=lambda path: False, runner=AtOnce()) if has_lookup else None
        self._refresh = world.refresh
        self._can_refresh = world.can_refresh and has_refresh
        self.engine = Engine(clock, completion, self._supply, self._lookup, on_better=self._on_better)
        self._starts_early = starts_early
        self._uri = world.buffer.uri
        self._documents = Documents()
        text = "\n".join(world.buffer.lines)
        document = self._documents.open(
            {"uri": self._uri, "languageId": world.buffer.language, "version": world.buffer.version, "text": text}
        )
        if self._lookup is not None:
            self._lookup.open(self._uri, list(world.buffer.lines))
        self.engine.opened(document.likely_cursor())
        self._found = asyncio.get_running_loop().create_task(self._find())
        self.ask_us: list[float] = []
        """CPU time of each request until the engine answers or begins to wait, the document's change included."""
        self._change_us = 0.0

    async def _find(self) -> None:
        await self._supply.search()
        self.engine.model_found()

    def changed(self, change: Change) -> None:
        started_ns = time.thread_time_ns()
        span = {"start": _position(change.start), "end": _position(change.end)}
        document = self._documents.get(self._uri)
        assert document is not None and document.version is not None, "it is open"
        identifier = {"uri": self._uri, "version": document.version + 1}
        document, changes = self._documents.change(identifier, [{"range": span, "text": change.text}], ENCODING)
        if self._lookup is not None:
            for line in changes:
                self._lookup.change(self._uri, line.start, line.removed, line.added)
        place = changes[0].cursor if self._starts_early else None
        self.engine.changed(self._uri, partial(document.cursor_at, *place) if place is not None else None)
        self._change_us = (time.thread_time_ns() - started_ns) / 1000.0

    def accepted(self, text: str) -> None:
        """Do nothing yet: the engine does not ask to be told."""

    def ask(self, place: Place) -> Offer | asyncio.Future[Offer]:
        started_ns = time.thread_time_ns()
        document = self._documents.get(self._uri)
        assert document is not None, "it is open"
        position = {"line": place.line, "character": len(document.lines[place.line])}
        ask = Ask(document.cursor(position, ENCODING), self._clock.now_ms(), can_refresh=self._can_refresh)
        answer = self.engine.look_up(ask)
        waiting = self.engine.wait_for(ask) if answer is None else None
        self.ask_us.append((time.thread_time_ns() - started_ns) / 1000.0 + self._change_us)
        self._change_us = 0.0
        if waiting is None:
            assert answer is not None, "one of the two answers"
            return _offer(answer)
        return _then(waiting)

    def _on_better(self, cursor: Cursor) -> None:
        """Pass on that there is a better answer, if the text is still as it was."""
        document = self._documents.get(self._uri)
        if document is not None and document.version == cursor.version:
            self._refresh()

    async def aclose(self) -> None:
        await self._found
        await self.engine.aclose()
        await self._supply.aclose()


def _then(waiting: asyncio.Future[Answer]) -> asyncio.Future[Offer]:
    """Return the offer that the answer becomes; cancelling it withdraws the request."""
    offer: asyncio.Future[Offer] = asyncio.get_running_loop().create_future()

    def pass_on(answered: asyncio.Future[Answer]) -> None:
        if not offer.done():
            offer.cancel() if answered.cancelled() else offer.set_result(_offer(answered.result()))

    waiting.add_done_callback(pass_on)
    offer.add_done_callback(lambda done: waiting.cancel() if done.cancelled() else None)
    return offer


def _offer(answer: Answer) -> Offer:
    return Offer(answer.text, answer.model != LOOKUP_MODEL)


def _position(place: tuple[int, int]) -> dict[str, int]:
    return {"line": place[0], "character": place[1]}


def ours(*, has_lookup: bool = True, has_refresh: bool = True, starts_early: bool = True, **settings: Any) -> Maker:
    """Return the engine as a policy, with other settings of the section `completion` where given."""

    def make(world: World) -> Policy:
        return Ours(world, has_lookup=has_lookup, has_refresh=has_refresh, starts_early=starts_early, settings=settings)

    return make
