"""What each failure leads to, as a table."""

import pytest

from tierlsp.errors import BackendError, Garbled, Overloaded, Rejected, Unavailable
from tierlsp.routing.failures import ALONE_WAIT_MS, RULES, SHORT_WAIT_MS, Harm, Situation, Step, is_free, judge

ALONE = Situation(remaining_ms=60_000)
WITH_OTHERS = Situation(remaining_ms=60_000, has_others=True)
HERE = Situation(remaining_ms=60_000, is_local=True, has_others=True)
AGAIN = Situation(remaining_ms=60_000, retries=9, has_others=True)

TABLE: list[tuple[type[BackendError], str, float | None, Situation, Step, Harm]] = [
    # Nobody answers: the provider's other models would not either.
    (Unavailable, "refused", None, WITH_OTHERS, Step.NEXT_PROVIDER, Harm.LEAVE_PROVIDER),
    (Unavailable, "unknown-host", None, WITH_OTHERS, Step.NEXT_PROVIDER, Harm.LEAVE_PROVIDER),
    (Unavailable, "tls", None, ALONE, Step.NEXT_PROVIDER, Harm.LEAVE_PROVIDER),
    (Unavailable, "connect-timeout", None, ALONE, Step.NEXT_PROVIDER, Harm.LEAVE_PROVIDER),
    # 429.
    (Overloaded, "rate-limit", 1.0, WITH_OTHERS, Step.RETRY_SAME, Harm.FAILURE),
    (Overloaded, "rate-limit", 2.0, WITH_OTHERS, Step.RETRY_SAME, Harm.FAILURE),
    (Overloaded, "rate-limit", 2.1, WITH_OTHERS, Step.NEXT_MODEL, Harm.LEAVE_MODEL),
    (Overloaded, "rate-limit", 10.0, ALONE, Step.RETRY_SAME, Harm.FAILURE),
    (Overloaded, "rate-limit", 86_400.0, ALONE, Step.NEXT_MODEL, Harm.LEAVE_MODEL),
    (Overloaded, "rate-limit", None, WITH_OTHERS, Step.RETRY_SAME, Harm.FAILURE),
    (Overloaded, "rate-limit", None, AGAIN, Step.NEXT_MODEL, Harm.FAILURE),
    (Overloaded, "rate-limit", 1.0, Situation(1_500, has_others=True), Step.NEXT_MODEL, Harm.LEAVE_MODEL),
    # 5xx, 529, time-outs.
    (Unavailable, "server-error", None, WITH_OTHERS, Step.RETRY_SAME, Harm.FAILURE),
    (Unavailable, "server-error", None, Situation(60_000, retries=1), Step.NEXT_MODEL, Harm.FAILURE),
    (Unavailable, "server-error", None, Situation(60_000, may_retry=False), Step.NEXT_MODEL, Harm.FAILURE),
    (Unavailable, "gateway", None, WITH_OTHERS, Step.RETRY_SAME, Harm.FAILURE),
    (Overloaded, "busy", None, WITH_OTHERS, Step.RETRY_SAME, Harm.FAILURE),
    (Overloaded, "busy", None, HERE, Step.NEXT_MODEL, Harm.LEAVE_MODEL),
    (Overloaded, "overloaded", None, WITH_OTHERS, Step.NEXT_MODEL, Harm.FAILURE),
    (Overloaded, "overloaded", None, ALONE, Step.RETRY_SAME, Harm.FAILURE),
    (Unavailable, "timeout", None, WITH_OTHERS, Step.NEXT_MODEL, Harm.FAILURE),
    (Unavailable, "timeout", None, ALONE, Step.RETRY_SAME, Harm.FAILURE),
    (Unavailable, "loading", None, Situation(60_000, is_local=True), Step.RETRY_SAME, Harm.NONE),
    # Too long a prompt: never the same model.
    (Rejected, "context", None, ALONE, Step.NEXT_MODEL, Harm.NONE),
    (Rejected, "refusal", None, ALONE, Step.NEXT_MODEL, Harm.NONE),
    # Key and purse.
    (Rejected, "unauthorised", None, WITH_OTHERS, Step.NEXT_PROVIDER, Harm.PROVIDER_OFF),
    (Rejected, "quota", None, WITH_OTHERS, Step.NEXT_PROVIDER, Harm.LEAVE_PROVIDER),
    # No such model.
    (Rejected, "not-found", None, WITH_OTHERS, Step.NEXT_MODEL, Harm.MODEL_OFF),
    (Rejected, "model-missing", None, HERE, Step.NEXT_MODEL, Harm.LEAVE_MODEL),
    # A mistake of ours.
    (Rejected, "bad-request", None, WITH_OTHERS, Step.FAIL_USER, Harm.NONE),
    (Rejected, "rejected", None, WITH_OTHERS, Step.FAIL_USER, Harm.NONE),
    # Lies.
    (Garbled, "cut", None, WITH_OTHERS, Step.RETRY_SAME, Harm.FAILURE),
    (Garbled, "not-json", None, WITH_OTHERS, Step.NEXT_MODEL, Harm.FAILURE),
    (Garbled, "empty", None, ALONE, Step.NEXT_MODEL, Harm.FAILURE),
    (Garbled, "length", None, ALONE, Step.NEXT_MODEL, Harm.NONE),
    # Causes that nobody has heard of go by their class.
    (Garbled, "new", None, WITH_OTHERS, Step.NEXT_MODEL, Harm.FAILURE),
    (Overloaded, "new", 1.0, WITH_OTHERS, Step.RETRY_SAME, Harm.FAILURE),
    (Unavailable, "new", None, WITH_OTHERS, Step.RETRY_SAME, Harm.FAILURE),
    (Rejected, "new", None, WITH_OTHERS, Step.FAIL_USER, Harm.NONE),
    # Nobody wants it.
    (Unavailable, "timeout", None, Situation(60_000, is_cancelled=True), Step.CANCELLED, Harm.NONE),
]


@pytest.mark.parametrize(("kind", "cause", "wait_s", "situation", "step", "harm"), TABLE)
def test_each_failure_leads_to_its_step(
    kind: type[BackendError], cause: str, wait_s: float | None, situation: Situation, step: Step, harm: Harm
) -> None:
    verdict = judge(kind("it failed", cause=cause, retry_after_s=wait_s), situation)
    assert (verdict.step, verdict.harm) == (step, harm)


@pytest.mark.parametrize("cause", sorted(RULES))
def test_what_has_begun_is_never_asked_of_the_same_model_again(cause: str) -> None:
    """It is paid; the same model would be paid twice for one answer."""
    error = Unavailable("it broke off", cause=cause)
    error.has_begun = True
    assert judge(error, ALONE).step is not Step.RETRY_SAME
    assert not is_free(error)


def test_what_was_sent_and_not_answered_may_have_been_paid() -> None:
    free = {cause for cause in RULES if is_free(BackendError("it failed", cause=cause))}
    assert {"timeout", "dropped", "cut", "stalled", "length"}.isdisjoint(free)
    assert {"refused", "rate-limit", "unauthorised", "server-error", "context"} <= free


def test_a_server_that_says_that_it_is_useless_is_not_asked_again() -> None:
    error = Unavailable("it failed", cause="server-error")
    error.may_retry = False
    assert judge(error, ALONE).step is Step.NEXT_MODEL


def test_only_a_larger_window_helps_where_the_prompt_is_too_long() -> None:
    assert judge(Rejected("too long", cause="context"), WITH_OTHERS).needs_larger


def test_nobody_waits_longer_alone_than_is_bearable() -> None:
    assert SHORT_WAIT_MS < ALONE_WAIT_MS <= 20_000
