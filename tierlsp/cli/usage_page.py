"""The page of `tierlsp usage --html`: one file with its style and its plots, no script, nothing fetched."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from html import escape
from importlib.resources import files

from tierlsp.cli.usage_plots import bar, days_plot
from tierlsp.cli.usage_words import EMPTY, comparison_sentence, completions_usd, count, done_by, money, money_of, notes
from tierlsp.routing.report import Report, Tally

STYLE = "usage.css"
"""Beside this module."""

TIERS = ("local", "cheap", "premium")

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""Whatever a model's name may hold, the browser loads and runs nothing."""


def page_of(report: Report, budget: float) -> str:
    """Return the page, as HTML. `budget` is the monthly one, in dollars."""
    style = (files(__package__) / STYLE).read_text(encoding="utf-8")
    body = _body(report) if report.total.calls or report.completions else f'<p class="card">{_code(EMPTY)}</p>'
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>tierlsp usage, {escape(report.month)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n<main>\n"
        f'<header><h1>What the models cost in {escape(report.month)}</h1><span class="soft">tierlsp, months and days'
        f" in UTC</span></header>\n{_cards(report, budget)}\n{body}\n</main>\n</body>\n</html>\n"
    )


def _cards(report: Report, budget: float) -> str:
    share = float(report.total.usd) / budget if budget else 0.0
    comparison, saved = report.comparison, report.saved_usd
    had = "unknown" if comparison is None else money(comparison.usd)
    model = "no premium model with a price" if comparison is None else f"{comparison.model} for every action"
    difference = "unknown" if saved is None else money(abs(saved))
    direction = "more than a premium model for all" if saved is not None and saved < 0 else "less than that"
    cards = [_card("Paid", money_of(report.total), f"{share:.0%} of the budget of ${budget:,.2f}", bar(share, "cheap"))]
    if report.total.calls:
        cards += [_card("With premium alone", had, model), _card("Difference", difference, direction)]
    cards.append(_card("Calls", count(report.total.calls), _tokens(report.total)))
    return f'<section class="cards">{"".join(cards)}</section>'


def _card(title: str, figure: str, below: str, extra: str = "") -> str:
    return (
        f'<div class="card"><div class="soft">{escape(title)}</div><div class="big">{escape(figure)}</div>'
        f'<div class="soft">{escape(below)}</div>{extra}</div>'
    )


def _body(report: Report) -> str:
    remarks = "".join(f'<p class="note">{_code(note)}</p>' for note in notes(report))
    return "\n".join(
        [
            _works(report, remarks),
            f'<section class="card"><h2>By day</h2>{_legend()}{days_plot(report)}</section>',
            _tallies("By tier", {name: report.tiers[name] for name in TIERS}, report),
            _tallies("By model", report.models, report),
            _tallies("By action", report.actions, report),
            _assumptions(report),
        ]
    )


def _works(report: Report, remarks: str) -> str:
    rows = [_completions_row(report)]
    for work in report.works:
        cells = (*_cells(work.tally), "-" if work.premium_usd is None else money(work.premium_usd))
        rows.append(_row(work.name, done_by(work.models), cells))
    head = _head("calls", "tokens in", "cached", "out", "cost", "premium alone")
    return (
        '<section class="card"><h2>The month</h2><div class="scroll"><table><tr><th>work</th><th>done by</th>'
        f"{head}</tr>{''.join(rows)}</table></div>{remarks}</section>"
    )


def _head(*names: str) -> str:
    return "".join(f'<th class="number">{name}</th>' for name in names)


def _completions_row(report: Report) -> str:
    found = report.completions
    models = done_by(list(dict.fromkeys(each.model for each in found)))
    cells = (
        f"{count(sum(each.shown for each in found))} ({count(sum(each.accepted for each in found))} taken)",
        count(sum(each.input_tokens for each in found)),
        "",
        count(sum(each.output_tokens for each in found)),
        money(completions_usd(report)),
        "not counted",
    )
    return _row("autocomplete", models, cells)


def _tallies(title: str, tallies: Mapping[str, Tally], report: Report) -> str:
    if not report.total.calls:
        return ""
    dearest = max((tally.usd for tally in tallies.values()), default=Decimal(0))
    most = max((tally.calls for tally in tallies.values()), default=0)
    rows = []
    for name, tally in tallies.items():
        share = float(tally.usd / dearest) if dearest else tally.calls / max(1, most)
        kind = name if name in TIERS else _tier_of(name, report)
        cells = "".join(f'<td class="number">{cell}</td>' for cell in map(escape, _cells(tally)))
        rows.append(f'<tr><td class="name">{escape(name)}</td><td class="wide">{bar(share, kind)}</td>{cells}</tr>')
    head = _head("calls", "tokens in", "cached", "out", "cost")
    return (
        f'<section class="card"><h2>{title}</h2><div class="scroll"><table><tr><th></th><th></th>{head}</tr>'
        f"{''.join(rows)}</table></div></section>"
    )


def _tier_of(name: str, report: Report) -> str:
    """Return the tier whose colour a model's or an action's bar has: the one in which it cost most."""
    return report.main_tiers.get(name, "cheap")


def _assumptions(report: Report) -> str:
    if report.comparison is None or not report.total.calls:
        return ""
    items = "".join(f"<li>{escape(each)}</li>" for each in report.comparison.assumptions)
    return (
        '<section class="card"><h2>What the comparison takes for granted</h2>'
        f"<div>{escape(comparison_sentence(report))}</div><ul>{items}</ul></section>"
    )


def _legend() -> str:
    items = "".join(
        f'<span><svg aria-hidden="true"><rect class="{name}" width="10" height="10" rx="2"/></svg>{name}</span>'
        for name in TIERS
    )
    return f'<div class="legend">{items}</div>'


def _row(name: str, by: str, cells: tuple[str, ...]) -> str:
    numbers = "".join(f'<td class="number">{escape(cell)}</td>' for cell in cells)
    return f'<tr><td class="work">{escape(name)}</td><td class="name">{escape(by)}</td>{numbers}</tr>'


def _cells(tally: Tally) -> tuple[str, ...]:
    tokens = (tally.input_tokens, tally.cached_tokens, tally.output_tokens)
    return (count(tally.calls), *(count(number) for number in tokens), money_of(tally))


def _tokens(tally: Tally) -> str:
    return f"{count(tally.input_tokens + tally.cached_tokens)} tokens read, {count(tally.output_tokens)} written"


def _code(text: str) -> str:
    """Return a sentence as HTML, what stands between back quotes as code."""
    parts = escape(text).split("`")
    return "".join(f"<code>{part}</code>" if place % 2 else part for place, part in enumerate(parts))
