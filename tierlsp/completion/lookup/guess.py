"""What the lookup answers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Guess:
    """How the cursor's line may go on."""

    text: str
    """What to insert at the cursor: the rest of the line, or its beginning; holds no line end."""
    match_tokens: int
    """Tokens before the cursor, running on over line boundaries, that the best source has before it too."""
    share: float
    """The share of the vote's weight that agrees on `text`, from 0 to 1."""
    is_confident: bool
    """Whether it is above the gate, and may be shown."""
