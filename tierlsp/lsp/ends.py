"""The end of a run, as a client is told of it."""

from __future__ import annotations

from tierlsp.actions.types import RunResult
from tierlsp.routing.explain import shown_usd


def finished_params(result: RunResult) -> dict[str, object]:
    """Return the parameters of `tierlsp/runFinished`."""
    params: dict[str, object] = {
        "runId": result.run,
        "action": result.name,
        "outcome": result.outcome.value,
        "tier": result.tier.value if result.tier else None,
        "model": result.model,
        "usd": None if result.usd is None else float(result.usd),
        "reason": result.reason,
        "message": result.message,
        "nextTier": result.next_tier.value if result.next_tier else None,
    }
    if result.next_model:
        params["nextModel"] = result.next_model
    if result.choices:
        params["choices"] = list(result.choices)
    return params


def cost_of(result: RunResult) -> str:
    """Return what the run cost, in brackets behind a sentence; empty where nobody was asked or it was nothing."""
    if result.model is None or result.usd == 0:
        return ""
    return f" ({'price unknown' if result.usd is None else shown_usd(result.usd)})"
