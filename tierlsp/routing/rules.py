"""The rules of `rules.toml` as values, and the person's numbers in place of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tierlsp.routing.facts import Kind, Scope
from tierlsp.routing.tiers import Tier

COUNTS: Mapping[str, str] = {
    "files": "files",
    "lines": "lines",
    "errors": "errors",
    "warnings": "warnings",
    "publicNames": "public_names",
    "rejections": "rejections",
    "failures": "failures",
}
"""What a rule's `min` may name, and the field of `Facts` that it is."""

NEVER_LOWERING = frozenset({"files", "errors", "rejections", "failures"})
"""More of these never lowers the tier, so no rule on them may have points below 0 or a ceiling."""

MOST_POINTS = 100
"""Twice what divides the cheap tier from the premium one: a rule that weighs more is a floor."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: conditions that must all hold, and one effect."""

    id: str
    text: str
    """Words that follow "because"; may name one count in braces."""
    kinds: frozenset[Kind] = frozenset(Kind)
    scopes: frozenset[Scope] = frozenset(Scope)
    language: str = ""
    """Empty for any."""
    area: str = ""
    """Empty for any, none included."""
    minimums: tuple[tuple[str, int], ...] = ()
    """Fields of `Facts` and the least that each must be."""
    warnings_only: bool | None = None
    points: int = 0
    floor: Tier | None = None
    ceiling: Tier | None = None
    up: int = 0
    prefer: str = ""
    """A skill."""

    @property
    def is_points(self) -> bool:
        """Whether its effect is points."""
        return self.floor is None and self.ceiling is None and not self.up and not self.prefer


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where one tier ends and the next begins, in points."""

    cheap: int
    premium: int
    dead_band: int


@dataclass(frozen=True, slots=True)
class Lengths:
    """What a model must be for a prompt of some length, in tokens."""

    short_tokens: int
    mid_tokens: int
    mid_window: int
    margin_tokens: int


@dataclass(frozen=True, slots=True)
class Area:
    """A subject that paths tell of."""

    name: str
    title: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rules:
    """All of `rules.toml`."""

    rules: tuple[Rule, ...]
    """In the file's order, one for each name of a group."""
    thresholds: Thresholds
    lengths: Lengths
    skills: Mapping[str, tuple[str, ...]]
    """Parts of model names by skill."""
    areas: tuple[Area, ...]


def overridden(rules: Rules, points: Mapping[str, int]) -> tuple[Rules, tuple[str, ...]]:
    """Return `rules` with the person's `routing.points`, and a sentence for each number that cannot be used.

    A number for a rule with another effect than points replaces that effect. A number that is turned down leaves the
    rule as it was, and 0 takes the rule away.
    """
    known = {rule.id: rule for rule in rules.rules}
    problems = []
    for name, number in points.items():
        if name not in known:
            problems.append(_unknown(name, known))
        elif problem := _unfit(known[name], number):
            problems.append(problem)
        elif number == 0:
            del known[name]
        else:
            known[name] = replace(known[name], points=number, floor=None, ceiling=None, up=0, prefer="")
    return replace(rules, rules=tuple(known.values())), tuple(problems)


def unsafe_effect(rule: Rule) -> str:
    """Return why the rule could lower the tier where there is more to do, or an empty text.

    **Law:** more files, errors, rejections or failures never lower the tier.
    """
    lowers = rule.points < 0 or rule.ceiling is not None
    raises = rule.points > 0 or rule.floor is not None or rule.up > 0
    counts = [field for field, _ in rule.minimums if field in NEVER_LOWERING]
    if counts and (lowers or rule.prefer):
        return f"more {counts[0]} must never lower the tier"
    if (rule.warnings_only is True and raises) or (rule.warnings_only is False and (lowers or rule.prefer)):
        return "an error more must never lower the tier"
    return ""


def count_in(text: str) -> str:
    """Return the field of `Facts` that a rule's text names in braces; empty if it names none."""
    name = text.partition("{")[2].partition("}")[0]
    return COUNTS[name] if name else ""


def _unknown(name: str, known: Mapping[str, Rule]) -> str:
    """Return the sentence for a number whose rule does not exist."""
    from difflib import get_close_matches

    from tierlsp.settings.wording import clean

    near = get_close_matches(name, known, n=1)
    meant = f'did you mean "{near[0]}"?' if near else "`docs/routing.md` lists all rules."
    return f'`routing.points."{clean(name)}"` is left out, because there is no such rule; {meant}'


def _unfit(rule: Rule, number: int) -> str:
    """Return the sentence for a number that the rule cannot have, or an empty text."""
    key = f'`routing.points."{rule.id}"`'
    if abs(number) > MOST_POINTS:
        return f"{key} is left out, because points go from -{MOST_POINTS} to {MOST_POINTS}."
    cause = unsafe_effect(replace(rule, points=number, floor=None, ceiling=None, up=0, prefer=""))
    return f"{key} is left out, because {cause}." if cause else ""
