"""The messages that nobody types against: decoded into lsprotocol's types and handled through pygls.

Importing pygls and lsprotocol costs ten times what the rest of the server does, so it happens in a thread once the
session runs. Until then these messages wait in the order of their arrival; the hot ones do not wait for them.

pygls decodes, keeps the table of handlers and matches our own requests with the client's answers. Its reader, writer,
document store and error boxes take no part (`docs/` names the defects that they have on the way of a key press).
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from tierlsp.lsp.dispatch import INTERNAL, Code, Reply

if TYPE_CHECKING:
    from tierlsp.lsp.typed_protocol import TypedProtocol

logger = logging.getLogger(__name__)

TypedHandler = Callable[[Any], Any]
"""Takes lsprotocol params and returns the result. Not `async`: pygls would keep a future for every notification."""


class Typed:
    """The typed lane: loads itself in the background, then hands every waiting message on."""

    def __init__(
        self,
        send: Callable[[dict[str, Any]], None],
        requests: Mapping[str, TypedHandler],
        notifications: Mapping[str, TypedHandler],
        first: Callable[[], None] = lambda: None,
    ) -> None:
        """`send` writes a message to the client, whole and in order; `first` is called before the imports."""
        self._first = first
        self._send = send
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
            from tierlsp.lsp.typed_protocol import TypedProtocol

            try:
                loop.call_soon_threadsafe(
                    lambda: self._ready(TypedProtocol(self._send, self._requests, self._notifications))
                )
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

    def response(self, message: dict[str, Any]) -> None:
        """Take the client's answer to a request of ours."""
        self._when_ready(lambda protocol: protocol.take_response(message))

    async def ask(self, method: str, params: Callable[[], Any], timeout_s: float) -> Any:
        """Send a request of ours and return the client's answer.

        Args:
            method: the LSP method.
            params: makes the lsprotocol params; called once those types are there.
            timeout_s: seconds to wait; clients that never answer must not hold a task for ever.

        Raises:
            TimeoutError: no answer came.
            pygls.exceptions.JsonRpcException: the client answered with an error.
        """
        ready: asyncio.Future[Awaitable[Any]] = asyncio.get_running_loop().create_future()

        def send(protocol: TypedProtocol) -> None:
            if not ready.done():
                ready.set_result(protocol.ask_client(method, params()))

        self._when_ready(send)
        async with asyncio.timeout(timeout_s):
            return await (await ready)

    def _when_ready(self, action: Callable[[TypedProtocol], None]) -> None:
        if self._protocol is not None:
            action(self._protocol)
            return
        self.load()
        self._waiting.append(action)

    def _ready(self, protocol: TypedProtocol) -> None:
        self._protocol = protocol
        waiting, self._waiting = self._waiting, []
        for action in waiting:
            try:
                action(protocol)
            except Exception:
                # One message that fails must not keep those behind it from being handled.
                logger.exception("a message that waited for its decoder failed")
