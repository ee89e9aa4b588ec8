"""How sure a guess is, and from where on it is shown.

Two logistic models, fitted by `python -m bench.lookup_fit` to 6,000 places in twelve source trees that the report of
`bench.lookup` leaves out. Line ends are among them, where anything shown is wrong. Of seventeen features these four
carry nearly all: with the rest as well, one place in a hundred more is answered at the same precision.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log1p


@dataclass(frozen=True, slots=True)
class Evidence:
    """A text to insert, and what speaks for it."""

    text: str
    matched: int
    """Tokens before the cursor that stand before the best place for it too."""
    share: float
    """The share of the vote's weight that is for it, from 0 to 1."""
    voters: int
    """How many places are for it."""


LINE_GATE = 0.6
"""Confidence from which a whole rest of line is shown.

On the trees of the fit: 25 % of the places answered, 88 % of them exactly; at line ends 3 %. At 0.5 it is 30 %, 83 %
and 4 %; the rest is to be right four times of five where the code is less regular too.
"""

PREFIX_GATE = 0.8
"""Confidence from which the beginning of a rest of line is shown, where the whole is not sure.

On the trees of the fit: 4 % of the places, 82 % of them right as far as they go, ten characters long.
"""

MIN_PREFIX_CHARS = 6
"""The shortest beginning that is shown. Shorter ones are a word's end, which editors offer by themselves."""

MIN_PREFIX_SHARE = 0.8
"""The least share of the vote that each token of a beginning has."""


def line_confidence(evidence: Evidence) -> float:
    """Return how likely it is, from 0 to 1, that the text is the exact rest of the line."""
    return _logistic(evidence, -3.58, 1.02, 3.02, 0.71, -0.79)


def prefix_confidence(evidence: Evidence) -> float:
    """Return how likely it is, from 0 to 1, that the rest of the line begins with the text."""
    return _logistic(evidence, -0.97, 0.91, 0.87, 1.08, -1.10)


def _logistic(evidence: Evidence, bias: float, matched: float, share: float, voters: float, chars: float) -> float:
    """Weigh the features, in the order in which `bench.lookup_fit` prints them."""
    score = (
        bias
        + matched * log1p(evidence.matched)
        + share * evidence.share
        + voters * log1p(evidence.voters)
        + chars * log1p(len(evidence.text))
    )
    return 1.0 / (1.0 + exp(-score))
