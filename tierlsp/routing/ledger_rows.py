"""What stands in the ledger's tables, as values: amounts in billionths of a dollar, dates that never go back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Decimal
from typing import Any

from tierlsp.backends.chat import TokenUsage
from tierlsp.routing.facts import Kind
from tierlsp.routing.spend import Cost, Entry, Order, PriceSource, Spent
from tierlsp.routing.tiers import Tier

NANO = Decimal(10) ** 9
"""The cheapest cached token there is costs 3 billionths of a dollar."""

MOST_NANO = 10**15
"""A million dollars: a call that is said to cost more is a mistake of whoever says so, and sums of it pass 2^63."""

WRONG_CLOCK = timedelta(days=32)
"""A date in the ledger that lies further ahead was written under a wrong clock; a time zone makes a day's difference,
a machine that wakes without its clock starts years back. See `day_in_force`."""


@dataclass(frozen=True, slots=True)
class CompletionCount:
    """Completions of one model on one day. They stand beside the calls, and no saving is made of them."""

    day: str
    model: str
    shown: int = 0
    accepted: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    usd: Decimal | None = Decimal(0)


def to_nano(usd: Decimal, *, up: bool = False) -> int:
    """Return an amount in billionths of a dollar, rounded up where it is reserved."""
    nano = (usd * NANO).to_integral_value(rounding=ROUND_CEILING if up else ROUND_HALF_EVEN)
    return min(int(nano), MOST_NANO)


def to_usd(nano: int) -> Decimal:
    """Return billionths of a dollar in dollars."""
    return Decimal(nano) / NANO


def day_in_force(connection: sqlite3.Connection, now: datetime) -> str:
    """Return the UTC date on which a row counts that is written now.

    It is the clock's, or the latest in the ledger: a clock that is put back does not open an old month again. A date
    more than `WRONG_CLOCK` ahead is passed over, else one start with a wrong clock would hold the month for years;
    what was spent under it counts in the month in force all the same, see `sums`.
    """
    today = now.astimezone(UTC).date()
    limit = min(today, date.max - WRONG_CLOCK) + WRONG_CLOCK
    (latest,) = connection.execute("SELECT MAX(day) FROM calls WHERE day <= ?", (limit.isoformat(),)).fetchone()
    return max(today.isoformat(), latest or "")


def sums(connection: sqlite3.Connection, day: str) -> Spent:
    """Return what is booked and reserved in the month of `day`, and on it. What lies ahead of it counts too."""
    found = connection.execute(
        "SELECT SUM(CASE WHEN day >= ?1 THEN amount END), SUM(amount), SUM(CASE WHEN tier = 'premium' THEN amount END)"
        " FROM (SELECT day, tier, CASE state WHEN 'open' THEN reserved_nano ELSE cost_nano END AS amount"
        " FROM calls WHERE day >= ?2 AND state <> 'released')",
        (day, f"{day[:7]}-01"),
    ).fetchone()
    today, month, premium = (to_usd(amount or 0) for amount in found)
    return Spent(day_usd=today, month_usd=month, premium_usd=premium)


def spent_by_run(connection: sqlite3.Connection, run: str) -> Decimal:
    """Return what is booked and reserved for all calls of a run."""
    (amount,) = connection.execute(
        "SELECT SUM(CASE state WHEN 'open' THEN reserved_nano ELSE cost_nano END) FROM calls"
        " WHERE run = ? AND state <> 'released'",
        (run,),
    ).fetchone()
    return to_usd(amount or 0)


def insert(connection: sqlite3.Connection, number: int, order: Order, at: datetime, day: str) -> None:
    """Write an open row."""
    source = PriceSource.UNKNOWN if order.max_usd is None else PriceSource.TABLE
    connection.execute(
        "INSERT INTO calls VALUES (?, ?, ?, ?, ?, ?, ?, 'open', ?, NULL, ?, 0, ?, 0, 0, 0, 0, 0, 0, '')",
        (
            number,
            _to_micros(at),
            day,
            order.run,
            order.kind.value,
            order.tier.value,
            order.model,
            None if order.max_usd is None else to_nano(order.max_usd, up=True),
            source.value,
            order.is_escalation,
        ),
    )


def book(connection: sqlite3.Connection, number: int, usage: TokenUsage, cost: Cost, *, is_estimate: bool) -> bool:
    """Turn an open row into a booked one; return whether there was one."""
    changed = connection.execute(
        "UPDATE calls SET state = 'booked', cost_nano = ?, cost_source = ?, is_estimate = ?, input_tokens = ?,"
        " cached_tokens = ?, cache_write_5m_tokens = ?, cache_write_1h_tokens = ?, output_tokens = ?,"
        " reasoning_tokens = ?, answered_by = ? WHERE id = ? AND state = 'open'",
        (
            None if cost.usd is None else to_nano(cost.usd),
            cost.source.value,
            is_estimate,
            usage.input_tokens,
            usage.cached_tokens,
            usage.cache_write_5m_tokens,
            usage.cache_write_1h_tokens,
            usage.output_tokens,
            usage.reasoning_tokens,
            usage.model,
            number,
        ),
    ).rowcount
    return changed == 1


def release(connection: sqlite3.Connection, number: int) -> None:
    """Give back what an open row holds."""
    connection.execute("UPDATE calls SET state = 'released' WHERE id = ? AND state = 'open'", (number,))


def add_completions(connection: sqlite3.Connection, count: CompletionCount) -> None:
    """Add to the day's completions of a model."""
    connection.execute(
        "INSERT INTO completions VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (day, model) DO UPDATE SET"
        " shown = shown + excluded.shown, accepted = accepted + excluded.accepted,"
        " input_tokens = input_tokens + excluded.input_tokens, output_tokens = output_tokens + excluded.output_tokens,"
        " cost_nano = cost_nano + excluded.cost_nano",
        (
            count.day,
            count.model,
            count.shown,
            count.accepted,
            count.input_tokens,
            count.output_tokens,
            None if count.usd is None else to_nano(count.usd),
        ),
    )


