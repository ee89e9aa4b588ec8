"""The generations on one local model: one at a time, each on one connection, and what each of them took.

A second one on the same machine makes both slow (with two slots llama.cpp halved the speed of each), and Ollama
runs one at a time by default. So the latest wins.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass
from enum import Enum

from tierlsp.backends.base import Chunk, FimRequest, Usage
from tierlsp.clock import Clock
from tierlsp.completion.flight import Flight
from tierlsp.completion.rates import Measured, Shadow
from tierlsp.completion.sequel import after, has_enough, is_lead, sequel, text_behind
from tierlsp.completion.supply import Serving
from tierlsp.errors import BackendError, Garbled
from tierlsp.text.cursor import Cursor

logger = logging.getLogger(__name__)


class Purpose(Enum):
    """What a generation is for."""

    ANSWER = "answer"
    """A request waits for it."""
    SPECULATION = "speculation"
    """What may come after the person has taken what is shown."""
    WARMTH = "warmth"
    """The model server is to read a prompt ahead of time; what it writes is of no interest."""


@dataclass(slots=True, eq=False)
class Stream:
    """One connection to the model, and the generations that it wrote so far."""

    purpose: Purpose
    serving: Serving
    request: FimRequest
    started_ms: float
    new_chars: int
    """Characters of the prompt that the server had not read when it was asked."""
    flight: Flight | None = None
    """The generation it is writing now; `None` between two of them."""
    goes_on: bool = False
    """Whether the model is left to run on behind the generation that it begins with."""
    end_of_line: Cursor | None = None
    """The place behind which the text between two generations stands."""
    between: str = ""
    """That text."""
    written: str = ""
    """Everything that came."""
    pieces: int = 0
    first_ms: float | None = None
    last_ms: float = 0.0
    usage: Usage | None = None
    error: BackendError | None = None

    @property
    def prompt(self) -> str:
        """The prompt, or what stands for it where the server makes it."""
        return prompt_of(self.request)

    @property
    def measured(self) -> Measured | None:
        """What it took, as far as it came; `None` if no text came."""
        if self.first_ms is None:
            return None
        usage = self.usage or Usage()
        return Measured(
            new_chars=self.new_chars,
            first_ms=self.first_ms,
            pieces=self.pieces,
            last_ms=self.last_ms,
            prompt_chars=len(self.prompt) if usage.prompt_tokens else 0,
            prompt_tokens=usage.prompt_tokens,
            load_ms=usage.load_ms,
        )


class Flights:
    """Starts and ends generations, and says what became of them.

    Args:
        clock: the time.
        on_progress: called when a generation has new text, or is over.
        on_ended: called when a connection is done with, however it ended.
    """

    def __init__(self, clock: Clock, on_progress: Callable[[Flight], None], on_ended: Callable[[Stream], None]) -> None:
        self._clock = clock
        self._on_progress = on_progress
        self._on_ended = on_ended
        self._task: asyncio.Task[None] | None = None
        self._ending: set[asyncio.Task[None]] = set()
        """Abandoned generations whose connections are being closed."""
        self.shadow = Shadow()
        self.stream: Stream | None = None
        """The connection in use."""
        self.started = 0
        """Generations started."""
        self.abandoned = 0
        """Generations given up before their end."""

    @property
    def current(self) -> Flight | None:
        """The running generation."""
        return self.stream.flight if self.stream is not None else None

    def start(self, stream: Stream) -> None:
        """Start a generation, giving up the one that runs."""
        self.abandon()
        self.stream = stream
        self.started += 1
        self._task = asyncio.get_running_loop().create_task(self._fly(stream))

    def abandon(self) -> None:
        """Give up the running generation, if any: close its connection, at which the server stops the model."""
        stream, self.stream = self.stream, None
        task, self._task = self._task, None
        if task is not None and not task.done():
            self.abandoned += 1
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)
            if task is not asyncio.current_task():
                task.cancel()
            # Otherwise it is the one that told of its progress: it sees that it is not wanted, and ends by itself.
        if stream is not None:
            self._end(stream)

    async def aclose(self) -> None:
        """Give up the running generation and wait until every connection is closed."""
        self.abandon()
        await asyncio.gather(*self._ending, return_exceptions=True)

    async def _fly(self, stream: Stream) -> None:
        error: BackendError | None = None
        try:
            async with aclosing(stream.serving.backend.fim(stream.request)) as chunks:
                async for chunk in chunks:
                    if self.stream is not stream or not self._take(stream, chunk):
                        break
                    if chunk.usage is not None and self.stream is stream:
                        # Nobody has to wait for the connection to be put away.
                        self._finish(stream, None)
        except BackendError as raised:
            error = raised
        except Exception:
            # One failing backend does not take the server down; what it was goes to the log, whole.
            logger.exception("the generation failed in a way that its backend does not know")
            error = Garbled("the model server's answer could not be handled; see the log", cause="bug")
        if self.stream is stream:
            self._finish(stream, error)

    def _take(self, stream: Stream, chunk: Chunk) -> bool:
        """Take a piece of the answer; return whether there should be more."""
        if chunk.usage is not None:
            stream.usage = chunk.usage
        if not chunk.text:
            return True
        stream.last_ms = self._clock.now_ms() - stream.started_ms
        if stream.first_ms is None:
            stream.first_ms = stream.last_ms
            self.shadow.has_read(stream.prompt)
        stream.pieces += chunk.pieces
        stream.written += chunk.text
        if stream.purpose is Purpose.WARMTH:
            return False
        return self._write(stream, chunk.text, is_last=chunk.usage is not None)

    def _write(self, stream: Stream, piece: str, *, is_last: bool) -> bool:
        """Pass a piece on to the generation that it belongs to; return whether there should be more."""
        flight = stream.flight
        if flight is None:
            return self._begin_sequel(stream, piece)
        is_due = flight.write(piece)
        if is_last and "\n" not in flight.raw:
            # The end looks at it once more anyhow, and a text of one line has nothing behind it.
            return True
        return not is_due or self._look(stream, flight)

    def _begin_sequel(self, stream: Stream, piece: str) -> bool:
        """Take a piece that came between two generations, and begin the next one once it has a first character."""
        stream.between += piece
        if stream.end_of_line is None:
            return False
        stream.flight = sequel(stream.end_of_line, stream.between, stream.serving.model, self._clock.now_ms())
        return is_lead(stream.between) if stream.flight is None else self._look(stream, stream.flight)

    def _look(self, stream: Stream, flight: Flight) -> bool:
        """Run the filters on a generation, and end it if it has all it needs; the model may then run on behind it."""
        goes_on = flight.filter(is_final=False) and not has_enough(flight)
        if flight.line_ms is None and flight.whole_lines:
            flight.line_ms = self._clock.now_ms() - flight.started_ms
        if goes_on:
            self._on_progress(flight)
            return True
        behind = text_behind(flight) if stream.goes_on else None
        if behind is not None and flight.is_empty and is_lead(behind):
            # The line was finished before. What comes behind it is the answer, once it begins.
            return True
        stream.goes_on = False
        stream.end_of_line = after(flight.site.cursor, flight.text)
        if behind is not None and flight.is_empty:
            return self._begin_sequel(stream, behind)
        flight.decide()
        stream.flight = None
        self._on_progress(flight)
        # Whoever was told may have started another generation, or closed everything.
        return behind is not None and self.stream is stream and self._begin_sequel(stream, behind)

    def _finish(self, stream: Stream, error: BackendError | None) -> None:
        """End a connection that has come to its end, or broken off."""
        self.stream = None
        task, self._task = self._task, None
        if task is not None:
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)
        flight = stream.flight
        if flight is not None:
            flight.end(error)
        self._end(stream, error)
        if flight is not None:
            self._on_progress(flight)

    def _end(self, stream: Stream, error: BackendError | None = None) -> None:
        if stream.first_ms is not None:
            self.shadow.has_read(stream.prompt, stream.written)
        elif error is not None:
            # The server may have been started anew, with nothing in its memory.
            self.shadow.forget()
        stream.error = error
        self._on_ended(stream)


def prompt_of(request: FimRequest) -> str:
    """Return the prompt of a request, or what stands for it where the server makes it."""
    return request.prompt if request.prompt is not None else f"{request.prefix}\0{request.suffix}"
