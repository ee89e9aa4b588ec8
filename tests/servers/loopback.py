"""A small HTTP/1.1 server on 127.0.0.1 that does exactly what a test says, down to the byte.

It knows when a client closes its connection, which is how a model is stopped, and counts what is open.
"""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

T = TypeVar("T")

CERTIFICATE = Path(__file__).with_name("loopback.pem")
"""For 127.0.0.1, with its key. It is its own authority: who is told to trust it does."""


def loopback_tls() -> ssl.SSLContext:
    """What a server here needs to speak HTTPS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    return context


Handler = Callable[["Exchange"], Awaitable[None]]


class Exchange:
    """One request and the connection that its answer goes out on."""

    def __init__(self, connection: Connection, method: str, path: str, headers: dict[str, str], body: bytes) -> None:
        self.connection = connection
        self.method = method
        self.path = path
        self.headers = headers
        self.body = body
        self.bytes_sent = 0

    @property
    def json(self) -> dict[str, Any]:
        """The request's body."""
        value: dict[str, Any] = json.loads(self.body)
        return value

    @property
    def is_gone(self) -> bool:
        """Whether the client has closed its connection."""
        return self.connection.gone.is_set()

    async def pause(self, ms: float) -> bool:
        """Wait; return whether the client has gone meanwhile."""
        if ms <= 0:
            await asyncio.sleep(0)
            return self.is_gone
        try:
            async with asyncio.timeout(ms / 1000):
                await self.connection.gone.wait()
        except TimeoutError:
            return False
        return True

    async def until_gone(self) -> None:
        """Wait until the client closes its connection."""
        await self.connection.gone.wait()

    async def unless_gone(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Wait for something; if the client goes first, give it up."""
        wanted = asyncio.create_task(coroutine)
        gone = asyncio.create_task(self.connection.gone.wait())
        await asyncio.wait({wanted, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not gone.done():
            gone.cancel()
            return await wanted
        wanted.cancel()
        await asyncio.gather(wanted, return_exceptions=True)
        raise ConnectionResetError

    async def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        if self.is_gone:
            raise ConnectionResetError
        self.connection.transport.write(data)
        self.bytes_sent += len(data)
        await self.connection.drained()

    async def head(self, status: int = 200, *headers: str) -> None:
        """Send status line and headers."""
        lines = [f"HTTP/1.1 {status} Whatever", *headers]
        await self.send(("\r\n".join(lines) + "\r\n\r\n").encode())

    async def reply(
        self, body: bytes | dict[str, Any], status: int = 200, kind: str = "application/json", *headers: str
    ) -> None:
        """Send a whole answer."""
        data = json.dumps(body).encode() if isinstance(body, dict) else body
        await self.head(status, f"Content-Type: {kind}", f"Content-Length: {len(data)}", *headers)
        await self.send(data)

    async def start_chunked(self, kind: str = "application/x-ndjson", status: int = 200) -> None:
        """Send the head of an answer that comes in pieces."""
        await self.head(status, f"Content-Type: {kind}", "Transfer-Encoding: chunked")

    async def chunk(self, data: bytes) -> None:
        """Send one piece."""
        await self.send(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    async def end_chunked(self) -> None:
        """Say that there are no more pieces."""
        await self.send(b"0\r\n\r\n")

    def close(self) -> None:
        """Close the connection in the ordinary way, when all is sent."""
        self.connection.transport.close()

    def reset(self) -> None:
        """Break the connection off: the client reads an error, not an end."""
        transport = self.connection.transport
        sock: socket.socket = transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()


class Connection(asyncio.Protocol):
    """Reads requests one after the other and has each answered before the next."""

    transport: asyncio.Transport

    def __init__(self, server: LoopbackServer) -> None:
        self.server = server
        self.answers = 0
        """Requests taken so far."""
        self.gone = asyncio.Event()
        self._buffer = bytearray()
        self._may_write = asyncio.Event()
        self._may_write.set()
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.server._opened(self)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        self._next()

    def eof_received(self) -> bool:
        self.gone.set()
        return False

    def connection_lost(self, error: Exception | None) -> None:
        self.gone.set()
        self._may_write.set()
        self.server._closed(self)

    def pause_writing(self) -> None:
        self._may_write.clear()

    def resume_writing(self) -> None:
        self._may_write.set()

    @property
    def is_new(self) -> bool:
        """Whether this is its first request."""
        return self.answers == 1

    async def drained(self) -> None:
        """Wait until the client has read enough for more to be written."""
        await self._may_write.wait()
        if self.gone.is_set():
            raise ConnectionResetError
        await asyncio.sleep(0)

    def _next(self) -> None:
        if self._task is not None and not self._task.done():
            return
        exchange = self._parse()
        if exchange is not None:
            self._task = asyncio.get_running_loop().create_task(self._answer(exchange))

    async def _answer(self, exchange: Exchange) -> None:
        self.server.exchanges.append(exchange)
        self.answers += 1
        try:
            await self.server.handle(exchange)
        except ConnectionResetError:
            self.server.aborted += 1
        except Exception as error:
            self.server.failures.append(error)
            self.transport.abort()
        self._task = None
        if not self.transport.is_closing():
            self._next()

    def _parse(self) -> Exchange | None:
        head, separator, rest = bytes(self._buffer).partition(b"\r\n\r\n")
        if not separator:
            return None
        first, *lines = head.decode("latin-1").split("\r\n")
        method, path, _ = first.split(" ", 2)
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = int(headers.get("content-length", "0"))
        if len(rest) < length:
            return None
        self._buffer = bytearray(rest[length:])
        return Exchange(self, method, path, headers, rest[:length])


class LoopbackServer:
    """Answers with `handler`. Use as an asynchronous context manager."""

    def __init__(self, handler: Handler | None = None) -> None:
        self._handler = handler
        self._server: asyncio.Server | None = None
        self.tls: ssl.SSLContext | None = None
        """Set before it starts, it speaks HTTPS; see `loopback_tls`."""
        self._all_closed = asyncio.Event()
        self._all_closed.set()
        self._port = 0
        self.exchanges: list[Exchange] = []
        """Every request, in order."""
        self.open: set[Connection] = set()
        self.connections = 0
        """Connections ever made."""
        self.aborted = 0
        """Answers that the client did not wait for."""
        self.failures: list[Exception] = []
        """What the handler raised; raised again at the end, so that no test passes over it."""

    async def handle(self, exchange: Exchange) -> None:
        """Answer one request."""
        assert self._handler is not None
        await self._handler(exchange)

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._port

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http{'s' if self.tls else ''}://127.0.0.1:{self._port}"

    async def start(self, port: int = 0) -> None:
        """Listen; port 0 is any free one."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Connection(self), "127.0.0.1", port, ssl=self.tls)
        self._port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Close the door and every connection."""
        assert self._server is not None
        self._server.close()
        for connection in list(self.open):
            connection.transport.abort()
        await self._server.wait_closed()
        await self.all_closed()
        if self.failures:
            raise self.failures[0]

    async def all_closed(self) -> None:
        """Wait until no connection is open and no answer is being given."""
        async with asyncio.timeout(5):
            await self._all_closed.wait()
        await self.at_rest()

    async def at_rest(self) -> None:
        """Wait until no answer is being given; connections that are kept for the next may be open."""
        tasks = [task for exchange in self.exchanges if (task := exchange.connection._task)]
        async with asyncio.timeout(5):
            await asyncio.gather(*tasks)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def _opened(self, connection: Connection) -> None:
        self.connections += 1
        self.open.add(connection)
        self._all_closed.clear()

    def _closed(self, connection: Connection) -> None:
        self.open.discard(connection)
        if not self.open:
            self._all_closed.set()
