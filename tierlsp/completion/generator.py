"""How the model is used: what it is asked, what that is expected to take, and what it took.

The engine decides what a person is answered; this decides nothing about answers. It knows the prompt's window of each
document, what the server has read, how fast it is, and how much of what it wrote was of use.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import NamedTuple

from cachetools import LRUCache

from tierlsp.clock import Clock
from tierlsp.completion.flight import Flight
from tierlsp.completion.flights import Flights, Purpose, Stream, prompt_of
from tierlsp.completion.multiline import is_multiline
from tierlsp.completion.pace import Pace
from tierlsp.completion.prompt import WARM_UP_TOKENS, build_request
from tierlsp.completion.rates import RateMemory, Rates, learn, rates_key
from tierlsp.completion.sequel import after
from tierlsp.completion.site import Site
from tierlsp.completion.supply import Serving
from tierlsp.completion.trials import Verdict
from tierlsp.completion.window import Window, next_window
from tierlsp.completion.window_size import WindowSize, size_for, steps_between
from tierlsp.settings import CompletionSettings
from tierlsp.settings.addresses import is_loopback
from tierlsp.text.cursor import Cursor
from tierlsp.text.lines import is_blank

logger = logging.getLogger(__name__)

WARM_FROM_TOKENS = 48
"""New tokens from which a prompt is read ahead. Fewer cost less than a request does."""

SETTLE_LINES = 10
"""Lines typed since the prompt was last put in order from which that is done at rest, before it must be at a key.

With 6, `python -m bench.replay` reads a half more and shows nothing more."""

SHORTER = 0.75
"""How long a prompt may be after one that was too long for the server's context, against that one."""

WINDOWS = 32
"""Documents whose window is kept. With one forgotten, the next prompt there is read afresh, as after a restart."""

LINE_CHARS = 40
"""The characters of a line, for predictions: the mean of hand-written code, indentation left out."""

ACCEPTED_WEIGHT = 0.15
"""The weight of the newest text that was shown in the share of those that were taken: the last dozen count."""

FIRST_ACCEPTED_SHARE = 0.3
"""The share before anything is known: published acceptance of completions lies between 20 and 35 percent."""

OFTEN_SHARE = 0.12
"""The share of texts accepted from which the next line is asked for as soon as a text is shown.

`python -m bench.replay`: of those who accept every right text it reaches 0.2, of those who type everything it falls
below after six texts.
"""

SPECULATE_FROM_SHARE = 0.06
"""The share from which it is asked for once typing pauses with a text on the screen: of such texts, several times as
many are accepted. A person who types everything falls below this too, and costs nothing."""


