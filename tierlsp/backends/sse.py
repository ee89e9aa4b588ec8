"""Server-sent events, from lines of bytes to events. Pure; the rules are those of the HTML standard.

Servers send what is no event as well: an error as bare JSON, a page for browsers. It is kept apart as `stray`, for
whoever reads the answer to judge at its end.
"""

from __future__ import annotations

from dataclasses import dataclass

END_MARK = b"[DONE]"
"""What servers in OpenAI's format send after the last event."""

_FIELDS = frozenset({b"data", b"event", b"id", b"retry", b"error"})
"""Names of fields. The last is not of the standard: llama.cpp of 2024 writes its errors so."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Event:
    """One event."""

    data: bytes
    """Its lines of data, joined by line feeds; never empty."""
    name: str = ""
    """What its field `event` says; `error` for data of a field `error`."""

    @property
    def is_end_mark(self) -> bool:
        """Whether it says that no more events come."""
        return self.data.strip() == END_MARK


class EventReader:
    """Puts events together. A comment is a sign of life of the connection and no event."""

    def __init__(self) -> None:
        self.stray: list[bytes] = []
        """Lines that belong to no event."""
        self._data: list[bytes] = []
        self._name = ""
        self._is_first = True

    def feed(self, line: bytes) -> Event | None:
        r"""Return the event that `line`, without its `\n`, completes."""
        if self._is_first:
            self._is_first = False
            line = line.removeprefix(_BYTE_ORDER_MARK)
        line = line.removesuffix(b"\r")
        if not line:
            return self.rest()
        field, separator, value = line.partition(b":")
        if not field and separator:
            return None
        if field not in _FIELDS:
            self.stray.append(line)
        elif separator:
            self._take(field, value.removeprefix(b" "))
        return None

    def rest(self) -> Event | None:
        """Return the event that was begun, as if a blank line had come: not every server ends its last one with it."""
        data, name = b"\n".join(self._data), self._name
        self._data.clear()
        self._name = ""
        return Event(data, name) if data.strip() else None

    def _take(self, field: bytes, value: bytes) -> None:
        if field == b"event":
            self._name = value.decode(errors="replace").strip()
        elif field in (b"data", b"error"):
            self._data.append(value)
            if field == b"error":
                self._name = "error"
