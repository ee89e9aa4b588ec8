"""`tierlsp`: chooses the command. Without one it is the language server on stdio, which is what editors start."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tierlsp import __version__

if TYPE_CHECKING:
    import argparse

COMMANDS = ("serve", "complete", "run", "route", "usage", "consent", "demo", "doctor", "config")
"""The commands, each the name of a module in this room; only the one that is run is imported."""

DEFAULT_COMMAND = "serve"

BARE_SERVE: tuple[list[str], ...] = ([], ["--stdio"], ["serve"], ["serve", "--stdio"])
"""What editors start. There is nothing to parse in it, and importing the parser takes a twentieth of the start."""

OPTIONS_WITH_VALUE = ("--config", "--set", "--log-file", "--log-level", "--tcp")
"""Options whose value stands behind them as an argument of its own."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return the process's exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        return _run(_chosen(arguments))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read our output, such as `head`, has enough. Python would complain when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0


def _chosen(arguments: list[str]) -> Callable[[], int]:
    """Return the call that the arguments ask for. Ends the process where they make no sense, as `argparse` does."""
    if arguments in BARE_SERVE:
        serve = importlib.import_module("tierlsp.cli.serve")
        return partial(serve.run, serve.DEFAULTS)
    name = _command_in(arguments)
    if name is None and not {"-h", "--help", "--version"} & set(arguments):
        # Editors may also give options alone.
        name = DEFAULT_COMMAND
        arguments = [name, *arguments]
    parser = _parser(name)
    args, rest = parser.parse_known_args(arguments)
    if rest and not (hasattr(args, "take_rest") and args.take_rest(args, rest)):
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    return partial(args.run, args)


def _command_in(arguments: Sequence[str]) -> str | None:
    """Return the command named, leaving out the values of options: a settings file may be called `demo`."""
    is_value = False
    for argument in arguments:
        if not is_value and argument in COMMANDS:
            return argument
        is_value = argument in OPTIONS_WITH_VALUE
    return None


def _run(command: Callable[[], int]) -> int:
    from tierlsp.errors import TierlspError

    try:
        return command()
    except TierlspError as error:
        print(f"tierlsp: {error}", file=sys.stderr)
        return 1


def _parser(chosen: str | None) -> argparse.ArgumentParser:
    """Return the parser. Only the chosen command is imported; help needs all of them."""
    import argparse

    parser = argparse.ArgumentParser(
        prog="tierlsp",
        description="A language server with three tiers of AI models. Without a command it serves on stdio.",
    )
    parser.add_argument("--version", action="version", version=f"tierlsp {__version__}")
    _add_settings_options(parser)
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND")
    for name in COMMANDS if chosen is None else (chosen,):
        module = importlib.import_module(f"tierlsp.cli.{name}")
        module.add_parser(subparsers)
    return parser


def _add_settings_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings file to use instead of the user's")
    parser.add_argument(
        "--set",
        dest="sets",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="one setting, such as completion.model=ollama/codestral:22b; may be given several times",
    )
