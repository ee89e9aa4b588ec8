"""What must hold of every run, whatever the models answered."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from tests.seeded.parsers import parses
from tests.seeded.rule import End, next_step
from tests.seeded.running import Booked, Told, spent
from tests.seeded.setups import Setup


def check_run(setup: Setup, told: Told) -> None:
    """Who was asked, how it ended, what was offered, what it cost."""
    case, asked = told.case, told.asked
    for count, each in enumerate(asked):
        step = next_step(setup, case, asked[:count], told.most_usd)
        assert step == each.model, f"{each.model.full_name} was asked, and the rule says {step}"
    end = next_step(setup, case, asked, told.most_usd)
    assert isinstance(end, End), f"{end.full_name} was not asked; the run ended: {told.message}"
    assert told.outcome in end.outcomes, f"{told.outcome}: {told.message}"
    assert told.next_tier == end.next_tier, told.message
    if told.file is not None:
        assert parses(told.file, case.language), "what does not parse was offered"
    assert _seen(told.file, end) == _seen(end.file, end), f"another file was offered: {told.message}"
    assert told.usd == spent(asked), f"{told.usd} was told, and {spent(asked)} was charged"
    assert spent(asked) <= told.most_usd, "more than the price shown was spent"


def wrong_runs(setup: Setup, runs: Sequence[Told]) -> list[str]:
    """Return a sentence for each run that was not as it must be."""
    found = []
    for told in runs:
        try:
            check_run(setup, told)
        except AssertionError as error:
            said = " → ".join(f"{each.model.name}: {each.answer.kind}" for each in told.asked)
            found.append(f"{told.case.name} ({said}): {error}")
    return found


def _seen(file: Sequence[str] | None, end: End) -> list[str] | None:
    if file is None:
        return None
    return list(file) if end.is_exact else [line.strip() for line in file]


def check_ledger(runs: Sequence[Told], rows: Sequence[Booked]) -> None:
    """Every question has one row with what its provider charged, and nothing is left open."""
    assert {row.state for row in rows} <= {"booked", "released"}
    booked = [row for row in rows if row.state == "booked"]
    assert not [row for row in booked if row.is_estimate]
    asked = [(told.run, each.model.full_name, each.usd) for told in runs for each in told.asked]
    assert sorted((row.run, row.model, row.usd or Decimal(0)) for row in booked) == sorted(asked)
