"""The bytes of one connection: written at once, read as they come."""

from __future__ import annotations

import asyncio

from tierlsp.backends.unreached import Fault, Unreached

MOST_UNREAD_BYTES = 256 * 1024
"""From here on the other side has to wait until something is read. A token has 100 to 300 bytes."""


class Pipe(asyncio.Protocol):
    """One connection, as the event loop sees it."""

    def __init__(self) -> None:
        """Wait for `connection_made`."""
        self._transport: asyncio.Transport | None = None
        self._unread = bytearray()
        self._is_over = False
        self._is_paused = False
        self._waiting: asyncio.Future[None] | None = None

    @property
    def is_quiet(self) -> bool:
        """Whether nothing is there to be read, not even the end: a request can be sent."""
        return not self._is_over and not self._unread

    def write(self, data: bytes) -> None:
        """Send `data`. That it did not arrive shows when the answer is read."""
        if self._transport is not None and not self._is_over:
            self._transport.write(data)

    async def read(self) -> bytes:
        """Return what has come, at least a byte; nothing at the end of the connection.

        Raises:
            Unreached: somebody else reads already.
        """
        if not self._unread and not self._is_over:
            if self._waiting is not None:
                raise Unreached(Fault.DROPPED)
            self._waiting = asyncio.get_running_loop().create_future()
            try:
                await self._waiting
            finally:
                self._waiting = None
        data = bytes(self._unread)
        self._unread.clear()
        if self._is_paused and self._transport is not None and not self._is_over:
            self._is_paused = False
            self._transport.resume_reading()
        return data

    def close(self) -> None:
        """Close it now, whatever is on its way in either direction."""
        self._end()
        if self._transport is not None:
            self._transport.abort()

    # ------------------------------------------------------------------ what the loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection."""
        assert isinstance(transport, asyncio.Transport), "a TCP connection is one"
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Take what has come."""
        self._unread += data
        if len(self._unread) > MOST_UNREAD_BYTES and not self._is_paused and self._transport is not None:
            self._is_paused = True
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> None:
        """The other side sends nothing more; returning nothing closes this side too."""
        self._end()

    def connection_lost(self, error: Exception | None) -> None:
        """It is closed."""
        self._end()

    def _end(self) -> None:
        self._is_over = True
        self._wake()

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)
