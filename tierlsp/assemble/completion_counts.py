"""What the completions of a session come to in the ledger: how many were shown, how many were taken, by which model.

They are counted when somebody asks for the usage and at the session's end; a key press has no part in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from tierlsp.routing.ledger import Ledger
from tierlsp.trace import Outcome, Tally

SHOWN = (Outcome.HIT, Outcome.FRESH, Outcome.JOINED, Outcome.PARTIAL)
"""A text that is typed along is the one that was shown before."""

EMBEDDED = "lookup"
"""How the embedded completer is called where models have names."""


class CompletionCounts:
    """What was counted so far."""

    def __init__(self) -> None:
        self._counted: Counter[tuple[str, bool]] = Counter()
        """Written, by model and by whether they were taken."""

    def write(self, ledger: Ledger, tally: Tally, accepted: Mapping[str, int], model: str | None) -> None:
        """Count what is new.

        Args:
            ledger: where it goes.
            tally: the outcomes of the session's requests.
            accepted: completions that were taken, by model.
            model: `backend/model` of the local model that completes; `None` if none does.
        """
        total: Counter[tuple[str, bool]] = Counter({(EMBEDDED, False): tally.outcomes[Outcome.LOOKUP]})
        if model is not None:
            total[model, False] = sum(tally.outcomes[outcome] for outcome in SHOWN)
        for name, times in accepted.items():
            total[name or EMBEDDED, True] += times
        for (name, is_accepted), times in (total - self._counted).items():
            ledger.count_completion(name, is_accepted=is_accepted, times=times)
        self._counted = total | self._counted


async def write_counts(ledger: Ledger, tally: Tally, accepted: Mapping[str, int], model: str | None) -> None:
    """Count the completions of a session that had no actions, and close the ledger."""
    CompletionCounts().write(ledger, tally, accepted, model)
    await ledger.aclose()
