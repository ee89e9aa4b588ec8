"""What each tier can do now, as the status shows it."""

from __future__ import annotations

from tierlsp.assemble.actions import ActionParts
from tierlsp.completion.supply import Status
from tierlsp.routing.tiers import Tier


def tier_states(parts: ActionParts, completing: Status) -> dict[str, dict[str, object]]:
    """Return the state of each tier.

    Args:
        parts: what serves actions.
        completing: what is known of the local model that completes.
    """
    states: dict[str, dict[str, object]] = {Tier.LOCAL.value: _local(parts, completing)}
    for tier in (Tier.CHEAP, Tier.PREMIUM):
        states[tier.value] = _paid(parts, tier)
    return states


def _local(parts: ActionParts, completing: Status) -> dict[str, object]:
    serving = completing.serving
    if serving is not None:
        return _state(completing.state.value, f"{serving.backend.spec.name}/{serving.model}", completing.detail)
    candidate = parts.router.serving(Tier.LOCAL)
    if candidate is not None:
        return _state("ready", candidate.model, "")
    return _state(completing.state.value, None, completing.detail)


def _paid(parts: ActionParts, tier: Tier) -> dict[str, object]:
    if parts.settings.privacy.cloud == "never":
        return _state("off", None, '`privacy.cloud` is "never"')
    filled = parts.router.tiers.of(tier)
    if not filled:
        return _state("unconfigured", None, "no API key was found and no model is set")
    candidate = parts.router.serving(tier)
    if candidate is not None:
        return _state("ready", candidate.model, "")
    return _state("down", filled[0].model, parts.router.why_not(tier))


def _state(state: str, model: str | None, detail: str) -> dict[str, object]:
    return {"state": state, "model": model, "detail": detail}
