"""Whole decisions, as a person sees them: `routes/*.md`.

`facts` are fields of `Facts`, `models` the candidates (without the block, the usual five): tier, model, context, the
length at which it is proven, and what else is to be said of it. `points` are the person's own numbers. The last block
is what `tierlsp route` prints, and under it the end of the code action's title.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.golden.scenario import Scenario, check_last_block, read_scenario
from tierlsp.routing.candidates import Candidate, skills_of
from tierlsp.routing.decide import decide
from tierlsp.routing.decision import Decision, GateName, Quote
from tierlsp.routing.explain import explained, title_suffix
from tierlsp.routing.facts import Facts, Kind, Scope
from tierlsp.routing.policy import policy_of
from tierlsp.routing.shipped import shipped_rules
from tierlsp.routing.tiers import Tier

FILES = sorted((Path(__file__).parent / "routes").glob("*.md"))

USUAL = """\
local    ollama/codestral:22b      32768
cheap    deepseek/deepseek-flash   1000000 65536
cheap    mistral/codestral-latest  128000
premium  anthropic/claude-opus-5   1000000 400000
premium  openai/gpt-5.4            1050000 256000
"""

PRICES = {"local": (0, 0), "cheap": (Decimal("0.3"), Decimal("1.2")), "premium": (Decimal(5), Decimal(25))}
"""US dollars for a million tokens read and written, the same for every model of a tier."""

READ: dict[str, Any] = {
    "kind": Kind,
    "scope": Scope,
    "tier": Tier,
    "last_tier": Tier,
    "language": str,
    "model": str,
    "areas": lambda text: tuple(text.split()),
    "can_verify": lambda text: text == "yes",
    "may_use_cloud": lambda text: text == "yes",
}
"""How a field of `Facts` is read, if not as a number."""


def pairs_in(scenario: Scenario, block: str) -> dict[str, str]:
    lines = scenario.blocks.get(block, "").splitlines()
    return {key: value for key, _, value in (line.partition(": ") for line in lines)}


def facts_in(scenario: Scenario) -> Facts:
    fields = {key: READ.get(key, int)(value) for key, value in pairs_in(scenario, "facts").items()}
    usual = {"prompt_tokens": 900, "max_output_tokens": 4_000, "likely_output_tokens": 600}
    return Facts(**(usual | {"language": "python"} | fields))


def candidate_in(line: str) -> Candidate:
    tier, model, context, *more = line.split()
    words = [word for word in more if not word.isdigit()]
    return Candidate(
        model,
        Tier(tier),
        is_local=tier == "local",
        context_tokens=int(context),
        long_context_tokens=int(more[0]) if more and more[0].isdigit() else 0,
        skills=skills_of(model, shipped_rules().skills),
        is_retired="retired" in words,
        blocked=next(((GateName(word), "as the test says") for word in words if word != "retired"), None),
    )


def quote_for(decision: Decision, facts: Facts) -> Quote:
    read, written = PRICES[decision.tier]
    likely = (facts.prompt_tokens * read + facts.likely_output_tokens * written) / Decimal(1_000_000)
    most = (facts.prompt_tokens * read + facts.max_output_tokens * written) / Decimal(1_000_000)
    return Quote(likely, most, facts.prompt_tokens, facts.likely_output_tokens, facts.max_output_tokens)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_golden(path: Path, update: bool) -> None:
    scenario = read_scenario(path)
    facts = facts_in(scenario)
    options = pairs_in(scenario, "settings")
    points = {key: int(value) for key, value in pairs_in(scenario, "points").items()}
    when_spent: Any = options.get("whenSpent", "local")
    policy, problems = policy_of(shipped_rules(), points=points, when_spent=when_spent)
    assert not problems
    models = scenario.blocks.get("models", USUAL).splitlines()
    decision = decide(facts, [candidate_in(line) for line in models], policy)
    quote = quote_for(decision, facts)
    check_last_block(scenario, "\n".join([*explained(decision, quote), title_suffix(decision, quote)]), update=update)
