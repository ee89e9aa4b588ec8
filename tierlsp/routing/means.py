"""What a caller works with, as it sees it: models, prices, the gate, the ledger, health and limits."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from random import Random
from typing import Protocol

from tierlsp.backends.chat import ChatBackend, TokenUsage
from tierlsp.clock import Clock
from tierlsp.privacy.outbound import Cleared, Destination, Part
from tierlsp.routing.booking import Bookings
from tierlsp.routing.deadlines import KindLimits, limits_for
from tierlsp.routing.facts import Kind
from tierlsp.routing.health import Health
from tierlsp.routing.pick import ModelState
from tierlsp.routing.retry import RetryBudget
from tierlsp.routing.slots import Slots
from tierlsp.routing.spend import Caps, Cost


@dataclass(frozen=True, slots=True)
class Listed:
    """A model that can be asked."""

    name: str
    """`backend/model`."""
    backend: ChatBackend
    destination: Destination
    """Who reads what is sent; its `model` is the name by which the provider knows it."""
    context_tokens: int = 0
    """Prompt and answer together; 0 if nobody said."""

    @property
    def is_local(self) -> bool:
        """Whether what it is sent stays on this machine."""
        return self.destination.is_local


class Directory(Protocol):
    """The models that the settings know."""

    def find(self, name: str) -> Listed | None:
        """Return the model called `backend/model`; `None` if there is no such backend, or it cannot be opened."""


class Prices(Protocol):
    """What calls cost. `at` is when a call began, in UTC."""

    def tokens_in(self, model: str, texts: Sequence[str]) -> int:
        """Return how many tokens `texts` are likely to be to `model`."""

    def highest(self, model: str, texts: Sequence[str], max_output_tokens: int, at: datetime) -> Decimal | None:
        """Return the most that a call can cost, in US dollars; 0 for a model on this machine, `None` if unknown."""

    def cost(self, model: str, usage: TokenUsage, at: datetime) -> Cost:
        """Return what a call cost that took `usage`."""


class Clears(Protocol):
    """The one gate, for one run."""

    async def clear(self, parts: tuple[Part, ...], destination: Destination) -> Cleared:
        """Return what of `parts` may be sent to `destination`.

        Raises:
            NeedsConsent: nobody has said yet.
            NotAllowed: it may not.
        """


Rank = Callable[[Sequence[str], Mapping[str, ModelState]], Sequence[str]]
"""Puts the models of one tier into the order in which they are tried (`pick.pick`, with strategy and seed)."""


async def _at_once() -> None:
    """Do not wait."""


def _as_decided(models: Sequence[str], states: Mapping[str, ModelState]) -> Sequence[str]:
    return models


@dataclass(frozen=True, slots=True)
class Means:
    """All that calls share. One for the whole process, so that runs know of each other's failures."""

    directory: Directory
    prices: Prices
    bookings: Bookings
    health: Health
    budget: RetryBudget
    slots: Slots
    clock: Clock
    chance: Random
    """Of the jitter."""
    now: Callable[[], datetime]
    """The time of day in UTC, for prices alone; nothing is measured with it."""
    caps: Callable[[], Caps]
    """As the settings in force say."""
    rank: Rank = _as_decided
    before_local: Callable[[], Awaitable[None]] = _at_once
    """Returns when a model on this machine may be asked: completions go first."""
    limits: Callable[[Kind], KindLimits] = limits_for
