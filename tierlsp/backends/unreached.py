"""Why there is no answer, or only a part of one, on a connection of our own."""

from __future__ import annotations

from enum import Enum


class Fault(Enum):
    """What went wrong with a connection."""

    REFUSED = "refused"
    UNKNOWN_HOST = "unknown-host"
    CONNECT_TIMEOUT = "connect-timeout"
    NO_PLACE = "pool"
    """As many requests as may run at a time are under way."""
    DROPPED = "dropped"
    """The other side closed it, or it broke."""
    NOT_HTTP = "not-http"


class Unreached(Exception):
    """A request has no answer. `backends/http.py` says it in a sentence that names the server."""

    def __init__(self, fault: Fault) -> None:
        """`fault` is what went wrong."""
        super().__init__(fault.value)
        self.fault = fault
