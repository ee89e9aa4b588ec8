"""Questions to the person about a run that may not go on by itself, in an editor that has no way of its own to ask."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Literal

from tierlsp.actions.types import RunOutcome, RunResult
from tierlsp.lsp.client_requests import ClientRefused, ClientRequests
from tierlsp.lsp.notices import Level, plain

logger = logging.getLogger(__name__)

ANSWER_TIMEOUT_S = 60.0
"""No answer in a minute is a no."""


@dataclass(frozen=True, slots=True)
class Said:
    """What an answer means."""

    goes_on: bool
    kept: Literal["allow", "never"] | None = None
    """What is to be remembered for the workspace."""


Question = dict[str, Said]
"""The answers that a person can choose from, by their titles, and what each means."""

CONSENT: Question = {
    "Allow for this workspace": Said(goes_on=True, kept="allow"),
    "Not now": Said(goes_on=False),
    "Never for this workspace": Said(goes_on=False, kept="never"),
}
"""Whether cloud models may read this workspace."""

APPLY: Question = {
    "Apply": Said(goes_on=True),
    "Leave them out": Said(goes_on=False),
}
"""Whether changes that were shown are to be made."""

PROTECTED: Question = {
    "Let it be changed": Said(goes_on=True),
    "Leave it": Said(goes_on=False),
}
"""Whether an answer may change a protected file. It is asked in every editor by a request of the server's own, so that
no argument of a command, and nothing that a model or a project writes, can say yes beforehand."""


def question_of(result: RunResult) -> Question | None:
    """Return what is to be asked so that a run which ended like this could go on; `None` for nothing."""
    if result.next_tier is not None:
        whom = result.next_model or f"the {result.next_tier} tier"
        return {f"Ask {whom}": Said(goes_on=True), "Leave it": Said(goes_on=False)}
    return CONSENT if result.outcome is RunOutcome.NEEDS_CONSENT else None


async def ask(
    requests: ClientRequests, words: str, question: Question, timeout_s: float = ANSWER_TIMEOUT_S
) -> Said | None:
    """Ask, and return what the answer means; `None` for none.

    Args:
        requests: the way to the client.
        words: who would read what, and at what price.
        question: the answers.
        timeout_s: seconds until no answer is taken for none.
    """
    params = {
        "type": int(Level.INFO),
        "message": f"tierlsp: {plain(words)}",
        "actions": [{"title": title} for title in question],
    }
    try:
        answer = await requests.ask("window/showMessageRequest", params, timeout_s)
    except (TimeoutError, ClientRefused) as error:
        logger.info("a question was not answered: %s", error or type(error).__name__)
        return None
    title = answer.get("title") if isinstance(answer, dict) else None
    return question.get(title) if isinstance(title, str) else None
