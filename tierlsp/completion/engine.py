"""The way of an inline completion, top to bottom.

`look_up` answers from what is at hand, with no `await` (Law). What it cannot answer goes to `wait_for`: join the
generation that runs, or start one, and answer with the first usable unit of it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from cachetools import LRUCache

from tierlsp.backends.base import FimRequest
from tierlsp.clock import Clock, Timer
from tierlsp.completion.anchor import anchor_of
from tierlsp.completion.candidates import Candidate, Candidates
from tierlsp.completion.flight import Flight, Flights
from tierlsp.completion.gate import Gate, gate_place
from tierlsp.completion.lookup import Lookup
from tierlsp.completion.multiline import is_multiline
from tierlsp.completion.prompt import build_request
from tierlsp.completion.request import Answer, Ask
from tierlsp.completion.site import Site
from tierlsp.completion.supply import Serving, State, Supply
from tierlsp.completion.window import Window, next_window
from tierlsp.completion.window_size import size_for
from tierlsp.settings import CompletionSettings
from tierlsp.trace import Outcome, Source, Tally

logger = logging.getLogger(__name__)

LOOKUP_MODEL = "lookup"
"""What stands for a model's name where the embedded completer has answered."""


FORECAST_WEIGHT = 0.3
"""The weight of the newest generation in the expected time: a machine that gets busy is noticed within three."""


WINDOWS = 32
"""Documents whose last window is kept. A server's cache holds fewer prompts."""


@dataclass(slots=True, eq=False)
class _Waiter:
    """A request that waits for the model."""

    ask: Ask
    future: asyncio.Future[Answer]
    own: Flight | None = None
    """The generation started for it, if one was."""
    timers: list[Timer] = field(default_factory=list)


