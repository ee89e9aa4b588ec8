"""`tierlsp doctor`: what is installed, reachable or wrong, with the mend for each."""

from __future__ import annotations

import argparse
import asyncio
import json
import platform
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tierlsp import __version__
from tierlsp.cli.findings import Finding, Verdict

if TYPE_CHECKING:
    from rich.console import Console

    from tierlsp.backends.chat import ChatBackend
    from tierlsp.backends.keys import FoundKey
    from tierlsp.cli.checks import Report
    from tierlsp.cli.online_checks import Answer
    from tierlsp.cli.tier_checks import TierModel, TiersReport
    from tierlsp.settings import BackendSettings, Loaded, Settings

MARKS = {"ok": "[green]ok[/]", "note": "[yellow]note[/]", "fault": "[red]fault[/]"}
"""How a verdict looks in the terminal."""


def add_parser(subparsers: Any) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "doctor",
        help="what is installed, reachable or wrong",
        description="Look at the settings and the model servers. Exit 1 if something the settings name cannot serve.",
    )
    parser.add_argument("--online", action="store_true", help="ask each provider in use whether it takes the API key")
    parser.add_argument("--json", action="store_true", help="print the report as JSON and nothing else")
    parser.set_defaults(run=run)


@dataclass(frozen=True, slots=True)
class Examined:
    """All that was looked at."""

    report: Report
    tiers: TiersReport
    answers: tuple[Answer, ...] | None
    """What providers said; `None` if they were not asked."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Every line."""
        said = [answer.finding for answer in self.answers or ()]
        if self.answers == ():
            said = [Finding("online", Verdict.OK, "no provider is in use, so none was asked")]
        return (*self.report.findings, *self.tiers.findings, *said)

    @property
    def is_healthy(self) -> bool:
        """Whether everything that the settings name can serve."""
        return all(finding.verdict is not Verdict.FAULT for finding in self.findings)


def run(args: argparse.Namespace) -> int:
    """Examine, print, and return 1 if something that the settings name cannot serve."""
    from tierlsp.cli.settings import load_settings

    loaded = load_settings(args.config, tuple(args.sets), Path.cwd())
    examined = asyncio.run(_examine(loaded, is_online=args.online, is_quiet=args.json))
    if args.json:
        print(json.dumps(_as_json(examined), indent=2))
    else:
        _print(examined)
    return 0 if examined.is_healthy else 1


async def _examine(loaded: Loaded, *, is_online: bool, is_quiet: bool) -> Examined:
    from rich.console import Console

    from tierlsp.assemble.completion import open_backends
    from tierlsp.cli.checks import examine
    from tierlsp.cli.tier_checks import examine_tiers, price_lookup
    from tierlsp.clock import SystemClock, utc_now
    from tierlsp.completion.rates_file import open_rate_file

    settings = loaded.settings
    backends = open_backends(settings)
    console = Console(stderr=True, quiet=is_quiet or not sys.stderr.isatty())
    try:
        with console.status("asking the model servers"):
            report = await examine(loaded, backends, SystemClock(), open_rate_file())
            # In a thread: a keyring may ask another process, or the person.
            tiers = await asyncio.to_thread(
                examine_tiers, settings, report.models, report.chosen, _key_source, price_lookup(settings, utc_now())
            )
    finally:
        for backend in backends:
            await backend.aclose()
    answers = await _ask(settings, tiers, console) if is_online else None
    return Examined(report, tiers, answers)


async def _ask(settings: Settings, tiers: TiersReport, console: Console) -> tuple[Answer, ...]:
    """Ask the providers in use, with a bar that shows how many have answered."""
    from rich.progress import Progress

    from tierlsp.cli.online_checks import ask_all, backends_to_ask

    named = backends_to_ask(settings, tiers)
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("asking the providers", total=len(named))
        return tuple(await ask_all(settings, named, _open_chat, lambda: progress.advance(task)))


def _found_key(variable: str) -> FoundKey | None:
    from tierlsp.backends.keys import find_key

    return find_key((variable,)) if variable else None


def _key_source(variable: str) -> str | None:
    found = _found_key(variable)
    return found.source if found else None


async def _open_chat(backend: BackendSettings) -> ChatBackend:
    from tierlsp.assemble.completion import spec_of
    from tierlsp.backends.open import open_chat_backend

    found = await asyncio.to_thread(_found_key, backend.api_key_env)
    return open_chat_backend(spec_of(backend.name, backend), found.key if found else None)


def _as_json(examined: Examined) -> dict[str, Any]:
    report, tiers = examined.report, examined.tiers
    return {
        "version": __version__,
        "python": platform.python_version(),
        "healthy": examined.is_healthy,
        "chosen": report.chosen,
        "findings": [
            {"topic": item.topic, "verdict": item.verdict.value, "text": item.text, "mend": item.mend or None}
            for item in examined.findings
        ],
        "models": [
            {
                "backend": item.backend,
                "name": item.model.name,
                "canFim": item.model.can_fim,
                "canChat": item.model.can_chat,
                "loaded": item.model.is_loaded,
                "remote": item.model.is_remote,
                "why": item.why,
            }
            for item in report.models
        ],
        "tiers": {
            tier.tier.value: {
                "serves": tier.serves.model if tier.serves else None,
                "models": [_model_as_json(model) for model in tier.models],
            }
            for tier in tiers.tiers
        },
        "keys": [{"variable": variable, "source": source} for variable, source in tiers.keys.items()],
        "online": None
        if examined.answers is None
        else [{"backend": each.backend, "good": each.is_good, "text": each.text} for each in examined.answers],
    }


def _model_as_json(model: TierModel) -> dict[str, Any]:
    price = model.price
    return {
        "model": model.model,
        "why": model.why or None,
        "set": model.is_set,
        "fault": model.fault or None,
        "inputUsd": float(price.input_usd) if price else None,
        "outputUsd": float(price.output_usd) if price else None,
    }


def _print(examined: Examined) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console()
    console.print(f"tierlsp {__version__}, Python {platform.python_version()}, {platform.system()}\n", highlight=False)
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for item in examined.findings:
        text = escape(item.text) + (f"\n[dim]→ {escape(item.mend)}[/]" if item.mend else "")
        table.add_row(MARKS[item.verdict], item.topic, text)
    console.print(table)
    if examined.report.models:
        _print_models(console, examined.report)


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