def entries(connection: sqlite3.Connection, month: str) -> Iterator[Entry]:
    """Yield the calls that count in `month` (`YYYY-MM`), in the order in which they were made."""
    rows = connection.execute(
        "SELECT at, day, run, kind, tier, model, state, reserved_nano, cost_nano, cost_source, is_estimate,"
        " is_escalation, input_tokens, cached_tokens, cache_write_5m_tokens, cache_write_1h_tokens, output_tokens,"
        " reasoning_tokens, answered_by FROM calls"
        " WHERE day >= ? AND day <= ? AND state <> 'released' ORDER BY at, rowid",
        (f"{month}-01", f"{month}-31"),
    )
    for row in rows:
        yield _entry(row)


def completions(connection: sqlite3.Connection, month: str) -> tuple[CompletionCount, ...]:
    """Return the completions of `month` (`YYYY-MM`), by day and model."""
    rows = connection.execute(
        "SELECT day, model, shown, accepted, input_tokens, output_tokens, cost_nano FROM completions"
        " WHERE day >= ? AND day <= ? ORDER BY day, model",
        (f"{month}-01", f"{month}-31"),
    )
    return tuple(_count(row) for row in rows)


def months(connection: sqlite3.Connection) -> tuple[str, ...]:
    """Return the months that have calls or completions, latest first."""
    rows = connection.execute(
        "SELECT DISTINCT substr(day, 1, 7) FROM (SELECT day FROM calls UNION SELECT day FROM completions)"
        " ORDER BY 1 DESC"
    )
    return tuple(month for (month,) in rows)


def _count(row: tuple[Any, ...]) -> CompletionCount:
    day, model, shown, accepted, input_tokens, output_tokens, cost = row
    usd = None if cost is None else to_usd(cost)
    return CompletionCount(day, model, shown, accepted, input_tokens, output_tokens, usd)


def _entry(row: tuple[Any, ...]) -> Entry:
    at, day, run, kind, tier, model, state, reserved, cost, source, is_estimate, is_escalation, *tokens = row
    is_open = state == "open"
    amount = reserved if is_open else cost
    reserved_usd = None if reserved is None else to_usd(reserved)
    return Entry(
        at=_at(at, day),
        order=Order(run, Kind(kind), Tier(tier), model, reserved_usd, is_escalation=bool(is_escalation)),
        usage=_usage(*tokens),
        cost=Cost(None if amount is None else to_usd(amount), PriceSource(source)),
        is_estimate=bool(is_estimate),
        is_open=is_open,
    )


def _usage(full: int, cached: int, written_5m: int, written_1h: int, out: int, thought: int, model: str) -> TokenUsage:
    return TokenUsage(full, cached, written_5m, written_1h, out, thought, model=model)


def _at(micros: int, day: str) -> datetime:
    """Return when a row was written, moved to the date on which it counts where the clock said another."""
    at = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=micros)
    return at if at.date().isoformat() == day else datetime.combine(date.fromisoformat(day), at.timetz())


def _to_micros(at: datetime) -> int:
    return (at - datetime.fromtimestamp(0, UTC)) // timedelta(microseconds=1)
