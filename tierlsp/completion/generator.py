"""How the model is used: what it is asked, what that is expected to take, and what it took.

The engine decides what a person is answered; this decides nothing about answers. It knows the prompt's window of each
document, what the server has read, how fast it is, and how much of what it wrote was of use.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from tierlsp.clock import Clock
from tierlsp.completion.flight import Flight
from tierlsp.completion.flights import Flights, Purpose, Stream, prompt_of
from tierlsp.completion.multiline import is_multiline
from tierlsp.completion.pace import Pace
from tierlsp.completion.prompt import build_request
from tierlsp.completion.rates import RateMemory, Rates, learn
from tierlsp.completion.sequel import after
from tierlsp.completion.site import Site
from tierlsp.completion.supply import Serving
from tierlsp.completion.trials import Verdict
from tierlsp.settings import CompletionSettings
from tierlsp.text.cursor import Cursor
from tierlsp.text.lines import is_blank

logger = logging.getLogger(__name__)

WARM_FROM_TOKENS = 48
"""New tokens from which a prompt is read ahead. Fewer cost less than a request does."""

LINE_CHARS = 40
"""The characters of a line, for predictions: the mean of hand-written code, indentation left out."""

ACCEPTED_WEIGHT = 0.1
"""The weight of the newest text that was shown in the share of those that were taken: the last twenty count."""

FIRST_ACCEPTED_SHARE = 0.3
"""The share before anything is known: published acceptance of completions lies between 20 and 35 percent."""

SPECULATE_FROM_SHARE = 0.25
"""The share of texts accepted from which the next line is asked for ahead of time.

Below it three of four such requests are for nothing, and the fan of a laptop is heard before the gain is seen.
"""


class Generator:
    """The one user of the model.

    Args:
        clock: the time.
        settings: section `completion`.
        memory: where the model's rates are kept between two runs.
        on_progress: called when a generation has new text, or is over.
        on_ended: called when a connection is done with, however it ended.
    """

    def __init__(
        self,
        clock: Clock,
        settings: CompletionSettings,
        memory: RateMemory | None,
        on_progress: Callable[[Flight], None],
        on_ended: Callable[[Stream], None],
    ) -> None:
        self._clock = clock
        self._settings = settings
        self._memory = memory
        self._rates: dict[str, Rates] = {}
        self._tell_ended = on_ended
        self._is_quiet = settings.power == "saving" or settings.trigger == "manual"
        """Whether the model is asked for nothing but what a request needs."""
        self._accepted_share = FIRST_ACCEPTED_SHARE
        self.flights = Flights(clock, on_progress, self._on_ended)
        self.pace = Pace(is_saving=settings.power == "saving")

    # ------------------------------------------------------------------ asking

    def start(self, cursor: Cursor, serving: Serving) -> None:
        """Ask for a completion at `cursor`, giving up whatever runs."""
        site = Site(cursor, is_multiline(cursor, self._settings.multiline))
        goes_on = self._makes_ahead and not site.is_multiline and is_blank(cursor.suffix)
        stream = self._stream(Purpose.ANSWER, site, serving, goes_on=goes_on)
        stream.flight = Flight(site, serving.model, stream.started_ms)
        self.flights.start(stream)

    def speculate(self, cursor: Cursor, text: str, serving: Serving) -> bool:
        """Ask for what comes behind `text`, should the person take it at `cursor`; return whether that is done."""
        if not self._makes_ahead or self._accepted_share < SPECULATE_FROM_SHARE:
            return False
        end = after(cursor, text)
        stream = self._stream(Purpose.SPECULATION, Site(after(end, "\n"), is_multiline=True), serving, goes_on=False)
        stream.end_of_line, stream.between = end, "\n"
        self.flights.start(stream)
        return True

    def wants_warmth(self, cursor: Cursor, serving: Serving) -> bool:
        """Whether a request at `cursor` would find much that the server has not read."""
        if self._is_quiet or not self._settings.warm_ms:
            return False
        stream = self._warmth(cursor, serving)
        return stream.new_chars >= WARM_FROM_TOKENS * self.rates_of(serving).chars_per_token

    def warm(self, cursor: Cursor, serving: Serving) -> None:
        """Have the server read ahead what a request at `cursor` will need."""
        self.flights.start(self._warmth(cursor, serving))

    def _warmth(self, cursor: Cursor, serving: Serving) -> Stream:
        site = Site(cursor, is_multiline(cursor, self._settings.multiline))
        return self._stream(Purpose.WARMTH, site, serving, goes_on=False)

    @property
    def _makes_ahead(self) -> bool:
        """Whether lines are made before they are asked for."""
        return not self._is_quiet and self._settings.multiline != "never"

    def _stream(self, purpose: Purpose, site: Site, serving: Serving, *, goes_on: bool) -> Stream:
        max_tokens = 1 if purpose is Purpose.WARMTH else self._settings.max_tokens
        request = build_request(site, serving, self._settings.layout, max_tokens, goes_on=goes_on)
        new_chars = self.flights.shadow.new_chars(prompt_of(request))
        return Stream(purpose, serving, request, self._clock.now_ms(), new_chars, goes_on=goes_on)

    # ------------------------------------------------------------------ what it takes

    def rates_of(self, serving: Serving) -> Rates:
        """Return what is known of a model's speed."""
        name = _name_of(serving)
        rates = self._rates.get(name)
        if rates is None:
            rates = (self._memory.load(name) if self._memory is not None else None) or Rates()
            self._rates[name] = rates
        return rates

    def line_ms(self, serving: Serving) -> float:
        """Return what a line is expected to take that goes on where the server is; 0 where nothing is known."""
        return self.rates_of(serving).line_ms(0, LINE_CHARS)

    def judged(self, verdict: Verdict) -> None:
        """Take what became of a text that the model wrote."""
        self.pace.taken(verdict.share)
        self._accepted_share += ACCEPTED_WEIGHT * (verdict.is_accepted - self._accepted_share)

    def forget(self) -> None:
        """Say that another model has taken over."""
        self.flights.shadow.forget()

    async def aclose(self) -> None:
        """End what runs, and keep what was learnt."""
        await self.flights.aclose()
        if self._memory is not None:
            self._memory.flush()

    def _on_ended(self, stream: Stream) -> None:
        measured = stream.measured
        if measured is not None and stream.purpose is not Purpose.WARMTH:
            # A prompt that was only read was not for nothing: the next request finds it read.
            self.pace.spent(measured.last_ms, self._clock.now_ms())
        if measured is not None:
            name = _name_of(stream.serving)
            rates = learn(self.rates_of(stream.serving), measured)
            self._rates[name] = rates
            if self._memory is not None:
                self._memory.save(name, rates)
        self._tell_ended(stream)


def _name_of(serving: Serving) -> str:
    """Return the name under which a model's rates are kept: another machine's model is another one."""
    return f"{serving.backend.spec.base_url} {serving.model}"
