"""How long a run may take, how long each attempt of it, and how that limit is held.

A run has one deadline, on the monotonic clock. Each attempt gets what is left of it less a share for those that may
have to follow, passed down to the HTTP client as `Patience`.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from tierlsp.backends.limits import Patience
from tierlsp.clock import Clock
from tierlsp.routing.facts import Kind

T = TypeVar("T")


STALL_MS = 15_000.0
"""Between two pieces from the cloud. Providers send a comment or a ping sooner."""


@dataclass(frozen=True, slots=True)
class KindLimits:
    """How long a person waits for a kind of work, in milliseconds."""

    first_token_ms: float
    """Until something is to be seen, for each attempt."""
    total_ms: float
    """For all attempts of the run together."""
    stall_ms: float = STALL_MS
    """Between two pieces of an answer."""


ACTION = KindLimits(first_token_ms=30_000.0, total_ms=120_000.0)
"""A code action: the person looks on."""

THOROUGH = KindLimits(first_token_ms=60_000.0, total_ms=600_000.0)
"""Work on much code, which one starts and leaves: long prompts are read, and much is thought and written."""

GLANCE = KindLimits(first_token_ms=10_000.0, total_ms=30_000.0)
"""A few words; whoever wants them has them in mind sooner."""

LIMITS: Mapping[Kind, KindLimits] = {
    Kind.NAMES: GLANCE,
    Kind.COMMIT: GLANCE,
    Kind.REVIEW: THOROUGH,
    Kind.AUDIT: THOROUGH,
    Kind.PLAN: THOROUGH,
    Kind.REFACTOR_FILES: THOROUGH,
}
"""Every other kind is an `ACTION`."""

LOCAL_STALL_MS = 10_000.0
"""Between two pieces of a model on this machine.

Between two of its tokens lies at most a batch of somebody else's prompt, which took 1.8 to 2.6 s on two cores
(`backends.limits.GENERATION`).
"""

LOCAL_FIRST_TOKEN_MS = 60_000.0
"""The least that a model on this machine has for its first token: it may have to be loaded (3 to 30 s)."""

SHARE = 0.1
"""Of what is left, kept back for each attempt that may follow."""

MOST_SHARES = 5
"""More attempts than these are not provided for: the first ones must have time to succeed."""


def limits_for(kind: Kind) -> KindLimits:
    """Return how long a person waits for `kind`."""
    return LIMITS.get(kind, ACTION)


def patience_for(
    limits: KindLimits, remaining_ms: float, attempts_left: int, *, is_local: bool, is_streamed: bool
) -> Patience:
    """Return the limits of one attempt.

    Args:
        limits: of the kind.
        remaining_ms: until the run's deadline.
        attempts_left: how many may follow this one.
        is_local: whether the model is on this machine.
        is_streamed: whether the answer comes piece by piece; one that comes whole has no first byte before its end.
    """
    total_ms = max(0.0, remaining_ms * (1.0 - SHARE * min(attempts_left, MOST_SHARES)))
    first_ms = max(limits.first_token_ms, LOCAL_FIRST_TOKEN_MS if is_local else 0.0)
    if limits.total_ms < LOCAL_FIRST_TOKEN_MS:
        first_ms = limits.first_token_ms
    stall_ms = min(limits.stall_ms, LOCAL_STALL_MS) if is_local else limits.stall_ms
    return Patience(
        first_byte_ms=min(first_ms, total_ms) if is_streamed else total_ms,
        stall_ms=min(stall_ms, total_ms),
        total_ms=total_ms,
    )


class Deadline:
    """What is left of a run's time. Only calls count: while a person is asked or an answer is checked, it stands."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._used_ms = 0.0
        self._since_ms: float | None = None
        self._total_ms = 0.0

    def start(self, total_ms: float) -> None:
        """Begin to count, against `total_ms` for the whole run."""
        self._total_ms = total_ms
        self._since_ms = self._clock.now_ms()

    def stop(self) -> None:
        """Stand still."""
        if self._since_ms is not None:
            self._used_ms += self._clock.now_ms() - self._since_ms
            self._since_ms = None

    @property
    def remaining_ms(self) -> float:
        """What is left; 0 once it has passed."""
        running_ms = 0.0 if self._since_ms is None else self._clock.now_ms() - self._since_ms
        return max(0.0, self._total_ms - self._used_ms - running_ms)


async def within(clock: Clock, limit_ms: float, awaitable: Awaitable[T]) -> T:
    """Return what `awaitable` gives, if it does within `limit_ms`; else cancel it and wait until it has ended.

    `asyncio.timeout` with our clock, for a single wait.

    Raises:
        TimeoutError: it did not.
    """
    if limit_ms <= 0:
        if inspect.iscoroutine(awaitable):
            awaitable.close()
        raise TimeoutError
    task = asyncio.current_task()
    assert task is not None, "waits belong to a task"
    cancels_before = task.cancelling()
    is_late = False

    def expire() -> None:
        nonlocal is_late
        is_late = True
        task.cancel()

    timer = clock.call_later_ms(limit_ms, expire)
    try:
        return await awaitable
    except asyncio.CancelledError as error:
        if is_late and task.cancelling() <= cancels_before + 1:
            raise TimeoutError from error
        raise
    finally:
        timer.cancel()
        if is_late:
            task.uncancel()
