"""`tierlsp/status`: what the tiers can do, what runs, what was spent, for a client that shows it."""

from __future__ import annotations

from collections.abc import Callable

from tierlsp.clock import Clock, Timer

BETWEEN_MS = 500.0
"""At most twice a second."""

Notify = Callable[[str, dict[str, object]], None]


class StatusLine:
    """Sends the state when it has changed, and not too often: the last state always arrives."""

    def __init__(self, clock: Clock, notify: Notify, state: Callable[[], dict[str, object]]) -> None:
        """`state` gives the parameters of the notification as they are now."""
        self._clock = clock
        self._notify = notify
        self._state = state
        self._sent: dict[str, object] | None = None
        self._sent_ms = float("-inf")
        self._timer: Timer | None = None

    def changed(self) -> None:
        """Something may have changed: send it now, or as soon as it is allowed again."""
        if self._timer is not None:
            return
        wait_ms = self._sent_ms + BETWEEN_MS - self._clock.now_ms()
        if wait_ms > 0:
            self._timer = self._clock.call_later_ms(wait_ms, self._due)
        else:
            self._send()

    def close(self) -> None:
        """Send nothing more."""
        if self._timer is not None:
            self._timer.cancel()

    def _due(self) -> None:
        self._timer = None
        self._send()

    def _send(self) -> None:
        state = self._state()
        if state != self._sent:
            self._sent, self._sent_ms = state, self._clock.now_ms()
            self._notify("tierlsp/status", state)
