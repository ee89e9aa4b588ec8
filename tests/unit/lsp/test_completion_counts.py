"""Completions in the ledger: each counted once, however often it is asked for."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from tierlsp.assemble.completion_counts import EMBEDDED, CompletionCounts
from tierlsp.routing.ledger import Ledger
from tierlsp.trace import Outcome, Source, Tally


def now() -> datetime:
    return datetime(2026, 11, 26, tzinfo=UTC)


async def test_what_was_counted_is_not_counted_again(tmp_path: Path) -> None:
    ledger, tally, counts = Ledger(tmp_path / "ledger.db", now), Tally(), CompletionCounts()
    accepted: Counter[str] = Counter()
    for _ in range(3):
        tally.count(Outcome.FRESH, Source.MODEL, 40.0)
    # Typed along, it is the same text still; with nothing shown there is nothing to count.
    tally.count(Outcome.TYPED, Source.CACHE, 1.0)
    tally.count(Outcome.EMPTY, None, 1.0)
    tally.count(Outcome.LOOKUP, Source.LOOKUP, 1.0)
    accepted["ollama/qwen"] += 1
    for _ in range(2):
        counts.write(ledger, tally, accepted, "ollama/qwen")
    tally.count(Outcome.HIT, Source.CACHE, 1.0)
    counts.write(ledger, tally, accepted, "ollama/qwen")
    found = {each.model: (each.shown, each.accepted) for each in await ledger.completions("2026-11")}
    await ledger.aclose()
    assert found == {"ollama/qwen": (4, 1), EMBEDDED: (1, 0)}
