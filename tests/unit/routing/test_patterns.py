"""The patterns that the product promises, one by one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.routing.facts import ALL, CODESTRAL, FLASH, OPUS, POLICY, QWEN
from tierlsp.routing.candidates import Candidate
from tierlsp.routing.decide import decide
from tierlsp.routing.decision import Decision, GateName
from tierlsp.routing.facts import Facts, Kind, Scope
from tierlsp.routing.policy import policy_of
from tierlsp.routing.shipped import shipped_rules
from tierlsp.routing.tiers import Tier

SMALL = Facts(Kind.FIX, "python", lines=10, errors=1, prompt_tokens=900, max_output_tokens=2_000, can_verify=True)


def decided(facts: Facts, *candidates: Candidate) -> Decision:
    return decide(facts, candidates or ALL, POLICY)


@pytest.mark.parametrize(
    ("kind", "tier"),
    [
        (Kind.NAMES, Tier.LOCAL),
        (Kind.FIX, Tier.CHEAP),
        (Kind.REFACTOR, Tier.CHEAP),
        (Kind.TESTS, Tier.CHEAP),
        (Kind.DOCS, Tier.CHEAP),
        (Kind.EXPLAIN, Tier.CHEAP),
        (Kind.ASK, Tier.CHEAP),
        (Kind.SQL, Tier.CHEAP),
        (Kind.COMMIT, Tier.CHEAP),
        (Kind.PLAN, Tier.PREMIUM),
        (Kind.REFACTOR_FILES, Tier.PREMIUM),
        (Kind.REVIEW, Tier.PREMIUM),
        (Kind.AUDIT, Tier.PREMIUM),
    ],
)
def test_by_kind(kind: Kind, tier: Tier) -> None:
    for can_verify in (True, False):
        assert decided(replace(SMALL, kind=kind, can_verify=can_verify)).tier is tier


@pytest.mark.parametrize("kind", [Kind.FIX, Kind.REFACTOR])
@pytest.mark.parametrize("language", ["rust", "haskell", "ocaml", "agda", "elixir", "zig", "scala"])
def test_hard_languages_are_premium_work_to_fix_and_refactor(kind: Kind, language: str) -> None:
    facts = replace(SMALL, kind=kind, language=language)
    assert decided(facts).tier is Tier.PREMIUM
    assert decided(replace(facts, errors=0)).tier is Tier.PREMIUM
    assert decided(replace(facts, kind=Kind.EXPLAIN)).tier is Tier.CHEAP


@pytest.mark.parametrize("language", ["python", "javascript", "typescript", "javascriptreact", "typescriptreact", "go"])
def test_usual_languages_are_for_any_model(language: str) -> None:
    reasons = decided(replace(SMALL, language=language)).reasons
    assert not any(reason.rule.startswith("lang:") for reason in reasons)


def test_a_warning_in_a_hard_language_is_cheap_work() -> None:
    assert decided(replace(SMALL, language="rust", errors=0, warnings=2)).tier is Tier.CHEAP
    assert decided(replace(SMALL, language="rust", errors=1, warnings=2)).tier is Tier.PREMIUM


def test_several_files_are_premium_work() -> None:
    assert decided(replace(SMALL, kind=Kind.REFACTOR, scope=Scope.FILES, files=2)).tier is Tier.PREMIUM


def test_queries_go_first_to_models_made_for_them() -> None:
    query = replace(SMALL, kind=Kind.SQL, language="sql", errors=0)
    cheap = Candidate("mistral/codestral-latest", Tier.CHEAP, context_tokens=128_000, skills=frozenset({"sql"}))
    assert decided(query, QWEN, FLASH, cheap, OPUS).candidates == (cheap.model, FLASH.model)
    assert decided(query, QWEN, FLASH, cheap, OPUS).preferred == 1
    assert decided(query, CODESTRAL, FLASH, OPUS).candidates == (CODESTRAL.model,)
    assert decided(query, QWEN, FLASH, OPUS).candidates == (FLASH.model,)
    assert decided(replace(query, kind=Kind.REFACTOR), QWEN, FLASH, cheap).model == cheap.model


@pytest.mark.parametrize(
    ("prompt_tokens", "models"),
    [
        (4_000, ["a/8k", "a/16k", "a/32k", "a/200k", "a/proven"]),
        (4_096, ["a/8k", "a/16k", "a/32k", "a/200k", "a/proven"]),
        (4_097, ["a/32k", "a/200k", "a/proven"]),
        (30_000, ["a/32k", "a/200k", "a/proven"]),
        (32_768, ["a/200k", "a/proven"]),
        (32_769, ["a/proven"]),
        (64_000, ["a/proven"]),
        (65_000, []),
    ],
)
def test_by_length(prompt_tokens: int, models: list[str]) -> None:
    def sized(name: str, tokens: int, proven: int = 0) -> Candidate:
        return Candidate(name, Tier.CHEAP, context_tokens=tokens, long_context_tokens=proven)

    candidates = [
        sized("a/8k", 8_192),
        sized("a/16k", 16_384),
        sized("a/32k", 32_768),
        sized("a/200k", 200_000),
        sized("a/proven", 200_000, 64_000),
    ]
    facts = replace(SMALL, kind=Kind.EXPLAIN, prompt_tokens=prompt_tokens)
    decision = decide(facts, candidates, POLICY)
    assert list(decision.candidates) == models
    assert {removed.gate for removed in decision.removed} <= {GateName.WINDOW}


def test_a_rejected_answer_raises_the_next_try() -> None:
    scores = [decided(replace(SMALL, rejections=count)).score for count in (0, 1, 2)]
    assert scores[1] == scores[0] + 25
    assert decided(replace(SMALL, rejections=2)).tier is Tier.PREMIUM


@pytest.mark.parametrize(
    ("last", "failures", "tier"),
    [
        (Tier.CHEAP, 1, Tier.PREMIUM),
        (Tier.LOCAL, 1, Tier.CHEAP),
        (Tier.LOCAL, 2, Tier.PREMIUM),
        (None, 1, Tier.PREMIUM),
        (Tier.PREMIUM, 1, Tier.PREMIUM),
    ],
)
def test_a_failed_check_goes_up_a_tier(last: Tier | None, failures: int, tier: Tier) -> None:
    facts = replace(SMALL, failures=failures, last_tier=last)
    assert decided(facts).tier is tier
    assert decided(facts).must_ask is (last is Tier.LOCAL)


def test_without_escalation_a_failed_check_stays_in_its_tier() -> None:
    policy, _ = policy_of(shipped_rules(), escalate=False)
    assert decide(replace(SMALL, failures=1, last_tier=Tier.CHEAP), ALL, policy).tier is Tier.CHEAP


def test_names_stay_below_premium_whatever_happens() -> None:
    facts = Facts(Kind.NAMES, "rust", files=9, lines=900, errors=20, rejections=4, failures=3)
    decision = decided(facts)
    assert decision.tier is Tier.CHEAP
    assert decision.higher == ()


def test_names_do_not_go_to_the_cloud_unasked() -> None:
    """A local model that is down at the moment is no leave to send code elsewhere."""
    names = Facts(Kind.NAMES, "python", lines=3)
    down = replace(QWEN, blocked=(GateName.HEALTH, "it failed just now"))
    assert decided(names, down, FLASH).must_ask
    assert not decided(names, FLASH).must_ask


def test_at_the_line_the_tier_stays_as_it_was() -> None:
    facts = replace(SMALL, kind=Kind.REFACTOR, scope=Scope.CLASS, lines=130, public_names=3, errors=0)
    assert abs(decided(facts).score - POLICY.thresholds.premium) <= POLICY.thresholds.dead_band
    assert decided(facts).tier is Tier.CHEAP
    assert decided(replace(facts, can_verify=False)).tier is Tier.PREMIUM
    for last in (Tier.CHEAP, Tier.PREMIUM):
        assert decided(replace(facts, last_tier=last)).tier is last
    assert decided(replace(facts, last_tier=Tier.LOCAL)).tier is Tier.CHEAP


def test_the_same_model_in_two_tiers_serves_the_one_that_is_wanted() -> None:
    both = (FLASH, replace(FLASH, tier=Tier.PREMIUM), OPUS)
    pinned = replace(SMALL, model=FLASH.model)
    assert decided(pinned, *both).tier is Tier.CHEAP
    assert decided(replace(pinned, kind=Kind.REVIEW), *both).tier is Tier.PREMIUM
    assert decided(replace(pinned, tier=Tier.PREMIUM), *both).tier is Tier.PREMIUM
    assert decided(pinned, *both).higher == ()


def test_an_answer_that_the_model_cannot_write_rules_it_out() -> None:
    short = replace(FLASH, max_output_tokens=1_000)
    facts = replace(SMALL, max_output_tokens=8_000, likely_output_tokens=1_500)
    assert decided(facts, short).removed[0].gate is GateName.WINDOW
    assert decided(replace(facts, likely_output_tokens=900), short).model == short.model
