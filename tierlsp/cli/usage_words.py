"""How amounts and counts of `tierlsp usage` are written, and the sentences that its table and its page share."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from tierlsp.routing.explain import shown_usd
from tierlsp.routing.report import Report, Tally

MOST_NAMES = 3
"""Models that are named in one cell."""

EMPTY = (
    "Nothing has been asked of a model in this month. Pick an action in your editor, or run"
    " `tierlsp run explain FILE`; its highest price is shown before it runs."
)


def money(usd: Decimal | None) -> str:
    """Return an amount, `unknown` for none."""
    if usd is None:
        return "unknown"
    return shown_usd(usd) if usd >= 0 else f"-{shown_usd(-usd)}"


def done_by(models: Sequence[str]) -> str:
    """Return the first models without their backends, and how many more there are; `-` for none."""
    names = [model.partition("/")[2] or model for model in models]
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return ", ".join(names[:MOST_NAMES]) + more or "-"


def money_of(tally: Tally) -> str:
    """Return what is known of a tally's cost, with a question mark where some is not."""
    if not tally.unpriced:
        return money(tally.usd)
    return "unknown" if tally.unpriced == tally.calls else f"{money(tally.usd)} + ?"


def count(number: int) -> str:
    """Return a number a person can read at a glance: `950`, `12.3k`, `4.56M`."""
    if number < 10_000:
        return f"{number:,}"
    return f"{number / 1000:.1f}k" if number < 1_000_000 else f"{number / 1_000_000:.2f}M"


def plural(number: int, thing: str) -> str:
    """Return `1 call`, `2 calls`."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def completions_usd(report: Report) -> Decimal | None:
    """Return what the completions cost, `None` where a model elsewhere has no known price."""
    known = [each.usd for each in report.completions if each.usd is not None]
    return sum(known, Decimal(0)) if len(known) == len(report.completions) else None


def notes(report: Report) -> list[str]:
    """Return what a person must know to trust the figures."""
    found = []
    if report.open_calls:
        found.append(
            f"{plural(report.open_calls, 'call')} still ran or broke off with the process, and"
            f" {'counts' if report.open_calls == 1 else 'count'} at the highest price: {money(report.open_usd)}."
        )
    if report.total.unpriced:
        found.append(
            f"{plural(report.total.unpriced, 'call')} went to models whose price is unknown, and no amount is counted"
            ' for them; set it as [prices."backend/model"].'
        )
    if report.estimated_calls:
        found.append(
            f"{plural(report.estimated_calls, 'call')} broke off before the provider told the tokens: estimated."
        )
    if report.escalated_calls:
        found.append(
            f"{money(report.escalation_usd)} went to {plural(report.escalated_calls, 'call')} whose work was done again"
            " by a higher tier."
        )
    found += [
        f"The plan of `{plan.model}` costs {money(plan.usd_per_month)} a month, not in the sums:"
        f" {money(plan.usd_per_call)} for each of its {plural(plan.calls, 'call')}."
        for plan in report.plans
    ]
    return found


def comparison_sentence(report: Report) -> str:
    """Return what a premium model for everything had cost, and the difference; empty where it is not known."""
    if report.comparison is None or not report.total.calls:
        return ""
    saved = report.saved_usd or Decimal(0)
    had = f"{report.comparison.model} for every action had cost {money(report.comparison.usd)}"
    if saved <= 0:
        return f"{had}: {money(-saved)} less than was paid."
    share = f" ({float(saved / report.comparison.usd):.0%})" if report.comparison.usd else ""
    return f"{had}: {money(saved)}{share} more than was paid."
