"""When the same model is asked again: after how long, and how often altogether."""

from __future__ import annotations

from collections import defaultdict, deque
from random import Random

from tierlsp.clock import Clock

BASE_MS = 250.0
CAP_MS = 4_000.0
"""`uniform(0, min(cap, base * 2^n))`, which is called full jitter: those who failed together do not come back together.

A person waits; the client libraries of OpenAI and Anthropic, made for servers, go from 0.5 to 8 s.
"""

WAIT_JITTER = 0.1
"""What is added at most to a wait that the server asked for, as a share of it. It is never shortened."""

BUDGET_WINDOW_MS = 60_000.0
BUDGET_SHARE = 0.1
"""Of the requests to a provider within the window, so many may be repetitions.

A provider that fails everything is then asked at most 10 % more often than a healthy one, however many calls run.
"""
BUDGET_LEAST = 3
"""And so many always: a person alone makes fewer than ten requests a minute."""


def backoff_ms(retry: int, server_wait_ms: float, chance: Random) -> float:
    """Return how long to wait before asking again, in milliseconds.

    Args:
        retry: 0 for the first time that it is asked again.
        server_wait_ms: what the server asked for; 0 if it said nothing.
        chance: where the jitter comes from.
    """
    own_ms = chance.uniform(0.0, min(CAP_MS, BASE_MS * 2.0 ** min(retry, 16)))
    if server_wait_ms <= 0:
        return own_ms
    return max(own_ms, server_wait_ms * (1.0 + chance.uniform(0.0, WAIT_JITTER)))


class RetryBudget:
    """Keeps repetitions to a share of the requests, for each provider.

    The window slides: a bucket of tokens that is filled again would let twice as many through where it was full.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._requests: defaultdict[str, deque[float]] = defaultdict(deque)
        self._retries: defaultdict[str, deque[float]] = defaultdict(deque)

    def note_request(self, provider: str) -> None:
        """Count one request, a repetition or not."""
        self._requests[provider].append(self._clock.now_ms())

    def may_retry(self, provider: str) -> bool:
        """Whether one more repetition is within the share."""
        return self._recent(self._retries[provider]) < self._allowed(provider)

    def take(self, provider: str) -> bool:
        """Count one repetition, if there is room for it; return whether there was."""
        if not self.may_retry(provider):
            return False
        self._retries[provider].append(self._clock.now_ms())
        return True

    def _allowed(self, provider: str) -> int:
        return max(BUDGET_LEAST, int(BUDGET_SHARE * self._recent(self._requests[provider])))

    def _recent(self, times: deque[float]) -> int:
        since = self._clock.now_ms() - BUDGET_WINDOW_MS
        while times and times[0] <= since:
            times.popleft()
        return len(times)
