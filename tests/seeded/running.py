"""Runs every case through the real runner, router, gate, ledger and backends, over HTTP on loopback."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from tests.seeded.corpus import Case
from tests.seeded.providers import Providers, providers_of
from tests.seeded.rule import ACTION_USD, Asked
from tests.seeded.setups import Setup
from tierlsp.actions.types import ActionRequest, Diagnostic, Document, Place, RunResult, Severity, Span, TextEdit
from tierlsp.assemble.actions import ActionParts, Keys
from tierlsp.routing.facts import Kind
from tierlsp.routing.tiers import Tier

NANO = Decimal(1_000_000_000)


@dataclass(frozen=True)
class Told:
    """What one run came to, as an editor is told of it."""

    run: str
    case: Case
    outcome: str
    next_tier: str | None
    usd: Decimal | None
    file: tuple[str, ...] | None
    """The whole file with the edit that was offered; `None` without one."""
    most_usd: Decimal
    """What it might cost: the price shown, or the action's cap."""
    asked: tuple[Asked, ...]
    """The questions that reached a provider."""
    message: str


@dataclass(frozen=True)
class Booked:
    """One row of the ledger."""

    run: str
    model: str
    state: str
    usd: Decimal | None
    is_estimate: bool


async def run_all(setup: Setup, home: Path, chosen: Iterable[Case]) -> tuple[list[Told], list[Booked]]:
    """Run cases one after the other, and read the ledger afterwards."""
    async with providers_of(setup) as providers, _parts(setup, providers, home) as parts:
        told = [await _run(case, setup, parts, providers, home) for case in chosen]
    return told, booked(home)


def booked(home: Path) -> list[Booked]:
    """Return the rows of the ledger below `home`, read without any code of ours."""
    [file] = home.rglob("ledger.db")
    query = "SELECT run, model, state, cost_nano, is_estimate FROM calls ORDER BY at"
    with closing(sqlite3.connect(file)) as connection:
        return [
            Booked(run, model, state, None if nano is None else nano / NANO, bool(is_estimate))
            for run, model, state, nano, is_estimate in connection.execute(query)
        ]


def spent(asked: Iterable[Asked]) -> Decimal:
    """What providers charge for questions."""
    return sum((each.usd for each in asked), Decimal(0))


@asynccontextmanager
async def _parts(setup: Setup, providers: Providers, home: Path) -> AsyncIterator[ActionParts]:
    from tierlsp.assemble.actions import Lasting, Surroundings, assemble_actions, find_keys
    from tierlsp.cli.settings import read_settings
    from tierlsp.clock import SystemClock

    file = home / "config.toml"
    file.write_text(setup.toml(providers.urls), encoding="utf-8")
    settings = read_settings(file, (), home)
    keys: Keys = find_keys(settings, providers.keys, has_keyring=False)[0]
    lasting = Lasting(SystemClock())
    parts = assemble_actions(settings, lasting, keys, Surroundings(folders=lambda: [home]))
    assert parts.problems == ()
    try:
        yield parts
    finally:
        await parts.aclose()
        await lasting.aclose()


async def _run(case: Case, setup: Setup, parts: ActionParts, providers: Providers, home: Path) -> Told:
    request = _request(case, setup, home, most_usd=None)
    most_usd = ACTION_USD
    if setup.is_held:
        quote = (await parts.runner.preview(request)).routed.quote
        if quote is not None and quote.max_usd is not None:
            most_usd = quote.max_usd
    before = len(providers.asked)
    result = await parts.runner.run(_request(case, setup, home, most_usd if setup.is_held else None))
    return _told(case, result, most_usd, tuple(providers.asked[before:]))


def _request(case: Case, setup: Setup, home: Path, most_usd: Decimal | None) -> ActionRequest:
    path = home / case.path
    start, end = case.columns
    span = Span(Place(case.line, start), Place(case.line, end))
    return ActionRequest(
        run=case.name,
        kind=Kind.FIX,
        document=Document(path.as_uri(), path, case.language, 1, (*case.buggy, "")),
        span=Span(span.start, span.start),
        root=home,
        diagnostics=(Diagnostic(span, case.message, Severity(case.severity), source=case.tool),),
        tier=Tier(setup.tier) if setup.tier else None,
        model=setup.model,
        max_usd=most_usd,
    )


def _told(case: Case, result: RunResult, most_usd: Decimal, asked: tuple[Asked, ...]) -> Told:
    edits = result.edit.edits if result.edit is not None else None
    return Told(
        run=result.run,
        case=case,
        outcome=result.outcome.value,
        next_tier=result.next_tier.value if result.next_tier else None,
        usd=result.usd,
        file=None if edits is None else _applied(case, edits),
        most_usd=most_usd,
        asked=asked,
        message=result.message,
    )


def _applied(case: Case, edits: Sequence[TextEdit]) -> tuple[str, ...]:
    """Return the file with the edits, as an editor makes them."""
    text = "\n".join((*case.buggy, ""))
    starts = [0]
    for line in case.buggy:
        starts.append(starts[-1] + len(line) + 1)
    for edit in reversed(edits):
        start = starts[edit.span.start.line] + edit.span.start.column
        end = starts[edit.span.end.line] + edit.span.end.column
        text = text[:start] + edit.text + text[end:]
    assert text.endswith("\n")
    return tuple(text[:-1].split("\n"))
