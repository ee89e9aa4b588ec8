"""A breaker: leaves alone what keeps failing, and lets one request through to see whether it is well again."""

from __future__ import annotations

from collections import deque
from enum import StrEnum
from random import Random

from tierlsp.clock import Clock

FAILURES = 3
OUTCOMES = 5
WINDOW_MS = 30_000.0
"""It opens after so many failures among the last outcomes, all within the window."""

FIRST_OPEN_MS = 5_000.0
"""How long it stays open at first; twice as long each time that the request let through fails."""

LONGEST_OPEN_MS = 300_000.0
"""The longest, whatever the server asked for: a provider's `Retry-After` of a day is not to be trusted for a day."""

JITTER = 0.1
"""What is added at most, as a share, so that several editors do not come back together."""


class State(StrEnum):
    """Whether requests pass."""

    CLOSED = "closed"
    """They do."""
    OPEN = "open"
    """They do not."""
    HALF_OPEN = "half-open"
    """One does, or is under way."""


class Permit:
    """Leave for one request. Exactly one of its methods is to be called at the end; later calls do nothing."""

    def __init__(self, breaker: Breaker, era: int, *, is_probe: bool) -> None:
        self._breaker = breaker
        self._era = era
        self._is_probe = is_probe
        self._is_used = False

    @property
    def holds(self) -> bool:
        """Whether the request may still be made: the breaker has not opened since, or it is the one that finds out."""
        return self._is_probe or self._breaker.state is State.CLOSED

    def succeed(self) -> None:
        """The request was answered."""
        if self._use():
            self._breaker._succeeded(self._era, is_probe=self._is_probe)

    def renewed(self) -> Permit:
        """Return leave for the rest of a request that is being answered, where this one was to find out.

        It has: whoever writes is well, and others need not wait until a long answer has come to its end.
        """
        if not self._is_probe or self._is_used:
            return self
        self.succeed()
        return self._breaker.admit() or self

    def fail(self, *, opens: bool = False, wait_ms: float = 0.0) -> None:
        """The request failed.

        Args:
            opens: whether this failure is enough by itself.
            wait_ms: how long the server asks to be left alone; 0 if it said nothing.
        """
        if self._use():
            self._breaker._failed(self._era, is_probe=self._is_probe, opens=opens or wait_ms > 0, wait_ms=wait_ms)

    def drop(self) -> None:
        """Nothing was learnt: it was cancelled, or never sent."""
        if self._use() and self._is_probe:
            self._breaker._probe_dropped()

    def _use(self) -> bool:
        is_first, self._is_used = not self._is_used, True
        return is_first


class Breaker:
    """Of one model, or of one provider."""

    def __init__(self, clock: Clock, chance: Random) -> None:
        self._clock = clock
        self._chance = chance
        self._outcomes: deque[tuple[float, bool]] = deque(maxlen=OUTCOMES)
        """When, and whether it was well."""
        self._until_ms: float | None = None
        """Until when it is open; `None` while it is closed."""
        self._openings = 0
        """In a row, without a success between them."""
        self._is_probing = False
        self._era = 0
        """Counts openings and closings: what a request of an earlier time tells is old news."""
        self.is_asked_for = False
        """Whether the server itself asked to be left alone."""

    @property
    def state(self) -> State:
        """Whether requests pass now."""
        if self._until_ms is None:
            return State.CLOSED
        if self._is_probing or self._clock.now_ms() >= self._until_ms:
            return State.HALF_OPEN
        return State.OPEN

    @property
    def opens_in_ms(self) -> float:
        """Until it lets a request through; 0 if it does already, or will when the one under way has ended."""
        return 0.0 if self._until_ms is None else max(0.0, self._until_ms - self._clock.now_ms())

    @property
    def is_ready(self) -> bool:
        """Whether it would let a request through now."""
        state = self.state
        return state is State.CLOSED or (state is State.HALF_OPEN and not self._is_probing)

    def admit(self, *, is_forced: bool = False) -> Permit | None:
        """Return leave for one request, or `None`.

        Args:
            is_forced: let the one request through before its time, since there is nobody else to ask.
        """
        if self._until_ms is None:
            return Permit(self, self._era, is_probe=False)
        if self._is_probing or not (self.is_ready or is_forced):
            return None
        self._is_probing = True
        return Permit(self, self._era, is_probe=True)

    def _succeeded(self, era: int, *, is_probe: bool) -> None:
        if is_probe:
            self._until_ms, self._openings, self._is_probing, self.is_asked_for = None, 0, False, False
            self._outcomes.clear()
            self._era += 1
        if era == self._era and self._until_ms is None:
            self._outcomes.append((self._clock.now_ms(), True))

    def _failed(self, era: int, *, is_probe: bool, opens: bool, wait_ms: float) -> None:
        if is_probe:
            self._is_probing = False
            self._open(wait_ms)
        elif era != self._era:
            return
        elif self._until_ms is None:
            now = self._clock.now_ms()
            self._outcomes.append((now, False))
            failures = sum(1 for at, is_well in self._outcomes if not is_well and at > now - WINDOW_MS)
            if opens or failures >= FAILURES:
                self._open(wait_ms)

    def _probe_dropped(self) -> None:
        self._is_probing = False

    def _open(self, wait_ms: float) -> None:
        own_ms = FIRST_OPEN_MS * 2.0 ** min(self._openings, 10)
        longer = 1.0 + self._chance.uniform(0.0, JITTER)
        self._until_ms = self._clock.now_ms() + min(LONGEST_OPEN_MS, max(wait_ms, own_ms) * longer)
        self.is_asked_for = wait_ms > 0
        self._openings += 1
        self._era += 1
        self._outcomes.clear()
