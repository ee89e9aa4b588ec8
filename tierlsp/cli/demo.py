"""`tierlsp demo`: types a real file through the real server in the terminal, and says what came of it."""

from __future__ import annotations

import argparse
import asyncio
import math
import os
import sys
from pathlib import Path
from typing import Any

SECONDS = 25.0
"""How long the typing takes if nothing else is said: enough for ten lines or so, and few look on for longer."""


def add_parser(subparsers: Any) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "demo",
        help="types a real file through the real server in the terminal",
        description=(
            "Starts the language server, types part of a real source file at a person's speed and shows what an editor"
            " would show, with times. Needs no model, no key and no network; uses Ollama where it is there."
        ),
    )
    parser.add_argument("--file", type=Path, metavar="FILE", help="the file to type (default: one of Python's own)")
    parser.add_argument(
        "--seconds", type=_positive, default=SECONDS, help=f"how long to type at most (default: {SECONDS:g})"
    )
    parser.add_argument(
        "--speed", type=_positive, default=1.0, help="how many times faster than a person to type (default: 1)"
    )
    # These may stand on either side of the command's name.
    parser.add_argument("--config", type=Path, metavar="FILE", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    parser.add_argument(
        "--set", dest="more_sets", action="append", default=[], metavar="KEY=VALUE", help=argparse.SUPPRESS
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Show the demo and print the closing table. Ending it early, by Ctrl-C or by closing the pipe, is no failure."""
    # Imported here so that `tierlsp --help` does not pay for rich.
    from tierlsp.cli.playing.client import server_command
    from tierlsp.cli.playing.show import Options, show

    config_file = args.config.absolute() if args.config is not None else None
    command = server_command(config_file, (*args.sets, *args.more_sets))
    try:
        asyncio.run(show(Options(args.file, args.seconds, args.speed, tuple(command))))
    except BrokenPipeError:
        # Whoever read our output has enough. What Python still holds for it must go nowhere at exit.
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)
    return 0


def _positive(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is no number above zero")
    return number
