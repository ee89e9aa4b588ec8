"""What it means that a request has no answer, or only a part of one: our exception, with a sentence for a person."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from tierlsp.backends.limits import Patience
from tierlsp.backends.refusals import Server
from tierlsp.backends.unreached import Fault, Unreached
from tierlsp.errors import BackendError, Garbled, Overloaded, Rejected, Unavailable


class Call(NamedTuple):
    """One request, and when it must be over."""

    method: str
    path: str
    body: Mapping[str, object] | None
    patience: Patience
    started_s: float
    """On the loop's clock, as the next two."""
    waits_for_progress: bool = False
    """Whether the reader says what counts as progress, since a sign of life of the connection may be none."""

    @property
    def begin_by_s(self) -> float:
        """When the first byte of the body must have come."""
        return min(self.until_s, self.started_s + self.patience.first_byte_ms / 1000)

    @property
    def until_s(self) -> float:
        """When it must be over."""
        return self.started_s + self.patience.total_ms / 1000


def too_slow(server: Server, call: Call, *, is_begun: bool) -> BackendError:
    """Return what it means that a limit of time was reached, before or after the answer had begun."""
    if asyncio.get_running_loop().time() >= call.until_s:
        seconds = call.patience.total_ms / 1000
        return Unavailable(f"{server.title} was not done within {seconds:g} s", cause="timeout")
    if is_begun:
        return Unavailable(f"{server.title} stopped in the middle of an answer", cause="timeout")
    seconds = call.patience.first_byte_ms / 1000
    return Unavailable(f"{server.title} did not begin to answer within {seconds:g} s", cause="timeout")


def of_unreached(server: Server, error: Unreached, *, is_begun: bool) -> BackendError:
    """Return our exception for a connection of our own that has failed."""
    fault = error.fault
    if fault is Fault.NO_PLACE:
        return _no_place(server)
    if fault is Fault.CONNECT_TIMEOUT:
        return _takes_none(server)
    if fault is Fault.UNKNOWN_HOST:
        return _unknown_host(server)
    if fault is Fault.REFUSED:
        return _refused(server)
    return _cut(server) if is_begun else _no_answer(server, is_malformed=fault is Fault.NOT_HTTP)


def of_client(server: Server, error: Exception, *, is_begun: bool) -> BackendError:
    """Return our exception for one of the HTTP client's."""
    import httpx2

    if isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout):
        return _not_connected(server, error)
    if isinstance(error, httpx2.PoolTimeout):
        return _no_place(server)
    if isinstance(error, httpx2.UnsupportedProtocol | httpx2.LocalProtocolError | httpx2.InvalidURL):
        return Rejected(f"{server.name} cannot be asked at {server.place!r}: {error}", cause="bad-url")
    if isinstance(error, httpx2.NetworkError | httpx2.ProtocolError):
        return _cut(server) if is_begun else _no_answer(server, is_malformed=_is_malformed(error))
    return Unavailable(f"{server.title} cannot be asked: {type(error).__name__}: {error}", cause="client")


def _not_connected(server: Server, error: Exception) -> BackendError:
    import httpx2

    if isinstance(error, httpx2.ConnectTimeout):
        return _takes_none(server)
    causes = list(_causes(error))
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return Unavailable(f"no safe connection to {server.title} could be made: {error}", cause="tls")
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return _unknown_host(server)
    return _refused(server)


def _no_place(server: Server) -> BackendError:
    return Overloaded(f"too many requests to {server.title} are under way", cause="pool")


def _takes_none(server: Server) -> BackendError:
    return Unavailable(f"{server.title} takes no connections; {server.mend}", cause="connect-timeout")


def _unknown_host(server: Server) -> BackendError:
    return Unavailable(f"the host of {server.title} is not known; check `baseUrl`", cause="unknown-host")


def _refused(server: Server) -> BackendError:
    return Unavailable(f"nobody answers for {server.title}; {server.mend}", cause="refused")


def _cut(server: Server) -> BackendError:
    # To the parser a body that ends too soon and one with broken chunks are the same.
    return Garbled(f"{server.title} broke off in the middle of an answer", cause="cut")


def _no_answer(server: Server, *, is_malformed: bool) -> BackendError:
    if is_malformed:
        return Garbled(f"what answers at {server.place} does not speak HTTP", cause="not-http")
    return Unavailable(f"{server.title} closed the connection without an answer", cause="dropped")


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
