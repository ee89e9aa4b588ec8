"""The messages that nobody types against: decoded into lsprotocol's types and handled through pygls.

Importing pygls and lsprotocol costs more time and memory than all the rest of the server, so it happens in a thread,
when the first of these messages comes or while the person rests. Until it is done they wait in the order of their
arrival; the plain ones do not wait for them.

pygls decodes and keeps the table of handlers. Its reader, writer, document store and error boxes take no part (`docs/`
names the defects that they have on the way of a key press).
"""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from tierlsp.lsp.dispatch import INTERNAL, Code, Reply

if TYPE_CHECKING:
    from tierlsp.lsp.typed_protocol import TypedProtocol

logger = logging.getLogger(__name__)

TypedHandler = Callable[[Any], Any]
"""Takes lsprotocol params and returns the result. Not `async`: pygls would keep a future for every notification."""

SWITCH_S = 0.0005
"""How long the importing thread may keep the interpreter while the loop wants it, in seconds.

Python's own 5 ms would be paid at each of the four system calls of a key press.
"""


class Typed:
    """The typed lane: loads itself in the background, then hands every waiting message on."""

    def __init__(
        self,
        requests: Mapping[str, TypedHandler],
        notifications: Mapping[str, TypedHandler],
        first: Callable[[], None] = lambda: None,
        on_loaded: Callable[[], None] = lambda: None,
    ) -> None:
        """Take the tables, which may grow until `load`.

        `first` is called in the thread before the imports, `on_loaded` on the loop after them.
        """
        self._first = first
        self._on_loaded = on_loaded
        self._requests = requests
        self._notifications = notifications
        self._waiting: list[Callable[[TypedProtocol], None]] = []
        self._protocol: TypedProtocol | None = None
        self._is_loading = False

    def takes_request(self, method: str) -> bool:
        """Whether requests of `method` are answered."""
        return method in self._requests

    def takes_notification(self, method: str) -> bool:
        """Whether there is a handler for notifications of `method`."""
        return method in self._notifications

    def load(self) -> None:
        """Begin to import what is needed, in a thread. Does nothing the second time."""
        if self._is_loading:
            return
        self._is_loading = True
        loop = asyncio.get_running_loop()

        def work() -> None:
            self._first()
            protocol = _imported(self._requests, self._notifications)
            try:
                loop.call_soon_threadsafe(self._ready, protocol)
            except RuntimeError:
                return  # The loop is closed: the session ended before the import did.

        threading.Thread(target=work, name="tierlsp-import", daemon=True).start()

    def request(self, message: dict[str, Any], reply: Reply) -> Callable[[], None]:
        """Handle a request; the value returned cancels it."""

        def handle(protocol: TypedProtocol) -> None:
            try:
                protocol.take_request(message, reply)
            except Exception:
                logger.exception("the request %s failed", message["method"])
                reply.error(Code.INTERNAL_ERROR, INTERNAL)

        self._when_ready(handle)

        def cancel() -> None:
            reply.error(Code.CANCELLED, "the request was cancelled")
            if self._protocol is not None:
                self._protocol.withdraw(message["id"])

        return cancel

    def notification(self, message: dict[str, Any]) -> None:
        """Handle a notification."""
        self._when_ready(lambda protocol: protocol.take_notification(message))

    def _when_ready(self, action: Callable[[TypedProtocol], None]) -> None:
        if self._protocol is not None:
            action(self._protocol)
            return
        self.load()
        self._waiting.append(action)

    def _ready(self, protocol: TypedProtocol) -> None:
        self._protocol = protocol
        self._on_loaded()
        waiting, self._waiting = self._waiting, []
        for action in waiting:
            try:
                action(protocol)
            except Exception:
                # One message that fails must not keep those behind it from being handled.
                logger.exception("a message that waited for its decoder failed")


def _imported(requests: Mapping[str, TypedHandler], notifications: Mapping[str, TypedHandler]) -> TypedProtocol:
    """Import what decodes, and return it ready for use."""
    usual_s = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_S)
    try:
        from tierlsp.lsp.typed_protocol import TypedProtocol

        protocol = TypedProtocol(requests, notifications)
        protocol.warm()
        return protocol
    finally:
        sys.setswitchinterval(usual_s)
