"""The rules made ready for deciding: which of them can apply is known before a decision, once for each settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from tierlsp.routing.decision import Reason
from tierlsp.routing.facts import Kind, Scope
from tierlsp.routing.rules import Area, Lengths, Rule, Rules, Thresholds, count_in, overridden


@dataclass(frozen=True, slots=True)
class Ready:
    """One rule, with what would be the same in every decision worked out."""

    rule: Rule
    reason: Reason | None
    """`None` if it names a number of the facts."""
    count: str
    """The field of `Facts` that the text names; empty if it names none."""
    is_narrow: bool
    """Whether it has conditions beside its minimums."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What decides. Made by `policy_of`."""

    thresholds: Thresholds
    lengths: Lengths
    when_spent: Literal["local", "stop"]
    by_language: Mapping[str, Mapping[Kind, tuple[Ready, ...]]]
    """The rules for each language that a rule names; `""` for all other languages."""
    by_area: Mapping[str, Mapping[Kind, tuple[Ready, ...]]]
    skills: Mapping[str, tuple[str, ...]]
    """For `skills_of`."""
    areas: tuple[Area, ...]
    """For `areas_of`."""


def policy_of(
    rules: Rules,
    *,
    points: Mapping[str, int] = MappingProxyType({}),
    when_spent: Literal["local", "stop"] = "local",
    escalate: bool = True,
) -> tuple[Policy, tuple[str, ...]]:
    """Return the policy, and a sentence for each of the person's `points` that cannot be used.

    `when_spent` and `escalate` are `budget.whenSpent` and `routing.escalate`.
    """
    own, problems = overridden(rules, points)
    in_force = [rule for rule in own.rules if escalate or not rule.up]
    general = [rule for rule in in_force if not rule.area]
    languages = {rule.language for rule in general}
    policy = Policy(
        thresholds=own.thresholds,
        lengths=own.lengths,
        when_spent=when_spent,
        by_language={
            name: _by_kind([rule for rule in general if rule.language in ("", name)]) for name in languages | {""}
        },
        by_area={area.name: _by_kind([rule for rule in in_force if rule.area == area.name]) for area in own.areas},
        skills=own.skills,
        areas=own.areas,
    )
    return policy, problems


def _by_kind(rules: list[Rule]) -> Mapping[Kind, tuple[Ready, ...]]:
    ready = [_ready(rule) for rule in rules]
    return {kind: tuple(each for each in ready if kind in each.rule.kinds) for kind in Kind}


def _ready(rule: Rule) -> Ready:
    count = count_in(rule.text)
    reason = None if count else Reason(rule.id, rule.points, rule.text)
    return Ready(rule, reason, count, rule.warnings_only is not None or rule.scopes != frozenset(Scope))
