"""The first half of a decision: what the rules say of the work, before anybody asks which models there are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from operator import attrgetter

from tierlsp.routing.decision import Reason
from tierlsp.routing.facts import Facts
from tierlsp.routing.policy import Policy, Ready
from tierlsp.routing.rules import Rule
from tierlsp.routing.tiers import Tier

rank_of = attrgetter("rank")


@dataclass(slots=True)
class Judgement:
    """What the rules say. It changes while they are read, and not after."""

    score: int = 0
    floor: Tier = Tier.LOCAL
    ceiling: Tier = Tier.PREMIUM
    up: int = 0
    prefer: str = ""
    reasons: list[Reason] = field(default_factory=list)

    def add(self, rule: Rule, reason: Reason) -> None:
        """Take in a rule that applies."""
        self.reasons.append(reason)
        if rule.points:
            self.score += rule.points
        elif rule.floor is not None:
            self.floor = max(self.floor, rule.floor, key=rank_of)
        elif rule.ceiling is not None:
            self.ceiling = min(self.ceiling, rule.ceiling, key=rank_of)
        elif rule.prefer:
            self.prefer = rule.prefer
        else:
            self.up += rule.up


def judge(facts: Facts, policy: Policy) -> Judgement:
    """Return what the rules say of the work."""
    judgement = Judgement()
    by_language = policy.by_language
    _apply(by_language.get(facts.language, by_language[""])[facts.kind], facts, judgement)
    for area in facts.areas:
        if area in policy.by_area:
            _apply(policy.by_area[area][facts.kind], facts, judgement)
    return judgement


def base_tier(facts: Facts, judgement: Judgement, policy: Policy) -> Tier:
    """Return the tier of the score, held by floor and ceiling, and add why to the reasons where the score is near."""
    tier = Tier.LOCAL
    thresholds = policy.thresholds
    for upper, threshold in ((Tier.CHEAP, thresholds.cheap), (Tier.PREMIUM, thresholds.premium)):
        distance = judgement.score - threshold
        if distance > thresholds.dead_band:
            tier = upper
        elif distance >= -thresholds.dead_band:
            tier, why = _in_band(facts, tier, upper)
            if judgement.floor.rank < upper.rank <= judgement.ceiling.rank:
                judgement.reasons.append(Reason("band", 0, why))
    if tier.rank < judgement.floor.rank:
        tier = judgement.floor
    return tier if tier.rank <= judgement.ceiling.rank else judgement.ceiling


def _in_band(facts: Facts, lower: Tier, upper: Tier) -> tuple[Tier, str]:
    """Return the tier where the score leaves both open, and why."""
    near = f"the score is at the line between {lower} and {upper}"
    if facts.rejections:
        return upper, f"{near}, and an answer was turned down"
    if facts.last_tier is not None:
        tier = upper if facts.last_tier.rank >= upper.rank else lower
        return tier, f"{near}, and {facts.last_tier} served this place last"
    if facts.can_verify:
        return lower, f"{near}, and the answer can be checked"
    return upper, f"{near}, and nothing can check the answer"


def _apply(rules: Iterable[Ready], facts: Facts, judgement: Judgement) -> None:
    """Take in those of the rules whose conditions hold."""
    for ready in rules:
        rule = ready.rule
        for name, least in rule.minimums:
            if getattr(facts, name) < least:
                break
        else:
            if ready.is_narrow and not _holds(rule, facts):
                continue
            reason = ready.reason or _numbered(rule.id, rule.points, rule.text, getattr(facts, ready.count))
            judgement.add(rule, reason)


def _holds(rule: Rule, facts: Facts) -> bool:
    """Return whether the conditions hold that few rules have."""
    if facts.scope not in rule.scopes:
        return False
    return rule.warnings_only is None or rule.warnings_only is (facts.errors == 0 and facts.warnings > 0)


@lru_cache(maxsize=512)
def _numbered(rule: str, points: int, text: str, number: int) -> Reason:
    """Return the reason with the number in its text."""
    before, _, rest = text.partition("{")
    return Reason(rule, points, f"{before}{number}{rest.partition('}')[2]}")
