"""What a session has seen, for `tierlsp.doctor`."""

from __future__ import annotations

from typing import Any

from tierlsp.lsp.session import Session


def describe(session: Session) -> dict[str, Any]:
    """Return what this session has seen, for `tierlsp.doctor`."""
    status = session.parts.supply.status
    stats = session.lookup.stats if session.lookup is not None else None
    return {
        "model": {"state": status.state.value, "name": session.completing, "detail": status.detail},
        "rates": _rates(session),
        "index": {"isReading": stats.is_crawling, "files": stats.files, "bytes": stats.size_bytes} if stats else None,
        "documents": len(session.documents),
        "outcomes": {outcome.value: count for outcome, count in session.tally.outcomes.items()},
        "within100Ms": session.tally.share_within(100.0),
        "accepted": session.accepted.total(),
        "paused": session.is_paused,
    }


def _rates(session: Session) -> dict[str, Any] | None:
    """Return what was learnt of the model's speed; `null` where a figure is not known yet."""
    serving = session.parts.supply.serving
    if serving is None:
        return None
    rates = session.parts.engine.generator.rates_of(serving)
    return {
        "fixedMs": rates.fixed_ms,
        "readTokensPerS": rates.prefill_tokens_per_s,
        "tokenMs": rates.token_ms,
        "charsPerToken": rates.chars_per_token,
        "firstTokenMs": rates.first_token_ms(0) if rates.is_known else None,
    }