class Warmth(NamedTuple):
    """Something that the server can read ahead."""

    window: Window
    due_ms: float
    """How long typing must have rested before it is worth its time."""


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
        self._accepted_share = FIRST_ACCEPTED_SHARE
        self._windows: LRUCache[str, Window] = LRUCache(WINDOWS)
        self._size: WindowSize | None = None
        self._most_chars: int | None = None
        """The longest prompt, where the server has refused a longer one."""
        self.flights = Flights(clock, on_progress, self._on_ended)
        self.pace = Pace(is_saving=settings.power == "saving", patience_ms=settings.patience_ms)

    # ------------------------------------------------------------------ asking

    def start(self, cursor: Cursor, serving: Serving) -> None:
        """Ask for a completion at `cursor`, giving up whatever runs."""
        site = Site(cursor, is_multiline(cursor, self._settings.multiline))
        goes_on = self._makes_ahead(serving) and not site.is_multiline and is_blank(cursor.suffix)
        window = self._windows[cursor.uri] = self._window(cursor, serving)
        stream = self._stream(Purpose.ANSWER, window, serving, is_multiline=site.is_multiline or goes_on)
        stream.flight, stream.goes_on = Flight(site, serving.model, stream.started_ms), goes_on
        self.pace.started(stream.started_ms)
        self.flights.start(stream)

    def speculate(self, cursor: Cursor, text: str, serving: Serving) -> None:
        """Ask for what comes behind `text`, should the person take it at `cursor`, if that is worth its time."""
        is_wanted = self._accepted_share >= SPECULATE_FROM_SHARE and not self.pace.is_going_wrong
        if not is_wanted or not self._makes_ahead(serving):
            return
        end = after(cursor, text)
        # Not kept: should the text be taken, the same window is made again from the one that is kept.
        window = self._window(after(end, "\n"), serving)
        stream = self._stream(Purpose.SPECULATION, window, serving)
        stream.end_of_line, stream.between = end, "\n"
        self.flights.start(stream)

    def to_read_ahead(self, cursor: Cursor, serving: Serving) -> tuple[Warmth, ...]:
        """Return what the server could read now for requests at `cursor`, the soonest due first.

        What the next request needs is due at once. Putting the prompt in order is for later requests, and the next one
        would have to wait for it: that is due once the person has rested for as long as it takes. Who has been away for
        some time stays away for about as long again.
        """
        if self._is_quiet(serving) or not self._settings.warm_ms:
            return ()
        rates = self.rates_of(serving)
        least_chars = WARM_FROM_TOKENS * rates.chars_per_token
        as_it_is = self._window(cursor, serving)
        settled = self._window(cursor, serving, is_settled=True)
        unread_chars, settled_chars = self._unread_chars(as_it_is, serving), self._unread_chars(settled, serving)
        is_needed = unread_chars >= least_chars
        if not is_needed and (len(as_it_is.typed) < SETTLE_LINES or settled_chars < least_chars):
            return ()
        due_ms = rates.reading_ms(settled_chars - unread_chars if is_needed else settled_chars)
        in_order = Warmth(settled, due_ms)
        return (Warmth(as_it_is, 0.0), in_order) if is_needed else (in_order,)

    def _unread_chars(self, window: Window, serving: Serving) -> int:
        return self._stream(Purpose.WARMTH, window, serving).new_chars

    def warm(self, warmth: Warmth, serving: Serving) -> None:
        """Have the server read ahead."""
        self._windows[warmth.window.uri] = warmth.window
        self.flights.start(self._stream(Purpose.WARMTH, warmth.window, serving))

    def asks_early(self, serving: Serving) -> bool:
        """Whether the model is asked as soon as the text changes, and not when the editor does."""
        if self._is_quiet(serving):
            return False
        debounce = self._settings.debounce
        return (self.pace.wait_ms(self._clock.now_ms()) if debounce == "adaptive" else debounce) == 0

    def _is_quiet(self, serving: Serving) -> bool:
        """Whether the model is asked for nothing but what a request needs.

        So is one on another machine: what nobody has asked for does not leave this one, and other people may share it.
        """
        if self._settings.power == "saving" or self._settings.trigger == "manual":
            return True
        return not is_loopback(serving.backend.spec.base_url)

    def _makes_ahead(self, serving: Serving) -> bool:
        """Whether lines are made before they are asked for."""
        return self._settings.multiline != "never" and not self._is_quiet(serving)

    def _window(self, cursor: Cursor, serving: Serving, *, is_settled: bool = False) -> Window:
        rates = self.rates_of(serving)
        size = size_for(
            rates.prefill_tokens_per_s,
            self._settings.warm_ms,
            serving.backend.spec.num_ctx,
            self._settings.max_tokens,
            rates.chars_per_token,
        )
        if self._most_chars is not None:
            size = size.within(self._most_chars)
        if self._size is None or steps_between(self._size, size) > 1.0:
            self._size = size
        return next_window(self._windows.get(cursor.uri), cursor, self._size, is_settled=is_settled)

    def _stream(self, purpose: Purpose, window: Window, serving: Serving, *, is_multiline: bool = True) -> Stream:
        max_tokens = WARM_UP_TOKENS if purpose is Purpose.WARMTH else self._settings.max_tokens
        request = build_request(window, serving, self._settings.layout, max_tokens, is_multiline=is_multiline)
        new_chars = self.flights.shadow.new_chars(prompt_of(request))
        return Stream(purpose, serving, request, self._clock.now_ms(), new_chars)

    # ------------------------------------------------------------------ what it takes

    def rates_of(self, serving: Serving) -> Rates:
        """Return what is known of a model's speed."""
        name = rates_key(serving.backend.spec.base_url, serving.model)
        rates = self._rates.get(name)
        if rates is None:
            rates = (self._memory.load(name) if self._memory is not None else None) or Rates()
            self._rates[name] = rates
        return rates

    def line_ms(self, serving: Serving) -> float | None:
        """Return what a line is expected to take where the server has read nearly all; `None` if nothing is known."""
        rates = self.rates_of(serving)
        return rates.line_ms(0, LINE_CHARS) if rates.is_known else None

    def first_token_ms(self, serving: Serving) -> float | None:
        """Return what the first token is expected to take where the server has read nearly all."""
        rates = self.rates_of(serving)
        return rates.first_token_ms(0) if rates.is_known else None

    @property
    def look_ms(self) -> float:
        """How long after an answer it is worth its time to make what comes behind it."""
        return 0.0 if self._accepted_share >= OFTEN_SHARE else self.pace.look_ms

    def judged(self, verdict: Verdict) -> None:
        """Take what became of a text that was shown."""
        if not verdict.is_model:
            return
        self._accepted_share += ACCEPTED_WEIGHT * (verdict.is_accepted - self._accepted_share)
        if verdict.is_accepted:
            self.pace.taken()

    def forget(self) -> None:
        """Say that another model has taken over."""
        self.flights.shadow.forget()
        self._size = self._most_chars = None
        self._windows.clear()

    async def aclose(self) -> None:
        """End what runs, and keep what was learnt."""
        await self.flights.aclose()
        if self._memory is not None:
            self._memory.flush()

    def _on_ended(self, stream: Stream) -> None:
        if stream.error is not None and stream.error.cause == "context":
            self._most_chars = int(SHORTER * len(stream.prompt))
            self._size = None
            self._windows.clear()
        measured = stream.measured
        if measured is not None and stream.purpose is not Purpose.WARMTH:
            # A prompt that was only read was not for nothing: the next request finds it read.
            self.pace.ended(measured.last_ms)
        if measured is not None:
            name = rates_key(stream.serving.backend.spec.base_url, stream.serving.model)
            rates = learn(self.rates_of(stream.serving), measured)
            self._rates[name] = rates
            self.pace.line_ms = rates.line_ms(0, LINE_CHARS)
            if self._memory is not None:
                self._memory.save(name, rates)
        self._tell_ended(stream)
