"""Messages about providers and models, held back while a run is under way: its end often says the same.

**Law:** a run that was begun is told of exactly once at its end.
"""

from __future__ import annotations

from collections.abc import Callable

from tierlsp.actions.course import sentence_of
from tierlsp.actions.types import RunOutcome, RunResult


class HeldNotices:
    """What was switched off while runs were under way, until the last of them has ended."""

    def __init__(self, say: Callable[[str, str], None], is_running: Callable[[], bool]) -> None:
        """`say` tells the person a sentence about a provider or model; `is_running` is whether a run is under way."""
        self._say = say
        self._is_running = is_running
        self._held: dict[str, str] = {}
        """Sentences by the name that they are about."""

    def say(self, name: str, sentence: str) -> None:
        """Tell the person at once if no run is under way, else once all have ended that do not say it themselves."""
        if self._is_running():
            self._held.setdefault(name, sentence)
        else:
            self._say(name, sentence)

    def ended(self, result: RunResult) -> None:
        """Take the end of a run, which the person has been told of, and say what no end has said."""
        self._held = {name: said for name, said in self._held.items() if not _is_told(result, name, said)}
        if not self._is_running():
            held, self._held = self._held, {}
            for name, sentence in held.items():
                self._say(name, sentence)

    def forget(self) -> None:
        """Say none of it: the settings have changed, and with them perhaps what was wrong."""
        self._held.clear()


def _is_told(result: RunResult, name: str, sentence: str) -> bool:
    """Whether the end of a run says `sentence`, in full or as one of the models that gave no answer."""
    if sentence_of(sentence) in result.message:
        return True
    named = name if "/" in name else f"{name}/"
    return result.outcome is RunOutcome.FAILED and named in result.message
