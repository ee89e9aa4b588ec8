"""Reads texts for secrets on a thread, in bites, and remembers what it found in which text."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator

from tierlsp.privacy.hidden import find_invisible, place_before, unneeded, without
from tierlsp.privacy.names import Found
from tierlsp.privacy.rules import Rules
from tierlsp.privacy.scan import BITE_CHARS, scan

REST_S = 0.0001
"""A rest after each bite, in seconds.

CPython runs one thread at a time, and a busy one gives way only every 5 ms. Here it lets go by itself, so that an event
loop that woke in the meantime gets the interpreter at once.
"""

MAX_REMEMBERED_CHARS = 4_000_000
"""Text whose secrets are remembered: many times what any model reads in one run."""

_NO_TEXT = re.compile("[\0\ud800-\udfff]")
"""What JSON or a server's parser stumbles over, and no text needs."""

REPLACEMENT = "\ufffd"


class SecretReader:
    """Finds secrets. Texts that come again, as they do when a call is tried again, are not read again."""

    def __init__(self, rules: Rules, rest: Callable[[], object] | None = None) -> None:
        """`rest` is called between two bites of work; the default lets other threads run."""
        self._rules = rules
        self._rest = rest or _rest
        self._known: dict[str, tuple[str, ...]] = {}
        self._known_chars = 0

    def secrets_in(self, text: str) -> tuple[str, ...]:
        """Return the secrets that stand in `text`, each as it stands there."""
        known = self._known.get(text)
        if known is None:
            known = tuple(dict.fromkeys(self._read(text)))
            if self._known_chars + len(text) <= MAX_REMEMBERED_CHARS:
                self._known[text] = known
                self._known_chars += len(text)
        return known

    def hidden_in(self, text: str) -> list[int]:
        """Return where characters stand in `text` that nobody sees and nothing needs."""
        return unneeded(text, self._invisible(text))

    def _invisible(self, text: str) -> list[int]:
        """Return where characters stand in `text` that nobody sees."""
        places: list[int] = []
        for start in () if text.isascii() else range(0, len(text), BITE_CHARS):
            places += find_invisible(text, start, start + BITE_CHARS)
            self._rest()
        return places

    def _read(self, text: str) -> Iterator[str]:
        """Yield the secrets of `text`."""
        places = self._invisible(text)
        visible = without(text, places)
        for start, end in _merged(self._found(visible)):
            yield visible[start:end]
            if places:
                # With the characters inside that were to hide it.
                yield text[place_before(start, places) : place_before(end - 1, places) + 1]

    def _found(self, text: str) -> Iterator[Found]:
        """Yield what the rules find, with rests."""
        for found in scan(text, self._rules):
            if found is None:
                self._rest()
            else:
                yield found


def made_sendable(text: str) -> str:
    """Return `text` without NUL and lone surrogates, which no request can carry."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return _NO_TEXT.sub(REPLACEMENT, text)
    return text.replace("\0", REPLACEMENT)


def _merged(found: Iterator[Found]) -> list[tuple[int, int]]:
    """Return the stretches that are covered, those that overlap made one."""
    spans: list[tuple[int, int]] = []
    for start, end in sorted((each.start, each.end) for each in found):
        if spans and start < spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    return [(start, end) for start, end in spans if end > start]


def _rest() -> None:
    """Let other threads run."""
    threading.Event().wait(REST_S)
