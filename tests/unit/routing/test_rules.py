"""Rules are checked when they are read, and the person's numbers when they are taken."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from typing import Any

import pytest

from tests.unit.routing.facts import ALL
from tierlsp.routing.decide import decide
from tierlsp.routing.facts import Facts, Kind
from tierlsp.routing.policy import policy_of
from tierlsp.routing.rule_reading import RulesError, read_rules
from tierlsp.routing.rules import MOST_POINTS, overridden, unsafe_effect
from tierlsp.routing.shipped import shipped_rules
from tierlsp.routing.tiers import Tier

BASE = """
[thresholds]
cheap = 10
premium = 50
deadBand = 4
[length]
shortTokens = 4096
midTokens = 32768
midWindow = 32768
marginTokens = 256
[skills]
sql = ["codestral"]
[languages.hard]
rust = "Rust"
[areas.auth]
title = "signing in"
words = ["auth"]
"""

RULE = '[[rule]]\nid = "a"\ntext = "so it is"\n'


def read(text: str, base: str = BASE) -> Any:
    return read_rules(tomllib.loads(base + text))


def test_a_rule_of_a_group_stands_for_one_rule_a_name() -> None:
    row = '[[rule]]\nid = "lang:{name}"\nlanguages = "hard"\npoints = 3\ntext = "{title} has {lines} lines"\n'
    (rule,) = read(row).rules
    assert (rule.id, rule.language, rule.text) == ("lang:rust", "rust", "Rust has {lines} lines")


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (RULE, "must have one effect"),
        (RULE + 'points = 1\nfloor = "cheap"', "has 2"),
        (RULE + "points = 101", "-100 to 100"),
        (RULE + "points = true", "whole number"),
        (RULE + "point = 1", "unknown key `point`"),
        (RULE + 'kinds = ["fixes"]\npoints = 1', "`fixes`"),
        (RULE + 'kinds = "fix"\npoints = 1', "must be a list"),
        (RULE + "kinds = []\npoints = 1", "must be a list"),
        (RULE + 'scopes = ["line"]\npoints = 1', "`line`"),
        (RULE + 'floor = "dear"', "`dear`"),
        (RULE + "min = { line = 3 }\npoints = 1", "unknown key `line`"),
        (RULE + "min = { lines = 0 }\npoints = 1", "1 or more"),
        (RULE + 'warningsOnly = "yes"\npoints = 1', "true or false"),
        (RULE + 'prefer = "cobol"', "skill `cobol`"),
        (RULE + 'languages = "soft"\npoints = 1', "`soft`"),
        (RULE + 'areas = ["love"]\npoints = 1', "unknown area `love`"),
        (RULE + 'areas = ["auth"]\nlanguages = "hard"\npoints = 1', "one of them at a time"),
        (RULE.replace("so it is", "{oops}") + "points = 1", "`{oops}`"),
        (RULE.replace("so it is", "{lines} of {files}") + "points = 1", "more than one count"),
        (RULE.replace('"a"', '"a{name}"') + "points = 1", "`{name}`"),
        (RULE.replace('text = "so it is"\n', "") + "points = 1", "`text` must be a text"),
        (RULE + "points = 1\n" + RULE + "points = 2", "another rule"),
        (RULE + "min = { errors = 2 }\npoints = -1", "never lower the tier"),
        (RULE + 'min = { files = 2 }\nceiling = "cheap"', "never lower the tier"),
        (RULE + 'min = { rejections = 1 }\nprefer = "sql"', "never lower the tier"),
        (RULE + "warningsOnly = true\npoints = 1", "never lower the tier"),
        (RULE + "warningsOnly = false\npoints = -1", "never lower the tier"),
        ("rule = 3", "list of tables"),
    ],
)
def test_a_wrong_rule_is_named_with_what_is_wrong(row: str, words: str) -> None:
    base = BASE
    if row.startswith("rule ="):
        base, row = row + "\n" + BASE, ""
    with pytest.raises(RulesError) as caught:
        read(row, base)
    assert words in str(caught.value)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("premium = 50", "premium = 17", "dead bands meet"),
        ("premium = 50", 'premium = "50"', "`premium`"),
        ("cheap = 10\n", "", "`cheap`"),
        ("midWindow = 32768", "midWindow = 32768\nmax = 1", "unknown key `max`"),
        ('title = "signing in"\n', "", "area `auth`"),
        ('["codestral"]', '"codestral"', "skill `sql`"),
        ("[thresholds]", "[limits]", "unknown key `limits`"),
    ],
)
def test_wrong_tables_are_named(old: str, new: str, words: str) -> None:
    with pytest.raises(RulesError) as caught:
        read(RULE + "points = 1", BASE.replace(old, new))
    assert words in str(caught.value)


def test_the_shipped_rules_hold_the_promises() -> None:
    rules = shipped_rules().rules
    assert len({rule.id for rule in rules}) == len(rules)
    assert not any(unsafe_effect(rule) for rule in rules)
    premium = {kind for rule in rules if rule.floor is Tier.PREMIUM and not rule.minimums for kind in rule.kinds}
    assert premium >= {Kind.PLAN, Kind.REVIEW, Kind.AUDIT, Kind.REFACTOR_FILES}
    for rule in rules:
        assert rule.ceiling is None or not rule.kinds & premium, f"{rule.id} lets premium work go lower"


def test_own_points_are_used() -> None:
    facts = Facts(Kind.FIX, "python", errors=1, can_verify=True)
    policy, problems = policy_of(shipped_rules(), points={"kind:fix": 60})
    assert problems == ()
    assert decide(facts, ALL, policy).tier is Tier.PREMIUM
    assert decide(facts, ALL, policy).reasons[0].points == 60


def test_own_points_take_the_place_of_a_floor_and_0_takes_a_rule_away() -> None:
    review = Facts(Kind.REVIEW, "python")
    policy, _ = policy_of(shipped_rules(), points={"kind:review": 30})
    assert (decide(review, ALL, policy).tier, decide(review, ALL, policy).score) == (Tier.CHEAP, 30)
    rules, _ = overridden(shipped_rules(), {"lang:rust:fix": 0})
    assert "lang:rust:fix" not in {rule.id for rule in rules.rules}


@pytest.mark.parametrize(
    ("name", "number", "words"),
    [
        ("lang:rst", 5, 'did you mean "lang:rust"?'),
        ("zzz\x1b[31m", 5, "there is no such rule"),
        ("kind:fix", MOST_POINTS + 1, "-100 to 100"),
        ("history:rejected", -1, "must never lower"),
        ("errors:many", -1, "must never lower"),
        ("lang:rust:fix", -5, "must never lower"),
    ],
)
def test_own_points_that_cannot_be_used_are_one_sentence(name: str, number: int, words: str) -> None:
    rules, (problem,) = overridden(shipped_rules(), {name: number})
    assert words in problem
    assert problem.startswith('`routing.points."')
    assert problem.isprintable()
    assert rules == shipped_rules()


def test_a_rule_without_numbers_says_the_same_each_time() -> None:
    policy, _ = policy_of(shipped_rules())
    facts = Facts(Kind.FIX, "python", lines=50, errors=7)
    one, other = decide(facts, ALL, policy), decide(replace(facts, lines=60), ALL, policy)
    assert one.reasons[0] is other.reasons[0]
    assert [reason.text for reason in other.reasons if reason.rule == "size:medium"] == ["60 lines are meant"]
