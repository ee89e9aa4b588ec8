"""The policies by name."""

from __future__ import annotations

from bench.replay.limit import limit
from bench.replay.naive import naive
from bench.replay.ours import ours
from bench.replay.parts import PARTS
from bench.replay.peers import RULES, peer
from bench.replay.policy import Maker

HOLDS = (2, 3, 5, 8, 12)
"""Characters between two calls on a line, for the bound with fewer calls."""

DEBOUNCES_MS = (75, 150, 250)
"""The same for ours: what a person can set."""

POLICIES: dict[str, Maker] = {
    "naive 300 ms": naive(300.0, aborts=False),
    "naive 75 ms": naive(75.0, aborts=True),
    **{name: peer(name) for name in RULES},
    "limit": limit(),
    **{f"limit holding {holds}": limit(holds) for holds in HOLDS},
    "ours": ours(),
    **PARTS,
    **{f"ours with {debounce_ms} ms debounce": ours(debounce=debounce_ms) for debounce_ms in DEBOUNCES_MS},
}
