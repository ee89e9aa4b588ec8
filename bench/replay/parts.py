"""The engine with one part off at a time. A row is a name and what it is switched off with."""

from __future__ import annotations

from bench.replay.ours import ours
from bench.replay.policy import Maker

PARTS: dict[str, Maker] = {
    "ours without lookup": ours(has_lookup=False),
    "ours without refresh": ours(has_refresh=False),
    "ours not before the editor": ours(starts_early=False),
    "ours without waiting": ours(debounce=0),
    "ours saving power": ours(power="saving"),
    "ours in the native layout": ours(layout="native"),
    "ours with 75 ms debounce": ours(debounce=75),
    "ours without several lines": ours(multiline="never"),
}
