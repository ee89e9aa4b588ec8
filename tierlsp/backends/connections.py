"""The HTTP client itself: when it is imported, how it is set up, and when its connections are replaced.

The client, httpx2, is imported on first use and in a thread. That takes 100 to 250 ms with all that comes
with it, which neither the start of the server nor its event loop can spare.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import suppress
from functools import cache, partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tierlsp import __version__
from tierlsp.backends.limits import Limits
from tierlsp.backends.near import NearConnections, is_near
from tierlsp.errors import Rejected, Unavailable
from tierlsp.settings.addresses import is_loopback

if TYPE_CHECKING:
    import httpx2

HEADERS = {
    "user-agent": f"tierlsp/{__version__}",
    # The client offers gzip by itself and then unpacks without a limit: 204 kB became 200 MB.
    "accept-encoding": "identity",
    "accept": "*/*",
}

Send = Callable[["httpx2.Request"], Awaitable["httpx2.Response"]]


def load_client() -> None:
    """Import the HTTP client and what it imports only at its first request. May be called from any thread."""
    httpx2 = importlib.import_module("httpx2")
    # A transport brings in the connection pool, and anyio's loop the sockets; together they take as long
    # again.
    httpx2.AsyncHTTPTransport(verify=False, trust_env=False)
    with suppress(ImportError):
        importlib.import_module("anyio._backends._asyncio")
    for name in ("httpx2", "httpcore2"):
        # A line for every request, at level INFO, is more than the log needs.
        logging.getLogger(name).setLevel(logging.WARNING)


@cache
def tls_context() -> ssl.SSLContext:
    """Return what checks certificates, one for all servers: loading it takes 20 to 60 ms.

    May be called from any thread. The system's own store of certificates is used, so that those of a company count.
    """
    httpx2 = importlib.import_module("httpx2")
    context: ssl.SSLContext = httpx2.create_ssl_context()
    # Python sets it from SSLKEYLOGFILE: whoever sets that could read along.
    with suppress(AttributeError, TypeError):
        context.keylog_filename = None  # type: ignore[assignment]
    return context


class _Pool:
    """Connections to one server, and how many answers are being read from them."""

    def __init__(self, send: Send, close: Callable[[], Awaitable[None]]) -> None:
        self.send = send
        self.close = close
        self.running = 0
        self.is_retired = False

    async def leave(self) -> None:
        """Say that an answer is done with. The last one out of a retired pool closes it."""
        self.running -= 1
        if self.is_retired and self.running == 0:
            await self.close()

    async def retire(self) -> None:
        """Take nothing more; the answers that are being read are left to finish."""
        self.is_retired = True
        if self.running == 0:
            await self.close()


class Answer:
    """An answer whose head has come, and the connection that its body comes on."""

    def __init__(self, response: httpx2.Response, pool: _Pool) -> None:
        self._response = response
        self._pool = pool

    @property
    def status(self) -> int:
        """The status of HTTP."""
        return self._response.status_code

    def header(self, name: str) -> str:
        """Return a header's value, empty if there is none."""
        value: str = self._response.headers.get(name, "")
        return value

    def body(self) -> AsyncGenerator[bytes, None]:
        """Stream the body's bytes as they come, neither unpacked nor decoded."""
        # Not `aiter_raw`, which only counts and cuts what comes here anyhow.
        stream: Any = self._response.stream
        pieces: AsyncGenerator[bytes, None] = stream.__aiter__()
        return pieces

    async def aclose(self) -> None:
        """Close the connection, unless the whole body has been read: then it is kept."""
        try:
            # Closing can fail only in ways that leave the connection closed.
            with suppress(Exception):
                await self._response.aclose()
        finally:
            await self._pool.leave()


class _NeedsFreshPool(Exception):
    """Nothing of an answer has come, and kept connections are to blame: a new pool may do better."""


