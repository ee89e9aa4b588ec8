"""The three tiers of models, from the free to the powerful."""

from __future__ import annotations

from enum import StrEnum


class Tier(StrEnum):
    """A level of models. Which models it has is the person's choice."""

    LOCAL = "local"
    """On this machine, free."""
    CHEAP = "cheap"
    """Cents a day."""
    PREMIUM = "premium"
    """Only where it pays."""

    @property
    def rank(self) -> int:
        """0 for the lowest."""
        return _RANKS[self]

    @property
    def above(self) -> Tier | None:
        """The next tier up; `None` from the highest."""
        return _ABOVE[self]


_RANKS = {Tier.LOCAL: 0, Tier.CHEAP: 1, Tier.PREMIUM: 2}
_ABOVE: dict[Tier, Tier | None] = {Tier.LOCAL: Tier.CHEAP, Tier.CHEAP: Tier.PREMIUM, Tier.PREMIUM: None}
