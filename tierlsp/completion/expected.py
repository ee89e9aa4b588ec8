"""The request that will follow a change: where it comes can be told before it does.

VS Code asks 35 ms after the key, and Neovim's own completion 200 ms after it, but both send the change at once. A model
that begins with the change has that much of a start. It is asked only as long as the editor does what was expected.
"""

from __future__ import annotations

from collections.abc import Callable

from tierlsp.clock import Clock, Timer
from tierlsp.text.cursor import Cursor

SETTLE_MS = 1.0
"""How long after a change the request is expected. One that comes in the same breath needs no expecting."""


class Expected:
    """Follows changes and requests, and tells where the next request will come once it was right about the last.

    Args:
        clock: the time.
        on_expected: told of the place.
    """

    def __init__(self, clock: Clock, on_expected: Callable[[Cursor], None]) -> None:
        self._clock = clock
        self._on_expected = on_expected
        self._timer: Timer | None = None
        self._cursor: Cursor | None = None
        """Where a request is expected."""
        self._is_proven = False
        """Whether the last request came where it was expected."""

    def changed(self, likely: Callable[[], Cursor] | None) -> None:
        """Take a change; `likely` returns where the next request may come, `None` is for nowhere."""
        self._cancel()
        if likely is not None:
            self._timer = self._clock.call_later_ms(SETTLE_MS, lambda: self._expect(likely()))

    def asked(self, cursor: Cursor) -> None:
        """Take a request."""
        self._cancel()
        if self._cursor is not None:
            self._is_proven = self._cursor.is_at(cursor)
            self._cursor = None

    def forget(self) -> None:
        """Expect nothing until it is proven anew."""
        self._cancel()
        self._cursor = None
        self._is_proven = False

    @property
    def place(self) -> Cursor | None:
        """Where a request is expected to come any moment, if the last one came where it was expected."""
        return self._cursor if self._is_proven else None

    def _expect(self, cursor: Cursor) -> None:
        self._timer = None
        if self._cursor is not None:
            # Nothing was asked after the last change: other things than keys make changes, too.
            self._is_proven = False
        self._cursor = cursor
        if self._is_proven:
            self._on_expected(cursor)

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
