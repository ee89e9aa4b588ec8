"""Error codes, and the one response of one request."""

from __future__ import annotations

import logging
from collections.abc import Callable
from enum import IntEnum
from typing import Any

from tierlsp.lsp.wire import frame

logger = logging.getLogger(__name__)

Send = Callable[[bytes], None]

INTERNAL = "tierlsp could not handle the request; the log has the details"
"""What the client is told of a fault of ours: the fault's own text may hold source or a key."""


class Code(IntEnum):
    """JSON-RPC and LSP error codes (LSP 3.17, "ErrorCodes")."""

    PARSE_ERROR = -32700
    INVALID_REQUEST = -32600
    METHOD_NOT_FOUND = -32601
    INVALID_PARAMS = -32602
    INTERNAL_ERROR = -32603
    NOT_INITIALIZED = -32002
    CANCELLED = -32800
    REQUEST_FAILED = -32803


class Reply:
    """The one response of one request."""

    __slots__ = ("_is_sent", "_send", "id")

    def __init__(self, send: Send, id_: Any) -> None:
        self._send = send
        self.id = id_
        self._is_sent = False

    @property
    def is_sent(self) -> bool:
        """Whether it has been written."""
        return self._is_sent

    def result(self, value: Any) -> None:
        """Answer with `value`. What JSON cannot hold becomes an error."""
        if self._is_sent:
            return
        try:
            data = frame({"jsonrpc": "2.0", "id": self.id, "result": value})
        except (TypeError, ValueError, RecursionError):
            logger.exception("a result could not be written as JSON")
            self.error(Code.INTERNAL_ERROR, "tierlsp could not write its answer; the log has the details")
            return
        self._is_sent = True
        self._send(data)

    def error(self, code: int, message: str) -> None:
        """Answer with an error: one sentence, and no data, since that would be a traceback or source text."""
        if self._is_sent:
            return
        self._is_sent = True
        body = {"jsonrpc": "2.0", "id": self.id, "error": {"code": int(code), "message": message}}
        self._send(frame(body))
