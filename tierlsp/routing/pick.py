"""In which order the models of one tier are tried: who is well, then the person's strategy. No clock, no state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

Strategy = Literal["ordered", "shuffle", "leastBusy", "latency"]
"""`routing.strategy` of the settings."""


@dataclass(frozen=True, slots=True)
class ModelState:
    """How a model is at this moment."""

    opens_in_s: float = 0.0
    """Seconds for which it is being left alone; 0 if it may be asked now."""
    in_flight: int = 0
    """Calls that it is answering for us."""
    p50_ms: float | None = None
    """Usual time to its first token; `None` if it was not asked lately."""


_WELL = ModelState()


def pick(
    models: Sequence[str],
    states: Mapping[str, ModelState],
    strategy: Strategy,
    seed: int,
    *,
    preferred: int = 0,
) -> tuple[str, ...]:
    """Return `models` in the order in which they are tried; the same seed gives the same order.

    Those that may be asked now come first, the first `preferred` of `models` in front of the others, each group as the
    strategy says. Those that are being left alone follow, the one that opens first in front: with all of them shut
    it is the best there is. A model without a state is taken to be well.
    """
    shut = [model for model in models if states.get(model, _WELL).opens_in_s > 0]
    front = [model for model in models[:preferred] if model not in shut]
    rest = [model for model in models[preferred:] if model not in shut]
    well = [*_in_order(front, states, strategy, seed), *_in_order(rest, states, strategy, seed)]
    return (*well, *sorted(shut, key=lambda model: states[model].opens_in_s))


def opens_first(models: Sequence[str], states: Mapping[str, ModelState]) -> tuple[str, float] | None:
    """Return the model that may be asked first and in how many seconds, where none may be asked now."""
    if not models or any(states.get(model, _WELL).opens_in_s <= 0 for model in models):
        return None
    first = min(models, key=lambda model: states[model].opens_in_s)
    return first, states[first].opens_in_s


def _in_order(models: list[str], states: Mapping[str, ModelState], strategy: Strategy, seed: int) -> list[str]:
    """Return `models` as the strategy says; equals stay in the person's order."""
    if strategy == "leastBusy":
        return sorted(models, key=lambda model: states.get(model, _WELL).in_flight)
    if strategy == "latency":
        # A model that was never measured goes first, or it would never be measured.
        return sorted(models, key=lambda model: states.get(model, _WELL).p50_ms or 0.0)
    if strategy == "shuffle":
        return Random(seed).sample(models, len(models))
    return models
