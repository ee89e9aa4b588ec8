"""What a failure means: whether the same model is asked again, who is asked next, and who is left alone for how long.

One pure function over one table, `RULES`. It knows causes (`BackendError.cause`), not statuses: those are read once, in
`backends/`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from tierlsp.errors import BackendError, Garbled, Overloaded, Unavailable

SHORT_WAIT_MS = 2_000.0
"""The longest that a person is kept waiting for a model where another one could be asked."""

ALONE_WAIT_MS = 20_000.0
"""The longest where there is no other: an answer late is better than none."""


class Step(StrEnum):
    """What is done about a failure."""

    RETRY_SAME = "retry_same"
    NEXT_MODEL = "next_model"
    NEXT_PROVIDER = "next_provider"
    """The rest of the provider's models would fail in the same way."""
    FAIL_USER = "fail_user"
    """Anybody else would answer the same: the person is told."""
    CANCELLED = "cancelled"
    """Nobody wants the answer."""


class Harm(StrEnum):
    """What the failure says about the health of model and provider."""

    NONE = "none"
    """Nothing: the request was to blame, or nobody."""
    FAILURE = "failure"
    """One failure, which counts with others."""
    LEAVE_MODEL = "leave-model"
    """The model is left alone from now on, for as long as it asked or its breaker says."""
    LEAVE_PROVIDER = "leave-provider"
    MODEL_OFF = "model-off"
    """The model is not asked again before the settings change."""
    PROVIDER_OFF = "provider-off"


@dataclass(frozen=True, slots=True)
class Rule:
    """What a cause leads to."""

    step: Step
    """Once the same model is not asked again."""
    harm: Harm
    retries: int = 0
    """How often the same model is asked again."""
    with_others: bool = True
    """Whether it is asked again although another model could be."""
    least_wait_ms: float = 0.0
    """What is waited at least before it is asked again."""
    needs_larger: bool = False
    """Whether only a model with a larger window can do better."""
    is_free: bool = False
    """Whether it is certain that the provider took no money."""


_AWAY = Rule(Step.NEXT_PROVIDER, Harm.LEAVE_PROVIDER, is_free=True)
_LYING = Rule(Step.NEXT_MODEL, Harm.FAILURE)
_MISSING = Rule(Step.NEXT_MODEL, Harm.MODEL_OFF, is_free=True)
_SHAKY = Rule(Step.NEXT_MODEL, Harm.FAILURE, retries=1, is_free=True)
_KEY = Rule(Step.NEXT_PROVIDER, Harm.PROVIDER_OFF, is_free=True)

RULES: Mapping[str, Rule] = {
    # No connection, so no other model of the provider either.
    "refused": _AWAY,
    "unknown-host": _AWAY,
    "tls": _AWAY,
    "connect-timeout": _AWAY,
    "bad-url": _AWAY,
    "redirect": _AWAY,
    "not-http": _AWAY,
    "not-ollama": _AWAY,
    "not-llamacpp": _AWAY,
    "closed": Rule(Step.NEXT_PROVIDER, Harm.NONE, is_free=True),
    # The key, and the money behind it.
    "unauthorised": _KEY,
    "quota": Rule(Step.NEXT_PROVIDER, Harm.LEAVE_PROVIDER, is_free=True),
    # The model is not there, or cannot.
    "not-found": _MISSING,
    "model-missing": _MISSING,
    "unsupported": _MISSING,
    "no-fim": _MISSING,
    # No room. A server that says how long is asked again if that is short.
    "rate-limit": Rule(Step.NEXT_MODEL, Harm.FAILURE, retries=2, is_free=True),
    "busy": Rule(Step.NEXT_MODEL, Harm.LEAVE_MODEL, retries=1, is_free=True),
    "overloaded": Rule(Step.NEXT_MODEL, Harm.FAILURE, retries=1, with_others=False, is_free=True),
    "pool": Rule(Step.NEXT_MODEL, Harm.NONE, retries=1, is_free=True),
    # A model of 13 GB takes up to 30 s to load; to ask costs nothing meanwhile.
    "loading": Rule(Step.NEXT_MODEL, Harm.NONE, retries=30, with_others=False, least_wait_ms=1_000.0, is_free=True),
    "out-of-memory": Rule(Step.NEXT_MODEL, Harm.LEAVE_MODEL, is_free=True),
    # It stumbled.
    "server-error": _SHAKY,
    "gateway": _SHAKY,
    "client": _SHAKY,
    "dropped": Rule(Step.NEXT_MODEL, Harm.FAILURE, retries=1),
    "cut": Rule(Step.NEXT_MODEL, Harm.FAILURE, retries=1),
    # Whoever kept silent for the whole of its patience is likely to do so again, and may send a bill for it.
    "timeout": Rule(Step.NEXT_MODEL, Harm.FAILURE, retries=1, with_others=False),
    "stalled": _LYING,
    "empty": _LYING,
    "hole": _LYING,
    # What the request asks for.
    "context": Rule(Step.NEXT_MODEL, Harm.NONE, needs_larger=True, is_free=True),
    "length": Rule(Step.NEXT_MODEL, Harm.NONE, needs_larger=True),
    "refusal": Rule(Step.NEXT_MODEL, Harm.NONE),
    "moderation": Rule(Step.NEXT_MODEL, Harm.NONE, is_free=True),
    # Status 400 and 422 are mistakes of ours, which every model would be sent.
    "bad-request": Rule(Step.FAIL_USER, Harm.NONE, is_free=True),
    "rejected": Rule(Step.FAIL_USER, Harm.NONE, is_free=True),
}
"""What each cause leads to. Causes that are not here go by their class, `_BY_CLASS`."""

