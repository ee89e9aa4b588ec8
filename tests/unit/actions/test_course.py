"""What a run that no model serves ends with."""

from __future__ import annotations

import pytest

from tierlsp.actions.course import nobody_serves
from tierlsp.actions.types import RunOutcome
from tierlsp.routing.decision import Decision, GateName, Removed
from tierlsp.routing.tiers import Tier

PINNED = Removed("work/large", GateName.PINNED, "the cheap tier was asked for")
PRIVATE = Removed("work/small", GateName.PRIVACY, "nothing may leave this machine")
DEAR = Removed("work/small", GateName.BUDGET, "the month's money is spent")
KEYLESS = Removed("work/small", GateName.KEY, "there is no API key for it")


def end_of(*removed: Removed) -> tuple[RunOutcome, str]:
    return nobody_serves(Decision(Tier.CHEAP, (), (), 0, (), removed))


@pytest.mark.parametrize(
    ("removed", "outcome"),
    [
        ((), RunOutcome.FAILED),
        ((PRIVATE,), RunOutcome.NOT_ALLOWED),
        ((PINNED, PRIVATE), RunOutcome.NOT_ALLOWED),
        ((PINNED, DEAR), RunOutcome.OVER_BUDGET),
        ((PINNED, KEYLESS), RunOutcome.FAILED),
        ((PINNED,), RunOutcome.FAILED),
    ],
)
def test_the_outcome_is_that_of_the_models_that_were_asked_for(
    removed: tuple[Removed, ...], outcome: RunOutcome
) -> None:
    assert end_of(*removed)[0] is outcome


def test_the_sentence_names_what_stands_in_the_way_of_what_was_asked_for() -> None:
    assert end_of(PINNED, PRIVATE)[1] == "no model may do this: work/small: nothing may leave this machine"
    assert "work/large: the cheap tier was asked for" in end_of(PINNED)[1]
