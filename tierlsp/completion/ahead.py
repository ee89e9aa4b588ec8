"""What is done while nobody waits.

Ask for what the editor is about to ask for, tell of a better answer, make what comes next, have the server read ahead.

**Law:** nothing here is answered to anybody, and everything here gives way to the first request that comes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from tierlsp.clock import Clock, Deadline
from tierlsp.completion.anchor import Anchor, anchor_of
from tierlsp.completion.answers import is_stopgap, keep
from tierlsp.completion.candidates import Candidates
from tierlsp.completion.expected import Expected
from tierlsp.completion.flight import Flight
from tierlsp.completion.flights import Purpose, Stream
from tierlsp.completion.gate import gate_place
from tierlsp.completion.generator import Generator
from tierlsp.completion.request import Answer, Ask
from tierlsp.completion.sequel import after
from tierlsp.completion.supply import Supply
from tierlsp.completion.waiting import Waiting
from tierlsp.text.cursor import Cursor
from tierlsp.text.lines import is_blank
from tierlsp.trace import Outcome


@dataclass(frozen=True, slots=True)
class _Shown:
    """The last answer of all, and whether its editor can be told of a better one."""

    ask: Ask
    text: str

    @property
    def cursor(self) -> Cursor:
        return self.ask.cursor

    @property
    def can_refresh(self) -> bool:
        return self.ask.can_refresh


class Ahead:
    """Follows the answers and uses the time between them."""

    def __init__(
        self,
        clock: Clock,
        supply: Supply,
        generator: Generator,
        candidates: Candidates,
        waiting: Waiting,
        on_better: Callable[[Cursor], None],
    ) -> None:
        self._clock = clock
        self._supply = supply
        self._generator = generator
        self._candidates = candidates
        self._waiting = waiting
        self._on_better = on_better
        self._expected = Expected(clock, self._at_expected)
        self._shown: _Shown | None = None
        self._place: Cursor | None = None
        """Where the next request is expected."""
        self._rest = Deadline(clock, self._at_rest)
        self._look = Deadline(clock, self._look_ahead)
        self._looked_behind: Anchor | None = None
        """The last place that was asked for ahead: typing along the text in front of it leads to it again and again."""
        self._warming: asyncio.Task[None] | None = None
        self._resting_since_ms = 0.0
        """When the last request was answered, or the document opened."""

    def opened(self, cursor: Cursor) -> None:
        """Expect the next request at `cursor`, and have the model loaded."""
        self._place = cursor
        self._supply.wake()
        self._plan()

    def answered(self, ask: Ask, answer: Answer) -> None:
        """Take what a request was answered with. A gated one leads to nothing: it must cost nothing."""
        if answer.outcome is Outcome.GATED:
            self._shown = self._place = None
            return
        self._shown = _Shown(ask, answer.text)
        self._place = ask.cursor
        self._plan()

    def asked(self, ask: Ask) -> None:
        """Say that a request has come."""
        self._expected.asked(ask.cursor)

    def changed(self, uri: str, likely: Callable[[], Cursor] | None) -> None:
        """Say that what is shown in a document is out of date, and where the next request is likely.

        A document in which nothing may be offered has had no request that was not gated: nothing is expected there.
        """
        if self._shown is not None and self._shown.cursor.uri == uri:
            self._shown = None
        is_known = self._place is not None and self._place.uri == uri
        self._expected.changed(likely if is_known else None)

    def progressed(self, flight: Flight) -> None:
        """Tell the editor if a generation has more than what it shows. It may only extend that.

        If it goes another way than the person does, the model is asked anew for the place where they are.
        """
        place = self._expected.place
        if place is not None and not flight.read(place).agrees:
            self._at_expected(place)
            return
        shown = self._shown
        if shown is None or not shown.can_refresh:
            return
        rest = flight.read(shown.cursor).rest
        if len(rest) > len(shown.text) and rest.startswith(shown.text):
            self._shown = _Shown(shown.ask, rest)
            self._on_better(shown.ask.place)

    def ended(self, stream: Stream) -> None:
        """Say that the model is free."""
        if stream.error is not None:
            return
        if stream.purpose is not Purpose.WARMTH and not self._look.is_set:
            self._look.set(self._generator.look_ms)
        if stream.purpose is Purpose.WARMTH and stream.first_ms is not None and not self._rest.is_set:
            # There may be more that is due later.
            self._rest.set(self._generator.pace.rest_ms)

    def model_found(self) -> None:
        """Say that another model has taken over, or none. Who was answered without it still looks at that answer."""
        if self._shown is not None and self._shown.can_refresh:
            self._at_expected(self._shown.cursor)
        self._plan()

    def stop(self) -> None:
        """Plan nothing more until a request comes."""
        self._cancel_plans()
        self._expected.forget()
        if self._warming is not None:
            self._warming.cancel()
        self._shown = self._place = None

    # ------------------------------------------------------------------ what comes next

    def _at_expected(self, cursor: Cursor) -> None:
        """Ask the model for what the editor is about to ask for, as the engine would for the request itself."""
        serving = self._supply.serving
        if serving is None or len(self._waiting) or not self._generator.asks_early(serving):
            return
        found = self._candidates.find(cursor)
        if gate_place(cursor, is_manual=False) is not None or (found is not None and not is_stopgap(found)):
            return
        flight = self._generator.flights.current
        if flight is not None:
            if flight.read(cursor).agrees:
                return
            keep(self._candidates, flight)
        self._generator.start(cursor, serving)

    def _look_ahead(self) -> None:
        """Ask for what comes behind the text that is shown, unless it is there or the model is needed."""
        shown, serving = self._shown, self._supply.serving
        if shown is None or not shown.text or serving is None or not self._is_free or not is_blank(shown.cursor.suffix):
            return
        end = after(shown.cursor, shown.text)
        place = anchor_of(end)
        if place != self._looked_behind and self._candidates.find(end) is None:
            self._looked_behind = place
            self._generator.speculate(shown.cursor, shown.text, serving)

    def _plan(self) -> None:
        """Look ahead once the person looks at what is shown, and have the server read ahead once typing rests."""
        self._resting_since_ms = self._clock.now_ms()
        self._look.set(self._generator.look_ms)
        self._rest.set(self._generator.pace.rest_ms)

    def _cancel_plans(self) -> None:
        self._look.cancel()
        self._rest.cancel()

    def _at_rest(self) -> None:
        if self._place is not None and self._is_free and (self._warming is None or self._warming.done()):
            self._warming = asyncio.get_running_loop().create_task(self._warm(self._place))

    async def _warm(self, place: Cursor) -> None:
        """Have the server read what is due by now, and come back for what is due later."""
        serving = self._supply.serving
        warmths = self._generator.to_read_ahead(place, serving) if serving is not None else ()
        if serving is None or not warmths:
            return
        rested_ms = self._clock.now_ms() - self._resting_since_ms
        due = [warmth for warmth in warmths if warmth.due_ms <= rested_ms]
        if not due:
            # A moment later, so that it is surely due then.
            self._rest.set(warmths[0].due_ms - rested_ms + 1.0)
        elif await self._supply.has_room() and self._is_free and self._place is place:
            self._generator.warm(due[-1], serving)

    @property
    def _is_free(self) -> bool:
        """Whether nobody needs the model."""
        return not len(self._waiting) and self._generator.flights.stream is None
