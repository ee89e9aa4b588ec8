"""`docs/routing.md` says what the rules are and do."""

from __future__ import annotations

import re
import tomllib

from bench.routing_docs import PAGE, page_with_tables
from tests.unit.routing.facts import ALL
from tierlsp.routing.decide import decide
from tierlsp.routing.facts import Facts, Kind
from tierlsp.routing.policy import policy_of
from tierlsp.routing.shipped import shipped_rules
from tierlsp.routing.tiers import Tier

TEXT = PAGE.read_text(encoding="utf-8")


def test_its_tables_are_those_of_the_rules_and_labels() -> None:
    assert page_with_tables(TEXT) == TEXT, "write them again: python -m bench.routing_docs"


def test_its_numbers_are_those_of_the_rules() -> None:
    rules = shipped_rules()
    limits = rules.thresholds
    assert f"local below {limits.cheap} points, cheap from {limits.cheap}, premium from {limits.premium}" in TEXT
    assert f"Within {limits.dead_band} points" in TEXT
    assert f"up to {rules.lengths.short_tokens:,} tokens" in TEXT
    assert f"up to {rules.lengths.mid_tokens:,} tokens" in TEXT


def test_what_it_tells_to_set_can_be_set_and_does_what_it_says() -> None:
    (block,) = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
    policy, problems = policy_of(shipped_rules(), points=tomllib.loads(block)["routing"]["points"])
    assert problems == ()
    assert decide(Facts(Kind.DOCS, "python"), ALL, policy).tier is Tier.LOCAL
    assert decide(Facts(Kind.FIX, "rust", errors=1), ALL, policy).tier is Tier.CHEAP
    assert decide(Facts(Kind.FIX, "python", errors=1, areas=("payment",)), ALL, policy).tier is Tier.PREMIUM
