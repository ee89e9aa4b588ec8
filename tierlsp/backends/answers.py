"""How every chat answer is read, whatever its format: events in, pieces of text out, one honest end.

A format is a `Reading`: it understands one event at a time and knows when the answer is whole. What is the same for all
is here: framing, the tolerance for one event that cannot be read, what an error is told about what had come.

**Law:** an answer that does not come to its format's own end raises; it is never passed off as complete.
"""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, Protocol

from tierlsp.backends.chat import ChatChunk, ChatRequest, TokenUsage
from tierlsp.backends.complaints import error_in
from tierlsp.backends.http import Body, Exchange, HttpClient
from tierlsp.backends.limits import Limits, Patience
from tierlsp.backends.payload import LineSplitter, excerpt
from tierlsp.backends.refusals import Header, Server
from tierlsp.backends.sse import Event
from tierlsp.errors import BackendError, Garbled

_LOG = logging.getLogger(__name__)

TOLERATED = 1
"""Events of one answer that may be unreadable. One is a slip of a proxy; with the second nothing can be relied on."""


class Reading(Protocol):
    """One answer on its way, as its format understands it."""

    has_begun: bool
    """Whether the model has said or thought anything, which must be paid."""

    @property
    def usage(self) -> TokenUsage | None:
        """What the server has told of the usage so far."""

    def is_over(self) -> bool:
        """Whether nothing more is to be read."""

    def headers(self, header: Header) -> None:
        """Take what the answer's headers tell."""

    def take(self, answer: Mapping[str, Any]) -> str:
        """Understand one event, and return the text in it.

        Raises:
            BackendError: it is an error.
            TypeError: its form is none that the format has.
        """

    def take_whole(self, answer: Mapping[str, Any]) -> str:
        """The same for an answer that comes all at once."""

    def end_mark(self) -> None:
        """Note that the server has said that no more events come."""

    def last(self) -> ChatChunk:
        """Return the chunk that ends the answer, without text.

        Raises:
            Garbled: it was cut short.
        """


class Frames(Protocol):
    """Cuts lines into events."""

    stray: list[bytes]

    def feed(self, line: bytes) -> Event | None:
        """Return the event that a line completes."""

    def rest(self) -> Event | None:
        """Return the event that was begun."""


class JsonLines:
    """One JSON object a line."""

    def __init__(self) -> None:
        self.stray: list[bytes] = []

    def feed(self, line: bytes) -> Event | None:
        """Return the event in `line`."""
        return Event(line) if line.strip() else None

    def rest(self) -> Event | None:
        """Return nothing: no event goes on over a line's end."""
        return None


async def answer_to(
    http: HttpClient,
    asked: tuple[str, Body],
    request: ChatRequest,
    reading: Reading,
    whole: tuple[Server, Limits, Frames],
) -> AsyncGenerator[ChatChunk, None]:
    """Ask, and yield the answer.

    Args:
        http: who is asked.
        asked: path and body.
        request: what the body was made of.
        reading: understands the answer.
        whole: the server as messages name it, the limits, and how a stream is cut into events.

    Raises:
        BackendError: as `ChatBackend` promises it.
    """
    server, limits, frames = whole
    path, body = asked
    patience = request.patience if request.is_streamed else _for_all_at_once(request.patience)
    try:
        async with http.ask(path, body, patience) as exchange:
            if not request.is_streamed:
                # In front of a stream a gateway does not know yet what it will cost.
                reading.headers(exchange.header)
            reader = _Reader(server, limits, reading, frames)
            pieces = reader.streamed(exchange) if request.is_streamed else reader.plain(exchange)
            try:
                async for chunk in pieces:
                    yield chunk
            finally:
                await pieces.aclose()
    except BackendError as error:
        error.has_begun = error.has_begun or reading.has_begun
        error.usage = error.usage or reading.usage
        raise


def _for_all_at_once(patience: Patience) -> Patience:
    """Return the limits where the first byte comes when the whole answer is written."""
    return replace(patience, first_byte_ms=patience.total_ms)


