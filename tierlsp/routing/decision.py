"""What was decided, and why: every reason with its points, everything that was ruled out with its gate."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from tierlsp.routing.tiers import Tier


class GateName(StrEnum):
    """Why a model cannot be taken, whatever the score."""

    PINNED = "pinned"
    """The person asked for another model or tier."""
    PRIVACY = "privacy"
    """Nothing may leave this machine."""
    WINDOW = "window"
    """The prompt does not fit its context, or it is not proven at such a length."""
    CAPABILITY = "capability"
    """It cannot do this kind of work."""
    KEY = "key"
    """There is no API key for it."""
    BUDGET = "budget"
    """The month's money is spent, or the action's highest price is above its cap."""
    HEALTH = "health"
    """It failed just now, and is being left alone."""
    RETIRED = "retired"
    """Its provider does not offer it any longer."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule that applied."""

    rule: str
    """Its name in the rules, such as `lang:rust`."""
    points: int
    """0 for a rule that sets a floor or a ceiling."""
    text: str
    """Why, in words that follow "because"."""


@dataclass(frozen=True, slots=True)
class Removed:
    """One model that was ruled out."""

    model: str
    gate: GateName
    text: str
    """Why, in a sentence's words."""


@dataclass(frozen=True, slots=True)
class Decision:
    """The tier, the models in the order in which they are tried, and why."""

    tier: Tier
    candidates: tuple[str, ...]
    """`backend/model` of the tier, as ordered, after the gates. Empty where nothing can serve."""
    higher: tuple[tuple[Tier, tuple[str, ...]], ...]
    """The candidates of the tiers above, lowest first, for when these fail."""
    score: int
    """The sum of the reasons' points."""
    reasons: tuple[Reason, ...]
    removed: tuple[Removed, ...]
    wanted: Tier | None = None
    """The tier that the rules want; another than `tier` where that has no model left. `None` if nobody said."""
    must_ask: bool = False
    """Whether the person must be asked before it runs.

    Work for the premium tier goes to a lower one though premium models are set, or work of this machine to the cloud.
    """
    preferred: int = 0
    """How many of the first candidates were made for such work, and stay in front of the others."""

    @property
    def is_lowered(self) -> bool:
        """Whether a lower tier serves than the rules want."""
        return self.wanted is not None and self.tier.rank < self.wanted.rank

    @property
    def model(self) -> str | None:
        """The first candidate."""
        return self.candidates[0] if self.candidates else None


@dataclass(frozen=True, slots=True)
class Quote:
    """What a call is likely to cost, and the most that it can. `None` where a price is not known."""

    usd: Decimal | None
    max_usd: Decimal | None
    prompt_tokens: int
    output_tokens: int
    """The likely number."""
    max_output_tokens: int
