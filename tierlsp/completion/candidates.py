"""The finished completions of each document, to be served again without asking the model.

**Law:** a cached value is never changed. It is filtered once, before it is stored.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from cachetools import LRUCache

from tierlsp.completion.anchor import Anchor, Typed, typed_since
from tierlsp.text.cursor import Cursor
from tierlsp.trace import Source

PER_DOCUMENT = 64
"""Candidates kept for one document. Looking at all of them takes about 20 microseconds; older ones are seldom met."""

DOCUMENTS = 32
"""Documents whose candidates are kept, the least recently used forgotten first."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A finished completion and where it belongs. An empty text says that there is nothing to add there."""

    anchor: Anchor
    text: str
    model: str
    source: Source = Source.CACHE
    line: int | None = None
    """The line that an empty one was made for: of places that look alike, something may belong at the others."""


@dataclass(frozen=True, slots=True)
class Found:
    """A candidate that fits a cursor."""

    candidate: Candidate
    rest: str
    """What is left of it after what was typed along."""
    typed_chars: int
    """How much was typed along; 0 at the place it was made for."""
    replaces: int
    """Characters right of the cursor that `rest` writes again and must take the place of."""


class Candidates:
    """The store: newest first, bounded by document and in all."""

    def __init__(self) -> None:
        self._by_uri: LRUCache[str, deque[tuple[Candidate, int]]] = LRUCache(DOCUMENTS)
        """Each with the number of its line ends."""

    def add(self, uri: str, candidate: Candidate) -> None:
        """Keep `candidate` in front of the older ones of its document."""
        kept = self._by_uri.get(uri)
        if kept is None:
            kept = self._by_uri[uri] = deque(maxlen=PER_DOCUMENT)
        # Texts are compared first: that is quick, and they differ.
        if not any(old.text == candidate.text and old == candidate for old, _ in kept):
            kept.appendleft((candidate, candidate.text.count("\n")))

    def find(self, cursor: Cursor) -> Found | None:
        """Return the newest candidate that fits `cursor` and has something left, or says that nothing belongs here."""
        return next(self._fitting(cursor), None)

    def all_with_text(self, cursor: Cursor) -> list[Found]:
        """Return all candidates that fit `cursor` and have something left, the newest first."""
        return [found for found in self._fitting(cursor) if found.rest]

    def _fitting(self, cursor: Cursor) -> Iterator[Found]:
        """Yield what fits `cursor`, the newest first, and last of all one that says that nothing belongs here."""
        nothing: Found | None = None
        below = cursor.below[0] if cursor.below else ""
        for candidate, line_ends in self._by_uri.get(cursor.uri, ()):
            anchor = candidate.anchor
            # Most are ruled out by this alone. `typed_since` looks at it again, and at the rest.
            if anchor.below != below or not (line_ends or cursor.prefix.startswith(anchor.prefix)):
                continue
            typed = typed_since(anchor, cursor, line_ends, candidate.text)
            if typed is None:
                continue
            if not candidate.text:
                if not typed.text and nothing is None and candidate.line in (None, cursor.line):
                    nothing = Found(candidate, "", typed_chars=0, replaces=0)
                continue
            fit = rest_after(candidate.text, typed, cursor.suffix)
            if fit is not None:
                rest, replaces = fit
                yield Found(candidate, rest, typed_chars=len(typed.text), replaces=replaces)
        if nothing is not None:
            yield nothing

    def forget(self, uri: str) -> None:
        """Drop the candidates of one document."""
        self._by_uri.pop(uri, None)

    def clear(self) -> None:
        """Drop everything, as when another model takes over."""
        self._by_uri.clear()


def rest_after(text: str, typed: Typed, suffix: str) -> tuple[str, int] | None:
    """Return what is left of `text` after `typed`, and how many characters of `suffix` it replaces.

    `None` if `text` does not agree with what was typed, or nothing is left. Where the editor closed a bracket by
    itself and the rest closes it too, the rest takes the place of the editor's; where the rest leaves it open, the two
    do not fit together.
    """
    if not text.startswith(typed.text):
        return None
    rest = text[len(typed.text) :]
    if not rest:
        return None
    if not typed.auto_closed:
        return rest, 0
    closers = suffix[: typed.auto_closed]
    first_line = rest.partition("\n")[0]
    position = -1
    for closer in closers:
        position = first_line.find(closer, position + 1)
        if position < 0:
            return None
    return rest, typed.auto_closed