class _Reader:
    """Reads one answer."""

    def __init__(self, server: Server, limits: Limits, reading: Reading, frames: Frames) -> None:
        self._server = server
        self._limits = limits
        self._reading = reading
        self._frames = frames
        self._skipped = 0
        self._events = 0
        self._unreadable = b""
        """The last event that could not be read."""

    async def streamed(self, exchange: Exchange) -> AsyncGenerator[ChatChunk, None]:
        """Yield the pieces of an answer that comes as events."""
        reading = self._reading
        splitter = LineSplitter(self._limits.line_bytes)
        while not reading.is_over() and (piece := await exchange.piece()) is not None:
            for line in splitter.feed(piece):
                if (event := self._frames.feed(line)) is None:
                    continue
                text = self._text(event)
                # Until the model itself has said something, a provider that only greets is still thinking.
                if reading.has_begun and event.name != "ping":
                    exchange.progressed()
                if text:
                    yield ChatChunk(text)
                if reading.is_over():
                    break
        if not reading.is_over():
            for text in self._at_the_end(splitter.rest()):
                yield ChatChunk(text)
            if self._skipped == self._events and not reading.is_over():
                self._check_readable()
        yield replace(reading.last(), skipped=self._skipped)
        await exchange.settle()

    async def plain(self, exchange: Exchange) -> AsyncGenerator[ChatChunk, None]:
        """Yield an answer that comes all at once, in one chunk.

        Blank lines in front of it only keep the connection open (DeepSeek).
        """
        pieces: list[bytes] = []
        while (piece := await exchange.piece()) is not None:
            if not pieces and not piece.strip():
                continue
            # Should it break off, what had come was written for us; an error, which takes it back, comes whole.
            self._reading.has_begun = True
            exchange.progressed()
            pieces.append(piece)
        if not pieces:
            raise Garbled(f"{self._server.title} sent an empty answer", cause="cut")
        answer = self._whole(b"".join(pieces))
        self._reading.has_begun = False
        text = self._reading.take_whole(answer)
        yield replace(self._reading.last(), text=text)

    def _text(self, event: Event) -> str:
        """Return the text of an event; none for one that cannot be read, as long as that happens once."""
        self._events += 1
        if event.is_end_mark:
            self._reading.end_mark()
            return ""
        try:
            value = json.loads(event.data.decode())
            if event.name == "error" and isinstance(value, dict) and "error" not in value:
                value = {"error": value}
            if isinstance(value, list):
                value = {"error": error_in(value)} if error_in(value) else None
            if not isinstance(value, dict):
                raise TypeError("an event is an object")
            return self._reading.take(value)
        except (ValueError, TypeError, RecursionError) as error:
            # A `ValueError` is broken UTF-8, broken JSON or a number of thousands of digits.
            self._skipped += 1
            self._unreadable = event.data
            if self._skipped > TOLERATED:
                raise Garbled(
                    f"{self._server.title} sent events that cannot be read: {excerpt(event.data)}", cause="not-json"
                ) from error
            _LOG.warning("an event of %s could not be read and was left out", self._server.title)
            return ""

    def _check_readable(self) -> None:
        """Raise if all that came was unreadable: then it was no answer that broke off."""
        if self._unreadable:
            raise Garbled(
                f"{self._server.title} sent something that is not JSON: {excerpt(self._unreadable)}", cause="not-json"
            )

    def _at_the_end(self, line: bytes) -> Iterator[str]:
        """Yield the text of what no line end came after, and raise an error that came as bare JSON."""
        for event in (self._frames.feed(line) if line else None, self._frames.rest()):
            if event is not None and not self._reading.is_over() and (text := self._text(event)):
                yield text
        stray = b"\n".join(self._frames.stray).strip()
        if not stray or self._reading.is_over():
            return
        if not self._events:
            # It is no stream at all: an error, a page for browsers, or a server that does not stream.
            yield self._reading.take_whole(self._whole(stray))
            return
        with suppress(ValueError, RecursionError):
            # Else they are fields that the standard tells us to pass over.
            if error := error_in(json.loads(stray.decode())):
                self._reading.take({"error": error})

    def _whole(self, data: bytes) -> dict[str, Any]:
        """Return the object in a whole answer.

        Raises:
            Garbled: there is none.
        """
        try:
            value = json.loads(data.decode())
        except (ValueError, RecursionError) as error:
            self._reading.has_begun = data.lstrip().startswith(b"{")
            raise Garbled(
                f"{self._server.title} sent something that is not JSON: {excerpt(data)}", cause="not-json"
            ) from error
        if isinstance(value, list) and (error_found := error_in(value)):
            return {"error": error_found}
        if not isinstance(value, dict):
            raise Garbled(f"{self._server.title} sent JSON of an unexpected form: {excerpt(data)}", cause="wrong-form")
        return value
