"""`tierlsp config`: where the settings are, what is in force, a starter file, the JSON schema."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from tierlsp.errors import SettingsError
from tierlsp.settings import Loaded, Origin, load, project_layer, user_layers
from tierlsp.settings.overview import Row, as_json, rows
from tierlsp.settings.paths import default_config_file, write_private
from tierlsp.settings.render import json_schema, starter_file

if TYPE_CHECKING:
    import argparse

_DONE = 0
_FAILED = 1

_UNSEEN = "What the editor sets is not in this list: it is known to the running server only."
"""What `show` cannot show."""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser("config", help="where settings are, and what is in force")
    parser.set_defaults(run=run, json=False, force=False)
    whats = parser.add_subparsers(dest="what", metavar="{path,show,init,schema}")
    whats.add_parser("path", help="where your config.toml is, or would be")
    show = whats.add_parser("show", help="what is in force, and where it comes from")
    show.add_argument("--json", action="store_true", help="JSON alone on stdout")
    init = whats.add_parser("init", help="write a config.toml in which every setting stands as a comment")
    init.add_argument("--force", action="store_true", help="replace the one that is there")
    whats.add_parser("schema", help="the JSON schema of the settings")


def run(args: argparse.Namespace) -> int:
    """Do what `args` says and return the exit code."""
    commands: Mapping[str | None, Callable[[argparse.Namespace], int]] = {
        "path": _path,
        "show": _show,
        "init": _init,
        "schema": _schema,
    }
    try:
        return commands[args.what or "show"](args)
    except SettingsError as error:
        print(f"tierlsp: {error}", file=sys.stderr)
    except OSError as error:
        # Such as a current directory that is gone.
        print(f"tierlsp: The settings cannot be read: {error.strerror or error}.", file=sys.stderr)
    return _FAILED


def _path(args: argparse.Namespace) -> int:
    """Print where the user's file is, or would be."""
    print(_file(args))
    return _DONE


def _show(args: argparse.Namespace) -> int:
    """Print what is in force in the current directory."""
    layers = user_layers(os.environ, args.config, args.sets)
    project = project_layer(Path.cwd())
    loaded = load(layers if project is None else [*layers, project])
    if args.json:
        print(json.dumps({"file": str(_file(args)), **as_json(loaded)}, indent=2))
    elif sys.stdout.isatty():
        _print_table(loaded)
    else:
        _print_plain(loaded)
    return _DONE


def _init(args: argparse.Namespace) -> int:
    """Write the starter file."""
    file = _file(args)
    try:
        write_private(file, starter_file(), replace=args.force)
    except FileExistsError:
        print(f"tierlsp: {file} exists already; --force replaces it.", file=sys.stderr)
        return _FAILED
    except OSError as error:
        print(f"tierlsp: {file} cannot be written: {error.strerror or error}.", file=sys.stderr)
        return _FAILED
    print(file)
    return _DONE


def _schema(args: argparse.Namespace) -> int:
    """Print the JSON schema."""
    print(json.dumps(json_schema(), indent=2))
    return _DONE


def _file(args: argparse.Namespace) -> Path:
    """Return the user's file: the one named on the command line, or the usual one.

    Raises:
        SettingsError: there is no home directory for the usual one.
    """
    named: Path | None = args.config
    return default_config_file(os.environ) if named is None else named.absolute()


def _print_plain(loaded: Loaded) -> None:
    """Print columns that a program or a pager can take, one setting a line."""
    table = [Row("key", "value", "from"), *rows(loaded)]
    key_chars, value_chars = (max(len(row[column]) for row in table) for column in (0, 1))
    for row in table:
        print(f"{row.key:<{key_chars}}  {row.value:<{value_chars}}  {row.source}")
    print()
    for problem in loaded.problems:
        print(problem.message)
    print(_UNSEEN)


def _print_table(loaded: Loaded) -> None:
    """Print a table for a person at a terminal."""
    # Imported when needed: rich takes longer to import than all else that the command does.
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("key", "value", "from", box=None, pad_edge=False)
    for row in rows(loaded):
        # As `Text`, so that brackets in a value are not taken for rich's own mark-up.
        style = "dim" if row.source == Origin.DEFAULT.value else ""
        table.add_row(*(Text(cell, style=style, overflow="fold") for cell in row))
    console = Console(highlight=False)
    console.print(table)
    console.print()
    for problem in loaded.problems:
        console.print(Text(problem.message, style="yellow"))
    console.print(Text(_UNSEEN, style="dim"))
