"""One reader's messages, one request table, one order.

**Law:** every request gets exactly one response. It is kept here and nowhere else: a handler returns or raises, and a
`Reply` is written once. A bad message is answered with the right error and forgotten; it neither ends the server nor
shows a box in the editor.
"""

from __future__ import annotations

import asyncio
import json
import logging
import math
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, NamedTuple, Protocol

from tierlsp.lsp.documents import BadParams
from tierlsp.lsp.later import Later
from tierlsp.lsp.reply import INTERNAL, Code, Reply, Send
from tierlsp.lsp.wire import Framer

logger = logging.getLogger(__name__)


class Life(Enum):
    """Where the session stands (LSP 3.17, "Lifecycle Messages")."""

    NEW = "new"
    RUNNING = "running"
    SHUT_DOWN = "shut down"


RequestId = int | str
RequestHandler = Callable[[Any], Any]
"""Params in; a result out, or a `Later`, or a `First`. Raises `BadParams` for parameters that are wrong."""
NotificationHandler = Callable[[Any], None]


class First(NamedTuple):
    """A result that goes out before the work behind it is done."""

    result: Any
    then: Callable[[None], None]
    """The work: done when the answer is written, before the next message is looked at."""


class TypedLane(Protocol):
    """Where messages go that are decoded into lsprotocol's types."""

    def takes_request(self, method: str) -> bool:
        """Whether it answers requests of `method`."""

    def takes_notification(self, method: str) -> bool:
        """Whether it has a handler for notifications of `method`."""

    def request(self, message: dict[str, Any], reply: Reply) -> Callable[[], None]:
        """Handle a request; the value returned cancels it."""

    def notification(self, message: dict[str, Any]) -> None:
        """Handle a notification."""


