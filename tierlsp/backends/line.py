"""One HTTP connection to this machine: requests and answers, one after the other. h11 knows HTTP, this the order."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncGenerator, Sequence

import h11

from tierlsp.backends.pipe import Pipe
from tierlsp.backends.unreached import Fault, Unreached

HEAD_BYTES = 64 * 1024
"""The longest head of an answer. Real ones have some hundred bytes."""


class Line:
    """One connection, and where in HTTP's exchange it is."""

    def __init__(self, pipe: Pipe) -> None:
        """`pipe` is connected."""
        self._pipe = pipe
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=HEAD_BYTES)
        self.idle_since_s = 0.0
        """When it was last put aside, on the loop's clock."""

    @property
    def is_quiet(self) -> bool:
        """Whether the server has neither closed it nor said something that nobody asked for."""
        return self._pipe.is_quiet

    async def ask(
        self, method: str, target: str, headers: Sequence[tuple[str, str]], content: bytes | None
    ) -> h11.Response:
        """Send a request and wait for the head of its answer.

        Raises:
            Unreached: the server has closed the connection, or speaks something else.
        """
        http = self._http
        try:
            sent = [http.send(h11.Request(method=method, target=target, headers=[*headers]))]
            sent += [http.send(h11.Data(data=content))] if content else []
            sent += [http.send(h11.EndOfMessage())]
        except h11.LocalProtocolError as error:
            raise Unreached(Fault.NOT_HTTP) from error
        self._pipe.write(b"".join(part for part in sent if part))
        while not isinstance(event := self._event(), h11.Response):
            if event is h11.NEED_DATA:
                await self._receive()
            # What is left are answers such as "102 Processing", which say that the answer is still to come.
        return event

    async def body(self) -> AsyncGenerator[bytes, None]:
        """Stream what follows the head, as it comes.

        Raises:
            Unreached: it breaks off.
        """
        pieces: list[bytes] = []
        while True:
            event = self._event()
            if isinstance(event, h11.Data):
                pieces.append(bytes(event.data))
                continue
            # What was read in one go is handed on in one go.
            if pieces:
                yield b"".join(pieces)
                pieces.clear()
            if event is not h11.NEED_DATA:
                return
            await self._receive()

    def starts_anew(self) -> bool:
        """Make ready for another request; return whether that is possible."""
        http = self._http
        if http.our_state is not h11.DONE or http.their_state is not h11.DONE:
            return False
        # Bytes behind the answer belong to nothing that was asked.
        if http.trailing_data[0] or not self.is_quiet:
            return False
        http.start_next_cycle()
        return True

    def close(self) -> None:
        """Close the connection now, whatever is on its way."""
        self._pipe.close()

    def _event(self) -> object:
        try:
            return self._http.next_event()
        except h11.RemoteProtocolError as error:
            raise Unreached(Fault.NOT_HTTP) from error

    async def _receive(self) -> None:
        data = await self._pipe.read()
        if not data and self._http.their_state is h11.SEND_RESPONSE:
            raise Unreached(Fault.DROPPED)
        self._http.receive_data(data)


async def connect(host: str, port: int, patience_s: float) -> Line:
    """Return a new connection.

    Raises:
        Unreached: nobody takes it, or not within `patience_s`.
    """
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(patience_s):
            _, pipe = await loop.create_connection(Pipe, host, port)
    except TimeoutError as error:
        raise Unreached(Fault.CONNECT_TIMEOUT) from error
    except socket.gaierror as error:
        raise Unreached(Fault.UNKNOWN_HOST) from error
    except OSError as error:
        raise Unreached(Fault.REFUSED) from error
    return Line(pipe)
