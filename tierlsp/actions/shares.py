"""How much an action gets of the workspace besides the file at hand: tokens for each sort of help.

Counted as the most that any tokenizer makes of it (`routing.estimate.Tokens.highest`), about twice the likely number:
so the price that a menu shows, before anything was read, is never passed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from tierlsp.routing.tiers import Tier


@dataclass(frozen=True, slots=True)
class Shares:
    """Tokens at most of each sort."""

    conventions: int = 0
    """What the project says of its code."""
    tables: int = 0
    """Statements that make the tables which a statement names."""
    definitions: int = 0
    """Definitions, in other files, of what the code uses."""
    callers: int = 0
    """Places in other files that use what the code defines."""

    @property
    def total(self) -> int:
        """All of them together."""
        return self.conventions + self.tables + self.definitions + self.callers


NOTHING = Shares()
"""The file at hand alone."""

OF_TIER: Mapping[Tier, float] = {Tier.LOCAL: 0.4, Tier.CHEAP: 1.0, Tier.PREMIUM: 1.0}
"""What a tier gets of a share. A model on this machine reads some hundred tokens a second, so that 1,000 more are
seconds of waiting; its window has often 8,192; and a small one is distracted by what it does not need."""


def of_tier(shares: Shares, tier: Tier | None) -> Shares:
    """Return what `tier` gets of `shares`; all where nobody has decided yet."""
    part = 1.0 if tier is None else OF_TIER[tier]
    return Shares(
        conventions=int(shares.conventions * part),
        tables=int(shares.tables * part),
        definitions=int(shares.definitions * part),
        callers=int(shares.callers * part),
    )


def lessened(shares: Shares) -> Iterator[Shares]:
    """Yield `shares` and then less and less, down to nothing: the order in which a small window leaves things out.

    First who uses the code, which the code does not need to be understood; then what it uses; then how it is written.
    """
    yield shares
    for name in ("callers", "definitions", "tables", "conventions"):
        if getattr(shares, name):
            shares = replace(shares, **{name: 0})
            yield shares
