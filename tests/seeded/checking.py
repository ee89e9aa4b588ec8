"""What must hold of every run, whatever the models answered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from tests.seeded.parsers import parses
from tests.seeded.rule import End, Step, next_step
from tests.seeded.running import Booked, Told, spent
from tests.seeded.setups import Setup


def mistakes_in(setup: Setup, told: Told) -> Iterator[str]:
    """Yield what was wrong with a run: who was asked, how it ended, what was offered, what it cost."""
    case, asked = told.case, told.asked
    for count, each in enumerate(asked):
        step = next_step(setup, case, asked[:count], told.most_usd)
        if step != each.model:
            yield f"{each.model.full_name} was asked, and by the rule {_words(step)}"
            return
    end = next_step(setup, case, asked, told.most_usd)
    if not isinstance(end, End) or told.outcome not in end.outcomes or told.next_tier != end.next_tier:
        yield f"it ended with {told.outcome}, {told.next_tier} ({told.message}), and by the rule {_words(end)}"
        return
    if told.file is not None and not parses(told.file, case.language):
        yield "what does not parse was offered"
    if _seen(told.file, end) != _seen(end.file, end):
        yield f"another file was offered than the answer means ({told.message})"
    if told.usd != spent(asked):
        yield f"{told.usd} was told, and {spent(asked)} was charged"
    if spent(asked) > told.most_usd:
        yield f"{spent(asked)} was spent, and {told.most_usd} was shown"


def _words(step: Step) -> str:
    if isinstance(step, End):
        return f"it ends with {' or '.join(sorted(step.outcomes))}, {step.next_tier}"
    return f"{step.full_name} is asked"


def wrong_runs(setup: Setup, runs: Sequence[Told]) -> list[str]:
    """Return a sentence for each run that was not as it must be."""
    found = []
    for told in runs:
        said = " → ".join(f"{each.model.name}: {each.answer.kind}" for each in told.asked)
        found += [f"{told.case.name} ({said}): {mistake}" for mistake in mistakes_in(setup, told)]
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
