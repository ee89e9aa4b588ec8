"""Plain HTTP to a model server on this machine: a few connections, kept while they are of use.

The HTTP client for everything else has proxies, certificates, redirects and cookies to see to. None of them exist
here, and what they cost (2 ms of processor time for each answer, and a quarter of a second to import) would be most of
what the server takes for a completion. h11 is the part of that client that knows HTTP.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tierlsp.backends.limits import Limits
from tierlsp.backends.places import Places
from tierlsp.backends.unreached import Unreached
from tierlsp.errors import SettingsError, Unavailable
from tierlsp.settings.addresses import is_loopback, read_base_url

if TYPE_CHECKING:
    import h11

    from tierlsp.backends.line import Line

HTTP_PORT = 80


def is_near(base_url: str) -> bool:
    """Whether `base_url` is plain HTTP to this machine, and nobody could read it otherwise."""
    try:
        return base_url.startswith("http:") and read_base_url(base_url) == base_url and is_loopback(base_url)
    except SettingsError:
        return False


class NearAnswer:
    """An answer whose head has come, and the connection that its body comes on."""

    def __init__(self, response: h11.Response, line: Line, connections: NearConnections) -> None:
        self._response = response
        self._line = line
        self._connections = connections
        self._is_closed = False

    @property
    def status(self) -> int:
        """The status of HTTP."""
        return self._response.status_code

    def header(self, name: str) -> str:
        """Return a header's value, empty if there is none."""
        wanted = name.lower().encode("ascii")
        return ", ".join(value.decode("latin-1") for key, value in self._response.headers if key == wanted)

    def body(self) -> AsyncGenerator[bytes, None]:
        """Stream the body's bytes as they come, neither unpacked nor decoded."""
        return self._line.body()

    async def aclose(self) -> None:
        """Close the connection, unless the whole body has been read: then it is kept."""
        if not self._is_closed:
            self._is_closed = True
            self._connections.take_back(self._line)


class NearConnections:
    """The connections to one server on this machine. They are made when they are needed."""

    def __init__(self, base_url: str, limits: Limits, headers: Mapping[str, str], *, is_repeatable: bool) -> None:
        """Prepare; nothing is connected yet. `base_url` `is_near`; for the rest see `Connections`."""
        parts = urlsplit(base_url)
        self._host, self._port, self._path = parts.hostname or "", parts.port or HTTP_PORT, parts.path
        self._headers = [("host", parts.netloc), *headers.items()]
        self._limits = limits
        self._is_repeatable = is_repeatable
        self._places = Places(limits.connections, limits.pool_ms / 1000)
        self._idle: list[Line] = []
        self._running: set[Line] = set()
        self._is_closed = False

    async def send(self, method: str, path: str, content: bytes | None) -> NearAnswer:
        """Send a request and wait for the head of its answer, which the caller must close.

        Raises:
            Unreached: there is none.
            Unavailable: the connections are closed for good.
        """
        await self._places.take()
        try:
            if not self._is_repeatable:
                # A connection that was closed a moment ago must not be tried: the loop needs two rounds to notice.
                await _round()
                await _round()
            line = self._kept_line()
            if line is not None:
                try:
                    return await self._ask(line, method, path, content)
                except Unreached:
                    # llama.cpp closes the connection after every stream, and after 5 s without a request, although it
                    # promises to keep it. That is no fault of the model, and nothing of the answer is lost.
                    if not self._is_repeatable:
                        raise
                    self._close_idle()
            return await self._ask(await self._new_line(), method, path, content)
        except BaseException:
            self._places.leave()
            raise

    async def aclose(self) -> None:
        """Close every connection. Answers that are being read break off."""
        self._is_closed = True
        self._close_idle()
        for line in self._running:
            line.close()

    def take_back(self, line: Line) -> None:
        """Take a connection whose answer is done with: it is kept if it can be used again, and closed otherwise."""
        self._running.discard(line)
        self._places.leave()
        if self._is_closed or len(self._idle) >= self._limits.idle_connections or not line.starts_anew():
            line.close()
        else:
            line.idle_since_s = asyncio.get_running_loop().time()
            self._idle.append(line)

    async def _ask(self, line: Line, method: str, path: str, content: bytes | None) -> NearAnswer:
        headers = self._headers
        if content is not None:
            headers = [*headers, ("content-type", "application/json"), ("content-length", str(len(content)))]
        self._running.add(line)
        try:
            return NearAnswer(await line.ask(method, self._path + path, headers, content), line, self)
        except BaseException:
            self._running.discard(line)
            line.close()
            raise

    def _kept_line(self) -> Line | None:
        """Return the connection that was used last, if it still looks usable."""
        oldest_s = asyncio.get_running_loop().time() - self._limits.idle_ms / 1000
        while self._idle:
            line = self._idle.pop()
            if line.is_quiet and line.idle_since_s > oldest_s:
                return line
            line.close()
        return None

    async def _new_line(self) -> Line:
        self._check_in_use()
        # h11 takes 10 ms to import, and is there already: `load_near`.
        from tierlsp.backends.line import connect

        line = await connect(self._host, self._port, self._limits.connect_ms / 1000)
        if self._is_closed:
            line.close()
        self._check_in_use()
        return line

    def _check_in_use(self) -> None:
        if self._is_closed:
            raise Unavailable("this model server is no longer in use", cause="closed")

    def _close_idle(self) -> None:
        while self._idle:
            self._idle.pop().close()


async def _round() -> None:
    """Let the event loop see what has come meanwhile."""
    loop = asyncio.get_running_loop()
    passed = loop.create_future()
    loop.call_soon(lambda: None if passed.done() else passed.set_result(None))
    await passed


def load_near() -> None:
    """Import what is needed at the first request. May be called from any thread."""
    import tierlsp.backends.line  # noqa: F401
