"""The plots of the page of `tierlsp usage --html`, as inline SVG. Colours are classes, which the page's style fills."""

from __future__ import annotations

import calendar
import math
from decimal import Decimal
from html import escape

from tierlsp.cli.usage_words import count, money, plural
from tierlsp.routing.report import Report, Tally

WIDTH = 860
HEIGHT = 240
LEFT = 56
BOTTOM = 26
TOP = 12
"""Of the plot of days, in its own units; it is scaled to the page."""

GAP = 0.28
"""The share of a day's width that is left empty."""

TICKS = 4
"""Lines across the plot, about."""


def days_plot(report: Report) -> str:
    """Return stacked columns, one for each day of the month: dollars by tier, or calls where nothing was paid."""
    is_money = report.total.usd > 0
    days = calendar.monthrange(int(report.month[:4]), int(report.month[5:]))[1]
    columns = [report.days.get(f"{report.month}-{day:02}", {}) for day in range(1, days + 1)]
    highest = max((sum(_height(tally, is_money) for tally in column.values()) for column in columns), default=0.0)
    step = _nice_step(highest or 1.0, is_whole=not is_money)
    top = max(step, math.ceil((highest or 1.0) / step - 1e-9) * step)
    parts = [_lines(step, top, is_money=is_money), _labels(days)]
    for day, column in enumerate(columns, 1):
        parts.append(_column(f"{report.month}-{day:02}", column, _place(day, days), top, is_money))
    label = f"{'Dollars' if is_money else 'Calls'} by day and tier"
    return (
        f'<svg class="plot" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}">'
        f"<title>{label}</title>{''.join(parts)}</svg>"
    )


def bar(share: float, kind: str) -> str:
    """Return a bar that fills `share` of its place, at least as much as can be seen where it is not nothing."""
    width = 0.0 if share <= 0 else max(0.4, min(share, 1.0) * 100)
    return (
        '<svg class="bar" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="rest" width="100%" height="100%" rx="3"/>'
        f'<rect class="{escape(kind)}" width="{width:.2f}%" height="100%" rx="3"/></svg>'
    )


def _column(date: str, column: dict[str, Tally], place: tuple[float, float], top: float, is_money: bool) -> str:
    left, width = place
    base, parts = float(HEIGHT - BOTTOM), []
    for name, tally in column.items():
        height = _height(tally, is_money) / top * (HEIGHT - BOTTOM - TOP)
        if height <= 0:
            continue
        base -= height
        what = f"{date}, {name}: {money(tally.usd)} for {plural(tally.calls, 'call')}"
        parts.append(
            f'<rect class="{name}" x="{left:.1f}" y="{base:.1f}" width="{width:.1f}" height="{height:.1f}">'
            f"<title>{escape(what)}</title></rect>"
        )
    return "".join(parts)


def _lines(step: float, top: float, *, is_money: bool) -> str:
    parts = []
    for number in range(round(top / step) + 1):
        value = number * step
        y = HEIGHT - BOTTOM - value / top * (HEIGHT - BOTTOM - TOP)
        text = _axis(value, step) if is_money else count(round(value))
        parts.append(
            f'<line class="line" x1="{LEFT}" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>'
            f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{text}</text>'
        )
    return "".join(parts)


def _labels(days: int) -> str:
    parts = []
    for day in [1, *range(5, days + 1, 5)]:
        left, width = _place(day, days)
        parts.append(f'<text x="{left + width / 2:.1f}" y="{HEIGHT - 8}" text-anchor="middle">{day}</text>')
    return "".join(parts)


def _place(day: int, days: int) -> tuple[float, float]:
    """Return where a day's column begins, and its width."""
    whole = (WIDTH - LEFT) / days
    return LEFT + (day - 1) * whole + whole * GAP / 2, whole * (1 - GAP)


def _height(tally: Tally, is_money: bool) -> float:
    return float(tally.usd) if is_money else float(tally.calls)


def _nice_step(highest: float, *, is_whole: bool) -> float:
    """Return 1, 2 or 5 times a power of ten, so that about `TICKS` of it make `highest`."""
    rough = highest / TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * times for times in (1, 2, 5, 10) if power * times >= rough * (1 - 1e-9))
    return max(1.0, step) if is_whole else step


def _axis(value: float, step: float) -> str:
    """Return an amount with as many digits as the steps of the axis need."""
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    return f"${Decimal(value):,.{max(digits, 2) if digits else 0}f}"
