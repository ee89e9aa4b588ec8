"""What holds for any facts, any models and any of the person's numbers."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.routing.facts import EXAMPLES, FACTS, POLICY, random_facts, some_candidates
from tierlsp.routing.candidates import Candidate
from tierlsp.routing.decide import decide
from tierlsp.routing.decision import Decision, GateName
from tierlsp.routing.facts import Facts, Kind
from tierlsp.routing.gates import gate_of
from tierlsp.routing.policy import Policy, policy_of
from tierlsp.routing.rules import NEVER_LOWERING
from tierlsp.routing.shipped import shipped_rules
from tierlsp.routing.tiers import Tier

PREMIUM_KINDS = (Kind.PLAN, Kind.REVIEW, Kind.AUDIT, Kind.REFACTOR_FILES)

Candidates = tuple[Candidate, ...]


_RULES = [rule.id for rule in shipped_rules().rules]


def random_policy(random: Random) -> Policy:
    """Return the shipped policy, or one with up to six rules overridden, some of them in vain."""
    points = {random.choice(_RULES): random.randint(-100, 100) for _ in range(random.choice([0, 3, 6]))}
    when_spent: Any = random.choice(["local", "stop"])
    return policy_of(shipped_rules(), points=points, when_spent=when_spent, escalate=random.random() < 0.7)[0]


over_many_facts = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


def seeded(test: Any) -> Any:
    """Give a test models, and a seed of which it makes a policy and `FACTS` facts."""
    return over_many_facts(given(some_candidates(), st.integers(0, 2**32))(test))


@seeded
def test_more_to_do_never_lowers_the_tier(candidates: Candidates, seed: int) -> None:
    """Held for files, errors, rejections and failures, with any of the person's points that are let in."""
    random = Random(seed)
    policy = random_policy(random)
    for _ in range(FACTS):
        facts = random_facts(random)
        count = random.choice(sorted(NEVER_LOWERING))
        check_more(facts, candidates, policy, count, random.randint(1, 9))


def check_more(facts: Facts, candidates: Candidates, policy: Policy, count: str, more: int) -> None:
    harder = replace(facts, **{count: getattr(facts, count) + more})
    before, after = decide(facts, candidates, policy), decide(harder, candidates, policy)
    assert after.tier.rank >= before.tier.rank, (facts, count, more, candidates)


@seeded
def test_gates_are_never_passed_and_only_remove(candidates: Candidates, seed: int) -> None:
    random = Random(seed)
    policy = random_policy(random)
    by_name = {candidate.model: candidate for candidate in candidates}
    for _ in range(FACTS):
        model = random.choice([None, None, *by_name])
        facts = random_facts(random, tier=random.choice([None, None, *Tier]), model=model)
        decision = decide(facts, candidates, policy)
        taken = [*decision.candidates, *(model for _, models in decision.higher for model in models)]
        for name in taken:
            # What may stay open, for want of anything else, is how large a local model's context is beside the prompt,
            # never whether that fits.
            assert gate_of(by_name[name], facts, policy.lengths, is_strict=False) is None, facts
        for removed in decision.removed:
            assert gate_of(by_name[removed.model], facts, policy.lengths) is not None, facts
        assert not {removed.model for removed in decision.removed} & set(taken)
        assert all(by_name[name].tier is decision.tier for name in decision.candidates)
        assert facts.may_use_cloud or all(by_name[name].is_local for name in taken)
        assert facts.model is None or set(taken) <= {facts.model}


@seeded
def test_same_facts_same_decision_and_reasons_add_up(candidates: Candidates, seed: int) -> None:
    random = Random(seed)
    policy = random_policy(random)
    for _ in range(FACTS):
        facts = random_facts(random)
        decision = decide(facts, candidates, policy)
        assert decide(facts, candidates, policy) == decision
        assert sum(reason.points for reason in decision.reasons) == decision.score
        assert len({reason.rule for reason in decision.reasons}) == len(decision.reasons), decision.reasons
        other = decide(facts, random.sample(candidates, len(candidates)), policy)
        assert (other.tier, other.score, other.reasons) == (decision.tier, decision.score, decision.reasons), facts
        assert (other.wanted, other.must_ask) == (decision.wanted, decision.must_ask)
        assert set(other.candidates) == set(decision.candidates)


@seeded
def test_work_for_the_premium_tier_never_goes_lower_silently(candidates: Candidates, seed: int) -> None:
    random = Random(seed)
    policy = random_policy(random)
    for _ in range(FACTS):
        facts = random_facts(random, kind=random.choice(PREMIUM_KINDS))
        assert decide(facts, candidates, POLICY).wanted is Tier.PREMIUM
        decision = decide(facts, candidates, policy)
        if decision.candidates and decision.wanted is Tier.PREMIUM and decision.tier is not Tier.PREMIUM:
            assert decision.is_lowered
            assert any(reason.rule == "tier:down" for reason in decision.reasons)
            assert decision.must_ask or not could_be_had(decision, candidates), facts


def could_be_had(decision: Decision, candidates: Candidates) -> bool:
    """Return whether a model above is set and was lost for a reason that the person did not set."""
    expected = {GateName.PRIVACY} | ({GateName.BUDGET} if decision.tier is Tier.LOCAL else set())
    tiers = {candidate.model: candidate.tier for candidate in candidates}
    return any(
        tiers[removed.model].rank > decision.tier.rank and removed.gate not in expected for removed in decision.removed
    )


def test_the_first_invariant_can_fail() -> None:
    """A rule that lowers the tier for more errors breaks it; reading rules keeps such a rule out."""
    rules = shipped_rules()
    many = next(rule for rule in rules.rules if rule.id == "errors:many")
    policy, _ = policy_of(replace(rules, rules=(*rules.rules, replace(many, id="bad", points=-60))))
    facts = Facts(Kind.FIX, "python", errors=4, rejections=1, lines=150)
    with pytest.raises(AssertionError):
        check_more(facts, (Candidate("a/b", Tier.CHEAP), Candidate("a/c", Tier.PREMIUM)), policy, "errors", 1)
