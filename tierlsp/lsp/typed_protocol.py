"""pygls, with its writer, error boxes and leaks taken out. Importing this module imports pygls and lsprotocol."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.protocol import JsonRPCProtocol, default_converter
from pygls.server import JsonRPCServer

from tierlsp.lsp.dispatch import INTERNAL, Code, Reply

logger = logging.getLogger(__name__)


class _QuietServer(JsonRPCServer):
    """What pygls' protocol needs of a server. It opens nothing: bytes come from and go to our own wire."""

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Log it. pygls' language server would open a box in the editor."""
        logger.warning("%s: %s", getattr(source, "__name__", source), type(error).__name__)


class TypedProtocol(JsonRPCProtocol):
    """Decodes messages, calls the registered handlers and gives their results to the `Reply` of each request."""

    def __init__(
        self,
        send: Callable[[dict[str, Any]], None],
        requests: Mapping[str, Callable[[Any], Any]],
        notifications: Mapping[str, Callable[[Any], Any]],
    ) -> None:
        # pygls logs whole messages, source text included, at INFO and tracebacks of bad parameters at ERROR.
        logging.getLogger("pygls").setLevel(logging.CRITICAL)
        server = _QuietServer(lambda server, converter: self, default_converter)  # type: ignore[arg-type]  # pygls wants a class and only calls it
        super().__init__(server, default_converter())  # type: ignore[no-untyped-call]  # pygls leaves it so
        self._send = send
        self._replies: dict[str | int, Reply] = {}
        for method, handler in (*requests.items(), *notifications.items()):
            self.fm.feature(method)(_function_of(handler))

    def get_message_type(self, method: str) -> type[Any] | None:
        """Return lsprotocol's type for a message of `method`."""
        return types.METHOD_TO_TYPES.get(method, (None,))[0]

    def get_result_type(self, method: str) -> type[Any] | None:
        """Return lsprotocol's type for a response to `method`."""
        found = types.METHOD_TO_TYPES.get(method)
        return found[1] if found else None

    def take_request(self, message: dict[str, Any], reply: Reply) -> None:
        """Decode and handle a request. Parameters that do not fit are answered as such."""
        if reply.is_sent:
            return  # It was cancelled while it waited.
        try:
            structured = self.structure_message(_only(message, "id", "method", "params"))
        except JsonRpcException:
            reply.error(Code.INVALID_PARAMS, f"the parameters of {message['method']!r} are not what LSP says")
            return
        self._replies[message["id"]] = reply
        self.handle_message(structured)

    def take_notification(self, message: dict[str, Any]) -> None:
        """Decode and handle a notification. One that cannot be decoded is dropped."""
        try:
            structured = self.structure_message(_only(message, "method", "params"))
        except JsonRpcException:
            logger.warning("%s is dropped: its parameters are not what LSP says", message["method"])
            return
        self.handle_message(structured)

    def take_response(self, message: dict[str, Any]) -> None:
        """Match the client's answer with our request. A garbled one counts as an error: nobody waits for ever."""
        id_ = message["id"]
        if id_ not in self._request_futures:
            logger.debug("an answer came to a request that was not made")
            return
        try:
            # Some clients send both, the one that does not apply as null.
            part = "result" if message.get("error") is None else "error"
            structured = self.structure_message(_only(message, "id", part))
        except JsonRpcException:
            error = types.ResponseError(code=int(Code.INVALID_REQUEST), message="the answer cannot be read")
            self._handle_response(id_, None, error)
            return
        self.handle_message(structured)

    def ask_client(self, method: str, params: Any) -> asyncio.Future[Any]:
        """Send a request of ours; the future gets the client's answer. Cancelling it forgets the request."""
        id_ = str(uuid.uuid4())
        future: asyncio.Future[Any] = self.send_request_async(method, params, msg_id=id_)

        def forget(future: asyncio.Future[Any]) -> None:
            # pygls keeps both for ever where no answer comes, and the type where an error does.
            self._request_futures.pop(id_, None)
            self._result_types.pop(id_, None)

        future.add_done_callback(forget)
        return future

    def withdraw(self, id_: str | int) -> None:
        """Cancel a request that is being handled."""
        self._replies.pop(id_, None)
        future = self._request_futures.pop(id_, None)
        if future is not None:
            future.cancel()

    def _send_response(self, msg_id: str | int, result: Any = None, error: types.ResponseError | None = None) -> None:
        reply = self._replies.pop(msg_id, None)
        if reply is None:
            return
        if error is not None:
            # pygls puts the traceback into `data`, and for its internal errors the exception's text into `message`.
            is_ours = error.code != int(Code.INTERNAL_ERROR)
            reply.error(error.code, error.message if is_ours else INTERNAL)
        else:
            reply.result(self._converter.unstructure(result))

    def _send_data(self, data: Any) -> None:
        self._send(self._converter.unstructure(data))


def _only(message: dict[str, Any], *keys: str) -> dict[str, Any]:
    """Return the named parts of `message` in a right wrapping.

    pygls takes a message without `jsonrpc` for no message, one with another version for none of its business, and a
    request with a key `error` for an answer: each would stay unanswered.
    """
    return {"jsonrpc": "2.0"} | {key: message[key] for key in keys if key in message}


def _function_of(handler: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return a plain function that calls `handler`: pygls writes its own marks on what it registers."""

    def function(params: Any) -> Any:
        return handler(params)

    return function
