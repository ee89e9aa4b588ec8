"""A decision in words for a person, and as the object that `tierlsp route --json` prints."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from typing import Any

from tierlsp.routing.decision import Decision, Quote
from tierlsp.routing.tiers import Tier

_SHOWN_DIGITS = 2
"""A price is an estimate: more digits would say more than is known."""


def explained(decision: Decision, quote: Quote | None) -> tuple[str, ...]:
    """Return the decision as lines of plain text: what, at what price, why, and what was ruled out."""
    lines = [_headline(decision, quote)]
    if decision.must_ask:
        lines.append("You are asked before it runs.")
    if quote is not None:
        most = f"at most {quote.max_output_tokens:,}"
        lines.append(f"About {quote.prompt_tokens:,} tokens are read and {quote.output_tokens:,} written ({most}).")
    lines.append(f"Because (score {decision.score}):")
    width = max((len(reason.rule) for reason in decision.reasons), default=0)
    lines += [f"  {_points(each.points)}  {each.rule:<{width}}  {each.text}" for each in decision.reasons]
    if len(decision.candidates) > 1:
        lines.append(f"If it fails: {', then '.join(decision.candidates[1:])}.")
    lines += [f"Then the {tier} tier: {', then '.join(models)}." for tier, models in decision.higher]
    if decision.removed:
        lines.append("Ruled out:")
        width = max(len(each.model) for each in decision.removed)
        lines += [f"  {each.model:<{width}}  {each.gate:<10}  {each.text}" for each in decision.removed]
    return tuple(lines)


def route_object(decision: Decision, quote: Quote | None) -> dict[str, Any]:
    """Return what `tierlsp route --json` prints. What is not known is `None`."""
    return {
        "tier": str(decision.tier),
        "model": decision.model,
        "candidates": list(decision.candidates),
        "score": decision.score,
        "reasons": [{"rule": each.rule, "points": each.points, "text": each.text} for each in decision.reasons],
        "removed": [{"model": each.model, "gate": str(each.gate)} for each in decision.removed],
        "tokens": {
            "prompt": quote.prompt_tokens if quote else None,
            "output": quote.output_tokens if quote else None,
        },
        "usd": _number(quote.usd if quote else None),
        "maxUsd": _number(quote.max_usd if quote else None),
    }


def title_suffix(decision: Decision, quote: Quote | None) -> str:
    """Return what a code action's title ends in: `cheap · deepseek-flash · ≤ $0.0012`."""
    model = decision.model
    if model is None:
        return f"{decision.tier} · no model"
    return f"{decision.tier} · {model.rpartition('/')[2]} · {_at_most(quote)}"


def main_reason(decision: Decision) -> str:
    """Return the one reason that counted most, in words that follow "because"; empty without any.

    What the person asked for comes first, then what moved the work to another tier, then a floor that set the tier,
    then the most points.
    """
    by_rule = {each.rule: each.text for each in decision.reasons}
    for rule in ("pinned", "tier:down", "tier:up"):
        if rule in by_rule:
            return by_rule[rule]
    without_points = [each for each in decision.reasons if not each.points and not each.rule.startswith("limit:")]
    if decision.tier is Tier.PREMIUM and without_points:
        return without_points[0].text
    return max(decision.reasons, key=lambda each: each.points).text if decision.reasons else ""


def shown_usd(usd: Decimal, *, rounding: str = ROUND_HALF_UP) -> str:
    """Return an amount with as many digits as an estimate is worth: `$0`, `$0.0012`, `$0.45`, `$12.50`."""
    if usd <= 0:
        return "$0"
    digits = max(2, _SHOWN_DIGITS - usd.adjusted() - 1)
    return f"${usd.quantize(Decimal(1).scaleb(-digits), rounding=rounding):,f}"


def _headline(decision: Decision, quote: Quote | None) -> str:
    if decision.model is None:
        return f"No model can take this work for the {decision.tier} tier."
    likely = f"likely {shown_usd(quote.usd)}, " if quote and quote.usd is not None else ""
    return f"{decision.tier} · {decision.model} · {likely}{_at_most(quote)}"


def _at_most(quote: Quote | None) -> str:
    """Return the highest price; it is never shown lower than it is."""
    if quote is None or quote.max_usd is None:
        return "price unknown"
    return f"≤ {shown_usd(quote.max_usd, rounding=ROUND_CEILING)}"


def _points(points: int) -> str:
    return f"{points:+4d}" if points else "   ·"


def _number(usd: Decimal | None) -> float | None:
    return None if usd is None else float(usd)
