"""What is switched off during a run is told once: by the run's end, or after it."""

from __future__ import annotations

import pytest

from tierlsp.actions.types import RunOutcome, RunResult
from tierlsp.lsp.held_notices import HeldNotices
from tierlsp.routing.facts import Kind

KEY = "work does not take the API key; check it, and what it may be used for."


class Held:
    """Notices that are held for as many runs as the test says."""

    def __init__(self, running: int = 1) -> None:
        self.running = running
        self.said: list[str] = []
        self.notices = HeldNotices(lambda name, sentence: self.said.append(name), lambda: self.running > 0)

    def end(self, message: str, outcome: RunOutcome = RunOutcome.FAILED) -> list[str]:
        self.running -= 1
        self.notices.ended(RunResult("r", Kind.FIX, outcome, message))
        return self.said


def test_without_a_run_it_is_said_at_once() -> None:
    held = Held(running=0)
    held.notices.say("work", KEY)
    assert held.said == ["work"]


@pytest.mark.parametrize(
    "message",
    [
        KEY.rstrip("."),
        f"only 1 of 2 parts were judged ({KEY.rstrip('.')})",
        "no model gave an answer: work/small refused the API key and near/other does not answer; check the API keys",
    ],
)
def test_what_the_end_of_the_run_says_is_not_said_again(message: str) -> None:
    held = Held()
    held.notices.say("work", KEY)
    assert held.said == []
    assert held.end(message) == []


@pytest.mark.parametrize(
    ("outcome", "message"),
    [
        (RunOutcome.DONE, "fixed 1 problem in area.py"),
        (RunOutcome.DONE, "another/small and work/small were asked"),
        (RunOutcome.FAILED, "busy with other work of yours"),
        (RunOutcome.NEEDS_CONSENT, "work/large could do it for at most $1"),
    ],
)
def test_what_no_end_says_is_said_after_it(outcome: RunOutcome, message: str) -> None:
    held = Held()
    held.notices.say("work", KEY)
    assert held.end(message, outcome) == ["work"]
    held.running = 1
    assert held.end(message, outcome) == ["work"]


def test_it_waits_for_the_last_run_since_any_of_them_may_be_the_one() -> None:
    held = Held(running=2)
    held.notices.say("work", KEY)
    held.notices.say("near/old", "near/old is not offered any longer.")
    assert held.end("nothing was found", RunOutcome.NOTHING) == []
    assert held.end(KEY) == ["near/old"]


def test_settings_that_change_meanwhile_take_it_back() -> None:
    held = Held()
    held.notices.say("work", KEY)
    held.notices.forget()
    assert held.end("cancelled", RunOutcome.CANCELLED) == []
