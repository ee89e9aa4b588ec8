"""The policies by name."""

from __future__ import annotations

from bench.replay.limit import limit
from bench.replay.naive import naive
from bench.replay.ours import ours
from bench.replay.parts import PARTS
from bench.replay.peers import RULES, peer
from bench.replay.policy import Maker

POLICIES: dict[str, Maker] = {
    "naive 300 ms": naive(300.0, aborts=False),
    "naive 75 ms": naive(75.0, aborts=True),
    **{name: peer(name) for name in RULES},
    "limit": limit(),
    "ours": ours(),
    **PARTS,
}
