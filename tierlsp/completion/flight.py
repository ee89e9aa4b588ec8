"""One generation of the model, on its own feet: it outlives the request that started it and serves those that follow.

**Law:** the answer has a budget; the generation has relevance. Neither cancels the other.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import aclosing
from typing import NamedTuple

from tierlsp.backends.base import FimRequest, Usage
from tierlsp.clock import Clock
from tierlsp.completion.anchor import Anchor, anchor_of, typed_since
from tierlsp.completion.candidates import rest_after
from tierlsp.completion.filters import run
from tierlsp.completion.site import Site
from tierlsp.completion.supply import Serving
from tierlsp.errors import BackendError, Garbled
from tierlsp.text.cursor import Cursor

logger = logging.getLogger(__name__)

TYPED_AHEAD_LINES = 2
"""Line ends that may be typed past what a generation has written so far, and still count as following it."""


FILTER_EVERY_CHARS = 12
"""How much text may come between two runs of the filters within a line: about three tokens.

A run takes about a millisecond, as long as a quick model takes for a token. Shown are whole lines only, so a line's end
always runs them; in between they can only stop the model earlier.
"""

EAGER_CHARS = 24
"""The length up to which every piece is looked at: here it shows whether the model goes the way the person types."""


class Reading(NamedTuple):
    """What a generation has for a cursor so far."""

    agrees: bool
    """Whether what was typed since its start is what it writes, as far as that can be told."""
    rest: str = ""
    """Whole lines that can be shown at the cursor now."""
    replaces: int = 0
    """Characters right of the cursor that `rest` takes the place of."""


class Flight:
    """One running generation and its text so far."""

    def __init__(self, site: Site, serving: Serving, request: FimRequest, started_ms: float) -> None:
        self.site = site
        self.serving = serving
        self.request = request
        self.started_ms = started_ms
        self.anchor: Anchor = anchor_of(site.cursor)
        self.raw = ""
        """What the model has written."""
        self.text = ""
        """What the filters let through of it."""
        self.filtered_chars = 0
        """How much of `raw` the filters have seen."""
        self.is_over = False
        self.error: BackendError | None = None
        self.usage: Usage | None = None
        self.first_text_ms: float | None = None
        """Milliseconds from the start to the first text."""

    @property
    def uri(self) -> str:
        """The document it writes for."""
        return self.site.cursor.uri

    @property
    def whole_lines(self) -> str:
        """What may be shown now: all of it once it has come to its end, else the lines that are complete.

        A generation that broke off has not come to its end, and its last line may be half of one.
        """
        is_finished = self.is_over and self.error is None
        return self.text if is_finished else self.text[: max(0, self.text.rfind("\n"))]

    def is_due(self, piece: str) -> bool:
        """Whether the filters should run now that `piece` has come."""
        unseen = len(self.raw) - self.filtered_chars
        return "\n" in piece or len(self.raw) <= EAGER_CHARS or unseen >= FILTER_EVERY_CHARS

    def take(self, text: str) -> bool:
        """Take what the filters let through by now; return whether it goes on from what could be shown before.

        Law: what was shown is never taken back. The filters are made for that; should one of them think again, what
        was shown before stays and the generation is over.
        """
        before = self.whole_lines
        if text.startswith(before):
            self.text = text
            return True
        self.text = before
        return False

    def read(self, cursor: Cursor) -> Reading:
        """Return what it has for `cursor`."""
        if cursor.uri != self.uri:
            return Reading(agrees=False)
        typed = typed_since(self.anchor, cursor, self.text.count("\n") + TYPED_AHEAD_LINES)
        if typed is None:
            return Reading(agrees=False)
        if not self.text.startswith(typed.text):
            # What was typed may have gone past what is written so far; at the end that is a disagreement.
            return Reading(agrees=not self.is_over and typed.text.startswith(self.text))
        fit = rest_after(self.whole_lines, typed, cursor.suffix)
        return Reading(True, *fit) if fit else Reading(agrees=True)


class Flights:
    """The generations on one local model: one at a time.

    A second one on the same machine makes both slow (with two slots llama.cpp halved the speed of each), and Ollama
    runs one at a time by default. So the latest wins.
    """

    def __init__(self, clock: Clock, on_progress: Callable[[Flight], None]) -> None:
        """`on_progress` is called on the loop after each piece of text, and once at the end."""
        self._clock = clock
        self._on_progress = on_progress
        self._task: asyncio.Task[None] | None = None
        self._ending: set[asyncio.Task[None]] = set()
        """Abandoned generations whose connections are being closed."""
        self.current: Flight | None = None
        """The running generation."""
        self.started = 0
        """Generations started."""
        self.abandoned = 0
        """Generations given up before their end."""

    def start(self, site: Site, serving: Serving, request: FimRequest) -> Flight:
        """Start a generation, giving up the one that runs."""
        self.abandon()
        flight = Flight(site, serving, request, self._clock.now_ms())
        self.current = flight
        self.started += 1
        self._task = asyncio.get_running_loop().create_task(self._fly(flight))
        return flight

    def abandon(self) -> None:
        """Give up the running generation, if any: close its connection, at which the server stops the model."""
        if self._task is not None and not self._task.done():
            self.abandoned += 1
            self._task.cancel()
            self._ending.add(self._task)
            self._task.add_done_callback(self._ending.discard)
        self._task = None
        self.current = None

    async def aclose(self) -> None:
        """Give up the running generation and wait until every connection is closed."""
        self.abandon()
        await asyncio.gather(*self._ending, return_exceptions=True)

    async def _fly(self, flight: Flight) -> None:
        try:
            await self._stream(flight)
        except asyncio.CancelledError:
            flight.is_over = True
            raise
        except BackendError as error:
            flight.error = error
        except Exception:
            # One failing backend does not take the server down; what it was goes to the log, whole.
            logger.exception("the generation failed in a way that its backend does not know")
            flight.error = Garbled("the model server's answer could not be handled; see the log", cause="bug")
        flight.is_over = True
        if self.current is flight:
            self.current = None
            self._task = None
        self._on_progress(flight)

    async def _stream(self, flight: Flight) -> None:
        async with aclosing(flight.serving.backend.fim(flight.request)) as chunks:
            async for chunk in chunks:
                if chunk.usage is not None:
                    flight.usage = chunk.usage
                if not chunk.text:
                    continue
                if flight.first_text_ms is None:
                    flight.first_text_ms = self._clock.now_ms() - flight.started_ms
                flight.raw += chunk.text
                if not flight.is_due(chunk.text):
                    continue
                flight.filtered_chars = len(flight.raw)
                cut = run(flight.raw, flight.site, False)
                if not flight.take(cut.text):
                    return
                if cut.stop:
                    break
                self._on_progress(flight)
        flight.take(run(flight.raw, flight.site, True).text)
