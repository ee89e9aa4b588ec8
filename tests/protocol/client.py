"""A bare client over pipes: bytes in, bytes out, and a ledger of everything that came back.

It is stricter than an editor. Every byte that the server writes must belong to a message, every request must be
answered exactly once, and every other message must be asked for by the test (`expect`) or the test fails: above all a
box in the editor that nobody expected.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import re
import signal
import subprocess
from collections import Counter, deque
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

DEADLINE_S = 30.0
"""Against a server that hangs, on a machine that is busy with other things. No test measures with it."""

_HEADER = re.compile(rb"Content-Length: (\d+)\r\n\r\n")

Message = dict[str, Any]


class Refused(Exception):
    """A request was answered with an error."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(f"{error['code']}: {error['message']}")
        self.code: int = error["code"]
        self.message: str = error["message"]


class Failed(AssertionError):
    """The server did what it must not do."""


class Client:
    """One server process and the conversation with it. Use as an asynchronous context manager."""

    def __init__(
        self,
        command: list[str],
        *,
        environment: dict[str, str],
        directory: Path,
        log: Path,
        configuration: Any = None,
        keeps: tuple[int, ...] = (),
    ) -> None:
        """`configuration` is what `workspace/configuration` is answered with; `keeps` are descriptors to hand on."""
        self.configuration = configuration
        self.logs: list[str] = []
        """What came by `window/logMessage`, which no editor puts in anybody's way."""
        self.statuses: list[Message] = []
        """What came by `tierlsp/status`, which is told when it changes."""
        self.asked: list[Message] = []
        """The requests that the server made."""
        self.withdrawn: list[str] = []
        """Those of them whose answer the server does not wait for any more, by id."""
        self.responds = True
        """Whether the server's requests are answered; if not, the test does it."""
        self.may_log_tracebacks = False
        self._command = command
        self._environment = environment
        self._directory = directory
        self._log = log
        self._keeps = keeps
        self._received = bytearray()
        self._damage = ""
        self._ids = itertools.count(1)
        self._due: Counter[str] = Counter()
        """Responses that are still to come, by id."""
        self._answers: dict[str, Message] = {}
        """The last response to each id."""
        self._optional: set[str] = set()
        self._surplus: list[Message] = []
        """Responses that were not due."""
        self._unaddressed: deque[Message] = deque()
        self._inbox: deque[Message] = deque()
        self._news = asyncio.Event()
        self._is_over = False
        self._process: subprocess.Popen[bytes] | None = None

    # ------------------------------------------------------------------ the process

    async def __aenter__(self) -> Self:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=self._environment,
                cwd=self._directory,
                pass_fds=self._keeps,
                start_new_session=True,
            )
        loop = asyncio.get_running_loop()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._stdin, _ = await loop.connect_write_pipe(asyncio.Protocol, self._process.stdin)
        self._stdout, _ = await loop.connect_read_pipe(lambda: _Reader(self._take, self._end), self._process.stdout)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                if self.process.poll() is None:
                    await self.leave()
                self.check()
        except BaseException as late:
            error = late
            raise
        finally:
            await self._put_away()
            if error is not None:
                error.add_note(f"the server's log:\n{self.log[-6000:]}")

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The server."""
        assert self._process is not None
        return self._process

    @property
    def log(self) -> str:
        """What the server wrote to stderr."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    @property
    def is_over(self) -> bool:
        """Whether the server has closed its output."""
        return self._is_over

    async def leave(self) -> None:
        """End the session as an editor does."""
        assert await self.request("shutdown") is None
        self.notify("exit")
        code = await self.exit_code()
        assert code == 0, f"exit code {code}"

    async def exit_code(self, within_s: float = DEADLINE_S) -> int:
        """Return the exit code once the process has gone."""
        async with asyncio.timeout(within_s):
            while (code := self.process.poll()) is None:
                await asyncio.sleep(0.01)
        return code

    def close_input(self) -> None:
        """Close the server's standard input, as an editor that has died."""
        self._stdin.close()

    def close_output(self) -> None:
        """Stop reading what the server writes, for good."""
        self._stdout.close()

    async def _put_away(self) -> None:
        # The group, for a child that the server may have made. Both are ours.
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        if not self._stdin.is_closing():
            self._stdin.abort()
        self._stdout.close()
        # The transports close their pipes on the loop's next turn.
        await asyncio.sleep(0)

    # ------------------------------------------------------------------ out

    def send_bytes(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._stdin.write(data)

    def send(self, message: object) -> None:
        """Send any JSON value with a right header."""
        self.send_bytes(framed(json.dumps(message).encode()))

    def notify(self, method: str, params: Any = None) -> None:
        """Send a notification; without `params` the key is left out."""
        self.send({"jsonrpc": "2.0", "method": method} | _given(params))

    def ask(self, method: str, params: Any = None, id_: Any = None) -> Any:
        """Send a request and return its id."""
        id_ = f"t{next(self._ids)}" if id_ is None else id_
        self.owe(id_)
        self.send({"jsonrpc": "2.0", "id": id_, "method": method} | _given(params))
        return id_

    def owe(self, id_: Any) -> None:
        """Say that one more response to `id_` is due."""
        self._due[_key(id_)] += 1

    def allow(self, id_: Any) -> None:
        """Say that `id_` may be answered, any number of times or not at all, since its request may be unreadable."""
        self._optional.add(_key(id_))

    # ------------------------------------------------------------------ in

    async def request(self, method: str, params: Any = None) -> Any:
        """Send a request and return its result.

        Raises:
            Refused: it was answered with an error.
        """
        return await self.answer(self.ask(method, params))

    async def answer(self, id_: Any) -> Any:
        """Return the result of the request `id_`.

        Raises:
            Refused: it was answered with an error.
        """
        key = _key(id_)
        await self.until(lambda: key in self._answers, f"the answer to {id_!r}")
        message = self._answers[key]
        if "error" in message:
            raise Refused(message["error"])
        return message["result"]

    async def answered(self) -> None:
        """Wait until every request has as many responses as are due."""
        await self.until(lambda: not self._due, lambda: f"answers to {list(self._due)[:10]}")

    async def error_without_id(self) -> dict[str, Any]:
        """Return the next error whose message could not be told apart: `id` is null."""
        await self.until(lambda: bool(self._unaddressed), "an error without an id")
        error: dict[str, Any] = self._unaddressed.popleft()["error"]
        return error

    async def expect(self, method: str) -> Any:
        """Return the params of the next notification of `method`."""

        def find() -> Message | None:
            return next((message for message in self._inbox if message["method"] == method), None)

        await self.until(lambda: find() is not None, f"a {method}")
        message = find()
        assert message is not None
        self._inbox.remove(message)
        return message.get("params")

    async def next_message(self) -> Message:
        """Return the next notification or request of the server's, whatever it is."""
        await self.until(lambda: bool(self._inbox), "a message")
        return self._inbox.popleft()

    async def until(self, condition: Callable[[], bool], what: str | Callable[[], str]) -> None:
        """Wait until `condition` holds; it is looked at whenever something has come."""
        try:
            async with asyncio.timeout(DEADLINE_S):
                while not condition():
                    if self._is_over:
                        raise Failed(f"the server is gone, with {_said(what)} still to come; {self._damage}")
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise Failed(f"{_said(what)} did not come in {DEADLINE_S:g} s") from None

    def unexpected(self) -> list[Message]:
        """Return the messages that no test has asked for so far."""
        return list(self._inbox)

    def count_unaddressed(self) -> int:
        """Return how many errors with a null id wait, and forget them."""
        count = len(self._unaddressed)
        self._unaddressed.clear()
        return count

    def check(self) -> None:
        """Fail if anything is left over."""
        problems = [self._damage] if self._damage else []
        if self._received:
            problems.append(f"bytes outside of any message: {bytes(self._received[:200])!r}")
        problems += [f"no answer to {key}" for key in self._due]
        problems += [f"one answer too many: {message}" for message in self._surplus]
        problems += [f"not asked for: {message}" for message in (*self._inbox, *self._unaddressed)]
        if not self.may_log_tracebacks and "Traceback" in self.log:
            problems.append("a traceback in the log")
        if problems:
            raise Failed("\n".join(problems))

    # ------------------------------------------------------------------ inside

    def _take(self, data: bytes) -> None:
        self._received += data
        while match := _HEADER.match(self._received):
            end = match.end() + int(match.group(1))
            if len(self._received) < end:
                break
            message = json.loads(self._received[match.end() : end])
            del self._received[:end]
            self._sort(message)
        if self._received and not _may_be_header(self._received):
            self._damage = self._damage or f"bytes between messages: {bytes(self._received[:200])!r}"
        self._news.set()

    def _end(self) -> None:
        self._is_over = True
        self._news.set()

    def _sort(self, message: Message) -> None:
        if message.get("jsonrpc") != "2.0":
            self._damage = f"no JSON-RPC 2.0: {message}"
        if "method" in message and "id" in message:
            self._respond(message)
        elif message.get("method") == "window/logMessage":
            self.logs.append(message["params"]["message"])
        elif message.get("method") == "tierlsp/status":
            self.statuses.append(message["params"])
        elif message.get("method") == "$/cancelRequest":
            self.withdrawn.append(message["params"]["id"])
        elif "method" in message:
            self._inbox.append(message)
        elif message.get("id") is None:
            self._unaddressed.append(message)
        else:
            self._settle(_key(message["id"]), message)

    def _respond(self, message: Message) -> None:
        """Answer a request of the server's."""
        self.asked.append(message)
        if not self.responds:
            return
        match message["method"]:
            case "workspace/configuration":
                result = [self.configuration for _ in message["params"]["items"]]
                self.send({"jsonrpc": "2.0", "id": message["id"], "result": result})
            case "client/registerCapability":
                self.send({"jsonrpc": "2.0", "id": message["id"], "result": None})
            case _:
                self._inbox.append(message)

    def _settle(self, key: str, message: Message) -> None:
        if key not in self._due:
            if key not in self._optional:
                self._surplus.append(message)
            return
        self._due[key] -= 1
        if not self._due[key]:
            del self._due[key]
        self._answers[key] = message


class _Reader(asyncio.Protocol):
    """Hands on what the pipe brings."""

    def __init__(self, on_data: Callable[[bytes], None], on_end: Callable[[], None]) -> None:
        self._on_data = on_data
        self._on_end = on_end

    def data_received(self, data: bytes) -> None:
        self._on_data(data)

    def connection_lost(self, error: Exception | None) -> None:
        self._on_end()


def framed(body: bytes) -> bytes:
    """Return `body` with its header."""
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


def _given(params: Any) -> dict[str, Any]:
    return {} if params is None else {"params": params}


def _key(id_: Any) -> str:
    """Return what tells ids apart: `1` and `"1"` are two."""
    return json.dumps(id_)


def _may_be_header(data: bytearray) -> bool:
    """Whether `data`, which begins no whole message, may be the beginning of one."""
    if _HEADER.match(data):
        return True
    pattern = b"Content-Length: "
    head = bytes(data[: len(pattern)])
    return pattern.startswith(head) and re.fullmatch(rb"\d*\r?\n?\r?\n?", bytes(data[len(head) :])) is not None


def _said(what: str | Callable[[], str]) -> str:
    return what if isinstance(what, str) else what()
