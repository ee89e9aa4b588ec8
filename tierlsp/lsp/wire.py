"""Framing, reading and writing of JSON-RPC messages.

The reader never waits in a thread pool and never gives up: after a broken frame it goes on at the next header. The
writer keeps the order of what it is given and never blocks the event loop, however slowly the client reads.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import select
import threading
from collections import deque
from collections.abc import Callable, Iterator
from typing import NamedTuple

logger = logging.getLogger(__name__)

MAX_BODY_BYTES = 64 * 1024 * 1024
"""The largest message taken. A 50 MB document fits; a length of gigabytes is a broken header."""

MAX_HEADER_BYTES = 8 * 1024
"""The longest header block taken. Real ones have under 100 bytes."""

MAX_BACKLOG_BYTES = 64 * 1024 * 1024
"""What may wait for a client that does not read; past it the client counts as gone."""

ATOMIC_BYTES = 4096
"""A write of up to this size cannot block once the pipe is writable (POSIX `PIPE_BUF` on Linux; macOS: 512 is the
promise, and a writable pipe there has at least this much room)."""

READ_BYTES = 64 * 1024
"""How much is read at once: what a pipe holds. A larger buffer is mapped and unmapped at every read, for 25 microseconds.
"""

HEADER_LINE_BYTES = 64
"""The longest `Content-Length` line looked for; ten digits and generous blanks fit."""

READS_IN_A_ROW = 8
"""How often the input is read before the loop gets its turn: timers and model answers wait for no more than this."""

# What goes out is made here and holds no circle; looking for one takes a fifth of the time.
_ENCODE = json.JSONEncoder(separators=(",", ":"), allow_nan=False, check_circular=False).encode

_PLAIN_HEADER = re.compile(rb"Content-Length: ([0-9]{1,8})\r\n\r\n")
_HEADER = re.compile(rb"content-length[ \t]*:[ \t]*([0-9]{1,10})[ \t]*\r?\n\Z", re.IGNORECASE)


class Framer:
    """Bytes in, bodies out.

    `Content-Length` is found whatever its case, with or without a space, with either line end. A header line, ended
    by a raw line end, cannot occur inside a JSON body: outside strings it is no JSON, and inside strings line ends are
    escaped. So where one is found inside a body, the body's length was wrong, and reading goes on at that header.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._searched = 0

    def feed(self, data: bytes) -> None:
        """Take what was read."""
        self._buffer += data

    def only_body(self, data: bytes) -> bytes | None:
        """Return the body of `data` if that is one whole message and nothing else; `None`: it must be fed.

        So it comes from an editor nearly always, and need not go through the buffer.
        """
        if self._buffer:
            return None
        plain = _PLAIN_HEADER.match(data)
        if plain is None or len(data) != plain.end() + int(plain[1]):
            return None
        return data[plain.end() :]

    def bodies(self) -> Iterator[bytes]:
        """Yield every body that is complete. `recover` may be called between two of them."""
        while (body := self._next()) is not None:
            yield body

    def recover(self, body: bytes) -> None:
        """Say that `body` is no JSON: if it swallowed another message's header, or a part of one, go back to there."""
        header = _find_header(body, 0)
        if header:
            logger.warning("a message had a wrong length; going on at the next header")
        # Where no whole header is, the last bytes may be the beginning of one. If not, they are skipped as any others.
        self._buffer[:0] = body[header.start if header else -HEADER_LINE_BYTES :]
        self._searched = 0

    def _next(self) -> bytes | None:
        buffer = self._buffer
        if not buffer:
            return None
        plain = _PLAIN_HEADER.match(buffer)
        if plain is not None and len(buffer) >= (end := plain.end() + int(plain.group(1))):
            # Nearly every message there is: the header as clients write it, and the whole body behind it.
            body = bytes(buffer[plain.end() : end])
            self._skip(end)
            return body
        return self._next_of_any_form()

    def _next_of_any_form(self) -> bytes | None:
        buffer = self._buffer
        while True:
            header = _find_header(buffer, 0)
            if header is None:
                self._drop_all_but_a_possible_header()
                return None
            start = _end_of_headers(buffer, header.end)
            if start is None:
                if len(buffer) - header.start > MAX_HEADER_BYTES:
                    self._skip(header.end)
                    continue
                return None
            later = _find_header(buffer[:start], header.end) if start - header.end > HEADER_LINE_BYTES else None
            if later is not None:
                # Damage ran into the header of a message: the length nearest to the body is that message's.
                self._skip(later.start)
                continue
            if header.length > MAX_BODY_BYTES:
                logger.warning("a message of %d bytes was announced and skipped", header.length)
                self._skip(start)
                continue
            end = start + header.length
            if len(buffer) >= end:
                body = bytes(buffer[start:end])
                self._skip(end)
                return body
            if not self._overtaken(start):
                return None

    def _overtaken(self, start: int) -> bool:
        """Whether another header came before the body was complete; if so, go on there."""
        header = _find_header(self._buffer, max(start, self._searched))
        # A header may arrive in two pieces, so the next search begins a little before the end.
        self._searched = max(start, len(self._buffer) - HEADER_LINE_BYTES)
        if header is None:
            return False
        logger.warning("a message was shorter than announced and is skipped")
        self._skip(header.start)
        return True

    def _skip(self, count: int) -> None:
        del self._buffer[:count]
        self._searched = 0

    def _drop_all_but_a_possible_header(self) -> None:
        if len(self._buffer) > MAX_HEADER_BYTES:
            logger.warning("%d bytes without a header were skipped", len(self._buffer) - 64)
            self._skip(len(self._buffer) - 64)


class _Header(NamedTuple):
    """A `Content-Length` line: where it stands and what it says."""

    start: int
    end: int
    length: int


