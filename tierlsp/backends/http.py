"""How to talk to a model server, and the only place where the HTTP client's exceptions become `BackendError`.

It adds what the client does not have: a limit on the whole of a call, on a line and on an answer; lines
that are split at line feeds only; no compressed answers.

**Law:** closing a stream, or cancelling who reads it, closes its connection at once: so a model is stopped.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing, contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from tierlsp.backends.connections import Answer, Connections
from tierlsp.backends.limits import Limits, Patience
from tierlsp.backends.payload import LineSplitter, encode, read_object
from tierlsp.backends.refusals import Refuse, Server
from tierlsp.errors import BackendError, Garbled, Overloaded, Rejected, Unavailable

Body = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class _Call:
    """One request, and when it must be over."""

    method: str
    path: str
    body: Body | None
    patience: Patience
    started_s: float
    """On the loop's clock, as the next two."""

    @property
    def begin_by_s(self) -> float:
        """When the first byte of the body must have come."""
        return min(self.until_s, self.started_s + self.patience.first_byte_ms / 1000)

    @property
    def until_s(self) -> float:
        """When it must be over."""
        return self.started_s + self.patience.total_ms / 1000


class HttpClient:
    """Talks to one model server."""

    def __init__(self, server: Server, refuse: Refuse, limits: Limits) -> None:
        """`refuse` turns an answer that is none into the error to raise."""
        self._server = server
        self._refuse = refuse
        self._limits = limits
        self._connections = Connections(server.base_url, limits)

    async def get(self, path: str) -> dict[str, Any]:
        """Return the JSON object at `path`."""
        return await self._whole("GET", path, None, self._limits.question)

    async def post(self, path: str, body: Body, patience: Patience | None = None) -> dict[str, Any]:
        """Return the JSON object that comes back for `body`."""
        return await self._whole("POST", path, body, patience or self._limits.question)

    async def lines(self, path: str, body: Body) -> AsyncGenerator[bytes, None]:
        """Stream the lines that come back for `body`. Closing the generator closes the connection."""
        splitter = LineSplitter(self._limits.line_bytes)
        async with aclosing(self._pieces("POST", path, body, self._limits.generation)) as pieces:
            async for piece in pieces:
                for line in splitter.feed(piece):
                    yield line
        if rest := splitter.rest():
            yield rest

    async def settle(self, lines: AsyncGenerator[bytes, None]) -> None:
        """Give a finished stream a moment to end its body, after which its connection can be used again."""
        with suppress(TimeoutError, BackendError):
            async with asyncio.timeout(self._limits.settle_ms / 1000):
                await anext(lines, None)

    async def aclose(self) -> None:
        """Close every connection. Streams that still run end with an error."""
        await self._connections.aclose()

    async def _whole(self, method: str, path: str, body: Body | None, patience: Patience) -> dict[str, Any]:
        async with aclosing(self._pieces(method, path, body, patience)) as pieces:
            data = b"".join([piece async for piece in pieces])
        return read_object(data, self._server.title)

    async def _pieces(
        self, method: str, path: str, body: Body | None, patience: Patience
    ) -> AsyncGenerator[bytes, None]:
        """Stream the body of a good answer, inside all limits."""
        call = _Call(method, path, body, patience, asyncio.get_running_loop().time())
        size = 0
        async with aclosing(self._answered(call)) as pieces:
            async for piece in pieces:
                size += len(piece)
                if size > self._limits.answer_bytes:
                    limit = self._limits.answer_bytes
                    raise Garbled(f"{self._server.title} sent more than {limit:,} bytes", cause="too-large")
                yield piece

    async def _answered(self, call: _Call) -> AsyncGenerator[bytes, None]:
        """Send a request and stream the body of the answer, or raise what a bad answer means."""
        content = None if call.body is None else encode(call.body)
        with self._translating(call, is_begun=False):
            async with asyncio.timeout_at(call.begin_by_s):
                answer = await self._connections.send(call.method, call.path, content)
        try:
            async with aclosing(self._read(answer, call)) as pieces:
                if not 200 <= answer.status < 300:
                    raise self._refuse(answer.status, await self._error_body(pieces), call.body or {})
                self._refuse_encoding(answer)
                async for piece in pieces:
                    yield piece
        finally:
            await answer.aclose()

    async def _read(self, answer: Answer, call: _Call) -> AsyncGenerator[bytes, None]:
        """Stream the pieces of a body as they come."""
        loop = asyncio.get_running_loop()
        limit_s = call.begin_by_s
        async with aclosing(answer.body()) as raw:
            while True:
                with self._translating(call, is_begun=True):
                    async with asyncio.timeout_at(limit_s):
                        piece = await anext(raw, None)
                if piece is None:
                    return
                yield piece
                limit_s = min(call.until_s, loop.time() + call.patience.stall_ms / 1000)

    async def _error_body(self, pieces: AsyncGenerator[bytes, None]) -> bytes:
        """Return the beginning of an error's body; a body that breaks off still has one."""
        body = b""
        with suppress(BackendError):
            async for piece in pieces:
                body += piece
                if len(body) >= self._limits.error_bytes:
                    break
        return body[: self._limits.error_bytes]

    def _refuse_encoding(self, answer: Answer) -> None:
        encoding = answer.header("content-encoding").strip().lower()
        if encoding not in ("", "identity"):
            raise Garbled(f"{self._server.title} sent a compressed answer, which was not asked for", cause="compressed")

    @contextmanager
    def _translating(self, call: _Call, *, is_begun: bool) -> Iterator[None]:
        """Turn what the client raises into the tree of `tierlsp.errors`."""
        try:
            yield
        except BackendError:
            raise
        except TimeoutError as error:
            raise _too_slow(self._server, call, is_begun) from error
        except Exception as error:
            # The client has some that are outside of its own tree (bad URLs, encodings, closed streams), and
            # `FimBackend` promises that nothing but `BackendError` comes out.
            raise _translated(self._server, error, is_begun) from error


