"""Bar charts as SVG, written by hand: legible on light and on dark pages, and small in a diff."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape

WIDTH, LABEL_WIDTH, VALUE_WIDTH = 720, 190, 60

BAR, GAP, GROUP_GAP, TOP = 14, 3, 12, 56

COLOURS = ("#9aa0a6", "#c08a3e", "#3f7fd0", "#6fae74")
"""Of a middle lightness, so that they stand out on white and on black. The third is ours."""

STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#3c4043}.title{font-weight:600;font-size:14px}"
    ".axis{stroke:#9aa0a6;stroke-width:1}"
    "@media (prefers-color-scheme:dark){text{fill:#d5d9de}}"
)


class Group(NamedTuple):
    """Bars that stand together."""

    label: str
    values: tuple[float, ...]


def bar_chart(title: str, series: Sequence[str], groups: Sequence[Group], unit: str = " %") -> str:
    """Return horizontal bars, one for each of `series` in each of `groups`."""
    top = max((value for group in groups for value in group.values), default=1.0) or 1.0
    scale = (WIDTH - LABEL_WIDTH - VALUE_WIDTH) / (100.0 if unit == " %" else top)
    parts = [_text(8, 20, title, "title"), *_legend(series)]
    y = TOP
    for group in groups:
        middle = y + (len(group.values) * (BAR + GAP)) / 2 + 2
        parts.append(_text(8, middle, group.label))
        for colour, value in zip(_colours(series), group.values, strict=True):
            width = max(1.0, value * scale)
            parts.append(f'<rect x="{LABEL_WIDTH}" y="{y}" width="{width:.1f}" height="{BAR}" rx="2" fill="{colour}"/>')
            parts.append(_text(LABEL_WIDTH + width + 5, y + BAR - 3, f"{value:.0f}{unit.rstrip()}"))
            y += BAR + GAP
        y += GROUP_GAP
    parts.append(f'<line class="axis" x1="{LABEL_WIDTH}" y1="{TOP - 6}" x2="{LABEL_WIDTH}" y2="{y - GROUP_GAP}"/>')
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" role="img">'
    return "\n".join([head, f"<title>{escape(title)}</title>", f"<style>{STYLE}</style>", *parts, "</svg>", ""])


def _legend(series: Sequence[str]) -> list[str]:
    if len(series) < 2:
        return []
    parts, x = [], 8.0
    for colour, name in zip(_colours(series), series, strict=True):
        parts.append(f'<rect x="{x:.0f}" y="31" width="10" height="10" rx="2" fill="{colour}"/>')
        parts.append(_text(x + 15, 40, name))
        x += 30 + 7.0 * len(name)
    return parts


def _colours(series: Sequence[str]) -> Sequence[str]:
    return (COLOURS[2],) if len(series) == 1 else COLOURS[: len(series)]


def _text(x: float, y: float, text: str, name: str = "") -> str:
    kind = f' class="{name}"' if name else ""
    return f'<text{kind} x="{x:.0f}" y="{y:.0f}">{escape(text)}</text>'


def markdown_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table; all columns but the first are set to the right."""
    rule = ["---", *("--:" for _ in head[1:])]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (head, rule, *rows))
