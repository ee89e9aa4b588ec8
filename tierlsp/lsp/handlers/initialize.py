"""`initialize`: read what the client can do, read the settings, answer with what this server does."""

from __future__ import annotations

from typing import Any

from tierlsp.lsp.capabilities import client_of, initialize_result, roots_of
from tierlsp.lsp.documents import BadParams
from tierlsp.lsp.session import Session


def initialize(session: Session, params: Any) -> dict[str, Any]:
    """Begin the session and return the `InitializeResult`."""
    if not isinstance(params, dict):
        raise BadParams("`initialize` needs an object of parameters")
    client = client_of(params)
    session.begin(client, roots_of(params), params.get("initializationOptions"))
    return initialize_result(client)
