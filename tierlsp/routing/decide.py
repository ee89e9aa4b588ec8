"""Which tier does the work, and which of its models may.

Pure: the same facts, candidates and policy give the same decision. It looks at no clock, no text and no file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tierlsp.routing.candidates import Candidate
from tierlsp.routing.decision import Decision, GateName, Reason
from tierlsp.routing.facts import Facts
from tierlsp.routing.gates import Sorted, sort_out
from tierlsp.routing.judging import Judgement, base_tier, judge
from tierlsp.routing.policy import Policy
from tierlsp.routing.tiers import Tier

Left = Mapping[Tier, Sequence[Candidate]]
"""The candidates that every gate lets pass, in the person's order."""

_TIERS = tuple(Tier)


def decide(facts: Facts, candidates: Sequence[Candidate], policy: Policy) -> Decision:
    """Decide. `candidates` are those of all tiers, each tier's in the person's order.

    Without a model that may serve, the decision has no candidates; its tier is then the one that the work wants.
    """
    judgement = judge(facts, policy)
    base = base_tier(facts, judgement, policy)
    gates = sort_out(facts, candidates, policy.lengths)
    left = gates.left
    wanted = _wanted(facts, base, judgement, left)
    tier = _serving(wanted, judgement, left)
    if _is_stopped(tier, wanted, gates, policy):
        judgement.reasons.append(Reason("budget", 0, "too little may be spent, and `budget.whenSpent` is `stop`"))
        tier = None
    _say_why(tier, wanted, facts, judgement, gates)
    models, preferred = _ordered(left[tier], judgement.prefer) if tier else ((), 0)
    return Decision(
        tier=tier or wanted,
        candidates=models,
        higher=_higher(tier, facts, judgement, left) if tier else (),
        score=judgement.score,
        reasons=tuple(judgement.reasons),
        removed=tuple([removed for _, removed in gates.lost]),
        wanted=wanted,
        must_ask=tier is not None and _must_ask(tier, base, wanted, facts, gates),
        preferred=preferred,
    )


def _wanted(facts: Facts, base: Tier, judgement: Judgement, left: Left) -> Tier:
    """Return the tier that the work wants: the person's, else the rules', raised by failures."""
    if facts.tier is not None:
        return facts.tier
    if facts.model is not None:
        # Where the same model is in several tiers, the one nearest to what the rules want.
        ranks = [abs(tier.rank - base.rank) for tier in _TIERS if left[tier]]
        return next((tier for tier in _TIERS if left[tier] and abs(tier.rank - base.rank) == min(ranks)), base)
    if judgement.up:
        tried = base if facts.last_tier is None else facts.last_tier
        return _TIERS[max(base.rank, min(tried.rank + judgement.up, judgement.ceiling.rank))]
    is_first_try = not facts.rejections and not facts.failures
    if judgement.prefer and is_first_try and base is Tier.CHEAP and judgement.floor is Tier.LOCAL:
        skilled = [tier for tier in (Tier.CHEAP, Tier.LOCAL) if _has_skill(left[tier], judgement.prefer)]
        return skilled[0] if skilled else base
    return base


def _serving(wanted: Tier, judgement: Judgement, left: Left) -> Tier | None:
    """Return the wanted tier, or the next one above that has a model left, or the next one below."""
    if left[wanted]:
        return wanted
    above = [tier for tier in _TIERS[wanted.rank + 1 :] if tier.rank <= judgement.ceiling.rank]
    below = reversed(_TIERS[: wanted.rank])
    return next((tier for tier in (*above, *below) if left[tier]), None)


def _is_stopped(tier: Tier | None, wanted: Tier, gates: Sorted, policy: Policy) -> bool:
    """Return whether the work is left undone, because the money for it is spent."""
    if policy.when_spent != "stop" or tier is not Tier.LOCAL or wanted is Tier.LOCAL:
        return False
    return any(removed.gate is GateName.BUDGET for _, removed in gates.lost)


def _say_why(tier: Tier | None, wanted: Tier, facts: Facts, judgement: Judgement, gates: Sorted) -> None:
    """Add what is not in the rules to the reasons."""
    reasons = judgement.reasons
    if facts.model is not None:
        is_known = tier is not None or any(candidate.model == facts.model for candidate, _ in gates.lost)
        which = "" if is_known else ", which is no model of any tier in the settings"
        reasons.append(Reason("pinned", 0, f"you asked for {facts.model}{which}"))
    elif facts.tier is not None:
        reasons.append(Reason("pinned", 0, f"you asked for the {facts.tier} tier"))
    if tier is None:
        return
    if tier.rank > wanted.rank:
        reasons.append(Reason("tier:up", 0, f"it is work for the {wanted} tier, {_lack(wanted, gates)}"))
    elif tier.rank < wanted.rank:
        reasons.append(Reason("tier:down", 0, f"it is work for the {wanted} tier, {_lack(wanted, gates)}"))
    if gates.is_tight:
        reasons.append(Reason("length:tight", 0, "no model with a larger context can take it"))


def _lack(tier: Tier, gates: Sorted) -> str:
    """Return why the tier does not serve."""
    if any(candidate.tier is tier for candidate, _ in gates.lost):
        return "of which no model can take it"
    return "for which no model is set"


def _must_ask(tier: Tier, base: Tier, wanted: Tier, facts: Facts, gates: Sorted) -> bool:
    """Return whether the person would not expect the work to go where it goes.

    **Law:** work for the premium tier never goes lower silently, and nothing goes from this machine to the cloud
    unasked. A tier without a model in the settings is expected to do nothing, privacy that is set is expected to
    hold, and so is `budget.whenSpent` to send the work to this machine.
    """
    if facts.tier is not None or facts.model is not None:
        return False
    if not all(candidate.is_local for candidate in gates.left[tier]):
        if facts.failures and facts.last_tier is Tier.LOCAL:
            return True
        if base is Tier.LOCAL and any(candidate.tier is Tier.LOCAL for candidate, _ in gates.lost):
            return True
    if wanted is not Tier.PREMIUM or tier is Tier.PREMIUM:
        return False
    expected = {GateName.PRIVACY, GateName.BUDGET} if tier is Tier.LOCAL else {GateName.PRIVACY}
    return any(candidate.tier.rank > tier.rank and removed.gate not in expected for candidate, removed in gates.lost)


def _higher(tier: Tier, facts: Facts, judgement: Judgement, left: Left) -> tuple[tuple[Tier, tuple[str, ...]], ...]:
    """Return the candidates of the tiers above, up to the ceiling; none where the person asked for one of their own."""
    if facts.tier is not None or facts.model is not None:
        return ()
    above = _TIERS[tier.rank + 1 : judgement.ceiling.rank + 1]
    return tuple([(each, _ordered(left[each], judgement.prefer)[0]) for each in above if left[each]])


def _has_skill(candidates: Sequence[Candidate], skill: str) -> bool:
    return any(skill in candidate.skills for candidate in candidates)


def _ordered(candidates: Sequence[Candidate], skill: str) -> tuple[tuple[str, ...], int]:
    """Return the models with those in front that have the skill, and how many these are."""
    if not skill:
        return tuple([candidate.model for candidate in candidates]), 0
    front = [candidate.model for candidate in candidates if skill in candidate.skills]
    rest = [candidate.model for candidate in candidates if skill not in candidate.skills]
    return (*front, *rest), len(front)
