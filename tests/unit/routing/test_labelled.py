"""The rules agree with the labels of actions, on the half that they were tuned on and on the one that they were not."""

from __future__ import annotations

from collections import Counter

import pytest

from bench.routing_labels import HALVES, Half, hash_of, read_half
from bench.routing_peers import MOST_SHARE, read_verdicts, rows
from tests.unit.routing.facts import POLICY

SEALED = "5a5437a2bf718675116784ed8bda3c17701a3688083c893d5a0ff8ba7e688698"
"""The sealed half as it was before the rules were tuned on the other."""

LEAST_FOUND = 0.9


def test_the_sealed_half_is_as_it_was() -> None:
    """A label that is changed to suit the rules shows here. Write another half in place of changing this one."""
    assert hash_of("sealed") == SEALED


@pytest.mark.parametrize("half", HALVES)
def test_premium_worthy_work_is_found_without_much_else(half: Half) -> None:
    table = rows(read_half(half, POLICY), POLICY)
    ours = table.pop("rules")
    assert ours.recall >= LEAST_FOUND
    assert ours.share <= MOST_SHARE
    within = [each for each in table.values() if each.share <= MOST_SHARE]
    assert all(ours.recall > each.recall for each in within)


@pytest.mark.parametrize("half", HALVES)
def test_labels_are_as_mixed_as_work_is(half: Half) -> None:
    actions = read_half(half, POLICY)
    share = sum(action.is_premium for action in actions) / len(actions)
    assert 0.25 <= share <= 0.30
    languages = Counter(action.facts.language for action in actions)
    assert sum(count >= 8 for count in languages.values()) >= 8
    assert len({action.id for action in actions}) == len(actions)


def test_every_action_has_a_verdict_of_litellm() -> None:
    ids = {action.id for half in HALVES for action in read_half(half, POLICY)}
    assert set(read_verdicts()) == ids