def _find_header(data: bytes | bytearray, start: int) -> _Header | None:
    """Return the first `Content-Length` line at or after `start`.

    Goes from line end to line end: a body of fifty megabytes has none, and is searched at the speed of `memchr`.
    """
    position = start
    while (line_end := data.find(b"\n", position)) >= 0:
        window = max(start, line_end + 1 - HEADER_LINE_BYTES)
        match = _HEADER.search(data[window : line_end + 1])
        if match:
            return _Header(window + match.start(), line_end + 1, int(match.group(1)))
        position = line_end + 1
    return None


def _end_of_headers(buffer: bytearray, start: int) -> int | None:
    """Return where the body begins: behind the blank line at or after `start`; `None` if it has not come yet."""
    while True:
        line_end = buffer.find(b"\n", start)
        if line_end < 0:
            return None
        if not buffer[start:line_end].strip():
            return line_end + 1
        start = line_end + 1


def frame(message: object) -> bytes:
    """Return `message` as JSON with its header.

    Raises:
        TypeError, ValueError: it cannot be written as JSON.
    """
    # Only ASCII is written: a lone surrogate in a document's text survives, and every length is exact.
    body = _ENCODE(message).encode("ascii")
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


class Writer:
    """Writes frames to one file descriptor, in the order given.

    A small frame for a client that keeps up is written at once by the caller. Everything else goes to a thread, and
    whatever follows waits behind it.
    """

    def __init__(self, fd: int, on_gone: Callable[[], None]) -> None:
        """`on_gone` is called once, from any thread, when the client has closed its end or stopped reading."""
        self._fd = fd
        self._on_gone = on_gone
        self._lock = threading.Condition()
        self._queue: deque[bytes] = deque()
        self._backlog = 0
        self._is_closed = False
        self._is_gone = False
        self._thread: threading.Thread | None = None
        self._is_writable = _poller(fd, for_reading=False)

    def send(self, data: bytes) -> None:
        """Write `data`, now or in turn."""
        with self._lock:
            if self._is_closed or self._is_gone:
                return
            if not self._backlog and len(data) <= ATOMIC_BYTES and self._is_writable():
                if self._write(data):
                    return
                gone = True
            else:
                gone = self._enqueue(data)
        if gone:
            self._gone()

    def close(self, timeout_s: float) -> None:
        """Write out what waits, for at most `timeout_s` seconds, and take nothing more."""
        with self._lock:
            self._is_closed = True
            self._lock.notify_all()
            self._lock.wait_for(lambda: not self._backlog or self._is_gone, timeout_s)

    def _enqueue(self, data: bytes) -> bool:
        """Put `data` in line; return whether the client must be given up."""
        self._queue.append(data)
        self._backlog += len(data)
        if self._thread is None:
            self._thread = threading.Thread(target=self._drain, name="tierlsp-writer", daemon=True)
            self._thread.start()
        self._lock.notify_all()
        return self._backlog > MAX_BACKLOG_BYTES

    def _drain(self) -> None:
        while True:
            with self._lock:
                self._lock.wait_for(lambda: self._queue or self._is_closed)
                if not self._queue:
                    return
                data = self._queue.popleft()
            is_written = self._write(data)
            with self._lock:
                self._backlog -= len(data)
                self._lock.notify_all()
            if not is_written:
                self._gone()
                return

    def _write(self, data: bytes) -> bool:
        try:
            written = os.write(self._fd, data)
            if written == len(data):
                return True
            view = memoryview(data)[written:]
            while view:
                view = view[os.write(self._fd, view) :]
        except OSError:
            return False
        return True

    def _gone(self) -> None:
        with self._lock:
            if self._is_gone:
                return
            self._is_gone = True
            self._lock.notify_all()
        self._on_gone()


def _poller(fd: int, *, for_reading: bool) -> Callable[[], bool]:
    """Return a call that says whether `fd` can be read or written now; never, where the system has no `poll` for it."""
    if not hasattr(select, "poll"):
        return lambda: False
    poll = select.poll()
    poll.register(fd, select.POLLIN if for_reading else select.POLLOUT)
    return lambda: bool(poll.poll(0))


def start_reader(
    fd: int, loop: asyncio.AbstractEventLoop, on_data: Callable[[bytes], None], on_end: Callable[[], None]
) -> None:
    """Call `on_data` on the loop with what `fd` brings, and `on_end` once at its end.

    Where the loop can wait for `fd` itself (pipes, sockets, terminals on POSIX) no thread takes part: `os.read` does
    not block once the descriptor is readable. Regular files, and Windows, get a thread of their own.
    """
    has_more = _poller(fd, for_reading=True)

    def on_readable() -> None:
        # A change and the request behind it come close together: a look for the second costs a microsecond, another
        # turn of the loop twenty.
        for _ in range(READS_IN_A_ROW):
            data = _read(fd)
            if not data:
                loop.remove_reader(fd)
                on_end()
                return
            on_data(data)
            if not has_more():
                return

    try:
        loop.add_reader(fd, on_readable)
    except (NotImplementedError, PermissionError):
        thread = threading.Thread(
            target=_read_in_thread, args=(fd, loop, on_data, on_end), name="tierlsp-reader", daemon=True
        )
        thread.start()


def _read(fd: int) -> bytes:
    """Read what is there; an error counts as the end."""
    try:
        return os.read(fd, READ_BYTES)
    except OSError:
        return b""


def _read_in_thread(
    fd: int, loop: asyncio.AbstractEventLoop, on_data: Callable[[bytes], None], on_end: Callable[[], None]
) -> None:
    try:
        while data := _read(fd):
            loop.call_soon_threadsafe(on_data, data)
        loop.call_soon_threadsafe(on_end)
    except RuntimeError:
        # The loop is closed: the process is ending and nobody waits for this data.
        return
