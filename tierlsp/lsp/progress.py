"""How far a run is, shown by the editor (LSP, "Work Done Progress")."""

from __future__ import annotations

import logging
from collections.abc import Callable

from tierlsp.clock import Clock
from tierlsp.lsp.client_requests import ClientRefused, ClientRequests
from tierlsp.lsp.notices import plain

logger = logging.getLogger(__name__)

Notify = Callable[[str, dict[str, object]], None]

CREATE_TIMEOUT_S = 2.0
"""How long the editor may take to say that it shows progress; it answers without asking anybody."""

REPORT_MS = 250.0
"""Between two reports: nobody reads faster, and a stream would send one for every token."""

MAX_MESSAGE_CHARS = 120
"""Status lines are no wider."""


class Progress:
    """The progress of one run; its token is the run's identifier. It says nothing where the editor shows none."""

    def __init__(self, token: str, clock: Clock, client: ClientRequests, notify: Notify, *, is_shown: bool) -> None:
        self._token = token
        self._clock = clock
        self._client = client
        self._notify = notify
        self._is_shown = is_shown
        self._is_begun = False
        self._last_ms = float("-inf")
        self._last_message = ""

    async def begin(self, title: str) -> None:
        """Ask the editor to show progress, and begin it. An editor that refuses is left alone."""
        if not self._is_shown:
            return
        try:
            await self._client.ask("window/workDoneProgress/create", {"token": self._token}, CREATE_TIMEOUT_S)
        except (TimeoutError, ClientRefused) as error:
            logger.info("no progress is shown: %s", error or type(error).__name__)
            return
        self._is_begun = True
        self._send({"kind": "begin", "title": plain(title), "cancellable": True, "percentage": 0})

    def report(self, message: str, percent: int | None, *, stands: bool = False) -> None:
        """Say what happens now; the same words again are left out, and those that do not stand for long too soon."""
        now_ms = self._clock.now_ms()
        is_too_soon = not stands and now_ms - self._last_ms < REPORT_MS
        if not self._is_begun or message == self._last_message or is_too_soon:
            return
        self._last_ms, self._last_message = now_ms, message
        value: dict[str, object] = {"kind": "report", "message": plain(message)[:MAX_MESSAGE_CHARS]}
        if percent is not None:
            value["percentage"] = percent
        self._send(value)

    def end(self, message: str) -> None:
        """End it; a second time does nothing."""
        if self._is_begun:
            self._is_begun = False
            self._send({"kind": "end", "message": plain(message)[:MAX_MESSAGE_CHARS]})

    def _send(self, value: dict[str, object]) -> None:
        self._notify("$/progress", {"token": self._token, "value": value})
