"""The way of an inline completion, top to bottom.

`look_up` answers from what is at hand, with no `await` (Law). What it cannot answer goes to `wait_for`: join the
generation that runs, or start one, and answer with the first usable unit of it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from tierlsp.clock import Clock
from tierlsp.completion.ahead import Ahead
from tierlsp.completion.answers import (
    LOOKUP_MODEL,
    answer_of_flight,
    answer_of_found,
    candidate_of,
    candidate_of_guess,
    is_stopgap,
    keep,
)
from tierlsp.completion.candidates import Candidates
from tierlsp.completion.flight import Flight
from tierlsp.completion.flights import Purpose, Stream
from tierlsp.completion.forecast import Forecast
from tierlsp.completion.gate import Gate, gate_place
from tierlsp.completion.generator import Generator
from tierlsp.completion.lookup import Lookup
from tierlsp.completion.rates import RateMemory
from tierlsp.completion.request import Answer, Ask
from tierlsp.completion.supply import State, Supply
from tierlsp.completion.trials import Trials
from tierlsp.completion.waiting import Waiter, Waiting
from tierlsp.settings import CompletionSettings
from tierlsp.text.cursor import Cursor
from tierlsp.trace import Outcome, Source, Tally

logger = logging.getLogger(__name__)


class Engine:
    """Answers requests for completions, from candidates, a running generation, the model, or the embedded completer.

    Args:
        clock: the time.
        settings: section `completion`.
        supply: which model serves.
        lookup: the embedded completer, if it may be used.
        tally: where outcomes are counted.
        memory: where the model's speed is kept between two runs.
        on_better: told where the editor's cursor is, if there is a longer answer for a request that can be refreshed.
    """

    def __init__(
        self,
        clock: Clock,
        settings: CompletionSettings,
        supply: Supply,
        lookup: Lookup | None,
        tally: Tally | None = None,
        *,
        memory: RateMemory | None = None,
        on_better: Callable[[Cursor], None] = lambda cursor: None,
    ) -> None:
        self._clock = clock
        self._settings = settings
        self._supply = supply
        self.lookup = lookup
        self._trials = Trials()
        self._waiting = Waiting(clock, lambda: self.tally.count(Outcome.CANCELLED, None, 0.0))
        self.candidates = Candidates()
        self.generator = Generator(clock, settings, memory, self._on_progress, self._on_ended)
        self._forecast = Forecast(clock, settings, supply, self.generator)
        self.tally = tally if tally is not None else Tally()
        self._ahead = Ahead(clock, supply, self.generator, self.candidates, self._waiting, on_better)

    # ------------------------------------------------------------------ the two ways in

    def look_up(self, ask: Ask) -> Answer | None:
        """Answer at once where that is possible. `None` means that only the model can: call `wait_for`."""
        self._ahead.asked(ask)
        for verdict in self._trials.judge(ask.cursor):
            self.generator.judged(verdict)
        answer = self._at_hand(ask)
        if answer is None:
            return None
        self._supersede(ask.cursor.uri)
        return self._close(ask, answer)

    def wait_for(self, ask: Ask) -> asyncio.Future[Answer]:
        """Answer with the first usable unit of a generation, or with what else there is when patience ends.

        A newer request for the same document answers this one with nothing (`STALE`). Cancelling the future withdraws
        the request and leaves the generation running for those that follow.
        """
        self._supersede(ask.cursor.uri)
        waiter = self._waiting.add(ask)
        self._waiting.plan(waiter, self._settings.budget_ms, self._at_budget)
        self._waiting.plan(waiter, self._settings.patience_ms, self._at_patience)
        self._board(waiter)
        if ask.can_refresh and self._forecast.is_wordless:
            self._speak_instead(waiter)
        return waiter.future

    def refuse(self, ask: Ask, gate: Gate) -> Answer:
        """Answer a request that is not followed up, and count it."""
        self._supersede(ask.cursor.uri)
        return self._close(ask, Answer(Outcome.GATED, gate=gate))

    # ------------------------------------------------------------------ what happens to documents

    def changed(self, uri: str, likely: Callable[[], Cursor] | None = None) -> None:
        """Say that a document has changed: a request for its older text is answered with nothing.

        `likely` returns the place at which the next request may come, if that can be told from the change.
        """
        self._supersede(uri)
        self._ahead.changed(uri, likely)

    def opened(self, cursor: Cursor) -> None:
        """Say that a document was opened, and where its first request may come: the server can begin to read."""
        self._ahead.opened(cursor)

    def closed(self, uri: str) -> None:
        """Say that a document was closed."""
        self.changed(uri)
        flight = self.generator.flights.current
        if flight is not None and flight.uri == uri:
            self.generator.flights.abandon()

    def stop_generating(self) -> None:
        """Answer whoever waits with nothing, give up what runs and plan nothing more, as when the person pauses."""
        self._ahead.stop()
        for waiter in self._waiting:
            self._supersede(waiter.ask.cursor.uri)
        self.generator.flights.abandon()

    def model_found(self) -> None:
        """Say that the supply has changed: old candidates are another model's, and whoever waits can go on."""
        self.candidates.clear()
        self.generator.forget()
        self._ahead.model_found()
        for waiter in self._waiting:
            if self._supply.serving is not None:
                self._board(waiter)
            elif self._supply.status.state is not State.LOADING:
                self._settle_instead(waiter, self._outcome_without_model())

    async def aclose(self) -> None:
        """Stop everything."""
        self.stop_generating()
        await self.generator.aclose()

    # ------------------------------------------------------------------ what is at hand

    def _at_hand(self, ask: Ask) -> Answer | None:
        cursor = ask.cursor
        gate = gate_place(cursor, is_manual=ask.is_manual)
        if gate is not None:
            return Answer(Outcome.GATED, gate=gate)
        known = self._known(cursor)
        if known is not None:
            is_unwanted = not ask.is_manual and self._trials.keeps_away(cursor, known.text)
            return Answer(Outcome.EMPTY) if is_unwanted else known
        if self._supply.serving is None:
            self._supply.wake()
            if not (self._supply.is_searching and self._supply.status.state is State.LOADING):
                return self._instead(ask, self._outcome_without_model())
        return None

    def _known(self, cursor: Cursor) -> Answer | None:
        """Return what the candidates or the running generation have for `cursor`."""
        found = self.candidates.find(cursor)
        if found is not None and not (is_stopgap(found) and self._supply.serving is not None):
            if found.candidate.model != LOOKUP_MODEL:
                self.generator.pace.typed_along(found.typed_chars)
            return answer_of_found(found)
        flight = self.generator.flights.current
        if flight is None:
            return None
        reading = flight.read(cursor)
        if not reading.rest:
            return None
        self.generator.pace.typed_along(reading.typed_chars)
        return Answer(Outcome.JOINED, reading.rest, Source.FLIGHT, flight.model, reading.replaces)

    def _outcome_without_model(self) -> Outcome:
        return Outcome.FAILED if self._supply.status.state is State.DOWN else Outcome.EMPTY

    # ------------------------------------------------------------------ waiting for the model

    def _board(self, waiter: Waiter) -> None:
        """Join the running generation if it still agrees with the text, else see to it that one is started."""
        flight = self.generator.flights.current
        if flight is not None:
            if flight.read(waiter.ask.cursor).agrees:
                return
            if flight.raw:
                # What is being written has gone another way; what is only being read warms the server's cache.
                self._give_up(waiter)
        if self._supply.serving is None or waiter.queued_until_ms is not None:
            # Without a model its search is on the way; `model_found` goes on from here.
            return
        wait_ms = self._wait_ms(waiter.ask)
        if wait_ms > 0:
            waiter.queued_until_ms = self._clock.now_ms() + wait_ms
            self._waiting.plan(waiter, wait_ms, self._start)
        else:
            self._start(waiter)

    def _wait_ms(self, ask: Ask) -> float:
        if ask.is_manual:
            return 0
        if self._settings.debounce != "adaptive":
            return self._settings.debounce
        return self.generator.pace.wait_ms(now := self._clock.now_ms(), now - ask.arrived_ms)

    def _start(self, waiter: Waiter) -> None:
        waiter.queued_until_ms = None
        serving = self._supply.serving
        if serving is None or waiter.future.done():
            return
        flight = self.generator.flights.current
        if flight is not None and flight.read(waiter.ask.cursor).agrees:
            return
        self._give_up(waiter)
        self.generator.start(waiter.ask.cursor, serving)

    def _give_up(self, winner: Waiter) -> None:
        """Stop what runs, keep what it wrote, and answer whoever waits for it elsewhere: the latest wins."""
        flight = self.generator.flights.current
        self.generator.flights.abandon()
        if flight is None:
            return
        keep(self.candidates, flight)
        waiter = self._waiting.get(flight.uri)
        if waiter is not None and waiter is not winner:
            self._settle_instead(waiter, Outcome.STALE)

    def _on_progress(self, flight: Flight) -> None:
        """A generation has new text, or is over. Whoever was answered in the same read may still be on the list."""
        if flight.is_over:
            self._land(flight)
        waiter = self._waiting.get(flight.uri)
        if waiter is not None and not waiter.future.done():
            self._offer(waiter, flight)
        else:
            self._ahead.progressed(flight)

    def _land(self, flight: Flight) -> None:
        """Keep what a finished generation wrote, and tell the supply how it went."""
        if flight.error is not None:
            keep(self.candidates, flight)
            self._supply.failed(flight.error)
            return
        self._supply.worked()
        if flight.source is not Source.SPECULATION:
            self._forecast.took(flight.line_ms or self._clock.now_ms() - flight.started_ms)
        elif flight.is_empty:
            # Nothing was asked at that place, so nothing is known to belong there.
            return
        self.candidates.add(flight.uri, candidate_of(flight, flight.text))

    def _offer(self, waiter: Waiter, flight: Flight) -> None:
        """Answer `waiter` from a generation if it has a usable unit for it, or start anew if the two have parted."""
        if waiter.future.done():
            return
        ask = waiter.ask
        reading = flight.read(ask.cursor)
        is_due = self._clock.now_ms() - ask.arrived_ms >= self._settings.budget_ms
        is_usable = reading.rest and (is_due or flight.is_over)
        if is_usable or (reading.words and is_due and ask.can_refresh):
            self._settle(waiter, answer_of_flight(flight, reading, ask))
        elif flight.is_over:
            self._answer_after_end(waiter, flight)
        elif not reading.agrees:
            self._board(waiter)

    def _answer_after_end(self, waiter: Waiter, flight: Flight) -> None:
        """The generation is over and has nothing for `waiter`."""
        if flight.error is not None:
            self._settle_instead(waiter, Outcome.FAILED)
        elif flight.site.cursor.is_at(waiter.ask.cursor):
            self._settle(waiter, Answer(Outcome.EMPTY, model=flight.model))
        else:
            # It was for another place; what it wrote is kept, and this place gets its own.
            self._board(waiter)

    def _at_budget(self, waiter: Waiter) -> None:
        """The budget is over: answer with what is there, or say at once what the wait would end with."""
        if (flight := self.generator.flights.current) is not None:
            self._offer(waiter, flight)
        if not waiter.future.done() and self._forecast.is_far(waiter):
            self._speak_instead(waiter)

    def _speak_instead(self, waiter: Waiter) -> None:
        """Answer with what the embedded completer is sure of; without that the request goes on waiting."""
        if (answer := self._instead(waiter.ask, Outcome.LATE)).text:
            self._settle(waiter, answer)

    def _at_patience(self, waiter: Waiter) -> None:
        """Patience is over: answer without the model, and expect no better of the next until one proves it."""
        self._forecast.gave_up()
        self._settle_instead(waiter, Outcome.LATE)

    def _on_ended(self, stream: Stream) -> None:
        """A connection to the model is done with."""
        if stream.error is not None and stream.flight is None and stream.purpose is not Purpose.ANSWER:
            # Nobody waits for it, so nobody else hears of it.
            self._supply.failed(stream.error)
        self._ahead.ended(stream)

    # ------------------------------------------------------------------ answering

    def _instead(self, ask: Ask, otherwise: Outcome) -> Answer:
        """Return the embedded completer's answer where it is sure of it, else nothing, with the outcome `otherwise`."""
        guess = self.lookup.guess(ask.cursor) if self.lookup is not None else None
        if guess is None or not guess.is_confident or self._trials.keeps_away(ask.cursor, guess.text):
            return Answer(otherwise)
        self.candidates.add(ask.cursor.uri, candidate_of_guess(ask.cursor, guess))
        return Answer(Outcome.LOOKUP, guess.text, Source.LOOKUP, LOOKUP_MODEL)

    def _settle_instead(self, waiter: Waiter, otherwise: Outcome) -> None:
        if not waiter.future.done():
            self._settle(waiter, self._instead(waiter.ask, otherwise))

    def _settle(self, waiter: Waiter, answer: Answer) -> None:
        """Answer `waiter`, once."""
        if not waiter.future.done():
            if answer.text and not waiter.ask.is_manual and self._trials.keeps_away(waiter.ask.cursor, answer.text):
                answer = Answer(Outcome.EMPTY, model=answer.model)
            waiter.future.set_result(self._close(waiter.ask, answer))

    def _supersede(self, uri: str) -> None:
        if (waiter := self._waiting.pop(uri)) is not None:
            self._settle(waiter, Answer(Outcome.STALE))

    def _close(self, ask: Ask, answer: Answer) -> Answer:
        """Stamp the answer and count it. Every request passes here or is counted as cancelled, and never twice."""
        answer = answer.after(self._clock.now_ms() - ask.arrived_ms)
        self.tally.count(answer.outcome, answer.source if answer.text else None, answer.ms)
        logger.debug("%s in %.1f ms, %d characters", answer.outcome, answer.ms, len(answer.text))
        if answer.text:
            self._trials.shown(ask.cursor, answer.text, is_model=answer.source is not Source.LOOKUP)
        if answer.outcome is not Outcome.STALE:
            self._ahead.answered(ask, answer)
        return answer
