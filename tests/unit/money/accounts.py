"""What the tests of the ledger share: orders, caps, a wall clock in the test's hands, a look into the file."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from tierlsp.routing.facts import Kind
from tierlsp.routing.spend import Caps, Cost, Order, PriceSource
from tierlsp.routing.tiers import Tier

PLENTY = Caps(Decimal(1000), Decimal(1000), Decimal(1000))

TODAY = datetime(2026, 11, 26, 12, tzinfo=UTC)


class WallClock:
    """Stands still until it is set."""

    def __init__(self, at: datetime = TODAY) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


def order_of(
    usd: str | None = "0.01", *, run: str = "run", tier: Tier = Tier.CHEAP, kind: Kind = Kind.FIX, model: str = "a/x"
) -> Order:
    return Order(run, kind, tier, model, None if usd is None else Decimal(usd))


def cost_of(usd: str) -> Cost:
    return Cost(Decimal(usd), PriceSource.TABLE)


def caps_of(monthly: str = "1000", premium: str = "1000", action: str = "1000") -> Caps:
    return Caps(Decimal(monthly), Decimal(premium), Decimal(action))


def rows_in(path: Path) -> dict[int, tuple[str, int | None, int | None]]:
    """Return state, reserved and cost of every row, by its number, and check that the file is sound."""
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        found = connection.execute("SELECT id, state, reserved_nano, cost_nano FROM calls")
        return {number: (state, reserved, cost) for number, state, reserved, cost in found}