_BY_CLASS: tuple[tuple[type[BackendError], Rule], ...] = (
    (Garbled, _LYING),
    (Overloaded, RULES["rate-limit"]),
    (Unavailable, RULES["dropped"]),
    (BackendError, RULES["rejected"]),
)


@dataclass(frozen=True, slots=True)
class Situation:
    """What else decides."""

    remaining_ms: float
    """Until the run's deadline."""
    retries: int = 0
    """How often this model was asked again already."""
    may_retry: bool = True
    """Whether the provider's retry budget has room."""
    has_others: bool = False
    """Whether another model could be asked."""
    is_local: bool = False
    is_cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is done about one failure."""

    step: Step
    harm: Harm
    wait_ms: float = 0.0
    """The least to wait before asking the same model again: what the server asked for, if it did."""
    needs_larger: bool = False


def judge(error: BackendError, situation: Situation) -> Verdict:
    """Return what `error` leads to."""
    if situation.is_cancelled:
        return Verdict(Step.CANCELLED, Harm.NONE)
    rule = rule_for(error)
    wait_ms = max(0.0, (error.retry_after_s or 0.0) * 1000)
    if error.retry_after_s is None:
        wait_ms = rule.least_wait_ms
    if rule.step is not Step.FAIL_USER and _may_repeat(error, rule, situation, wait_ms):
        return Verdict(Step.RETRY_SAME, Harm.NONE if rule.harm is Harm.NONE else Harm.FAILURE, wait_ms)
    return Verdict(rule.step, _harm(rule, situation, wait_ms), wait_ms, rule.needs_larger)


def rule_for(error: BackendError) -> Rule:
    """Return the rule of the error's cause, or else of its class."""
    by_cause = RULES.get(error.cause)
    if by_cause is not None:
        return by_cause
    return next(rule for kind, rule in _BY_CLASS if isinstance(error, kind))


def is_free(error: BackendError) -> bool:
    """Whether the provider certainly took no money for what failed with `error`.

    A request that was sent and neither answered nor refused counts as paid: the provider may have read the prompt.
    """
    return not error.has_begun and rule_for(error).is_free


def _may_repeat(error: BackendError, rule: Rule, situation: Situation, wait_ms: float) -> bool:
    # An answer that had begun is paid; the same model would be paid twice for one answer.
    if error.has_begun or situation.retries >= rule.retries:
        return False
    if not situation.may_retry and not situation.is_local:
        # The budget protects providers from many editors; a server on this machine has one.
        return False
    if error.may_retry is False:
        # The server's own word (`x-should-retry`).
        return False
    if error.cause == "busy" and situation.is_local:
        # Ollama's queue of 512 is full: it will not be empty in a second.
        return False
    if situation.has_others and not rule.with_others:
        return False
    longest_ms = SHORT_WAIT_MS if situation.has_others else ALONE_WAIT_MS
    return wait_ms <= min(longest_ms, situation.remaining_ms / 2)


def _harm(rule: Rule, situation: Situation, wait_ms: float) -> Harm:
    if rule.harm is Harm.MODEL_OFF and situation.is_local:
        # A model that is not there may be pulled at any moment, and nothing tells us.
        return Harm.LEAVE_MODEL
    if rule.harm is Harm.FAILURE and wait_ms > 0:
        return Harm.LEAVE_MODEL
    return rule.harm
