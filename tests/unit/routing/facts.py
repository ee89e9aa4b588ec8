"""Facts, candidates and policies for tests, some of them made up by hypothesis."""

from __future__ import annotations

import os
from random import Random
from typing import Any

from hypothesis import strategies as st

from tierlsp.routing.candidates import Candidate
from tierlsp.routing.decision import GateName
from tierlsp.routing.facts import Facts, Kind, Scope
from tierlsp.routing.policy import Policy, policy_of
from tierlsp.routing.shipped import shipped_rules
from tierlsp.routing.tiers import Tier

FACTS = 100 if os.environ.get("CI") else 20
"""How many random facts each example of models and policy is tried with."""
EXAMPLES = 250 if os.environ.get("CI") else 25
"""How many such examples each of the four invariants has: 100,000 facts in CI."""

POLICY: Policy = policy_of(shipped_rules())[0]

CODESTRAL = Candidate(
    "ollama/codestral:22b", Tier.LOCAL, is_local=True, context_tokens=32_768, skills=frozenset({"sql"})
)
QWEN = Candidate("ollama/qwen2.5-coder:7b", Tier.LOCAL, is_local=True, context_tokens=32_768)
FLASH = Candidate("deepseek/deepseek-flash", Tier.CHEAP, context_tokens=131_072, long_context_tokens=65_536)
GLM = Candidate("glm/glm-4.7", Tier.CHEAP, context_tokens=200_000)
OPUS = Candidate("anthropic/claude-opus-5", Tier.PREMIUM, context_tokens=1_000_000, long_context_tokens=400_000)
GPT = Candidate("openai/gpt-5.4", Tier.PREMIUM, context_tokens=1_050_000, long_context_tokens=256_000)
ALL = (QWEN, FLASH, GLM, OPUS, GPT)

_LANGUAGES = ["", "python", "typescript", "rust", "haskell", "cpp", "sql", "elixir", "klingon"]
_AREAS = ["auth", "ci", "crypto", "infrastructure", "migration", "payment", "secrets", "unheard-of"]
_KINDS = list(Kind)
_SCOPES = list(Scope)
_GATES = [GateName.KEY, GateName.HEALTH, GateName.BUDGET, GateName.CAPABILITY]


def random_facts(random: Random, **fixed: Any) -> Facts:
    """Return facts of any sort, small counts as often as large ones; `fixed` are fields that are given."""
    one_of, count = random.choice, random.randint
    fields: dict[str, Any] = {
        "kind": one_of(_KINDS),
        "language": one_of(_LANGUAGES),
        "scope": one_of(_SCOPES),
        "files": count(1, one_of([2, 40])),
        "lines": count(0, one_of([50, 2_000])),
        "prompt_tokens": one_of([0, 900, 4_096, 4_097, 20_000, 32_768, 32_769, 120_000, 900_000]),
        "max_output_tokens": one_of([0, 1_000, 8_000, 70_000]),
        "likely_output_tokens": one_of([0, 400, 6_000]),
        "errors": count(0, one_of([2, 40])),
        "warnings": count(0, one_of([2, 40])),
        "public_names": count(0, one_of([4, 60])),
        "areas": tuple(sorted(random.sample(_AREAS, one_of([0, 0, 1, 3])))),
        "rejections": one_of([0, 0, 1, 2, 4]),
        "failures": one_of([0, 0, 1, 2]),
        "last_tier": one_of([None, *Tier]),
        "can_verify": one_of([True, False]),
        "may_use_cloud": one_of([True, True, True, False]),
    }
    return Facts(**(fields | fixed))


def some_candidates() -> st.SearchStrategy[tuple[Candidate, ...]]:
    """Return up to eight candidates of all tiers, with distinct names."""
    one = st.builds(
        Candidate,
        model=st.sampled_from([f"backend/model-{number}" for number in range(8)]),
        tier=st.sampled_from(list(Tier)),
        is_local=st.booleans(),
        context_tokens=st.sampled_from([None, 4_096, 16_384, 32_768, 131_072, 1_000_000]),
        max_output_tokens=st.sampled_from([None, 4_096, 64_000]),
        long_context_tokens=st.sampled_from([0, 0, 65_536, 400_000]),
        skills=st.sampled_from([frozenset(), frozenset({"sql"})]),
        is_retired=st.sampled_from([False, False, False, True]),
        blocked=st.none() | st.sampled_from(_GATES).map(lambda gate: (gate, "as told")),
    )
    return st.lists(one, max_size=8, unique_by=lambda each: each.model).map(tuple)
