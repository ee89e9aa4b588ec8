"""`tierlsp complete FILE:LINE:COL`: one inline completion, on standard output."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tierlsp.errors import TierlspError

CRAWL_MS = 2_000.0
"""How long the embedded completer may read the files around before it answers, where no model does."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a file; line and column count from 1, the column in code points."""

    file: Path
    line: int
    column: int


def add_parser(subparsers: Any) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "complete",
        help="one inline completion",
        description="Print what tierlsp would show at a place. Lines and columns count from 1.",
    )
    parser.add_argument("place", metavar="FILE:LINE:COL", type=_place)
    parser.add_argument("--json", action="store_true", help="print {text, outcome, source, model, ms} and nothing else")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the completion. An empty one is no failure; only a model that was named and cannot serve is."""
    result = asyncio.run(_complete(args.place, args.config, tuple(args.sets)))
    if args.json:
        print(json.dumps(result))
    else:
        print(result["text"])
        print(f"{result['outcome']}, {result['model'] or 'no model'}, {result['ms']:.0f} ms", file=sys.stderr)
    return 0


def _place(text: str) -> Place:
    parts = text.rsplit(":", 2)
    if len(parts) == 3 and parts[0] and parts[1].isdecimal() and parts[2].isdecimal():
        place = Place(Path(parts[0]), int(parts[1]), int(parts[2]))
        if place.line and place.column:
            return place
    raise argparse.ArgumentTypeError(f"{text!r} is not FILE:LINE:COL with line and column from 1")


async def _complete(place: Place, config_file: Path | None, sets: tuple[str, ...]) -> dict[str, Any]:
    # Imported here so that `tierlsp --help` does not pay for it.
    from tierlsp.assemble.completion import assemble, open_lookup
    from tierlsp.cli.settings import read_settings
    from tierlsp.clock import SystemClock
    from tierlsp.completion.request import Ask

    cursor, root, lines = _read(place)
    settings = read_settings(config_file, sets, root)
    clock = SystemClock()
    lookup = open_lookup(clock, settings, [root])
    parts = assemble(settings, clock, lookup=lookup)
    started_ms = clock.now_ms()
    try:
        await parts.supply.search()
        if parts.supply.serving is None:
            lookup.open(cursor.uri, lines)
            lookup.crawl([root])
            while lookup.stats.is_crawling and clock.now_ms() - started_ms < CRAWL_MS:
                await clock.sleep_ms(10)
        ask = Ask(cursor, clock.now_ms(), is_manual=True)
        answer = parts.engine.look_up(ask) or await parts.engine.wait_for(ask)
    finally:
        lookup.stop()
        await parts.aclose()
    return {
        "text": answer.text,
        "outcome": answer.outcome.value,
        "source": answer.source.value if answer.source else None,
        "model": answer.model or None,
        "ms": round(answer.ms, 1),
    }


def _read(place: Place) -> tuple[Any, Path, list[str]]:
    """Return the cursor, the workspace's root and the lines of the file.

    Raises:
        TierlspError: the file cannot be read, or has no such line.
    """
    from tierlsp.cli.files import read_text
    from tierlsp.text.cursor import cursor_in
    from tierlsp.text.language_ids import language_id_of

    text = read_text(place.file)
    if place.line > len(text.lines):
        raise TierlspError(f"{place.file} has {len(text.lines)} lines, and line {place.line} was asked for")
    cursor = cursor_in(
        text.lines,
        place.line - 1,
        place.column - 1,
        uri=text.path.as_uri(),
        language=language_id_of(text.path.name),
    )
    return cursor, text.root, text.lines