class Engine:
    """Answers requests for completions, from candidates, a running generation, the model, or the embedded completer."""

    def __init__(
        self,
        clock: Clock,
        settings: CompletionSettings,
        supply: Supply,
        lookup: Lookup | None,
        tally: Tally | None = None,
    ) -> None:
        self._clock = clock
        self._settings = settings
        self._supply = supply
        self._lookup = lookup
        self._waiters: dict[str, _Waiter] = {}
        self._windows: LRUCache[str, Window] = LRUCache(WINDOWS)
        self._expected_ms = 0.0
        """How long a generation is expected to take, learnt from those that came to their end."""
        self.candidates = Candidates()
        self.flights = Flights(clock, self._on_progress)
        self.tally = tally if tally is not None else Tally()

    # ------------------------------------------------------------------ the two ways in

    def look_up(self, ask: Ask) -> Answer | None:
        """Answer at once where that is possible. `None` means that only the model can: call `wait_for`."""
        answer = self._at_hand(ask)
        if answer is not None:
            self._supersede(ask.cursor.uri)
            return self._close(ask, answer)
        return None

    def wait_for(self, ask: Ask) -> asyncio.Future[Answer]:
        """Answer with the first usable unit of a generation, or with what else there is when patience ends.

        A newer request for the same document answers this one with nothing (`STALE`). Cancelling the future withdraws
        the request and leaves the generation running for those that follow.
        """
        uri = ask.cursor.uri
        self._supersede(uri)
        waiter = _Waiter(ask, asyncio.get_running_loop().create_future())
        waiter.future.add_done_callback(lambda future: self._dismiss(waiter, future))
        self._waiters[uri] = waiter
        self._after(waiter, self._settings.budget_ms, lambda: self._at_budget(waiter))
        self._after(waiter, self._settings.patience_ms, lambda: self._at_patience(waiter))
        self._board(waiter)
        return waiter.future

    def refuse(self, ask: Ask, gate: Gate) -> Answer:
        """Answer a request that is not followed up, and count it."""
        self._supersede(ask.cursor.uri)
        return self._close(ask, Answer(Outcome.GATED, gate=gate))

    # ------------------------------------------------------------------ what happens to documents

    def changed(self, uri: str) -> None:
        """Say that a document has changed: a request for its older text is answered with nothing."""
        self._supersede(uri)

    def closed(self, uri: str) -> None:
        """Say that a document was closed."""
        self._supersede(uri)
        flight = self.flights.current
        if flight is not None and flight.uri == uri:
            self.flights.abandon()

    def stop_generating(self) -> None:
        """Answer whoever waits with nothing and give up the running generation, as when the person pauses."""
        for uri in list(self._waiters):
            self._supersede(uri)
        self._windows.clear()
        self.flights.abandon()

    async def aclose(self) -> None:
        """Stop everything."""
        self.stop_generating()
        await self.flights.aclose()

    # ------------------------------------------------------------------ steps

    def _at_hand(self, ask: Ask) -> Answer | None:
        cursor = ask.cursor
        gate = gate_place(cursor, is_manual=ask.is_manual)
        if gate is not None:
            return Answer(Outcome.GATED, gate=gate)
        found = self.candidates.find(cursor)
        if found is not None:
            if not found.rest:
                return Answer(Outcome.EMPTY)
            outcome = Outcome.TYPED if found.is_typed_along else Outcome.HIT
            return Answer(outcome, found.rest, Source.CACHE, found.candidate.model, found.replaces)
        flight = self.flights.current
        if flight is not None:
            rest, replaces = flight.read(cursor)[1:]
            if rest:
                return Answer(Outcome.JOINED, rest, Source.FLIGHT, flight.serving.model, replaces)
        if self._supply.serving is None:
            self._supply.wake()
            if not (self._supply.is_searching and self._supply.status.state is State.LOADING):
                return self._instead(ask, self._outcome_without_model())
        return None

    def _outcome_without_model(self) -> Outcome:
        return Outcome.FAILED if self._supply.status.state is State.DOWN else Outcome.EMPTY

    def _board(self, waiter: _Waiter) -> None:
        """Join the running generation if it still agrees with the text, else start one."""
        flight = self.flights.current
        if flight is not None and flight.read(waiter.ask.cursor).agrees:
            return
        if self._supply.serving is None:
            # The search for a model is on its way; `model_found` goes on from here.
            return
        debounce = self._settings.debounce
        if isinstance(debounce, int | float) and debounce > 0 and not waiter.ask.is_manual:
            self._after(waiter, debounce, lambda: self._start(waiter))
        else:
            self._start(waiter)

    def model_found(self) -> None:
        """Say that the supply has changed: old candidates are another model's, and whoever waits can go on."""
        self.candidates.clear()
        for waiter in list(self._waiters.values()):
            if self._supply.serving is not None:
                self._board(waiter)
            elif self._supply.status.state is not State.LOADING:
                self._settle_instead(waiter, self._outcome_without_model())

    def _start(self, waiter: _Waiter) -> None:
        serving = self._supply.serving
        if serving is None or waiter.future.done():
            return
        cursor = waiter.ask.cursor
        site = Site(cursor, is_multiline(cursor, self._settings.multiline))
        request = self._request(site, serving)
        self._give_up(self.flights.current, waiter)
        waiter.own = self.flights.start(site, serving, request)

    def _request(self, site: Site, serving: Serving) -> FimRequest:
        """Return what to ask at `site`, with as much of the document's last prompt as still holds."""
        settings, uri = self._settings, site.cursor.uri
        size = size_for(None, settings.warm_ms, serving.backend.spec.num_ctx, settings.max_tokens)
        window = self._windows[uri] = next_window(self._windows.get(uri), site.cursor, size)
        return build_request(window, serving, settings.layout, settings.max_tokens, is_multiline=site.is_multiline)

    def _give_up(self, flight: Flight | None, winner: _Waiter) -> None:
        """Keep what the overtaken generation wrote, and answer whoever waits for it elsewhere: the latest wins."""
        if flight is None:
            return
        self._keep(flight)
        waiter = self._waiters.get(flight.uri)
        if waiter is not None and waiter is not winner:
            self._settle_instead(waiter, Outcome.STALE)

    def _on_progress(self, flight: Flight) -> None:
        """A generation has new text, or is over."""
        if flight.is_over:
            self._land(flight)
        waiter = self._waiters.get(flight.uri)
        if waiter is not None:
            self._offer(waiter, flight)

    def _land(self, flight: Flight) -> None:
        """Keep what a finished generation wrote, and tell the supply how it went."""
        if flight.error is None:
            self._supply.worked()
            self._learn(self._clock.now_ms() - flight.started_ms)
            self.candidates.add(flight.uri, Candidate(flight.anchor, flight.text, flight.serving.model))
        else:
            self._keep(flight)
            self._supply.failed(flight.error)

    def _keep(self, flight: Flight | None) -> None:
        """Keep the whole lines of a generation that did not come to its end."""
        if flight is not None and (text := flight.whole_lines):
            self.candidates.add(flight.uri, Candidate(flight.anchor, text, flight.serving.model))

    def _offer(self, waiter: _Waiter, flight: Flight | None = None) -> None:
        """Answer `waiter` from the generation if it has a usable unit for it, or start anew if the two have parted."""
        flight = flight or self.flights.current
        if flight is None or waiter.future.done():
            return
        reading = flight.read(waiter.ask.cursor)
        if reading.rest:
            if flight.is_over or not self._within_budget(waiter.ask):
                self._settle(waiter, _from_flight(waiter, flight, reading.rest, reading.replaces))
        elif flight.is_over:
            self._answer_after_end(waiter, flight)
        elif not reading.agrees:
            self._start(waiter)

    def _answer_after_end(self, waiter: _Waiter, flight: Flight) -> None:
        """The generation is over and has nothing for `waiter`."""
        if flight.error is not None:
            self._settle_instead(waiter, Outcome.FAILED)
        elif waiter.own is flight:
            self._settle(waiter, Answer(Outcome.EMPTY, model=flight.serving.model))
        else:
            # It was for another place; what it wrote is kept, and this place gets its own.
            self._start(waiter)

    def _at_budget(self, waiter: _Waiter) -> None:
        """The budget is over: answer with what is there, or say at once what the wait would end with."""
        self._offer(waiter)
        if self._expected_ms > self._settings.patience_ms:
            answer = self._instead(waiter.ask, Outcome.LATE)
            if answer.text:
                self._settle(waiter, answer)

    def _at_patience(self, waiter: _Waiter) -> None:
        """Patience is over: answer without the model, and expect no better of the next until one proves it."""
        self._expected_ms = max(self._expected_ms, self._settings.patience_ms + 1.0)
        self._settle_instead(waiter, Outcome.LATE)

    def _learn(self, took_ms: float) -> None:
        self._expected_ms += FORECAST_WEIGHT * (took_ms - self._expected_ms)

    def _within_budget(self, ask: Ask) -> bool:
        return self._clock.now_ms() - ask.arrived_ms < self._settings.budget_ms

    def _instead(self, ask: Ask, otherwise: Outcome) -> Answer:
        """Return the embedded completer's answer where it is sure of it, else nothing, with the outcome `otherwise`."""
        guess = self._lookup.guess(ask.cursor) if self._lookup is not None else None
        if guess is None or not guess.is_confident:
            return Answer(otherwise)
        candidate = Candidate(anchor_of(ask.cursor), guess.text, LOOKUP_MODEL)
        self.candidates.add(ask.cursor.uri, candidate)
        return Answer(Outcome.LOOKUP, guess.text, Source.LOOKUP, LOOKUP_MODEL)

    def _settle_instead(self, waiter: _Waiter, otherwise: Outcome) -> None:
        if not waiter.future.done():
            self._settle(waiter, self._instead(waiter.ask, otherwise))

    def _settle(self, waiter: _Waiter, answer: Answer) -> None:
        """Answer `waiter`, once."""
        if not waiter.future.done():
            waiter.future.set_result(self._close(waiter.ask, answer))

    def _dismiss(self, waiter: _Waiter, future: asyncio.Future[Answer]) -> None:
        """Forget a waiter that was answered or withdrawn."""
        if future.cancelled():
            self.tally.count(Outcome.CANCELLED, None, 0.0)
        for timer in waiter.timers:
            timer.cancel()
        if self._waiters.get(waiter.ask.cursor.uri) is waiter:
            del self._waiters[waiter.ask.cursor.uri]

    def _supersede(self, uri: str) -> None:
        waiter = self._waiters.pop(uri, None)
        if waiter is not None:
            self._settle(waiter, Answer(Outcome.STALE))

    def _after(self, waiter: _Waiter, delay_ms: float, action: Callable[[], None]) -> None:
        waiter.timers.append(self._clock.call_later_ms(delay_ms, action))

    def _close(self, ask: Ask, answer: Answer) -> Answer:
        """Stamp the answer and count it. Every request passes here or is counted as cancelled, and never twice."""
        answer = answer.after(self._clock.now_ms() - ask.arrived_ms)
        self.tally.count(answer.outcome, answer.source if answer.text else None, answer.ms)
        logger.debug("%s in %.1f ms, %d characters", answer.outcome, answer.ms, len(answer.text))
        return answer


def _from_flight(waiter: _Waiter, flight: Flight, rest: str, replaces: int) -> Answer:
    if not flight.is_over:
        outcome = Outcome.PARTIAL
    elif waiter.own is flight:
        outcome = Outcome.FRESH
    else:
        outcome = Outcome.JOINED
    source = Source.MODEL if waiter.own is flight else Source.FLIGHT
    return Answer(outcome, rest, source, flight.serving.model, replaces)
