"""`tierlsp route ACTION FILE[:A[-B]]`: who would do it, why, and at what price. Nobody is asked anything."""

from __future__ import annotations

import argparse
import asyncio
import json
from typing import TYPE_CHECKING, Any

from tierlsp.cli.acting import add_request_arguments, open_parts, request_from, settings_for

if TYPE_CHECKING:
    from tierlsp.actions.runner import Preview


def add_parser(subparsers: Any) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "route",
        help="who would do an action, why, and at what price",
        description="Show the decision with every reason, and the price. No call is made, and no server is asked.",
    )
    add_request_arguments(parser)
    parser.add_argument("--json", action="store_true", help="print the decision as JSON and nothing else")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the decision."""
    from tierlsp.routing.explain import explained, route_object

    preview = asyncio.run(_preview(args))
    decision, quote = preview.routed.decision, preview.routed.quote
    if args.json:
        print(json.dumps(route_object(decision, quote), indent=2))
    else:
        print("\n".join(explained(decision, quote)))
    return 0


async def _preview(args: argparse.Namespace) -> Preview:
    request = request_from(args)
    settings = settings_for(args, request.root)
    async with open_parts(settings, request.root, may_connect=False) as parts:
        return await parts.runner.preview(request)
