"""How good the embedded completer's guesses are, and what they cost.

    python -m bench.lookup [--trees DIR ...] [--positions N] [--seed S] [--json]

Each tree is indexed through the public interface, and asked at random places in two settings: *append*, where nothing
of the file after the cursor is known, and *edit*, where all of it but the rest of the line is. Each line is asked
about once more at its end, where anything shown is wrong.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from bench.lookup_load import key_costs, loop_delays, percentile
from bench.lookup_run import Answer, Indexed, Setting
from bench.lookup_trees import FIT_TREES, REPORT_TREES, SELECTION, Tree, draw_places, find_trees, read_tree
from tierlsp.completion.lookup.lookup import DEFAULT_MAX_BYTES

GOALS = {"shown": 0.14, "shownExact": 0.70, "exact": 0.22}
"""The least that is to be reached overall in *append*."""

MAX_P99_MS = 5.0
"""The most that 99 of 100 guesses may take, of the thread's time: a shared machine's clock measures its neighbours."""

LONG_CHARS = 4
"""Guesses of at least this many characters are also reported apart: a closing bracket is easily right."""


@dataclass(frozen=True, slots=True)
class Column:
    """One figure of the report."""

    key: str
    title: str
    is_share: bool = True


COLUMNS = (
    Column("some", "any guess"),
    Column("exact", "exact line"),
    Column("nextToken", "next token"),
    Column("shown", "shown"),
    Column("shownExact", "… exact"),
    Column("shownRight", "… right so far"),
    Column("longShown", "4+ chars shown"),
    Column("longExact", "… exact"),
    Column("shownChars", "chars shown", is_share=False),
    Column("shownAtEnd", "shown at line end"),
    Column("p50Ms", "p50 ms", is_share=False),
    Column("p95Ms", "p95", is_share=False),
    Column("p99Ms", "p99", is_share=False),
    Column("p99CpuMs", "p99 CPU", is_share=False),
)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def figures(answers: list[Answer]) -> dict[str, float]:
    """Return what the report says of `answers`."""
    inside = [answer for answer in answers if answer.rest]
    at_end = [answer for answer in answers if not answer.rest]
    shown = [answer for answer in inside if answer.is_shown]
    long = [answer for answer in shown if answer.guess and len(answer.guess.text) >= LONG_CHARS]
    chars = [len(answer.guess.text) for answer in shown if answer.guess]
    times = [answer.ms for answer in answers]
    return {
        "places": len(inside),
        "some": _share(sum(answer.guess is not None for answer in inside), len(inside)),
        "exact": _share(sum(answer.is_exact for answer in inside), len(inside)),
        "nextToken": _share(sum(answer.has_next_token for answer in inside), len(inside)),
        "shown": _share(len(shown), len(inside)),
        "shownExact": _share(sum(answer.is_exact for answer in shown), len(shown)),
        "shownRight": _share(sum(answer.is_beginning for answer in shown), len(shown)),
        "longShown": _share(len(long), len(inside)),
        "longExact": _share(sum(answer.is_exact for answer in long), len(long)),
        "shownChars": sum(chars) / max(1, len(chars)),
        "shownAtEnd": _share(sum(answer.is_shown for answer in at_end), len(at_end)),
        "p50Ms": percentile(times, 0.5),
        "p95Ms": percentile(times, 0.95),
        "p99Ms": percentile(times, 0.99),
        "p99CpuMs": percentile([answer.cpu_ms for answer in answers], 0.99),
    }


def building(indexed: Indexed) -> dict[str, float]:
    """Return what it took to index a tree."""
    megabytes = indexed.tree.size_bytes / 1e6
    stats = indexed.lookup.stats
    return {
        "files": len(indexed.tree.files),
        "megabytes": megabytes,
        "sharedLines": indexed.tree.shared,
        "indexedFiles": stats.files,
        "tokensPerLine": stats.tokens / max(1, stats.lines),
        "cpuSecondsPerMegabyte": indexed.build_cpu_s / megabytes,
        "bytesPerByte": stats.size_bytes / indexed.tree.size_bytes,
        "longestStepMs": indexed.longest_step_ms,
    }


def measure(trees: list[Tree], positions: int, seed: int, progress: Progress) -> dict[str, dict[str, dict[str, float]]]:
    """Return the figures of each tree and of all together: building, append, edit."""
    report: dict[str, dict[str, dict[str, float]]] = {}
    everything: dict[Setting, list[Answer]] = {setting: [] for setting in get_args(Setting)}
    for tree in trees:
        places = draw_places(tree, positions, seed)
        task = progress.add_task(tree.name, total=2 * len(places))
        indexed = Indexed(tree, DEFAULT_MAX_BYTES)
        report[tree.name] = {"building": building(indexed)}
        for setting in everything:
            answers = []
            for answer in indexed.ask(places, setting):
                answers.append(answer)
                progress.advance(task, 0.5)
            report[tree.name][setting] = figures(answers)
            everything[setting] += answers
    report["overall"] = {setting: figures(answers) for setting, answers in everything.items()}
    return report


def print_report(report: dict[str, dict[str, dict[str, float]]], console: Console) -> None:
    """Print the figures of each tree, and of all."""
    made = Table("tree", "files", "MB", "lines shared", "CPU s/MB", "index/source", "longest step ms", title="Building")
    for name, parts in report.items():
        if "building" in parts:
            values = parts["building"]
            made.add_row(
                name,
                f"{values['files']:.0f}",
                f"{values['megabytes']:.2f}",
                f"{values['sharedLines']:.0%}",
                f"{values['cpuSecondsPerMegabyte']:.2f}",
                f"{values['bytesPerByte']:.1f}",
                f"{values['longestStepMs']:.1f}",
            )
    console.print(made)
    for setting in get_args(Setting):
        table = Table("tree", *(column.title for column in COLUMNS), title=setting)
        for name, parts in report.items():
            cells = (f"{parts[setting][c.key]:.1%}" if c.is_share else f"{parts[setting][c.key]:.2f}" for c in COLUMNS)
            table.add_row(name, *cells)
        console.print(table)


def missed_goals(overall: dict[str, dict[str, float]]) -> list[str]:
    """Return the goals that were not reached."""
    missed = [
        f"{key} {overall['append'][key]:.1%} < {goal:.0%}"
        for key, goal in GOALS.items()
        if overall["append"][key] < goal
    ]
    slowest = max(values["p99CpuMs"] for values in overall.values())
    if slowest > MAX_P99_MS:
        missed.append(f"p99 {slowest:.1f} ms of CPU > {MAX_P99_MS} ms")
    return missed


def choose_trees(directories: list[Path]) -> list[tuple[str, Path]]:
    """Return the trees that were named, or the default ones that are installed."""
    if directories:
        return [(directory.name, directory) for directory in directories]
    return find_trees(REPORT_TREES)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trees", nargs="+", type=Path, default=[], metavar="DIR", help="instead of the default trees")
    parser.add_argument("--positions", type=int, default=300, help="places in each tree")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", action="store_true", help="print JSON alone")
    arguments = parser.parse_args()
    chosen = choose_trees(arguments.trees)
    console = Console(width=None if sys.stdout.isatty() else 200)
    with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("reading", total=len(chosen) + 3)
        trees = []
        for name, root in chosen:
            trees.append(read_tree(name, root))
            progress.advance(task)
        report = measure(trees, arguments.positions, arguments.seed, progress)
        largest = max(trees, key=lambda tree: tree.size_bytes)
        loop = loop_delays(largest.root)
        progress.advance(task)
        lines = [line for text in trees[0].files.values() for line in text]
        keys = {}
        for length in (1_000, 100_000):
            keys[str(length)] = key_costs(lines, length)
            progress.advance(task)
    missed = missed_goals(report["overall"])
    if arguments.json:
        print(json.dumps({"trees": report, "loop": {"tree": largest.name, **loop}, "keys": keys, "missed": missed}))
        return len(missed)
    console.print(SELECTION if not arguments.trees else "Trees as named on the command line.", markup=False)
    console.print("Reported on:", ", ".join(name for name, _ in chosen))
    console.print("Confidence and gates fitted on:", ", ".join(name for name, _ in find_trees(FIT_TREES)))
    print_report(report, console)
    console.print(
        f"Loop timer late by, p50 / p99 / max ms: at rest {loop['restP50Ms']:.2f} / {loop['restP99Ms']:.2f} /"
        f" {loop['restMaxMs']:.2f}; while {largest.name} is crawled ({loop['crawlSeconds']:.1f} s)"
        f" {loop['crawlP50Ms']:.2f} / {loop['crawlP99Ms']:.2f} / {loop['crawlMaxMs']:.2f}"
    )
    for size, costs in keys.items():
        console.print(
            f"A key in {size} lines: change {costs['changeP50Us']:.0f} µs, guess {costs['guessP50Us']:.0f} µs"
        )
    console.print("Goals missed: " + ("; ".join(missed) if missed else "none"))
    return len(missed)


if __name__ == "__main__":
    sys.exit(main())
