"""What an HTTP status other than "here it is" means: one table for all model servers.

A backend looks first for what its own server says in its own words, and falls back on this.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tierlsp.backends.payload import excerpt, one_line
from tierlsp.errors import BackendError, Overloaded, Rejected, Unavailable

Header = Callable[[str], str]
"""Takes a header's name, returns its value, empty if there is none."""

Refuse = Callable[[int, bytes, Mapping[str, object], Header], BackendError]
"""Takes status, body (its first 64 kB), the request's body and the answer's headers; returns the error to raise."""

OUT_OF_MEMORY = (
    "out of memory",
    "requires more system memory",
    "not enough memory",
    "unable to allocate",
    "failed to allocate",
    "cudamalloc failed",
    "signal: killed",
)
"""Parts of what Ollama and llama.cpp say when a model does not fit, in lower case.

The last one is what Ollama makes of a model process that the kernel's out-of-memory killer has ended.
"""


@dataclass(frozen=True, slots=True)
class Server:
    """A model server, as messages name it."""

    name: str
    base_url: str
    mend: str
    """What to do where nobody answers, such as `start it with: ollama serve`."""

    @property
    def place(self) -> str:
        """The address, without a user name or password that it may hold."""
        return one_line(re.sub(r"//[^/]*@", "//", self.base_url))

    @property
    def title(self) -> str:
        """Name and address."""
        return f"{self.name} at {self.place}"


def refusal(server: Server, status: int, words: str) -> BackendError:
    """Return the error for a status.

    Args:
        server: who answered.
        status: an HTTP status outside 200 to 299.
        words: what the server said, on one line; may be empty.
    """
    said = f": {words}" if words else ""
    if is_out_of_memory(words):
        return out_of_memory(server, words)
    if status in _FIXED:
        kind, cause, what = _FIXED[status]
        return kind(f"{server.title} {what} (status {status}){said}", cause=cause)
    if 300 <= status < 400:
        return Rejected(
            f"{server.title} redirects (status {status}), which is not followed; set its real `baseUrl`",
            cause="redirect",
        )
    if status >= 500:
        return Unavailable(f"{server.title} failed (status {status}){said}", cause="server-error")
    return Rejected(f"{server.title} refused the request (status {status}){said}", cause="rejected")


def is_out_of_memory(words: str) -> bool:
    """Whether a server's words say that a model does not fit into memory."""
    lower = words.lower()
    return any(sign in lower for sign in OUT_OF_MEMORY)


def out_of_memory(server: Server, words: str) -> BackendError:
    """Return the error for a model that does not fit."""
    return Overloaded(
        f"{server.name} has not enough memory for the model: {words}; take a smaller one",
        cause="out-of-memory",
    )


def said_in(body: bytes, words: str) -> str:
    """Return `words`, the sentence found in an error's JSON, or else the beginning of `body`."""
    return one_line(words) or excerpt(body)


_FIXED: Mapping[int, tuple[type[BackendError], str, str]] = {
    401: (Rejected, "unauthorised", "wants a key or a login"),
    403: (Rejected, "unauthorised", "does not let us in"),
    404: (Rejected, "not-found", "knows nothing of what was asked for; check `baseUrl`"),
    408: (Unavailable, "timeout", "gave up waiting"),
    429: (Overloaded, "rate-limit", "has had too many requests"),
    # Nginx's number for a client that went away; Ollama's for a request that it dropped from its queue.
    499: (Unavailable, "dropped", "dropped the request"),
    501: (Rejected, "unsupported", "cannot do what was asked"),
    502: (Unavailable, "gateway", "cannot reach the model behind it"),
    503: (Overloaded, "busy", "has no room for the request"),
    504: (Unavailable, "gateway", "waited too long for the model behind it"),
}
"""Statuses with a meaning of their own: error, cause, what the server does."""
