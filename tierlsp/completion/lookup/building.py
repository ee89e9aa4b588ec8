"""Writes a document's tape in the background, while the person goes on typing.

An `OpenDocument` belongs to one thread at a time. The loop makes a `Building` with the edits to carry out and gives
it to the worker; from then on the worker alone touches its document, and the loop may only add edits at the right
end of `edits`. The worker takes them from the left, one after the other, until none is left; then it gives the
building back through a queue and forgets it. The loop carries out the edits that came in between, and from then on
the document is the loop's.

**Law:** each edit is carried out once, in the order in which it was made, by the thread that has the document. None
is lost, since only the loop adds edits and only the one that has the document takes them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from tierlsp.completion.lookup.document import OpenDocument


class Edit(NamedTuple):
    """Lines `[start, start + removed)` became `added`."""

    start: int
    removed: int
    added: Sequence[str]


class Building:
    """A document that the worker is writing.

    Args:
        document: What to carry the edits out on. The worker's from `steps` on.
        edits: The first edits.
        max_bytes: From what size on the document is given up: it then is not indexed.
    """

    def __init__(self, document: OpenDocument, edits: Sequence[Edit], max_bytes: int) -> None:
        self.document = document
        self.edits = deque(edits)
        self.is_cancelled = False
        """Set by the loop when the document is closed or replaced: the worker need not go on."""
        self.is_given_up = False
        """Set by the worker: the document is not to be used."""
        self._max_bytes = max_bytes

    def steps(self, give_back: Callable[[Building], None]) -> Iterator[None]:
        """Carry out the edits in steps of about 0.1 ms, then call `give_back`, whatever happened."""
        self.is_given_up = True
        try:
            while self.edits:
                for _ in self.document.splice(*self.edits.popleft()):
                    yield
                    if self.is_cancelled or self.document.size_bytes > self._max_bytes:
                        return
                yield
            self.is_given_up = False
        finally:
            give_back(self)
