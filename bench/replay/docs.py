"""Writes `docs/performance.md` and its plots from the figures of a whole run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from bench.replay.files import REPOSITORY
from bench.replay.goals import goals_table
from bench.replay.machine import MACHINES
from bench.replay.plan import (
    LIMIT,
    NAIVE,
    OURS,
    editor_cases,
    frontier_cases,
    machine_cases,
    oracle_cases,
    part_cases,
    policy_cases,
)
from bench.replay.plots import Group, bar_chart, markdown_table
from bench.replay.prose import ASSUMPTIONS, CANNOT_SHOW, DEFINITIONS, FRONTIER, HEAD, MISSED, OTHER_MODELS, OWN_TIME
from bench.replay.record import Figures
from bench.replay.results import BEGAN, Results, read_results
from bench.replay.run import Case
from bench.replay.typist import Habit

DOCS = REPOSITORY / "docs"

PLOTS = "performance"

HEADS = ("≤ 100 ms", "right", "pauses", "calls", "written", "wasted", "read")


def write_docs(results: Results, docs: Path = DOCS) -> None:
    """Write the page and its plots."""
    began = read_results(BEGAN)
    folder = docs / PLOTS
    folder.mkdir(exist_ok=True)
    for name, plot in _plots(results).items():
        (folder / f"{name}.svg").write_text(plot, encoding="utf-8")
    (docs / "performance.md").write_text("\n\n".join(_parts(results, began)) + "\n", encoding="utf-8")


def _parts(results: Results, began: Results) -> Iterable[str]:
    files = ", ".join(f"`{name}`" for name in results.files)
    hours = sum(figures.minutes for figures in results.figures.values()) / 60.0
    yield HEAD.format(files=files, chars=results.chars, cases=len(results.figures), hours=round(hours))
    yield DEFINITIONS
    yield "## Goals"
    yield goals_table(results)
    yield MISSED
    yield "## By machine"
    for habit in Habit:
        yield f"![Keys with ghost text within 100 ms, by machine, {habit}]({PLOTS}/machines-{habit}.svg)"
        yield _table(results, (case for case in machine_cases() if case.habit == habit), ("machine", "policy"))
    yield "## By policy, on `mid`"
    yield f"![Keys with ghost text within 100 ms, by policy]({PLOTS}/policies.svg)"
    yield f"![Calls for 100 keys, by policy]({PLOTS}/calls.svg)"
    yield _table(results, policy_cases(), ("policy", "habit"))
    yield "## With one part off, on `mid`"
    yield _table(results, part_cases(), ("policy", "habit"))
    yield "## Few calls, or text at every key"
    yield FRONTIER
    yield _table(results, frontier_cases(), ("policy",))
    yield "## By editor, on `mid`"
    yield _table(results, editor_cases(), ("editor", "policy", "habit"))
    yield "## Other models, on `mid`"
    yield OTHER_MODELS
    yield _table(results, oracle_cases(), ("accuracy", "wrong_at_once", "errs_by", "policy", "habit"))
    yield "## The server's own time"
    yield OWN_TIME
    yield "## Where it began"
    yield "The engine before this measure was there to improve it by. Its Lua file was another one."
    yield _table(began, (case for case in machine_cases() if case.policy == OURS), ("machine", "habit"))
    yield ASSUMPTIONS
    yield CANNOT_SHOW


def _table(results: Results, cases: Iterable[Case], names: Sequence[str]) -> str:
    rows = [
        [*(str(getattr(case, name)) for name in names), *_cells(results.figures[case])]
        for case in cases
        if case in results.figures
    ]
    return markdown_table([*(name.replace("_", " ") for name in names), *HEADS], rows)


def _cells(figures: Figures) -> list[str]:
    is_bound = not figures.written_tokens
    tokens = (figures.written_tokens, figures.wasted_tokens, figures.read_tokens)
    return [
        f"{figures.seen_soon:.1f}",
        f"{figures.right_soon:.1f}",
        f"{figures.paused_with_models:.1f}",
        f"{figures.calls:.1f}",
        *("–" if is_bound else f"{value:.0f}" for value in tokens),
    ]


def _plots(results: Results) -> dict[str, str]:
    plots = {}
    for habit in Habit:
        groups = [
            Group(name, tuple(results.figures[Case(name, policy, habit)].seen_soon for policy in (*NAIVE, OURS, LIMIT)))
            for name in MACHINES
        ]
        title = f"Keys with ghost text within 100 ms, habit: {habit}"
        plots[f"machines-{habit}"] = bar_chart(title, (*NAIVE, OURS, LIMIT), groups)
    policies = list(dict.fromkeys(case.policy for case in policy_cases()))
    of_both = {name: [results.figures[Case("mid", name, habit)] for habit in Habit] for name in policies}
    seen = [Group(name, tuple(figures.seen_soon for figures in both)) for name, both in of_both.items()]
    calls = [Group(name, tuple(figures.calls for figures in both)) for name, both in of_both.items()]
    plots["policies"] = bar_chart("Keys with ghost text within 100 ms, on mid", tuple(Habit), seen)
    plots["calls"] = bar_chart("Calls to the model for 100 keys, on mid", tuple(Habit), calls, unit="")
    return plots
