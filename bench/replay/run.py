"""Many sessions, on all cores."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass

from bench.replay.editors import EDITORS
from bench.replay.machine import MACHINES
from bench.replay.material import Material
from bench.replay.oracle import LETTER, WRONG_AT_ONCE
from bench.replay.policies import POLICIES
from bench.replay.record import Figures, Record, figures_of
from bench.replay.session import Conditions, replay
from bench.replay.typist import Habit


@dataclass(frozen=True, slots=True)
class Case:
    """One row of a table: everything by its name, so that it can go to another process."""

    machine: str
    policy: str
    habit: str
    editor: str = "vscode"
    accuracy: float = 0.35
    wrong_at_once: float = WRONG_AT_ONCE
    errs_by: str = LETTER
    seed: int = 1

    def conditions(self) -> Conditions:
        return Conditions(
            MACHINES[self.machine],
            EDITORS[self.editor],
            Habit(self.habit),
            accuracy=self.accuracy,
            wrong_at_once=self.wrong_at_once,
            errs_by=self.errs_by,
            seed=self.seed,
        )


def run_case(case: Case, materials: Sequence[Material]) -> Figures:
    """Replay a case over all materials and return its figures."""
    record = Record()
    for material in materials:
        record.add(replay(material, case.conditions(), POLICIES[case.policy]))
    return figures_of(record)


def run_cases(cases: Sequence[Case], materials: Sequence[Material]) -> Iterator[tuple[Case, Figures]]:
    """Yield the figures of each case as it is done, in any order."""
    with ProcessPoolExecutor(max_workers=os.cpu_count()) as pool:
        running = {pool.submit(run_case, case, materials): case for case in cases}
        for done in as_completed(running):
            yield running[done], done.result()
