"""Whether the model's answer is near enough to wait for, or the embedded completer should speak instead."""

from __future__ import annotations

from tierlsp.clock import Clock
from tierlsp.completion.generator import Generator
from tierlsp.completion.pace import PAUSE_MS
from tierlsp.completion.supply import Supply
from tierlsp.completion.waiting import Waiter
from tierlsp.settings import CompletionSettings

WORDS_SHARE = 0.9
"""The share of the budget within which a model's first word must be expected, for it to be waited for: a first token
varies by a tenth from one time to the next."""

NEWEST_WEIGHT = 0.3
"""The weight of the newest generation in the expected time: a machine that gets busy is noticed within three."""


class Forecast:
    """What is expected of the model, from its rates and from what its last generations took."""

    def __init__(self, clock: Clock, settings: CompletionSettings, supply: Supply, generator: Generator) -> None:
        self._clock = clock
        self._settings = settings
        self._supply = supply
        self._generator = generator
        self._line_ms = 0.0
        """How long a generation is expected to take until something can be shown."""

    def took(self, line_ms: float) -> None:
        """Take after how long a generation had something to show, or had come to its end without."""
        self._line_ms += NEWEST_WEIGHT * (line_ms - self._line_ms)

    def gave_up(self) -> None:
        """Say that patience ended before the model answered: no better is expected until one proves it."""
        self._line_ms = max(self._line_ms, self._settings.patience_ms + 1.0)

    @property
    def is_wordless(self) -> bool:
        """Whether not even a word of the model is expected within the budget."""
        first_ms = self._generator.first_token_ms(serving) if (serving := self._supply.serving) is not None else None
        if first_ms is None:
            return False
        stream = self._generator.flights.stream
        begun_ms = self._clock.now_ms() - stream.started_ms if stream is not None and stream.first_ms is None else 0.0
        return first_ms - begun_ms > WORDS_SHARE * self._settings.budget_ms

    def is_far(self, waiter: Waiter) -> bool:
        """Whether the model's line is too far away to wait for.

        What an editor shows can only be extended. So an editor that can be told of the model's line is shown something
        else only where somebody who pauses would not see that line in the same pause; any other editor only where it
        would not come before patience ends.
        """
        if self._line_ms > self._settings.patience_ms:
            return True
        serving = self._supply.serving
        line_ms = self._generator.line_ms(serving) if serving is not None else None
        if line_ms is None or not waiter.ask.can_refresh:
            return waiter.ask.can_refresh
        now_ms = self._clock.now_ms()
        return line_ms + max(0.0, (waiter.queued_until_ms or now_ms) - now_ms) > PAUSE_MS
