"""`tierlsp run ACTION FILE[:A[-B]]`: one action, from a terminal."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tierlsp.cli.acting import add_request_arguments, open_parts, request_from, settings_for
from tierlsp.cli.edits import diff_of, write
from tierlsp.cli.guarding import allowed, check_link, has_changes, says_yes
from tierlsp.cli.reviewing import (
    REVIEWS,
    add_review_arguments,
    exit_code,
    findings_json,
    print_findings,
    restore_dismissed,
)
from tierlsp.errors import TierlspError

if TYPE_CHECKING:
    from tierlsp.actions.types import ActionRequest, RunProgress, RunResult
    from tierlsp.assemble.actions import ActionParts


def add_parser(subparsers: Any) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "run",
        help="one action on a file",
        description="Run an action, and print its text or the diff of its edit. The file is changed by --apply only.",
    )
    add_request_arguments(parser)
    add_review_arguments(parser)
    parser.add_argument("--allow-cloud", action="store_true", help="let cloud models read this file, this once")
    parser.add_argument(
        "--allow-protected",
        action="store_true",
        help="let the answer change files that can run programs or loosen checks, such as .vscode and lock files",
    )
    parser.add_argument("--dry-run", action="store_true", help="show who would do it, and the price; nothing is sent")
    parser.add_argument("--apply", action="store_true", help="write the edit into the file")
    parser.add_argument("--json", action="store_true", help="print the result as JSON and nothing else")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run the action; 0 if there is something to show for it."""
    from tierlsp.actions.types import RunOutcome

    if args.apply and args.dry_run:
        raise TierlspError("--dry-run changes nothing, so --apply cannot be given with it")
    if args.sarif and (args.json or args.action not in REVIEWS):
        raise TierlspError("--sarif is for review and audit, and cannot be given with --json")
    if args.changes is not None and args.action not in (*REVIEWS, "refactorFiles"):
        raise TierlspError("--changes is for review, audit and refactorFiles")
    request = request_from(args)
    if args.action in REVIEWS:
        restore_dismissed(args.restore, request.root)
    elif args.restore or args.show_dismissed:
        raise TierlspError("--show-dismissed and --restore are for review and audit")
    elif args.targets:
        check_link(args.targets[0].file, request)
    result = asyncio.run(_run(args, request))
    result = allowed(args, result, may_ask=_may_ask(args))
    if args.apply:
        write(result)
    _print(args, result, request.root)
    if args.action in REVIEWS:
        return exit_code(args, result)
    return 0 if result.outcome in (RunOutcome.DONE, RunOutcome.NOTHING) else 1


async def _run(args: argparse.Namespace, request: ActionRequest) -> RunResult:
    from tierlsp.actions.types import RunOutcome

    settings = settings_for(args, request.root, allow_cloud=args.allow_cloud)
    async with open_parts(settings, request.root, may_connect=not args.dry_run) as parts:
        request = replace(request, may_change_protected=args.allow_protected)
        result = await _once(args, parts, request)
        if result.guarded and not has_changes(result) and _may_ask(args) and says_yes(result):
            request = replace(request, may_change_protected=True)
            result = await _once(args, parts, request)
        if result.outcome is RunOutcome.NEEDS_CONSENT and result.next_tier is not None and _may_ask(args):
            if not _asks_next(result):
                return result
            request = replace(request, tier=result.next_tier, model=result.next_model)
            result = await _once(args, parts, request)
        if result.outcome is RunOutcome.NEEDS_CONSENT and _may_ask(args) and _says_yes(parts, request, result):
            result = await _once(args, parts, request)
        return result


async def _once(args: argparse.Namespace, parts: ActionParts, request: ActionRequest) -> RunResult:
    with _progress(args) as report:
        return await parts.runner.run(request, report, dry_run=args.dry_run)


class _progress:
    """Shows on a terminal how far the run is. Nothing is shown where nobody looks."""

    def __init__(self, args: argparse.Namespace) -> None:
        self._is_shown = sys.stderr.isatty() and not _is_for_programs(args)

    def __enter__(self) -> Callable[[RunProgress], None]:
        if not self._is_shown:
            return lambda news: None
        from rich.console import Console
        from rich.text import Text

        self._status = Console(stderr=True).status("preparing")
        self._status.start()
        return lambda news: self._status.update(Text(news.message)) if news.message else None

    def __exit__(self, *_: object) -> None:
        if self._is_shown:
            self._status.stop()


def _is_for_programs(args: argparse.Namespace) -> bool:
    return bool(args.json or args.sarif)


def _may_ask(args: argparse.Namespace) -> bool:
    return not _is_for_programs(args) and sys.stdin.isatty() and sys.stderr.isatty()


def _asks_next(result: RunResult) -> bool:
    """Ask whether another model may do what one on this machine could not."""
    print(f"tierlsp: {result.message}", file=sys.stderr)
    whom = result.next_model or f"the {result.next_tier} tier"
    print(f"Ask {whom}? [y]es, [n]o: ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower()[:1] == "y"


def _says_yes(parts: ActionParts, request: ActionRequest, result: RunResult) -> bool:
    """Ask whether cloud models may be used, and keep what is said for the workspace."""
    from tierlsp.clock import utc_now

    root = request.root or (request.document.path.parent if request.document.path else Path.cwd())
    print(f"tierlsp: {result.message}", file=sys.stderr)
    print(f"May cloud models read files of {root}? [y]es, [n]o, ne[v]er: ", end="", file=sys.stderr, flush=True)
    said = sys.stdin.readline().strip().lower()[:1]
    if said not in ("y", "v"):
        return False
    parts.lasting.consent.record(root, "allow" if said == "y" else "never", utc_now())
    return said == "y"


def _print(args: argparse.Namespace, result: RunResult, root: Path | None) -> None:
    if args.json:
        more = (
            {"findings": findings_json(result, root, with_dismissed=args.show_dismissed)}
            if args.action in REVIEWS
            else {}
        )
        print(json.dumps(_as_json(result) | more))
        return
    diff = diff_of(result)
    if diff is not None and not args.apply:
        print(diff, end="")
    for name in result.choices:
        print(name)
    if args.action in REVIEWS:
        print_findings(args, result, root)
    elif result.text is not None:
        print(result.text)
    # The page of changes of several files says what the diff says.
    elif result.document is not None and diff is None:
        print(result.document)
    for sentence in result.tried:
        print(f"  {sentence}", file=sys.stderr)
    print(f"tierlsp: {result.message}{_cost(result)}", file=sys.stderr)


def _cost(result: RunResult) -> str:
    from tierlsp.routing.explain import shown_usd

    if result.model is None:
        return ""
    return f" ({'price unknown' if result.usd is None else shown_usd(result.usd)})"


def _as_json(result: RunResult) -> dict[str, Any]:
    return {
        "action": result.name,
        "outcome": result.outcome.value,
        "message": result.message,
        "tier": result.tier.value if result.tier else None,
        "model": result.model,
        "usd": None if result.usd is None else float(result.usd),
        "reason": result.reason,
        "document": result.document,
        "text": result.text,
        "choices": list(result.choices),
        "diff": diff_of(result),
        "checked": list(result.checked),
        "tried": list(result.tried),
    }
