"""What is to be reached, what was, and what no server could pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bench.replay.plan import LIMIT, NAIVE, OURS
from bench.replay.plots import markdown_table
from bench.replay.record import Figures
from bench.replay.results import Results
from bench.replay.run import Case
from bench.replay.typist import Habit

TYPES, ACCEPTS = Habit.TYPES, Habit.ACCEPTS

SEEN_GOALS = {"mid": 92.0, "A": 90.0, "B": 80.0, "C1": 95.0, "D": 88.0, "E1": 90.0}
"""Keys with ghost text within 100 ms, typing everything."""

SEEN_ACCEPTING = 85.0

PAUSE_GOAL, PAUSE_MACHINES = 99.0, ("A", "C1", "D")

CALL_GOALS = {TYPES: 8.0, ACCEPTS: 30.0}

TOKEN_GOAL = 0.25
"""Tokens read and written, against the naive policy with 75 ms and abort."""


def goals_table(results: Results) -> str:
    """Return the table of goals; the bound is what the policy `limit` reaches."""
    return markdown_table(("goal", "reach", "reached", "bound"), list(_rows(results)))


def _rows(results: Results) -> Iterator[list[str]]:
    def figures(machine: str, policy: str, habit: Habit) -> Figures:
        return results.figures[Case(machine, policy, habit)]

    def row(name: str, goal: str, machine: str, habit: Habit, show: Callable[[Figures], str]) -> list[str]:
        ours, bound = (show(figures(machine, policy, habit)) for policy in (OURS, LIMIT))
        return [name, goal, ours, bound]

    def seen(of: Figures) -> str:
        return f"{of.seen_soon:.1f} %"

    for machine, goal in SEEN_GOALS.items():
        yield row(f"keys with ghost text ≤ 100 ms, {machine}, types", f"≥ {goal:.0f} %", machine, TYPES, seen)
    yield row("the same, mid, accepts", f"≥ {SEEN_ACCEPTING:.0f} %", "mid", ACCEPTS, seen)
    for machine in PAUSE_MACHINES:
        yield row(
            f"half-second pauses with the model's line, {machine}",
            f"≥ {PAUSE_GOAL:.0f} %",
            machine,
            TYPES,
            lambda of: f"{of.paused_with_models:.1f} %",
        )
    for habit, goal in CALL_GOALS.items():
        yield row(f"calls for 100 keys, mid, {habit}", f"≤ {goal:.0f}", "mid", habit, lambda of: f"{of.calls:.1f}")
    for habit in Habit:
        naive, ours = (figures("mid", policy, habit) for policy in (NAIVE[1], OURS))
        ratio = _tokens(ours) / _tokens(naive)
        yield [
            f"tokens read and written, against naive 75 ms, mid, {habit}",
            f"≤ {TOKEN_GOAL} ×",
            f"{ratio:.2f} ×",
            "–",
        ]


def _tokens(of: Figures) -> float:
    return of.read_tokens + of.written_tokens
