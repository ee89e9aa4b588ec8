"""`window/workDoneProgress/cancel`: the person has had enough of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierlsp.lsp.session import Session

if TYPE_CHECKING:
    from lsprotocol import types


def progress_cancelled(session: Session, params: types.WorkDoneProgressCancelParams) -> None:
    """End the run whose progress it was; its token is the run's identifier."""
    session.actions.cancel({"runId": str(params.token)})
