"""History: who asks again, or undoes, was not content."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tierlsp.actions.history import FRESH_MS, NEAR_LINES, UNDONE_MS, History, Past
from tierlsp.actions.types import (
    ActionRequest,
    Document,
    FileEdit,
    Place,
    RunOutcome,
    RunResult,
    Span,
    TextEdit,
)
from tierlsp.routing.facts import Kind
from tierlsp.routing.tiers import Tier

OLD = tuple(f"line {number}" for number in range(40))
DOCUMENT = Document("file:///a.py", None, "python", 1, OLD)


def request(kind: Kind = Kind.FIX, line: int = 5, document: Document = DOCUMENT) -> ActionRequest:
    return ActionRequest("r", kind, document, Span(Place(line, 0), Place(line, 0)), None)


def done(outcome: RunOutcome = RunOutcome.DONE, edit: FileEdit | None = None) -> RunResult:
    return RunResult("r", Kind.FIX, outcome, "", tier=Tier.CHEAP, edit=edit)


def test_nothing_is_known_at_first() -> None:
    assert History().past(request(), 0.0) == Past()


def test_asking_again_for_the_same_at_the_same_place_counts_as_a_rejection() -> None:
    history = History()
    history.note(request(), done(), 0.0)
    assert history.past(request(line=5 + NEAR_LINES), 1000.0) == Past(rejections=1, last_tier=Tier.CHEAP)
    history.note(request(), done(), 1000.0)
    assert history.past(request(), 2000.0).rejections == 2


@pytest.mark.parametrize(
    "other",
    [
        request(Kind.EXPLAIN),
        request(line=5 + NEAR_LINES + 1),
        request(document=replace(DOCUMENT, uri="file:///b.py")),
    ],
    ids=["another action", "another place", "another file"],
)
def test_another_request_is_no_rejection(other: ActionRequest) -> None:
    history = History()
    history.note(request(), done(), 0.0)
    assert history.past(other, 1.0) == Past()


def test_what_is_long_ago_does_not_count() -> None:
    history = History()
    history.note(request(), done(), 0.0)
    assert history.past(request(), FRESH_MS + 1) == Past()


def test_another_question_is_no_complaint() -> None:
    history = History()
    history.note(request(Kind.ASK), done(), 0.0)
    assert history.past(request(Kind.ASK), 1.0) == Past()


@pytest.mark.parametrize("outcome", [RunOutcome.CANCELLED, RunOutcome.OVER_BUDGET, RunOutcome.NEEDS_CONSENT])
def test_a_run_without_an_answer_says_nothing(outcome: RunOutcome) -> None:
    history = History()
    history.note(request(), done(outcome), 0.0)
    assert history.past(request(), 1.0) == Past()


def test_an_answer_that_could_not_be_verified_is_a_failure_and_no_rejection() -> None:
    history = History()
    history.note(request(), done(RunOutcome.UNVERIFIED), 0.0)
    assert history.past(request(), 1.0) == Past(failures=1, last_tier=Tier.CHEAP)


def test_an_edit_that_was_undone_counts_for_other_actions_too() -> None:
    history = History()
    edit = FileEdit(DOCUMENT, (TextEdit(Span(Place(5, 0), Place(5, 6)), "other"),))
    history.note(request(), done(edit=edit), 0.0)
    changed = replace(DOCUMENT, version=2, lines=(*OLD[:5], "other", *OLD[6:]))
    assert history.past(request(Kind.REFACTOR, document=changed), 1.0).rejections == 0
    back = replace(DOCUMENT, version=3)
    assert history.past(request(Kind.REFACTOR, document=back), 1.0).rejections == 1
    assert history.past(request(Kind.REFACTOR, line=30, document=back), 1.0).rejections == 0


def test_an_edit_is_undone_within_the_hour_and_a_text_of_before_that_is_another_branch() -> None:
    history = History()
    edit = FileEdit(DOCUMENT, (TextEdit(Span(Place(5, 0), Place(5, 6)), "other"),))
    history.note(request(), done(edit=edit), 0.0)
    assert history.past(request(), FRESH_MS + 1).rejections == 1
    assert history.past(request(Kind.REFACTOR), UNDONE_MS).rejections == 1
    assert history.past(request(Kind.REFACTOR), UNDONE_MS + 1) == Past()
