"""When to ask the model: at once as long as what it writes is of use, ever more seldom while it is not.

A model that is wrong would be asked again at every key, and a laptop grows hot for nothing. So each text in a row of
which nothing was typed along doubles the time until the next is asked for, in units of what a text costs on this
machine. It never goes beyond the time in which typing comes to rest: somebody who stops to look is always served.
"""

from __future__ import annotations

USEFUL_CHARS = 3
"""Characters typed along from which a text was of use. One or two agree by chance, as brackets and quotes do."""

FREE_TEXTS = 4
"""Useless texts in a row that do not delay the next: a person who begins another line has not been wronged yet."""

MORE_FREE_TEXTS = 20
"""How many more of them a model has of which every text was of use; with a share of them, that share.

Of a model that is right now and then, a run of useless texts says nothing of the next one.
"""

RECORD_WEIGHT = 0.1
"""The weight of the newest text in that share: the last twenty count."""

DOUBTED_TEXTS = 1
"""Useless texts in a row, the newest counted before it could be of use, up to which it is worth looking behind it."""

GROWTH = 3.0
"""By what each further one lengthens the delay."""

MAX_HOLD_MS = 1_500.0
"""The longest that the model is left alone while typing goes on: at 80 ms a key, one text for every twenty keys."""

REST_GAPS = 1.5
"""Gaps between keys after which typing counts as resting. Of log-normal gaps one in ten is longer than that."""

MIN_REST_MS, MAX_REST_MS = 120.0, 350.0
"""Bounds of that rest: below, it would fall between two keys of a quick typist; above, half a second's look at the
screen would end before a laptop's model has written its line. With `completion.power = "saving"` each request waits
for the longest."""

PAUSE_MS = 450.0
"""Half a second's pause, less the time in which editors ask: what comes later is not seen in it."""

MIN_LOOK_MS, MAX_LOOK_MS = 80.0, 200.0
"""Bounds of the moment in which a person looks. A glance at a text takes a quarter of a second: it is to be used."""

TYPING_GAP_MS = 1_000.0
"""Longer gaps between two requests are pauses and say nothing of the typing."""

FIRST_GAP_MS = 200.0
"""The gap between keys before any is known: an average typist's."""

NEWEST_WEIGHT = 0.2
"""The weight of the newest gap, and of the newest text's cost: a change shows after five."""


class Pace:
    """What decides how long a request waits before the model is asked for it."""

    def __init__(self, *, is_saving: bool, patience_ms: float) -> None:
        """`patience_ms` is how long a request waits in all: half of it is left to the model."""
        self._is_saving = is_saving
        self._max_rest_ms = min(MAX_REST_MS, patience_ms / 2.0)
        self._gap_ms = FIRST_GAP_MS
        self._asked_ms: float | None = None
        self._started_ms = 0.0
        self._cost_ms = 0.0
        """What a text costs, about."""
        self.line_ms = 0.0
        """What a line is expected to take; 0 while nothing is known."""
        self._useless = 0
        """Texts in a row of which nothing was of use."""
        self._has_started = False
        self._useful_share = 0.0
        """The share of texts that were of use."""

    def asked(self, now_ms: float) -> None:
        """Say that a request came."""
        if self._asked_ms is not None and (gap := now_ms - self._asked_ms) < TYPING_GAP_MS:
            self._gap_ms += NEWEST_WEIGHT * (gap - self._gap_ms)
        self._asked_ms = now_ms

    def started(self, now_ms: float) -> None:
        """Say that the model was asked for a text."""
        if self._has_started:
            self._useful_share += RECORD_WEIGHT * ((self._useless == 0) - self._useful_share)
        self._has_started = True
        self._started_ms = now_ms
        self._useless += 1

    def ended(self, cost_ms: float) -> None:
        """Say what a text has cost, whole or not."""
        weight = NEWEST_WEIGHT if self._cost_ms else 1.0
        self._cost_ms += weight * (cost_ms - self._cost_ms)

    def typed_along(self, chars: int) -> None:
        """Say that the newest text agrees with so many characters that were typed since it was asked for."""
        if chars >= USEFUL_CHARS:
            self._useless = 0

    def taken(self) -> None:
        """Say that a text was taken whole: of one with nothing behind it, nothing is ever typed along.

        The newest may have been asked for since, with the change that took the older one, and is still open.
        """
        self._useless = min(self._useless, DOUBTED_TEXTS)

    @property
    def is_going_wrong(self) -> bool:
        """Whether nothing was typed along of the texts before the newest: what comes behind that is no use either."""
        return self._useless > DOUBTED_TEXTS

    def wait_ms(self, now_ms: float, waited_ms: float = 0.0) -> float:
        """Return how long a request should wait for the next one to take its place; 0 is not at all.

        `waited_ms` is how long it has waited already, for a text that went another way.
        """
        if self._is_saving:
            return max(0.0, self._max_rest_ms - waited_ms)
        doubted = self._useless - self._free_texts
        if doubted <= 0:
            return 0.0
        hold_ms = min(MAX_HOLD_MS, self._cost_ms * GROWTH**doubted)
        # Somebody who stops for half a second is to see the model's line.
        rest_ms = min(self.rest_ms, max(MIN_REST_MS, PAUSE_MS - self.line_ms))
        return max(0.0, min(rest_ms - waited_ms, self._started_ms + hold_ms - now_ms))

    @property
    def _free_texts(self) -> int:
        """How many useless texts in a row do not delay the next: the more, the better the model's record is."""
        return FREE_TEXTS + int(MORE_FREE_TEXTS * self._useful_share)

    @property
    def look_ms(self) -> float:
        """How long after a key a person is more likely to look at what is shown than to press the next one."""
        return min(MAX_LOOK_MS, max(MIN_LOOK_MS, self._gap_ms))

    @property
    def rest_ms(self) -> float:
        """How long after a key typing counts as resting."""
        return min(self._max_rest_ms, max(MIN_REST_MS, REST_GAPS * self._gap_ms))
