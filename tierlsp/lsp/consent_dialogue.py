"""Asking whether a workspace may use cloud models, in an editor that has no way of its own to ask."""

from __future__ import annotations

import logging

from tierlsp.lsp.client_requests import ClientRefused, ClientRequests
from tierlsp.lsp.notices import Level, plain

logger = logging.getLogger(__name__)

ANSWER_TIMEOUT_S = 60.0
"""No answer in a minute is a no."""

ALLOW = "Allow for this workspace"
NOT_NOW = "Not now"
NEVER = "Never for this workspace"


async def ask_consent(requests: ClientRequests, question: str) -> str | None:
    """Ask, and return `allow`, `never`, or `None` for no answer that should be kept.

    Args:
        requests: the way to the client.
        question: who would read what, and at what price.
    """
    params = {
        "type": int(Level.INFO),
        "message": f"tierlsp: {plain(question)}",
        "actions": [{"title": title} for title in (ALLOW, NOT_NOW, NEVER)],
    }
    try:
        answer = await requests.ask("window/showMessageRequest", params, ANSWER_TIMEOUT_S)
    except (TimeoutError, ClientRefused) as error:
        logger.info("nobody answered whether cloud models may be used: %s", error or type(error).__name__)
        return None
    title = answer.get("title") if isinstance(answer, dict) else None
    return {ALLOW: "allow", NEVER: "never"}.get(title) if isinstance(title, str) else None
