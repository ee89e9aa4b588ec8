"""How to talk to a model server, and the only place where the HTTP client's exceptions become `BackendError`.

It adds what the client does not have: a limit on the whole of a call, on a line and on an answer; lines
that are split at line feeds only; no compressed answers.

**Law:** closing a stream, or cancelling who reads it, closes its connection at once: so a model is stopped.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from typing import Any, Self

from tierlsp.backends.broken import Call, of_client, of_unreached, too_slow
from tierlsp.backends.connections import Answer, Connections, connections_to
from tierlsp.backends.limits import Limits, Patience
from tierlsp.backends.near import NearAnswer, NearConnections
from tierlsp.backends.payload import LineSplitter, encode, read_object
from tierlsp.backends.refusals import Refuse, Server
from tierlsp.backends.unreached import Unreached
from tierlsp.errors import BackendError, Garbled

Body = Mapping[str, object]


class HttpClient:
    """Talks to one model server."""

    def __init__(
        self,
        server: Server,
        refuse: Refuse,
        limits: Limits,
        headers: Mapping[str, str] | None = None,
        *,
        is_repeatable: bool = True,
    ) -> None:
        """`refuse` turns an answer that is none into the error to raise; for the rest see `Connections`."""
        self._server = server
        self._refuse = refuse
        self._limits = limits
        self._connections = connections_to(server.base_url, limits, headers, is_repeatable=is_repeatable)

    async def get(self, path: str) -> dict[str, Any]:
        """Return the JSON object at `path`."""
        return await self._whole("GET", path, None, self._limits.question)

    async def post(self, path: str, body: Body, patience: Patience | None = None) -> dict[str, Any]:
        """Return the JSON object that comes back for `body`."""
        return await self._whole("POST", path, body, patience or self._limits.question)

    async def lines(self, path: str, body: Body) -> AsyncGenerator[list[bytes], None]:
        """Stream the lines that come back for `body`, those together that come together.

        Closing the generator closes the connection.
        """
        splitter = LineSplitter(self._limits.line_bytes)
        async with self._exchange("POST", path, body, self._limits.generation) as exchange:
            while (piece := await exchange.piece()) is not None:
                lines: list[bytes] = []
                try:
                    for line in splitter.feed(piece):
                        lines.append(line)
                except Garbled:
                    if lines:
                        yield lines
                    raise
                if lines:
                    yield lines
        if rest := splitter.rest():
            yield [rest]

    def ask(self, path: str, body: Body, patience: Patience) -> Exchange:
        """Return the exchange for `body`, to be entered. The reader calls `progressed` for what brings it further."""
        return self._exchange("POST", path, body, patience, waits_for_progress=True)

    async def settle(self, lines: AsyncGenerator[list[bytes], None]) -> None:
        """Give a finished stream a moment to end its body, after which its connection can be used again."""
        with suppress(TimeoutError, BackendError):
            async with asyncio.timeout(self._limits.settle_ms / 1000):
                await anext(lines, None)

    async def aclose(self) -> None:
        """Close every connection. Streams that still run end with an error."""
        await self._connections.aclose()

    async def _whole(self, method: str, path: str, body: Body | None, patience: Patience) -> dict[str, Any]:
        pieces = []
        async with self._exchange(method, path, body, patience) as exchange:
            while (piece := await exchange.piece()) is not None:
                pieces.append(piece)
        return read_object(b"".join(pieces), self._server.title)

    def _exchange(
        self, method: str, path: str, body: Body | None, patience: Patience, *, waits_for_progress: bool = False
    ) -> Exchange:
        call = Call(method, path, body, patience, asyncio.get_running_loop().time(), waits_for_progress)
        return Exchange(call, self._connections, self._server, self._refuse, self._limits)


class Exchange:
    """One request and its answer, inside all limits. Entering sends the request; leaving closes the connection.

    A class and no generator: a piece of an answer passes one frame here, not one for each thing that is seen to.
    """

    def __init__(
        self, call: Call, connections: Connections | NearConnections, server: Server, refuse: Refuse, limits: Limits
    ) -> None:
        self._call = call
        self._connections = connections
        self._server = server
        self._refuse = refuse
        self._limits = limits
        self._answer: Answer | NearAnswer | None = None
        self._pieces: AsyncGenerator[bytes, None] | None = None
        self._size = 0
        self._limit_s = call.begin_by_s
        """When the next piece must have come, on the loop's clock."""
        self._is_begun = not call.waits_for_progress

    async def __aenter__(self) -> Self:
        """Send the request, and see that the answer is a good one.

        Raises:
            BackendError: it is not, or none came.
        """
        call = self._call
        content = None if call.body is None else encode(call.body)
        try:
            async with asyncio.timeout_at(call.begin_by_s):
                answer = await self._connections.send(call.method, call.path, content)
        except BackendError:
            raise
        except Exception as error:
            raise self._failed(error, is_begun=False) from error
        self._answer = answer
        self._pieces = answer.body()
        if not 200 <= answer.status < 300 or answer.header("content-encoding"):
            try:
                await self._check(answer)
            except BaseException:
                await self.__aexit__()
                raise
        return self

    async def __aexit__(self, *_: object) -> None:
        try:
            if self._pieces is not None:
                await self._pieces.aclose()
        finally:
            if self._answer is not None:
                await self._answer.aclose()

    def header(self, name: str) -> str:
        """Return a header of the answer, empty if there is none."""
        return self._answer.header(name) if self._answer else ""

    def progressed(self) -> None:
        """Say that the answer has come further: the limit on the first byte gives way to the one on a stall."""
        self._is_begun = True
        call = self._call
        self._limit_s = min(call.until_s, asyncio.get_running_loop().time() + call.patience.stall_ms / 1000)

    async def settle(self) -> None:
        """Give a finished answer a moment to end its body, after which its connection can be used again."""
        with suppress(TimeoutError, BackendError):
            async with asyncio.timeout(self._limits.settle_ms / 1000):
                while await self.piece() is not None:
                    pass

    async def piece(self) -> bytes | None:
        """Return the next piece of the body, as it comes; `None` at its end.

        Raises:
            BackendError: it broke off, took too long, or grew too long.
        """
        assert self._pieces is not None, "the exchange is entered before it is read"
        try:
            async with asyncio.timeout_at(self._limit_s):
                piece = await anext(self._pieces, None)
        except TimeoutError as error:
            raise too_slow(self._server, self._call, is_begun=self._is_begun) from error
        except Exception as error:
            raise self._failed(error, is_begun=True) from error
        if piece is None:
            return None
        self._size += len(piece)
        if self._size > self._limits.answer_bytes:
            limit = self._limits.answer_bytes
            raise Garbled(f"{self._server.title} sent more than {limit:,} bytes", cause="too-large")
        if not self._call.waits_for_progress:
            self.progressed()
        return piece

    async def _check(self, answer: Answer | NearAnswer) -> None:
        """Raise what an answer means that is none, or that cannot be read."""
        if not 200 <= answer.status < 300:
            raise self._refuse(answer.status, await self._error_body(), self._call.body or {}, answer.header)
        if answer.header("content-encoding").strip().lower() not in ("", "identity"):
            raise Garbled(f"{self._server.title} sent a compressed answer, which was not asked for", cause="compressed")

    async def _error_body(self) -> bytes:
        """Return the beginning of an error's body; a body that breaks off still has one."""
        body = b""
        self._limit_s = min(self._limit_s, asyncio.get_running_loop().time() + self._limits.error_ms / 1000)
        with suppress(BackendError):
            while len(body) < self._limits.error_bytes and (piece := await self.piece()) is not None:
                body += piece
        return body[: self._limits.error_bytes]

    def _failed(self, error: Exception, *, is_begun: bool) -> BackendError:
        """Return what the client raised as one of the tree of `tierlsp.errors`.

        The client has some that are outside of its own tree (bad URLs, encodings, closed streams), and `FimBackend`
        promises that nothing but `BackendError` comes out.
        """
        if isinstance(error, TimeoutError):
            return too_slow(self._server, self._call, is_begun=is_begun)
        if isinstance(error, Unreached):
            return of_unreached(self._server, error, is_begun=is_begun)
        return of_client(self._server, error, is_begun=is_begun)