def _too_slow(server: Server, call: _Call, is_begun: bool) -> BackendError:
    if asyncio.get_running_loop().time() >= call.until_s:
        seconds = call.patience.total_ms / 1000
        return Unavailable(f"{server.title} was not done within {seconds:g} s", cause="timeout")
    if is_begun:
        return Unavailable(f"{server.title} stopped in the middle of an answer", cause="timeout")
    seconds = call.patience.first_byte_ms / 1000
    return Unavailable(f"{server.title} did not begin to answer within {seconds:g} s", cause="timeout")


def _translated(server: Server, error: Exception, is_begun: bool) -> BackendError:
    """Return our exception for one of the client's."""
    import httpx2

    if isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout):
        return _not_connected(server, error)
    if isinstance(error, httpx2.PoolTimeout):
        return Overloaded(f"too many requests to {server.title} are under way", cause="pool")
    if isinstance(error, httpx2.UnsupportedProtocol | httpx2.LocalProtocolError | httpx2.InvalidURL):
        return Rejected(f"{server.name} cannot be asked at {server.place!r}: {error}", cause="bad-url")
    if isinstance(error, httpx2.NetworkError | httpx2.ProtocolError):
        if is_begun:
            # To the parser a body that ends too soon and one with broken chunks are the same.
            return Garbled(f"{server.title} broke off in the middle of an answer", cause="cut")
        if _is_malformed(error):
            return Garbled(f"what answers at {server.place} does not speak HTTP", cause="not-http")
        return Unavailable(f"{server.title} closed the connection without an answer", cause="dropped")
    return Unavailable(f"{server.title} cannot be asked: {type(error).__name__}: {error}", cause="client")


def _not_connected(server: Server, error: Exception) -> BackendError:
    import httpx2

    if isinstance(error, httpx2.ConnectTimeout):
        return Unavailable(f"{server.title} takes no connections; {server.mend}", cause="connect-timeout")
    causes = list(_causes(error))
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return Unavailable(f"no safe connection to {server.title} could be made: {error}", cause="tls")
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return Unavailable(f"the host of {server.title} is not known; check `baseUrl`", cause="unknown-host")
    return Unavailable(f"nobody answers for {server.title}; {server.mend}", cause="refused")


def _is_malformed(error: Exception) -> bool:
    """Whether the server sent something that is not HTTP, rather than nothing.

    Both come as the client's `RemoteProtocolError`; only the former has an exception of the parser behind it.
    """
    return any(type(cause).__module__.startswith("h11") for cause in _causes(error))


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield what led to `error`, nearest first, each once: handlers that raise again can close a circle."""
    seen = {id(error)}
    cause = error.__cause__ or error.__context__
    while cause is not None and id(cause) not in seen:
        yield cause
        seen.add(id(cause))
        cause = cause.__cause__ or cause.__context__
