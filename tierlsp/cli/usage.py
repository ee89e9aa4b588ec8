"""`tierlsp usage`: what a month cost, by tier, model, action and day, and what a premium model for all had cost."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tierlsp.routing.prices import PriceBook
    from tierlsp.routing.report import Report
    from tierlsp.settings import Settings

_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


def add_parser(subparsers: Any) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "usage",
        help="what the models cost, and what a premium model for everything had cost",
        description="What a month cost, by tier, model, action and day. Months and days are UTC.",
    )
    parser.add_argument("--month", type=_month, metavar="YYYY-MM", help="another month than the one in force")
    parser.add_argument("--json", action="store_true", help="JSON alone on stdout")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write one page with plots that needs nothing else")
    parser.add_argument("--audit", action="store_true", help="what left this machine: when, to whom, how much")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the report, write the page, or print what left this machine."""
    if args.audit:
        from tierlsp.cli.usage_audit import print_audit

        return print_audit(args.month or "", as_json=args.json)
    report, months, budget = _read(args)
    if args.html is not None:
        return _write_page(args.html, report, budget)
    if args.json:
        from tierlsp.routing.report import as_json

        print(json.dumps(as_json(report), indent=2))
    else:
        from tierlsp.cli.usage_table import print_report

        print_report(report, months, budget)
    return 0


def _read(args: argparse.Namespace) -> tuple[Report, tuple[str, ...], float]:
    """Return the report of the month, the months that have something, and the monthly budget in dollars."""
    from tierlsp.cli.settings import read_settings
    from tierlsp.clock import utc_now
    from tierlsp.routing.ledger_file import FILE_NAME
    from tierlsp.routing.ledger_reading import read_month
    from tierlsp.routing.pricing import book_of
    from tierlsp.routing.report import report_of
    from tierlsp.settings.paths import state_dir

    settings = read_settings(args.config, tuple(args.sets), Path.cwd())
    month = read_month(state_dir() / FILE_NAME, utc_now(), args.month)
    book = book_of(settings)
    report = report_of(month.name, month.entries, month.completions, book, _compared_with(settings, book))
    return report, month.others, float(settings.budget.monthly_usd)


def _compared_with(settings: Settings, book: PriceBook) -> str:
    """Return the first premium model that has a price: as set, or as the keys bring it."""
    from tierlsp.assemble.usage import compared_with
    from tierlsp.routing.fill import fill_tiers
    from tierlsp.routing.tiers import Tier

    filled = fill_tiers(settings, lambda variable: bool(os.environ.get(variable, "").strip()))
    return compared_with([each.model for each in filled.of(Tier.PREMIUM)], book)


def _write_page(path: Path, report: Report, budget: float) -> int:
    """Write the page into the file that the person named."""
    from tierlsp.cli.usage_page import page_of

    try:
        path.write_text(page_of(report, budget), encoding="utf-8", newline="\n")
    except OSError as error:
        print(f"tierlsp: {path} cannot be written: {error.strerror or error}.", file=sys.stderr)
        return 1
    print(path)
    return 0


def _month(text: str) -> str:
    if _MONTH.fullmatch(text) is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not a month such as 2026-11")
    return text
