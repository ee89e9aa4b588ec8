"""Which of an answer's choices the person takes, in an editor that has no way of its own to ask."""

from __future__ import annotations

import logging

from tierlsp.actions.types import RunResult
from tierlsp.lsp.client_requests import ClientRefused, ClientRequests
from tierlsp.lsp.consent_dialogue import ANSWER_TIMEOUT_S
from tierlsp.lsp.notices import Level, plain

logger = logging.getLogger(__name__)

LEAVE_IT = "Leave it"


async def choose(requests: ClientRequests, result: RunResult) -> str | None:
    """Ask which of `result.choices` is taken; `None` for none of them, also where nobody answers."""
    params = {
        "type": int(Level.INFO),
        "message": f"tierlsp: {plain(result.message)}",
        "actions": [{"title": title} for title in (*result.choices, LEAVE_IT)],
    }
    try:
        answer = await requests.ask("window/showMessageRequest", params, ANSWER_TIMEOUT_S)
    except (TimeoutError, ClientRefused) as error:
        logger.info("a question was not answered: %s", error or type(error).__name__)
        return None
    title = answer.get("title") if isinstance(answer, dict) else None
    return title if title in result.choices else None