class Connections:
    """The connections to one server. They are made when they are needed."""

    def __init__(
        self,
        base_url: str,
        limits: Limits,
        headers: Mapping[str, str] | None = None,
        *,
        is_repeatable: bool = True,
    ) -> None:
        """Prepare; nothing is connected yet.

        Args:
            base_url: in normal form (`settings/addresses.py`).
            limits: of the connections.
            headers: sent with every request; may hold a key, and are shown nowhere.
            is_repeatable: whether a request may be sent once more where a kept connection turns out to be closed.
                It may not where an answer is paid for: the server may have begun on it.
        """
        self._base_url = base_url
        self._headers = {**HEADERS, **(headers or {})}
        self._headers_with_body = {**self._headers, "content-type": "application/json"}
        self._is_repeatable = is_repeatable
        self._limits = limits
        # Reading and writing have the limits of `Patience`; the client's own start anew with every byte.
        self._timeouts = {"connect": limits.connect_ms / 1000, "pool": limits.pool_ms / 1000}
        self._pool: _Pool | None = None
        self._urls: dict[str, httpx2.URL] = {}
        """By path: taking an address apart costs a tenth of a request."""
        self._retired: set[_Pool] = set()
        """Pools that took their last call, some of whose answers are still being read."""
        self._is_loaded = False
        self._is_closed = False

    async def send(self, method: str, path: str, content: bytes | None) -> Answer:
        """Send a request and wait for the head of its answer, which the caller must close.

        Args:
            method: of HTTP.
            path: what is put after the base URL.
            content: JSON, if the request has a body.

        Raises:
            Exception: whatever the client raises.
        """
        pool = await self._current_pool()
        try:
            return await self._sent_once(pool, method, path, content)
        except _NeedsFreshPool:
            await self._give_up(pool)
        return await self._sent_once(await self._current_pool(), method, path, content, is_last=True)

    async def aclose(self) -> None:
        """Close every connection. Answers that are being read break off."""
        self._is_closed = True
        pools = {*self._retired, *([self._pool] if self._pool else [])}
        self._pool = None
        self._retired.clear()
        for pool in pools:
            await pool.close()

    async def _sent_once(
        self, pool: _Pool, method: str, path: str, content: bytes | None, *, is_last: bool = False
    ) -> Answer:
        import httpx2

        is_kept = True

        async def watch(event: str, details: Mapping[str, object]) -> None:
            nonlocal is_kept
            if event == "connection.connect_tcp.started":
                is_kept = False

        pool.running += 1
        try:
            request = httpx2.Request(
                method,
                self._url(path),
                headers=self._headers if content is None else self._headers_with_body,
                content=content,
                extensions={"trace": watch, "timeout": self._timeouts},
            )
            return Answer(await pool.send(request), pool)
        except BaseException as error:
            await pool.leave()
            if is_last:
                raise
            if isinstance(error, httpx2.PoolTimeout):
                raise _NeedsFreshPool from error
            # llama.cpp closes the connection after every stream, and after 5 s without a request, although it
            # promises to keep it. That is no fault of the model, and nothing of the answer is lost.
            if is_kept and self._is_repeatable and isinstance(error, httpx2.RemoteProtocolError | httpx2.NetworkError):
                raise _NeedsFreshPool from error
            raise

    def _url(self, path: str) -> httpx2.URL:
        import httpx2

        url = self._urls.get(path)
        if url is None:
            url = httpx2.URL(self._base_url + path)
            # Readers of addresses can disagree (`http://right@wrong/`); a key must not go where they do.
            if url.host != (urlsplit(self._base_url).hostname or ""):
                raise Rejected(f"it is not clear which host {url.host!r} is; check `baseUrl`", cause="bad-url")
            self._urls[path] = url
        return url

    async def _current_pool(self) -> _Pool:
        if not self._is_loaded:
            await asyncio.to_thread(load_client)
            if self._base_url.startswith("https:"):
                await asyncio.to_thread(tls_context)
            self._is_loaded = True
        if self._is_closed:
            raise Unavailable("this model server is no longer in use", cause="closed")
        if self._pool is None:
            self._pool = _open_pool(self._base_url, self._limits)
        return self._pool

    async def _give_up(self, pool: _Pool) -> None:
        """Use `pool` no more, unless somebody else has seen to that meanwhile."""
        if self._pool is pool:
            self._pool = None
            self._retired = {retired for retired in self._retired if retired.running} | {pool}
            await pool.retire()


def connections_to(
    base_url: str, limits: Limits, headers: Mapping[str, str] | None = None, *, is_repeatable: bool = True
) -> Connections | NearConnections:
    """Return the connections to a server; the arguments are those of `Connections`."""
    if is_near(base_url):
        return NearConnections(base_url, limits, {**HEADERS, **(headers or {})}, is_repeatable=is_repeatable)
    return Connections(base_url, limits, headers, is_repeatable=is_repeatable)


def _open_pool(base_url: str, limits: Limits) -> _Pool:
    import httpx2

    is_secure = base_url.startswith("https:")
    http_limits = httpx2.Limits(
        max_connections=limits.connections,
        max_keepalive_connections=limits.idle_connections,
        keepalive_expiry=limits.idle_ms / 1000,
    )
    if is_secure and not is_loopback(base_url):
        # The whole client, since it alone knows the proxies of the environment.
        client = httpx2.AsyncClient(verify=tls_context(), follow_redirects=False, limits=http_limits)
        return _Pool(partial(client.send, stream=True), client.aclose)
    # The client's own transport, without redirects, cookies and sign-in around it, which take a quarter of a request's
    # time. HTTP_PROXY and ALL_PROXY would send to the proxy what is for 127.0.0.1: text would leave the machine.
    # Loading the certificates takes 20 to 30 ms, and plain HTTP has no use for them.
    verify = tls_context() if is_secure else False
    transport = httpx2.AsyncHTTPTransport(verify=verify, trust_env=False, limits=http_limits)
    return _Pool(transport.handle_async_request, transport.aclose)
