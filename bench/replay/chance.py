"""Draws that depend on what they are about and on nothing else.

A draw is named: the same seed and the same name give the same number, in whatever order and however often it is asked
for. So two policies meet the same typist and the same model although they ask at different moments.
"""

from __future__ import annotations

import math
import random
from hashlib import blake2b
from statistics import NormalDist

_NORMAL = NormalDist()
_STEPS = float(2**64)


def uniform(*name: object) -> float:
    """Return a number from 0 to 1, both excluded, drawn for `name`."""
    digest = blake2b(repr(name).encode(), digest_size=8).digest()
    return (int.from_bytes(digest, "big") + 0.5) / _STEPS


def lognormal(median: float, sigma: float, *name: object) -> float:
    """Return a draw from the log-normal distribution with that median; `sigma` is the spread of the logarithm."""
    return median * math.exp(sigma * _NORMAL.inv_cdf(uniform(*name)))


def stream(*name: object) -> random.Random:
    """Return a generator of its own for `name`."""
    return random.Random(blake2b(repr(name).encode(), digest_size=8).hexdigest())
