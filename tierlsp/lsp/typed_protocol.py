"""pygls, with its writer, error boxes and leaks taken out. Importing this module imports pygls and lsprotocol."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.protocol import JsonRPCProtocol, default_converter
from pygls.server import JsonRPCServer

from tierlsp.errors import TierlspError
from tierlsp.lsp.documents import BadParams
from tierlsp.lsp.later import Later
from tierlsp.lsp.reply import INTERNAL, Code, Reply

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
        requests: Mapping[str, Callable[[Any], Any]],
        notifications: Mapping[str, Callable[[Any], Any]],
    ) -> None:
        # pygls logs whole messages, source text included, at INFO and tracebacks of bad parameters at ERROR.
        logging.getLogger("pygls").setLevel(logging.CRITICAL)
        # It is made once: it resolves 554 classes.
        converter = default_converter()  # type: ignore[no-untyped-call]  # pygls leaves it so
        server = _QuietServer(lambda server, converter: self, lambda: converter)  # type: ignore[arg-type]  # pygls wants a class and only calls it
        super().__init__(server, converter)
        self._replies: dict[str | int, Reply] = {}
        self._later: dict[str | int, Later] = {}
        """Results that are still to come, by the request's id."""
        self._methods = (*requests, *notifications)
        for method, handler in (*requests.items(), *notifications.items()):
            self.fm.feature(method)(_function_of(handler))

    def get_message_type(self, method: str) -> type[Any] | None:
        """Return lsprotocol's type for a message of `method`."""
        return types.METHOD_TO_TYPES.get(method, (None,))[0]

    def get_result_type(self, method: str) -> type[Any] | None:
        """Return lsprotocol's type for a response to `method`."""
        found = types.METHOD_TO_TYPES.get(method)
        return found[1] if found else None

    def warm(self) -> None:
        """Have the code made by which the known methods are decoded. It takes 40 ms, which a thread can spare."""
        for method in self._methods:
            if (found := self.get_message_type(method)) is not None:
                self._converter.get_structure_hook(found)

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

    def withdraw(self, id_: str | int) -> None:
        """Cancel a request that is being handled."""
        self._replies.pop(id_, None)
        future = self._request_futures.pop(id_, None)
        if future is not None:
            future.cancel()
        if (later := self._later.pop(id_, None)) is not None:
            later.future.cancel()

    def _send_response(self, msg_id: str | int, result: Any = None, error: types.ResponseError | None = None) -> None:
        reply = self._replies.pop(msg_id, None)
        if reply is None:
            return
        if error is not None:
            # pygls puts the traceback into `data`, and for its internal errors the exception's text into `message`.
            is_ours = error.code != int(Code.INTERNAL_ERROR)
            reply.error(error.code, error.message if is_ours else INTERNAL)
        elif isinstance(result, Later):
            self._later[msg_id] = result
            result.future.add_done_callback(lambda future: self._reply_later(msg_id, result, reply))
        else:
            reply.result(self._converter.unstructure(result))

    def _reply_later(self, msg_id: str | int, later: Later, reply: Reply) -> None:
        """Answer with a result that has come."""
        if self._later.get(msg_id) is later:
            del self._later[msg_id]
        if later.future.cancelled():
            reply.error(Code.CANCELLED, "the request was cancelled")
            return
        try:
            reply.result(self._converter.unstructure(later.then(later.future.result())))
        except BadParams as error:
            reply.error(Code.INVALID_PARAMS, str(error))
        except TierlspError as error:
            reply.error(Code.REQUEST_FAILED, str(error))
        except Exception:
            logger.exception("a request failed")
            reply.error(Code.INTERNAL_ERROR, INTERNAL)


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
