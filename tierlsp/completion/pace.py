"""When to ask the model: at once, as long as what it writes is of use; after a pause, when most of it is not.

A model that is wrong is asked again at every key, and a laptop grows hot for nothing. So the time that goes into text
which nobody takes is held to a share of all time, as a bucket that fills slowly and is emptied by waste. With an empty
bucket a request waits until the bucket has filled, or until typing rests: somebody who stops to look is always served.
"""

from __future__ import annotations

WASTE_SHARE = 0.10
"""The share of time that a model may spend on text which nobody takes.

A tenth keeps a machine cool, and still asks a quick model at every word: measured by `python -m bench.replay`.
"""

BUCKET_MS = 400.0
"""What may be wasted in one go: three lines of a laptop's model, so that a person who changes direction is followed."""

REST_GAPS = 1.8
"""Gaps between keys after which typing counts as resting. Of log-normal gaps one in ten is longer than that."""

MIN_REST_MS, MAX_REST_MS = 120.0, 350.0
"""Bounds of that rest: below, it would fall between two keys of a quick typist; above, half a second's look at the
screen would end before a laptop's model has written its line."""

SAVING_REST_MS = 350.0
"""The rest that is waited for with `completion.power = "saving"`."""

TYPING_GAP_MS = 1_000.0
"""Longer gaps between two requests are pauses and say nothing of the typing."""

FIRST_GAP_MS = 200.0
"""The gap between keys before any is known: an average typist's."""

NEWEST_WEIGHT = 0.2
"""The weight of the newest gap: a burst of keys shows after five."""


class Pace:
    """What decides how long a request waits before the model is asked for it."""

    def __init__(self, *, is_saving: bool) -> None:
        self._is_saving = is_saving
        self._gap_ms = FIRST_GAP_MS
        self._asked_ms: float | None = None
        self._credit_ms = BUCKET_MS
        self._credit_at_ms: float | None = None
        self._mean_ms = 0.0
        """What a generation takes, about."""

    def asked(self, now_ms: float) -> None:
        """Say that a request came."""
        if self._asked_ms is not None and (gap := now_ms - self._asked_ms) < TYPING_GAP_MS:
            self._gap_ms += NEWEST_WEIGHT * (gap - self._gap_ms)
        self._asked_ms = now_ms

    def spent(self, spent_ms: float, now_ms: float) -> None:
        """Say that the model worked for `spent_ms`: for nothing, until something of it is taken."""
        self._fill(now_ms)
        self._mean_ms += NEWEST_WEIGHT * (spent_ms - self._mean_ms)
        # Never deeper than the bucket is high: one slow generation must not silence the model for a minute.
        self._credit_ms = max(-BUCKET_MS, self._credit_ms - spent_ms)

    def taken(self, share: float) -> None:
        """Say that a share of a text, from 0 to 1, was of use: what it cost was not wasted."""
        self._credit_ms = min(BUCKET_MS, self._credit_ms + share * self._mean_ms)

    def wait_ms(self, now_ms: float) -> float:
        """Return how long a request that comes now should wait for the next one to take its place; 0 is not at all."""
        if self._is_saving:
            return SAVING_REST_MS
        self._fill(now_ms)
        if self._credit_ms > 0.0:
            return 0.0
        return min(self.rest_ms, -self._credit_ms / WASTE_SHARE + 1.0)

    @property
    def rest_ms(self) -> float:
        """How long after a key typing counts as resting."""
        return min(MAX_REST_MS, max(MIN_REST_MS, REST_GAPS * self._gap_ms))

    def _fill(self, now_ms: float) -> None:
        if self._credit_at_ms is not None:
            self._credit_ms = min(BUCKET_MS, self._credit_ms + WASTE_SHARE * (now_ms - self._credit_at_ms))
        self._credit_at_ms = now_ms
