"""The rules made ready for deciding: which of them can apply is known before a decision, once for each settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from tierlsp.routing.decision import Reason
from tierlsp.routing.facts import Kind
from tierlsp.routing.rules import Area, Lengths, Rule, Rules, Thresholds, overridden

Ready = tuple[tuple[Rule, Reason | None], ...]
"""Rules in order, each with its reason where that says the same for all facts."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What decides. Made by `policy_of`."""

    thresholds: Thresholds
    lengths: Lengths
    when_spent: Literal["local", "stop"]
    escalate: bool
    """Whether an answer that fails verification goes up a tier."""
    by_language: Mapping[str, Mapping[Kind, Ready]]
    """The rules for each language that a rule names; `""` for all other languages."""
    by_area: Mapping[str, Mapping[Kind, Ready]]
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
    """Return the policy, and a sentence for each of the person's `points` that cannot be used."""
    own, problems = overridden(rules, points)
    general = [rule for rule in own.rules if not rule.area]
    languages = {rule.language for rule in general}
    policy = Policy(
        thresholds=own.thresholds,
        lengths=own.lengths,
        when_spent=when_spent,
        escalate=escalate,
        by_language={
            name: _by_kind([rule for rule in general if rule.language in ("", name)]) for name in languages | {""}
        },
        by_area={area.name: _by_kind([rule for rule in own.rules if rule.area == area.name]) for area in own.areas},
        skills=own.skills,
        areas=own.areas,
    )
    return policy, problems


def _by_kind(rules: list[Rule]) -> Mapping[Kind, Ready]:
    return {kind: tuple(_ready(rule) for rule in rules if kind in rule.kinds) for kind in Kind}


def _ready(rule: Rule) -> tuple[Rule, Reason | None]:
    return rule, None if "{" in rule.text else Reason(rule.id, rule.points, rule.text)