class Dispatcher:
    """Takes bytes, calls handlers in the order of arrival, and sees to it that each request is answered once."""

    def __init__(
        self,
        send: Send,
        requests: Mapping[str, RequestHandler],
        notifications: Mapping[str, NotificationHandler],
        typed: TypedLane,
        on_response: NotificationHandler,
        on_exit: Callable[[int], None],
    ) -> None:
        """Take the tables of handlers, which may still grow while `initialize` is handled.

        Args:
            send: writes a message.
            requests: by method; must hold `initialize` and `shutdown`.
            notifications: by method.
            typed: where the other methods go.
            on_response: takes the client's answers to requests of ours.
            on_exit: called with the process's exit code.
        """
        self._send = send
        self._requests = requests
        self._notifications = notifications
        self._typed = typed
        self._on_response = on_response
        self._on_exit = on_exit
        self._framer = Framer()
        self._decoder = json.JSONDecoder(parse_constant=_refuse_constant)
        self._cancels: dict[RequestId, Callable[[], None]] = {}
        self.life = Life.NEW

    @property
    def in_flight(self) -> int:
        """Requests that are not answered yet."""
        return len(self._cancels)

    def feed(self, data: bytes) -> None:
        """Take what was read, and handle every message that is complete."""
        body = self._framer.only_body(data)
        if body is None:
            self._framer.feed(data)
        else:
            self._take(body)
        for body in self._framer.bodies():
            self._take(body)

    def _take(self, body: bytes) -> None:
        try:
            message = self._decoded(body.decode("utf-8"))
        except (ValueError, RecursionError) as error:
            logger.warning("a message is no JSON and is skipped: %s", type(error).__name__)
            self._framer.recover(body)
            Reply(self._send, None).error(Code.PARSE_ERROR, "the message is not valid JSON")
            return
        self.dispatch(message)

    def _decoded(self, text: str) -> Any:
        if text.startswith("{"):
            value, end = self._decoder.raw_decode(text)
            if end == len(text):
                return value
        # Blanks around the value, and whatever else is there, are left to the decoder's longer way.
        return self._decoder.decode(text)

    def dispatch(self, message: Any) -> None:
        """Handle one decoded message."""
        if not isinstance(message, dict):
            Reply(self._send, None).error(Code.INVALID_REQUEST, "a message must be a JSON object")
            return
        method = message.get("method")
        if isinstance(method, str):
            if "id" in message:
                self._request(method, message)
            else:
                self._notification(method, message)
        elif "id" in message and ("result" in message or "error" in message):
            if _is_id(message["id"]):
                self._guarded("response", self._on_response, message)
            else:
                logger.debug("an answer without a usable id is ignored")
        else:
            id_ = message.get("id")
            Reply(self._send, id_ if _can_be_written(id_) else None).error(
                Code.INVALID_REQUEST, "a request must have a string `method`"
            )

    def cancel_all(self) -> None:
        """Withdraw every request that is not answered yet."""
        for cancel in list(self._cancels.values()):
            cancel()

    def _request(self, method: str, message: dict[str, Any]) -> None:
        id_ = message["id"]
        if not _is_id(id_):
            reply = Reply(self._send, id_ if _can_be_written(id_) else None)
            reply.error(Code.INVALID_REQUEST, "`id` must be a whole number or a string")
            return
        reply = Reply(self._send, id_)
        if refusal := self._refusal(method):
            reply.error(*refusal)
        elif (handler := self._requests.get(method)) is not None:
            self._answer(method, handler, message.get("params"), reply)
        elif self._typed.takes_request(method):
            self._hand_on(message, reply)
        else:
            reply.error(Code.METHOD_NOT_FOUND, f"tierlsp does not answer {method!r}")

    def _refusal(self, method: str) -> tuple[Code, str] | None:
        """Return why a request may not be answered at this point of the session."""
        if self.life is Life.RUNNING and method != "initialize":
            return None
        if self.life is Life.SHUT_DOWN:
            return Code.INVALID_REQUEST, "the server is shut down"
        if method == "initialize":
            return None if self.life is Life.NEW else (Code.INVALID_REQUEST, "the server is already initialized")
        return Code.NOT_INITIALIZED, "the server is not initialized yet"

    def _answer(self, method: str, handler: RequestHandler, params: Any, reply: Reply) -> None:
        try:
            result = handler(params)
        except BadParams as error:
            reply.error(Code.INVALID_PARAMS, str(error))
            return
        except Exception:
            logger.exception("the request %s failed", method)
            reply.error(Code.INTERNAL_ERROR, INTERNAL)
            return
        if isinstance(result, Later):
            self._attach(method, result, reply)
            return
        if method == "initialize":
            self.life = Life.RUNNING
        elif method == "shutdown":
            self.life = Life.SHUT_DOWN
            self.cancel_all()
        if isinstance(result, First):
            reply.result(result.result)
            self._guarded(method, result.then, None)
        else:
            reply.result(result)

    def _attach(self, method: str, later: Later, reply: Reply) -> None:
        """Answer when the result has come; until then the client can cancel."""

        def cancel() -> None:
            self._forget(reply.id, cancel)
            reply.error(Code.CANCELLED, "the request was cancelled")
            later.future.cancel()

        def done(future: asyncio.Future[Any]) -> None:
            self._forget(reply.id, cancel)
            if future.cancelled():
                reply.error(Code.CANCELLED, "the request was cancelled")
                return
            try:
                reply.result(later.then(future.result()))
            except Exception:
                logger.exception("the request %s failed", method)
                reply.error(Code.INTERNAL_ERROR, INTERNAL)

        self._cancels[reply.id] = cancel
        later.future.add_done_callback(done)

    def _forget(self, id_: RequestId, cancel: Callable[[], None]) -> None:
        """Drop a finished request, unless another one took its id meanwhile."""
        if self._cancels.get(id_) is cancel:
            del self._cancels[id_]

    def _hand_on(self, message: dict[str, Any], reply: Reply) -> None:
        """Give a request to the typed lane; until it is answered the client can cancel it."""
        send = self._send
        cancel: Callable[[], None] | None = None

        def send_and_forget(data: bytes) -> None:
            if cancel is not None:
                self._forget(reply.id, cancel)
            send(data)

        typed_reply = Reply(send_and_forget, reply.id)
        cancel = self._typed.request(message, typed_reply)
        if not typed_reply.is_sent:
            self._cancels[reply.id] = cancel

    def _notification(self, method: str, message: dict[str, Any]) -> None:
        if method == "exit":
            self._on_exit(0 if self.life is Life.SHUT_DOWN else 1)
        elif self.life is not Life.RUNNING:
            logger.debug("%s is dropped: the session is %s", method, self.life.value)
        elif method == "$/cancelRequest":
            self._cancel(message.get("params"))
        elif (handler := self._notifications.get(method)) is not None:
            self._guarded(method, handler, message.get("params"))
        elif self._typed.takes_notification(method):
            self._guarded(method, self._typed.notification, message)
        else:
            logger.debug("the notification %s is not known and ignored", method)

    def _cancel(self, params: Any) -> None:
        id_ = params.get("id") if isinstance(params, dict) else None
        if isinstance(id_, int | str) and _is_id(id_) and (cancel := self._cancels.get(id_)) is not None:
            cancel()

    def _guarded(self, method: str, handler: NotificationHandler, params: Any) -> None:
        """Call a handler nobody waits for: what goes wrong there is logged."""
        try:
            handler(params)
        except BadParams as error:
            logger.warning("%s is dropped: %s", method, error)
        except Exception:
            logger.exception("the notification %s failed", method)


def _is_id(value: Any) -> bool:
    """Whether `value` can be the id of a request: an integer or a string. `True` is an `int` in Python, not in JSON."""
    return isinstance(value, int | str) and not isinstance(value, bool)


def _can_be_written(value: Any) -> bool:
    """Whether an error can carry `value` back as the id. A number beyond all bounds (`1e999`) has no JSON."""
    return _is_id(value) or (isinstance(value, float) and math.isfinite(value))


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
