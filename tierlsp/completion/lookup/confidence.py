"""How sure a guess is, and from where on it is shown.

Two logistic models, fitted by `python -m bench.lookup_fit` to some thousand places in source trees that the report
of `bench.lookup` leaves out, line ends among them (where showing anything is wrong). Of a dozen features these four
carried nearly all: with all of them, the share answered at the same precision rose by one point in fifty.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log1p


@dataclass(frozen=True, slots=True)
class Evidence:
    """A text to insert, and what speaks for it."""

    text: str
    matched: int
    """Tokens before the cursor that stand before the best source too."""
    share: float
    """The share of the vote's weight that is for the text."""
    voters: int
    """How many places are for it."""


LINE_GATE = 0.5
PREFIX_GATE = 0.8
MIN_PREFIX_CHARS = 6
MIN_PREFIX_SHARE = 0.8


def line_confidence(evidence: Evidence) -> float:
    """Return how likely it is, from 0 to 1, that the text is the exact rest of the line."""
    return _logistic(evidence, -3.48, 1.07, 3.0, 0.54, -0.79)


def prefix_confidence(evidence: Evidence) -> float:
    """Return how likely it is that the rest of the line begins with the text."""
    return _logistic(evidence, -0.43, 1.16, 0.34, 0.95, -1.18)


def _logistic(evidence: Evidence, bias: float, matched: float, share: float, voters: float, chars: float) -> float:
    score = (
        bias
        + matched * log1p(evidence.matched)
        + share * evidence.share
        + voters * log1p(evidence.voters)
        + chars * log1p(len(evidence.text))
    )
    return 1.0 / (1.0 + exp(-score))
