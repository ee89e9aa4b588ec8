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
        "index": {"isReading": stats.is_crawling, "files": stats.files, "bytes": stats.size_bytes} if stats else None,
        "documents": len(session.documents),
        "outcomes": {outcome.value: count for outcome, count in session.tally.outcomes.items()},
        "within100Ms": session.tally.share_within(100.0),
        "accepted": session.accepted.total(),
        "paused": session.is_paused,
    }
