"""Type real files in virtual time, and say how often ghost text was there in time and what it cost.

python -m bench.replay [--machines mid,A] [--policies ours] [--habits types,accepts] [--files N] [--chars N] [--json]
"""

from __future__ import annotations

import argparse
from itertools import product

from rich.console import Console
from rich.progress import track
from rich.table import Table

from bench.replay.docs import write_docs
from bench.replay.files import materials
from bench.replay.machine import MACHINES
from bench.replay.oracle import LETTER, WORD, WRONG_AT_ONCE
from bench.replay.plan import all_cases
from bench.replay.policies import POLICIES
from bench.replay.record import COLUMNS, Figures
from bench.replay.results import Results
from bench.replay.run import Case, run_cases
from bench.replay.typist import Habit


def main() -> None:
    options = _options()
    cases = all_cases() if options.all or options.write_docs else _chosen(options)
    typed = materials(options.files, options.chars)
    progress = Console(stderr=True)
    runs = track(run_cases(cases, typed), "Typing", total=len(cases), console=progress, transient=True)
    figures = dict(runs)
    results = Results(
        tuple(material.name for material in typed), options.chars, {case: figures[case] for case in cases}
    )
    if options.json:
        print(results.to_json(), end="")
        return
    if options.write_docs:
        write_docs(results)
    print(f"Files: {', '.join(material.name for material in typed)}. Counts are for 100 keys.")
    Console().print(_table(cases, figures))


def _chosen(options: argparse.Namespace) -> list[Case]:
    names = product(options.machines.split(","), options.habits.split(","), options.policies.split(","))
    return [
        Case(
            machine,
            policy,
            habit,
            options.editor,
            options.accuracy,
            options.wrong_at_once,
            options.errs_by,
            options.seed,
        )
        for machine, habit, policy in names
    ]


def _table(cases: list[Case], figures: dict[Case, Figures]) -> Table:
    table = Table("machine", "habit", "policy", *COLUMNS)
    for case in cases:
        table.add_row(case.machine, case.habit, case.policy, *(show(figures[case]) for show in COLUMNS.values()))
    return table


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="A typing replay in virtual time.")
    parser.add_argument("--all", action="store_true", help="every case of docs/performance.md")
    parser.add_argument("--machines", default="mid", help=f"of {', '.join(MACHINES)}")
    parser.add_argument("--policies", default="naive 300 ms,naive 75 ms,ours", help=f"of {', '.join(POLICIES)}")
    parser.add_argument("--habits", default=",".join(Habit))
    parser.add_argument("--editor", default="vscode")
    parser.add_argument("--accuracy", type=float, default=0.35)
    parser.add_argument("--wrong-at-once", type=float, default=WRONG_AT_ONCE)
    parser.add_argument("--errs-by", default=LETTER, choices=[LETTER, WORD])
    parser.add_argument("--files", type=int, default=6)
    parser.add_argument("--chars", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write-docs", action="store_true", help="replay every case and write docs/performance.md")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
