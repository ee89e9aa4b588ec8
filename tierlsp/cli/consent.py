"""`tierlsp consent [allow|never|ask] [DIR]`: whether a workspace may use cloud models."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from tierlsp.errors import TierlspError

ANSWERS = ("allow", "never", "ask")


def add_parser(subparsers: Any) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "consent",
        help="whether a workspace may use cloud models",
        description="Say whether the workspace DIR (here, unless given) may use cloud models, or show what was said.",
    )
    parser.add_argument("answer", nargs="?", choices=ANSWERS, help="`ask` forgets what was said")
    parser.add_argument("directory", nargs="?", type=Path, metavar="DIR", help="the workspace's folder")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Keep an answer, or show all of them."""
    from tierlsp.cli.settings import read_settings
    from tierlsp.clock import utc_now
    from tierlsp.privacy.consent import open_consent_book

    book = open_consent_book()
    root = (args.directory or Path.cwd()).resolve()
    if not root.is_dir():
        raise TierlspError(f"{root} is no directory")
    if args.answer is not None:
        book.record(root, args.answer, utc_now())
    setting = read_settings(args.config, tuple(args.sets), root).privacy.cloud
    words = {
        "allow": "may use cloud models",
        "never": "never uses cloud models",
        "ask": "is asked about before a cloud model is used",
    }
    print(f"{root} {words[book.answer_for(root, setting)]}")
    if setting != "ask":
        print(f'`privacy.cloud` is "{setting}" here')
    if args.answer is None:
        for directory, recorded in book.all().items():
            print(f"  {recorded.answer:<5}  {recorded.at}  {directory}")
    if book.problem:
        print(book.problem)
    return 0
