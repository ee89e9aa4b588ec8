"""What passes between a call and the ledger: money reserved, money spent. Amounts are US dollars as `Decimal`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from tierlsp.backends.chat import TokenUsage
from tierlsp.routing.facts import Kind
from tierlsp.routing.tiers import Tier


class PriceSource(StrEnum):
    """Where a cost comes from, best first."""

    PROVIDER = "provider"
    """The provider said what the call cost."""
    USER = "user"
    """The person's own price for the model."""
    TABLE = "table"
    """`prices.toml`."""
    FREE = "free"
    """A model on this machine."""
    UNKNOWN = "unknown"
    """No price is known; it is shown as unknown and never counted as zero."""


@dataclass(frozen=True, slots=True)
class Order:
    """A call that is about to be made."""

    run: str
    """The run that it belongs to; one run can make several calls."""
    kind: Kind
    tier: Tier
    model: str
    """`backend/model`."""
    max_usd: Decimal | None
    """The most that it can cost: what is reserved. `None` where no price is known."""
    is_escalation: bool = False
    """Whether it repeats work of a cheaper call whose answer was of no use."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a call cost."""

    usd: Decimal | None
    source: PriceSource


@dataclass(frozen=True, slots=True)
class Caps:
    """Section `budget` of the settings."""

    monthly_usd: Decimal
    premium_usd: Decimal
    action_usd: Decimal


@dataclass(frozen=True, slots=True)
class Spent:
    """What is booked and reserved so far, in UTC's day and month."""

    day_usd: Decimal
    month_usd: Decimal
    premium_usd: Decimal
    """The premium part of the month."""


class Accounts(Protocol):
    """The ledger, as a call sees it. Nothing of it runs on the event loop.

    **Law:** no money is spent that was not reserved first.
    """

    async def reserve(self, order: Order, caps: Caps) -> int:
        """Set the order's highest price aside, in one step with looking at the caps, and return the row's number.

        Raises:
            OverBudget: a cap would be passed.
            LedgerError: the ledger cannot be written; nothing may then be sent to a model that costs money.
        """

    async def book(self, row: int, usage: TokenUsage, cost: Cost, *, is_estimate: bool = False) -> None:
        """Put what the call really took in place of what was reserved."""

    async def release(self, row: int) -> None:
        """Give back what was reserved for a call that was never made, or refused before it cost anything."""

    async def spent(self) -> Spent:
        """Return what is booked and reserved."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the ledger, as a report reads it."""

    at: datetime
    """UTC."""
    order: Order
    usage: TokenUsage
    cost: Cost
    is_estimate: bool
    is_open: bool
    """Reserved and not booked: the process ended in the middle. It counts as spent."""
