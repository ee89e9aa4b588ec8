"""Messages to the person: each cause once, until it is cured."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from enum import IntEnum

logger = logging.getLogger(__name__)


class Level(IntEnum):
    """LSP `MessageType`."""

    ERROR = 1
    WARNING = 2
    INFO = 3


class Notices:
    """Shows a message for a cause, and stays silent about that cause until it is said to be cured."""

    def __init__(self, notify: Callable[[str, dict[str, object]], None]) -> None:
        """`notify` sends a notification to the client."""
        self._notify = notify
        self._shown: set[str] = set()

    def say(self, cause: str, message: str, level: Level = Level.WARNING) -> None:
        """Show `message`, one sentence, unless one for `cause` stands."""
        if cause in self._shown:
            logger.debug("not said again: %s", message)
            return
        self._shown.add(cause)
        logger.warning("%s", message)
        self._notify("window/showMessage", {"type": int(level), "message": f"tierlsp: {plain(message)}"})

    def cured(self, prefix: str, but_not: Collection[str] = ()) -> None:
        """Say that every cause whose name begins with `prefix` is gone, so that it may be told of again.

        Those in `but_not` are still there.
        """
        self._shown = {cause for cause in self._shown if not cause.startswith(prefix) or cause in but_not}


def plain(text: str) -> str:
    """Return `text` without control characters, since part of it may come from a server or a file."""
    return "".join(char if char.isprintable() else " " for char in text)
