"""Forty seeded bugs and scripted models of stated skill: what is offered, what is refused, who is asked, the cost.

    python -m bench.seeded [--seeds 10]          # by models and language; ends with 1 if anything is as it must not be
    python -m bench.seeded --without-grammars    # what the brackets alone let pass
    python -m bench.seeded --slips 25            # the grammars against gofmt, node and rustfmt, where these are there

A figure says how the checks and the rule of asking work on answers of known kinds. It says nothing of any real model:
the shares of right answers are what the scripts were given (`tests/seeded/models.py`).
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from tests.seeded.checking import check_ledger, wrong_runs
from tests.seeded.corpus import LANGUAGES, cases
from tests.seeded.parsers import compiler_reads, parses
from tests.seeded.running import Booked, Told, run_all, spent
from tests.seeded.setups import Setup, setup_named
from tests.seeded.slips import slips
from tierlsp.actions.syntax import Region, check_syntax

SHOWN = (
    "local weak",
    "cheap middling",
    "premium strong, asked for",
    "cheap weak, premium strong",
    "cheap middling, premium strong",
)
"""The sets of settings in the table."""

COLUMNS = ("right", "useless", "unchanged", "escalated", "calls")

_NO_GRAMMAR = "tierlsp.actions.syntax.grammar_for"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=1, help="how often all is run, with other answers each time")
    parser.add_argument("--without-grammars", action="store_true")
    parser.add_argument("--slips", type=int, metavar="N", help="slips in each source")
    args = parser.parse_args()
    logging.disable(logging.CRITICAL)
    if args.slips:
        return print_slips(args.slips)
    return print_ungrammatical(args.seeds) if args.without_grammars else print_table(args.seeds)


def runs_of(setup: Setup) -> tuple[list[Told], list[Booked]]:
    """Run every case with a ledger of its own."""
    with TemporaryDirectory(prefix="tierlsp-seeded-") as folder, surroundings(Path(folder)) as home:
        return asyncio.run(run_all(setup, home, cases()))


@contextmanager
def surroundings(home: Path) -> Iterator[Path]:
    """Give the actions a home of their own."""
    own = {f"XDG_{kind}_HOME": str(home / kind.lower()) for kind in ("CONFIG", "STATE", "CACHE", "DATA")}
    with patch.dict(os.environ, own):
        yield home


def figures_of(runs: Sequence[Told]) -> Counter[str]:
    """Count what came of runs."""
    count: Counter[str] = Counter()
    for told in runs:
        mended = told.case.source("mended")
        is_right = told.file is not None and [line.strip() for line in told.file] == [line.strip() for line in mended]
        count["right" if is_right else "unchanged" if told.file is None else "useless"] += 1
        tiers = {each.model.tier for each in told.asked}
        count["escalated"] += len(tiers) > 1
        count["calls"] += len(told.asked)
    return count


def print_table(seeds: int) -> int:
    wrong: list[str] = []
    print("| models | language | right | parses, mends nothing | not changed | went up a tier | calls | spend |")
    print("|---|---|---|---|---|---|---|---|")
    for name in SHOWN:
        all_runs: list[Told] = []
        for seed in range(seeds):
            setup = setup_named(name).seeded(seed)
            runs, rows = runs_of(setup)
            wrong += wrong_runs(setup, runs)
            check_ledger(runs, rows)
            all_runs += runs
        for language in (*LANGUAGES, "all"):
            chosen = [told for told in all_runs if language in (told.case.language, "all")]
            count = figures_of(chosen)
            usd = sum((spent(told.asked) for told in chosen), Decimal(0))
            print(f"| {name} | {language} | {' | '.join(str(count[key]) for key in COLUMNS)} | ${usd:.4f} |")
    print(f"\n{len(wrong)} runs were not as the documents say.", *wrong, sep="\n")
    return 1 if wrong else 0


def print_ungrammatical(seeds: int) -> int:
    print("| language | offered | of these do not parse |\n|---|---|---|")
    offered: Counter[str] = Counter()
    broken: Counter[str] = Counter()
    with patch(_NO_GRAMMAR, lambda language: None):
        for name in SHOWN:
            for seed in range(seeds):
                for told in runs_of(setup_named(name).seeded(seed))[0]:
                    if told.file is not None:
                        offered[told.case.language] += 1
                        broken[told.case.language] += not parses(told.file, told.case.language)
    for language in LANGUAGES:
        print(f"| {language} | {offered[language]} | {broken[language]} |")
    return 0


def print_slips(count: int) -> int:
    print("| language | slips that its own program refuses | let pass by its grammar | by brackets alone |")
    print("|---|---|---|---|")
    for language in ("javascript", "go", "rust"):
        refused = by_grammar = by_brackets = 0
        for case in (case for case in cases() if case.language == language):
            good = case.source("mended")
            if compiler_reads(good, language) is None:
                print(f"{language}: its program is not installed", file=sys.stderr)
                break
            region = Region(0, len(good), len(good))
            for slip in slips(case, count):
                if compiler_reads(slip.lines, language):
                    continue
                refused += 1
                by_grammar += check_syntax(good, slip.lines, region, language).passed
                with patch(_NO_GRAMMAR, lambda language: None):
                    by_brackets += check_syntax(good, slip.lines, region, language).passed
        print(f"| {language} | {refused} | {by_grammar} | {by_brackets} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
