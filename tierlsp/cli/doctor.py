"""`tierlsp doctor`: what is installed, reachable or wrong, with the mend for each."""

from __future__ import annotations

import argparse
import asyncio
import json
import platform
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tierlsp import __version__

if TYPE_CHECKING:
    from rich.console import Console

    from tierlsp.cli.checks import Report

MARKS = {"ok": "[green]ok[/]", "note": "[yellow]note[/]", "fault": "[red]fault[/]"}
"""How a verdict looks in the terminal."""


def add_parser(subparsers: Any) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "doctor",
        help="what is installed, reachable or wrong",
        description="Look at the settings and the model servers. Exit 1 if something the settings name cannot serve.",
    )
    parser.add_argument("--json", action="store_true", help="print the report as JSON and nothing else")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Examine, print, and return 1 if something that the settings name cannot serve."""
    report = asyncio.run(_examine(args.config, tuple(args.sets), is_quiet=args.json))
    if args.json:
        print(json.dumps(_as_json(report), indent=2))
    else:
        _print(report)
    return 0 if report.is_healthy else 1


async def _examine(config_file: Path | None, sets: tuple[str, ...], *, is_quiet: bool) -> Report:
    from rich.console import Console

    from tierlsp.assemble.completion import open_backends
    from tierlsp.cli.checks import examine
    from tierlsp.cli.settings import load_settings
    from tierlsp.clock import SystemClock

    loaded = load_settings(config_file, sets, Path.cwd())
    backends = open_backends(loaded.settings)
    console = Console(stderr=True, quiet=is_quiet or not sys.stderr.isatty())
    try:
        with console.status("asking the model servers"):
            return await examine(loaded, backends, SystemClock())
    finally:
        for backend in backends:
            await backend.aclose()


def _as_json(report: Report) -> dict[str, Any]:
    return {
        "version": __version__,
        "python": platform.python_version(),
        "healthy": report.is_healthy,
        "chosen": report.chosen,
        "findings": [
            {"topic": item.topic, "verdict": item.verdict.value, "text": item.text, "mend": item.mend or None}
            for item in report.findings
        ],
        "models": [
            {
                "backend": item.backend,
                "name": item.model.name,
                "canFim": item.model.can_fim,
                "loaded": item.model.is_loaded,
                "remote": item.model.is_remote,
                "why": item.why,
            }
            for item in report.models
        ],
    }


def _print(report: Report) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console()
    console.print(f"tierlsp {__version__}, Python {platform.python_version()}, {platform.system()}\n", highlight=False)
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for item in report.findings:
        text = escape(item.text) + (f"\n[dim]→ {escape(item.mend)}[/]" if item.mend else "")
        table.add_row(MARKS[item.verdict], item.topic, text)
    console.print(table)
    if report.models:
        _print_models(console, report)


def _print_models(console: Console, report: Report) -> None:
    from rich.markup import escape
    from rich.table import Table

    table = Table(title="installed models", title_justify="left", box=None, padding=(0, 2, 0, 0))
    for heading in ("", "model", "fills in", "loaded", "why"):
        table.add_column(heading, overflow="fold")
    for item in report.models:
        name = f"{item.backend}/{item.model.name}"
        mark = "→" if name == report.chosen else ""
        fills = "yes" if item.model.can_fim else "no"
        table.add_row(mark, escape(name), fills, "yes" if item.model.is_loaded else "", escape(item.why))
    console.print()
    console.print(table)
