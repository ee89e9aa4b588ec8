"""What is asked of the caller, and what it tells on the way. The caller itself is `caller.py`."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, Protocol

from tierlsp.backends.chat import Effort, Finish, TokenUsage
from tierlsp.errors import TierlspError
from tierlsp.privacy.outbound import Part
from tierlsp.routing.decision import Decision
from tierlsp.routing.facts import Kind
from tierlsp.routing.spend import Cost
from tierlsp.routing.tiers import Tier


@dataclass(frozen=True, slots=True)
class Call:
    """One question, and who may be asked."""

    run: str
    """The run that it belongs to."""
    kind: Kind
    decision: Decision
    """Whose candidates are tried, then those of the tiers above."""
    parts: tuple[Part, ...]
    max_output_tokens: int
    max_usd: Decimal | None
    """The most that all attempts of the run may cost together; `None` for the action's cap of the settings."""
    answer: Literal["text", "edit"] = "text"
    """Whether it is shown as it comes, or used only when it is whole."""
    effort: Effort = Effort.OFF
    cache_key: str = ""
    is_streamed: bool = True
    is_escalation: bool = False
    """Whether it repeats work of a cheaper call whose answer was of no use."""
    may_leave_machine: bool = False
    """Whether the person has said that a cloud model may be asked although a model on this machine was shown.

    Without it a decision for a model on this machine is kept there, whatever the workspace's consent: `NeedsConsent`.
    """


@dataclass(frozen=True, slots=True)
class Attempt:
    """A model is being asked now."""

    model: str
    tier: Tier
    max_usd: Decimal | None
    after: str = ""
    """Why the one before it was given up, as a sentence; empty for the first."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Break:
    """What was shown so far is from a model that broke off; another begins from the start."""

    lost: str
    """`backend/model`."""
    following: str


@dataclass(frozen=True, slots=True)
class Answered:
    """The end of a call that has an answer."""

    text: str
    """All of it, with the placeholders that stand for secrets."""
    finish: Finish
    model: str
    """`backend/model` of who was asked."""
    tier: Tier
    usage: TokenUsage
    cost: Cost
    spent_usd: Decimal | None
    """What all attempts of this call cost together; `None` if a price is not known."""
    attempts: int


CallEvent = Attempt | Piece | Break | Answered


class CallFailed(TierlspError):
    """No candidate gave an answer. Its words say what the last one did, and what to do."""

    def __init__(self, message: str, *, cause: str, spent_usd: Decimal | None, attempts: int) -> None:
        super().__init__(message)
        self.cause = cause
        """As of `BackendError`; `deadline`, `budget`, `consent` or `nothing-left` where no single model is to blame."""
        self.spent_usd = spent_usd
        self.attempts = attempts


class Caller(Protocol):
    """Gets an answer: gate, money, retry, the next candidate, the tier above, within the kind's deadline."""

    @property
    def spent_usd(self) -> Decimal | None:
        """What all calls of the run cost so far, one that was cut off as an estimate; `None` for an unknown price."""

    def call(self, call: Call) -> AsyncGenerator[CallEvent, None]:
        """Yield what happens; the last event is `Answered`.

        Closing it ends the call, and what was sent so far is booked.

        Raises:
            CallFailed: there is no answer.
            NeedsConsent: the next candidate is in the cloud, and nobody has said whether it may be used.
        """
