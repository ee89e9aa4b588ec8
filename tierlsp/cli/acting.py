"""What the commands on actions share: the request from the command line, and what serves it."""

from __future__ import annotations

import argparse
import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tierlsp.cli.files import STDIN, Target, document_of, read_stdin, read_text, root_of, target_of
from tierlsp.errors import TierlspError

if TYPE_CHECKING:
    from tierlsp.actions.types import ActionRequest, Extent, OwnAction
    from tierlsp.assemble.actions import ActionParts
    from tierlsp.settings import Settings

ACTIONS = (
    "explain",
    "ask",
    "fix",
    "refactor",
    "refactorFiles",
    "docs",
    "sql",
    "tests",
    "review",
    "audit",
    "names",
    "plan",
    "commit",
)
"""What this version can do."""


def add_request_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what says which action is meant, and on what."""
    parser.add_argument("action", metavar="ACTION", help=f"one of {', '.join(ACTIONS)}, or one of your own")
    parser.add_argument(
        "targets",
        nargs="*",
        metavar="FILE[:A[-B]]",
        type=target_of,
        help="a file, or lines of it, from 1; for review and audit several files, or folders; for commit none: what is "
        "staged",
    )
    parser.set_defaults(take_rest=_take_files)
    parser.add_argument("--instruction", default="", metavar="TEXT", help="what to do, or what to answer")
    parser.add_argument("--choice", default="", metavar="NAME", help="a variant of the action")
    parser.add_argument("--tier", choices=("local", "cheap", "premium"), help="the tier to use, whatever the rules say")
    parser.add_argument("--model", metavar="BACKEND/MODEL", help="the model to use, whatever the rules say")
    parser.add_argument("--max-usd", type=_usd, metavar="USD", help="the most that this may cost")


def _take_files(args: argparse.Namespace, rest: list[str]) -> bool:
    """Take the files that stand behind an option, which `argparse` leaves over; whether they all are files."""
    if any(each.startswith("-") for each in rest):
        return False
    try:
        args.targets = [*args.targets, *map(target_of, rest)]
    except argparse.ArgumentTypeError:
        return False
    return True


def request_from(args: argparse.Namespace) -> ActionRequest:
    """Return what the command line asks for.

    Raises:
        TierlspError: the file cannot be read, or has no such lines.
    """
    from tierlsp.actions.types import ActionRequest
    from tierlsp.cli.reviewing import is_of_files, review_request
    from tierlsp.routing.facts import Kind, Scope
    from tierlsp.routing.tiers import Tier

    if is_of_files(args):
        return review_request(args)
    extent = _extent(args)
    if extent is not None or (args.action == Kind.COMMIT.value and not args.targets):
        return _of_workspace(args, extent)
    if len(args.targets) != 1:
        raise TierlspError(f"{args.action} works on one file at a time; name it as FILE or FILE:A-B")
    own = None if args.action in ACTIONS else _own(args)
    target: Target = args.targets[0]
    is_piped = str(target.file) == STDIN
    if is_piped and args.action != Kind.COMMIT.value:
        raise TierlspError("only a diff can be piped in, to `tierlsp run commit -`; name a file")
    text = read_stdin() if is_piped else read_text(target.file)
    document = document_of(text)
    if is_piped:
        document = replace(document, uri="untitled:diff", path=None, language="diff")
    return ActionRequest(
        run=secrets.token_hex(6),
        kind=Kind(args.action) if own is None else Kind.OWN,
        document=document,
        span=_span_of(target, document.lines),
        root=text.root,
        scope=Scope.FILE if target.first is None else (own.scope if own is not None else None),
        instruction=args.instruction.strip(),
        choice=args.choice,
        tier=Tier(args.tier) if args.tier else (own.tier if own is not None else None),
        model=args.model,
        max_usd=args.max_usd,
        own=own,
    )


def _extent(args: argparse.Namespace) -> Extent | None:
    """Return which files are to be found when the action runs, `None` where they are named.

    Raises:
        TierlspError: both are said.
    """
    from tierlsp.actions.types import Extent

    revision = getattr(args, "changes", None)
    if revision is None:
        return None
    if args.targets or revision == "-":
        raise TierlspError("--changes finds its files itself; leave the names out, or leave out --changes")
    return Extent.CHANGES


def _of_workspace(args: argparse.Namespace, extent: Extent | None) -> ActionRequest:
    """Return what is asked for of the repository that the command runs in."""
    from tierlsp.actions.types import ActionRequest, Place, Span, nothing_at
    from tierlsp.routing.facts import Kind, Scope
    from tierlsp.routing.tiers import Tier

    root = root_of(Path.cwd() / "x")
    revision = getattr(args, "changes", None)
    return ActionRequest(
        run=secrets.token_hex(6),
        kind=Kind(args.action),
        document=nothing_at(root),
        span=Span(Place(0, 0), Place(0, 0)),
        root=root,
        scope=Scope.FILES if extent is not None else None,
        instruction=args.instruction.strip(),
        choice=args.choice,
        tier=Tier(args.tier) if args.tier else None,
        model=args.model,
        max_usd=args.max_usd,
        extent=extent,
        base="" if revision in (None, "HEAD") else revision,
    )


def _own(args: argparse.Namespace) -> OwnAction:
    """Return the action of the person's own that is named.

    Raises:
        TierlspError: there is none of that name.
    """
    from tierlsp.assemble.own_actions import own_actions

    # No project can bring one, so which workspace it is does not matter.
    own = own_actions(settings_for(args, None))
    if args.action not in own:
        names = ", ".join((*ACTIONS, *own))
        raise TierlspError(f"there is no action {args.action!r}; these are: {names}")
    return own[args.action]


@asynccontextmanager
async def open_parts(settings: Settings, root: Path | None, *, may_connect: bool) -> AsyncIterator[ActionParts]:
    """Give what serves actions in the workspace `root`, and close it afterwards.

    Args:
        settings: what is in force.
        root: the workspace.
        may_connect: whether any server may be asked anything, be it on this machine.
    """
    import asyncio

    from tierlsp.assemble.actions import Lasting, Surroundings, assemble_actions, find_keys
    from tierlsp.clock import SystemClock

    keys, problems = await asyncio.to_thread(find_keys, settings, os.environ)
    if problems:
        raise TierlspError(problems[0])
    lasting = Lasting(SystemClock())
    around = Surroundings(folders=lambda: [] if root is None else [root], may_connect=may_connect)
    parts = assemble_actions(settings, lasting, keys, around)
    try:
        yield parts
    finally:
        await parts.aclose()
        await lasting.aclose()


def settings_for(args: argparse.Namespace, root: Path | None, *, allow_cloud: bool = False) -> Settings:
    """Return the settings in force; `allow_cloud` is the person's yes for this one call."""
    from tierlsp.cli.settings import read_settings

    settings = read_settings(args.config, tuple(args.sets), root)
    if allow_cloud and settings.privacy.cloud == "ask":
        return replace(settings, privacy=replace(settings.privacy, cloud="allow"))
    return settings


def _span_of(target: Target, lines: tuple[str, ...]) -> Any:
    from tierlsp.actions.types import Place, Span

    if target.first is None or target.last is None:
        return Span(Place(0, 0), Place(len(lines) - 1, len(lines[-1])))
    if target.last > len(lines):
        raise TierlspError(f"{target.file} has {len(lines)} lines, and line {target.last} was asked for")
    if target.first == target.last:
        # A line alone is a place: what is meant is the function around it, as with a cursor in an editor.
        column = len(lines[target.first - 1]) - len(lines[target.first - 1].lstrip())
        return Span(Place(target.first - 1, column), Place(target.first - 1, column))
    return Span(Place(target.first - 1, 0), Place(target.last - 1, len(lines[target.last - 1])))


def _usd(text: str) -> Decimal:
    try:
        amount = Decimal(text.removeprefix("$"))
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or amount < 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not an amount in US dollars, such as 0.05")
    return amount
