"""The report of `tierlsp usage` in the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tierlsp.cli.usage_words import (
    EMPTY,
    comparison_sentence,
    completions_usd,
    count,
    done_by,
    money,
    money_of,
    notes,
    plural,
)
from tierlsp.routing.report import Report, Tally

MOST_ROWS = 12
"""Rows of a table of models or actions; the page has all of them."""

TIER_STYLES = {"local": "green", "cheap": "cyan", "premium": "magenta"}


def print_report(report: Report, months: Sequence[str], budget: float) -> None:
    """Print the month's table, then models, actions and days, then what must be known to trust it."""
    console = Console(highlight=False)
    spent = f"{money(report.total.usd)} of ${budget:,.2f}"
    console.print(Text.assemble((f"{report.month}  ", "bold"), spent, f"  {plural(report.total.calls, 'call')}"))
    console.print()
    if not report.total.calls and not report.completions:
        console.print(Text(EMPTY))
    else:
        _print_works(console, report)
        if report.total.calls:
            _print_tallies(console, "model", report.models)
            _print_tallies(console, "action", report.actions)
            _print_days(console, report)
    for note in notes(report):
        console.print(Text(note, style="yellow"))
    if sentence := comparison_sentence(report):
        assert report.comparison is not None
        console.print(Text(sentence, style="bold"))
        console.print(Text("Taken for granted: " + "; ".join(report.comparison.assumptions) + ".", style="dim"))
    others = [month for month in months if month != report.month]
    if others:
        console.print(Text(f"Other months, with --month: {', '.join(others)}", style="dim"))


def _print_works(console: Console, report: Report) -> None:
    table = _table("work", "done by", right=("calls", "in", "out", "cost", "premium"))
    table.columns[0].no_wrap = True
    table.columns[1].min_width = 14
    shown, accepted = (sum(getattr(each, name) for each in report.completions) for name in ("shown", "accepted"))
    models = list(dict.fromkeys(each.model for each in report.completions))
    table.add_row(
        "autocomplete",
        Text(f"{done_by(models)}, {count(accepted)} taken" if models else "-"),
        count(shown),
        count(sum(each.input_tokens for each in report.completions)),
        count(sum(each.output_tokens for each in report.completions)),
        money(completions_usd(report)),
        "not counted",
    )
    for work in report.works:
        tally = work.tally
        table.add_row(
            work.name,
            Text(done_by(work.models)),
            count(tally.calls),
            count(tally.input_tokens + tally.cached_tokens),
            count(tally.output_tokens),
            money_of(tally),
            "-" if work.premium_usd is None else money(work.premium_usd),
        )
    console.print(table)
    console.print()


def _print_tallies(console: Console, what: str, tallies: Mapping[str, Tally]) -> None:
    table = _table(what, right=("calls", "tokens in", "cached", "out", "cost"))
    for name, tally in list(tallies.items())[:MOST_ROWS]:
        table.add_row(Text(name, overflow="fold"), *_cells(tally))
    if len(tallies) > MOST_ROWS:
        table.add_row(f"and {len(tallies) - MOST_ROWS} more")
    console.print(table)
    console.print()


def _print_days(console: Console, report: Report) -> None:
    table = _table("day", right=("calls", "local", "cheap", "premium"))
    for day, tiers in report.days.items():
        calls = sum(tally.calls for tally in tiers.values())
        cells = [
            Text(money_of(tally) if tally.calls else "", style=TIER_STYLES[name], justify="right")
            for name, tally in tiers.items()
        ]
        table.add_row(day, count(calls), *cells)
    console.print(table)
    console.print()


def _cells(tally: Tally) -> tuple[str, ...]:
    tokens = (tally.input_tokens, tally.cached_tokens, tally.output_tokens)
    return (count(tally.calls), *(count(number) for number in tokens), money_of(tally))


def _table(*left: str, right: Sequence[str]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in left:
        table.add_column(name)
    for name in right:
        table.add_column(name, justify="right", no_wrap=True)
    return table
