"""The exception tree.

    TierlspError
    ├── SettingsError            a setting is wrong; names the key and what is used instead
    ├── BackendError             a model server did not give what was asked
    │   ├── Unavailable          no connection, timed out, still loading     → wait, fall back
    │   ├── Overloaded           queue full, 429, 503, out of memory         → wait longer, fall back
    │   ├── Rejected             400, 401, 403, unknown model, cannot fill   → tell once, fall back
    │   └── Garbled              an answer that cannot be read, or cut short → fall back
    └── StaleDocument            the text moved under the request

Every message is one sentence for a person: what happened, and what to do where something can be done.
Foreign exceptions are mapped to this tree in one place per library (`backends/http.py` for the HTTP client).
"""

from __future__ import annotations


class TierlspError(Exception):
    """Anything that this package raises on purpose. `str()` of it is one sentence for a person."""


class SettingsError(TierlspError):
    """A setting that cannot be used."""


class BackendError(TierlspError):
    """A model server did not give what was asked.

    `cause` is a short stable name, such as `refused` or `model-missing`, by which a message is shown once until the
    cause is cured.
    """

    def __init__(self, message: str, *, cause: str) -> None:
        super().__init__(message)
        self.cause = cause


class Unavailable(BackendError):
    """Nobody answers: no connection, a time-out, a model that is still loading."""


class Overloaded(BackendError):
    """The server is there and has no room: queue full, rate limit, out of memory."""


class Rejected(BackendError):
    """The server understood and refused; asking again in the same way is useless."""


class Garbled(BackendError):
    """The answer cannot be read, is too large, or stopped before its end."""


class StaleDocument(TierlspError):
    """The document is at another version than the one asked about."""
