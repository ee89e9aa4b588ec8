"""Which cases a whole run replays, by the table that they go into."""

from __future__ import annotations

from itertools import product

from bench.replay.machine import MACHINES
from bench.replay.oracle import LETTER, WORD
from bench.replay.parts import PARTS
from bench.replay.peers import RULES
from bench.replay.policies import DEBOUNCES_MS, HOLDS
from bench.replay.run import Case
from bench.replay.typist import Habit

HABITS = tuple(Habit)

NAIVE = ("naive 300 ms", "naive 75 ms")

OURS, LIMIT = "ours", "limit"


def machine_cases() -> list[Case]:
    """Return every machine under the naive policies, ours and the bound."""
    return [Case(*names) for names in product(MACHINES, (*NAIVE, OURS, LIMIT), HABITS)]


def policy_cases() -> list[Case]:
    """Return all policies on `mid`."""
    return [Case("mid", *names) for names in product((*NAIVE, *RULES, OURS, LIMIT), HABITS)]


def part_cases() -> list[Case]:
    """Return ours on `mid`, whole and with one part off at a time."""
    return [Case("mid", *names) for names in product((OURS, *PARTS), HABITS)]


def editor_cases() -> list[Case]:
    """Return ours and the naive policy in every editor."""
    return [
        Case("mid", policy, habit, editor)
        for policy, habit, editor in product(("naive 75 ms", OURS, LIMIT), HABITS, ("vscode", "neovim", "plugin"))
    ]


def oracle_cases() -> list[Case]:
    """Return models of other accuracy and other ways of being wrong."""
    return [
        Case("mid", policy, habit, accuracy=accuracy, wrong_at_once=wrong_at_once, errs_by=errs_by)
        for policy, habit, (accuracy, wrong_at_once, errs_by) in product(
            ("naive 75 ms", OURS, LIMIT),
            HABITS,
            ((0.35, 0.5, LETTER), (0.6, 0.5, LETTER), (0.35, 0.0, LETTER), (0.35, 0.5, WORD)),
        )
    ]


def frontier_cases() -> list[Case]:
    """Return the bound and ours with fewer and fewer calls."""
    bound = [LIMIT, *(f"limit holding {holds}" for holds in HOLDS)]
    ours = [OURS, *(f"ours with {debounce_ms} ms debounce" for debounce_ms in DEBOUNCES_MS), "ours saving power"]
    return [Case("mid", policy, Habit.TYPES) for policy in (*bound, *ours)]


def all_cases() -> list[Case]:
    """Return the cases of a whole run, each once."""
    tables = (machine_cases, policy_cases, part_cases, editor_cases, oracle_cases, frontier_cases)
    return list(dict.fromkeys(case for table in tables for case in table()))
