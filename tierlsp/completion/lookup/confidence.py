"""How sure a guess is, and from where on it is shown."""

from __future__ import annotations

from math import exp, log1p

LINE_GATE = 0.65
PREFIX_GATE = 0.85
MIN_PREFIX_CHARS = 6
MIN_PREFIX_SHARE = 0.8


def line_confidence(matched: int, share: float, voters: int, chars: int) -> float:
    """Return how likely it is, from 0 to 1, that a guess is the exact rest of the line."""
    score = -1.0 + 0.9 * log1p(matched) + 3.5 * share + 0.65 * log1p(voters) - 1.0 * log1p(chars)
    return 1.0 / (1.0 + exp(-score))


def prefix_confidence(matched: int, share: float, voters: int, chars: int) -> float:
    """Return how likely it is that the rest of the line begins with a text."""
    score = -1.4 + 0.9 * log1p(matched) + 3.8 * share + 0.65 * log1p(voters) - 1.0 * log1p(chars)
    return 1.0 / (1.0 + exp(-score))
