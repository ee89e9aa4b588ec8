"""The caller with the real ledger, price book and gate: they fit, and figures agree."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tests.unit.routing.calling import Rig, ScriptedModels, call_of, good
from tierlsp.backends.chat import TokenUsage
from tierlsp.clock import SystemClock
from tierlsp.errors import OverBudget
from tierlsp.routing.booking import Bookings
from tierlsp.routing.caller import RunCaller
from tierlsp.routing.calls import Answered, CallFailed
from tierlsp.routing.ledger import Ledger
from tierlsp.routing.means import Means, Prices
from tierlsp.routing.pricing import Pricing, book_of
from tierlsp.routing.spend import Accounts
from tierlsp.settings import load

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
MODEL = "anthropic/claude-opus-4-6"
USAGE = TokenUsage(input_tokens=12, cached_tokens=18_000, cache_write_5m_tokens=2_100, output_tokens=300)


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[Ledger]:
    ledger = Ledger(tmp_path / "ledger.sqlite", lambda: NOW)
    yield ledger
    await ledger.aclose()


@pytest.fixture
def means(ledger: Ledger) -> Means:
    pricing = Pricing(book_of(load(()).settings), lambda: NOW)
    rig = Rig()
    rig.shelf.providers["anthropic"] = _quick("anthropic")
    rig.shelf.play(MODEL, good("fine", USAGE))
    clock = SystemClock()
    return replace(rig.means, clock=clock, bookings=Bookings(ledger, clock), prices=pricing, now=lambda: NOW)


async def test_the_real_ledger_books_what_the_real_prices_say(means: Means, ledger: Ledger) -> None:
    answer = await _ask(means, max_usd=Decimal(1))
    # $5 in, $25 out, 0.50 cached, 6.25 written to the cache, for a million.
    expected = (12 * Decimal(5) + 18_000 * Decimal("0.5") + 2_100 * Decimal("6.25") + 300 * Decimal(25)) / 1_000_000
    assert answer.cost.usd == expected
    await means.bookings.wait_written()
    (entry,) = await ledger.entries("2026-11")
    assert (entry.cost.usd, entry.usage.cached_tokens, entry.is_estimate, entry.is_open) == (
        expected,
        18_000,
        False,
        False,
    )


async def test_a_cap_below_the_highest_price_sends_nothing(means: Means, ledger: Ledger) -> None:
    with pytest.raises(CallFailed) as caught:
        await _ask(means, max_usd=Decimal("0.001"))
    assert caught.value.cause == "budget"
    assert isinstance(caught.value.__cause__, OverBudget)
    assert await ledger.entries("2026-11") == ()


async def test_what_the_person_agreed_to_stands_before_the_setting(means: Means) -> None:
    tight = replace(means, caps=lambda: replace(means.caps(), action_usd=Decimal("0.001")))
    with pytest.raises(CallFailed):
        await _ask(tight, max_usd=None)
    assert (await _ask(tight, max_usd=Decimal(1))).text == "fine"


def test_the_real_parts_are_what_the_caller_takes(ledger: Ledger) -> None:
    """For the type checker, as much as for the reader."""
    prices: Prices = Pricing(book_of(load(()).settings), lambda: NOW)
    accounts: Accounts = ledger
    assert prices.highest("ollama/m", ["x"], 10, NOW) == 0
    assert prices.highest("nobody/knows", ["x"], 10, NOW) is None
    assert accounts is ledger


async def _ask(means: Means, max_usd: Decimal | None) -> Answered:
    gate = Rig().gate
    async with asyncio.timeout(20), aclosing(RunCaller(means, gate).call(call_of(MODEL, max_usd=max_usd))) as events:
        *_, last = [event async for event in events]
    assert isinstance(last, Answered)
    return last


def _quick(name: str) -> ScriptedModels:
    """A provider that needs no ticking."""
    return ScriptedModels(SystemClock(), name)
