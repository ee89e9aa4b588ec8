"""Requests that this server makes of the client, matched with the client's answers."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Callable
from typing import Any

from tierlsp.errors import TierlspError

logger = logging.getLogger(__name__)


class ClientRefused(TierlspError):
    """The client answered a request of ours with an error, or with something that is no answer."""


class ClientRequests:
    """The requests that the client has not answered yet."""

    def __init__(self, send: Callable[[dict[str, Any]], None]) -> None:
        """`send` writes a message to the client, whole and in order."""
        self._send = send
        self._numbers = itertools.count(1)
        self._futures: dict[str, asyncio.Future[Any]] = {}

    @property
    def waiting(self) -> int:
        """Requests without an answer."""
        return len(self._futures)

    async def ask(self, method: str, params: dict[str, Any], timeout_s: float) -> Any:
        """Send a request and return the client's result.

        Args:
            method: the LSP method.
            params: its parameters, as plain JSON values.
            timeout_s: seconds to wait; clients that never answer must not hold a task for ever.

        Raises:
            TimeoutError: no answer came.
            ClientRefused: the client answered with an error.
        """
        id_ = f"tierlsp-{next(self._numbers)}"
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._futures[id_] = future
        try:
            self._send({"jsonrpc": "2.0", "id": id_, "method": method, "params": params})
            async with asyncio.timeout(timeout_s):
                return await future
        except (TimeoutError, asyncio.CancelledError):
            # Nobody waits for the answer any more: what the client has not begun, it need not do.
            self._send({"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": id_}})
            raise
        finally:
            del self._futures[id_]

    def take(self, message: dict[str, Any]) -> None:
        """Take an answer of the client's. One to a request that was not made, or is over, is ignored."""
        future = self._futures.get(message["id"])
        if future is None or future.done():
            logger.debug("an answer came to a request that was not made")
            return
        # Some clients send both, the one that does not apply as null.
        error = message.get("error")
        if error is None and "result" in message:
            future.set_result(message["result"])
        else:
            future.set_exception(ClientRefused(_said_in(error)))


def _said_in(error: object) -> str:
    """Return the words of an error, whatever was sent as one."""
    said = error.get("message") if isinstance(error, dict) else None
    return said if isinstance(said, str) and said else "an error without a message"
