"""The other end of the wire: starts the real server as a child process and speaks LSP to it, as an editor does."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import tierlsp
from tierlsp.clock import Clock
from tierlsp.errors import TierlspError
from tierlsp.lsp.notices import plain
from tierlsp.lsp.positions import Encoding, choose_encoding
from tierlsp.lsp.wire import Framer, frame

INITIALIZE_MS = 20_000.0
"""How long the server may take to start. A cold start on a slow machine takes about three seconds."""

SHUTDOWN_MS = 1_000.0
"""How long it may take to answer `shutdown`."""

EXIT_MS = 2_000.0
"""How long it may take to end after `exit`, and again after a request to terminate."""

READ_BYTES = 64 * 1024
"""A pipe holds that much."""

STDERR_BYTES = 4096
"""How much of the end of the server's log is kept, to say why it ended."""

METHOD_NOT_FOUND = -32601

CAPABILITIES: dict[str, Any] = {
    "general": {"positionEncodings": ["utf-16"]},
    "textDocument": {
        "inlineCompletion": {"dynamicRegistration": True},
        "synchronization": {"dynamicRegistration": True, "didSave": True},
    },
    "window": {"showMessage": {}, "showDocument": {"support": False}, "workDoneProgress": True},
    "workspace": {
        "configuration": True,
        "didChangeConfiguration": {"dynamicRegistration": True},
        "executeCommand": {"dynamicRegistration": True},
        "workspaceFolders": True,
    },
}
"""What VS Code announces, as far as this client does it too."""


class ServerGone(TierlspError):
    """The server has ended, or does not answer."""


class ErrorAnswer(TierlspError):
    """The server answered a request with an error."""


class Client:
    """One session with a server that runs as a child. All of it lives on one event loop."""

    def __init__(self, process: asyncio.subprocess.Process, clock: Clock) -> None:
        """Take over `process`, whose three streams must be pipes."""
        assert process.stdin is not None and process.stdout is not None and process.stderr is not None
        self._process = process
        self._clock = clock
        self._stdin = process.stdin
        self._next_id = 0
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._log = b""
        self._folders: list[dict[str, str]] = []
        self._gone: ServerGone | None = None
        self._errors_read = asyncio.create_task(self._read_errors(process.stderr))
        self._reader = asyncio.create_task(self._read(process.stdout))
        self.encoding = Encoding.UTF16
        self.messages: list[str] = []
        """What the server wanted to be shown to the person, without control characters."""

    # ------------------------------------------------------------------ the session

    async def initialize(self, root: Path) -> None:
        """Begin a session in the workspace `root`.

        Raises:
            ServerGone: the server ended or did not answer in time.
        """
        self._folders = [{"uri": root.as_uri(), "name": root.name}]
        params = {
            "processId": os.getpid(),
            "clientInfo": {"name": "tierlsp demo", "version": tierlsp.__version__},
            "capabilities": CAPABILITIES,
            "rootUri": root.as_uri(),
            "workspaceFolders": self._folders,
        }
        result = await self.request("initialize", params, INITIALIZE_MS)
        capabilities = result.get("capabilities", {}) if isinstance(result, dict) else {}
        self.encoding = choose_encoding([capabilities.get("positionEncoding")])
        self.notify("initialized", {})

    async def aclose(self) -> None:
        """End the server: ask, then insist. Returns when its process is gone."""
        if self._gone is None:
            with contextlib.suppress(TierlspError):
                await self.request("shutdown", None, SHUTDOWN_MS)
            self.notify("exit", None)
        self._stdin.close()
        for insist in (self._process.terminate, self._process.kill):
            if await self._has_exited():
                break
            with contextlib.suppress(ProcessLookupError):
                insist()
        await self._process.wait()
        await asyncio.gather(self._reader, self._errors_read, return_exceptions=True)

    def check(self) -> None:
        """Raise `ServerGone` if the server has ended."""
        if self._gone is not None:
            raise self._gone

    # ------------------------------------------------------------------ messages out

    def notify(self, method: str, params: Any) -> None:
        """Send a notification."""
        self._send({"method": method, "params": params})

    def ask(self, method: str, params: Any) -> tuple[int, asyncio.Future[Any]]:
        """Send a request; return its id and where its result will be.

        The future's exception is `ErrorAnswer`, or `ServerGone` if the server ends first.
        """
        self._next_id += 1
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        if self._gone is not None:
            future.set_exception(self._gone)
        else:
            self._waiting[self._next_id] = future
            self._send({"id": self._next_id, "method": method, "params": params})
        return self._next_id, future

    async def request(self, method: str, params: Any, timeout_ms: float) -> Any:
        """Send a request and return its result.

        Raises:
            ServerGone: the server ended, or `timeout_ms` passed.
            ErrorAnswer: the answer is an error.
        """
        id_, future = self.ask(method, params)
        timer = self._clock.call_later_ms(timeout_ms, lambda: self._expire(id_, method, timeout_ms))
        try:
            return await future
        finally:
            timer.cancel()

    def cancel(self, id_: int) -> None:
        """Withdraw a request, as VS Code does when the next key comes first."""
        self.notify("$/cancelRequest", {"id": id_})

    def _expire(self, id_: int, method: str, timeout_ms: float) -> None:
        future = self._waiting.pop(id_, None)
        if future is not None and not future.done():
            seconds = timeout_ms / 1000.0
            future.set_exception(ServerGone(f"the server did not answer `{method}` within {seconds:.0f} s"))

    def _send(self, message: dict[str, Any]) -> None:
        if self._gone is None and not self._stdin.is_closing():
            self._stdin.write(frame({"jsonrpc": "2.0", **message}))

    # ------------------------------------------------------------------ messages in

    async def _read(self, stdout: asyncio.StreamReader) -> None:
        framer = Framer()
        while data := await stdout.read(READ_BYTES):
            framer.feed(data)
            for body in framer.bodies():
                try:
                    self._take(json.loads(body))
                except (ValueError, TypeError, AttributeError, KeyError):
                    # Not JSON, or no message: a server that writes it cannot be talked to.
                    self._end(ServerGone("the server wrote what is no LSP message"))
                    return
        code = await self._process.wait()
        await asyncio.gather(self._errors_read, return_exceptions=True)
        self._end(ServerGone(f"the server ended with exit code {code}{self._last_words()}"))

    async def _read_errors(self, stderr: asyncio.StreamReader) -> None:
        while data := await stderr.read(READ_BYTES):
            self._log = (self._log + data)[-STDERR_BYTES:]

    def _take(self, message: dict[str, Any]) -> None:
        method = message.get("method")
        if method is None:
            self._answered(message)
        elif "id" in message:
            self._asked(message["id"], method, message.get("params"))
        elif method == "window/showMessage":
            self.messages.append(plain(str(message["params"].get("message", ""))))

    def _answered(self, message: dict[str, Any]) -> None:
        future = self._waiting.pop(message.get("id", -1), None)
        if future is None or future.done():
            return
        error = message.get("error")
        if error is None:
            future.set_result(message.get("result"))
        else:
            future.set_exception(ErrorAnswer(f"the server answered: {plain(str(error.get('message')))}"))

    def _asked(self, id_: Any, method: str, params: Any) -> None:
        """Answer the server. This editor has no settings of its own and changes no file."""
        if method == "workspace/configuration":
            result: Any = [None] * len(params.get("items", []))
        elif method == "workspace/workspaceFolders":
            result = self._folders
        elif method == "workspace/applyEdit":
            result = {"applied": False, "failureReason": "the demo changes no file"}
        elif method in ("client/registerCapability", "client/unregisterCapability", "window/workDoneProgress/create",
                        "window/showMessageRequest"):  # fmt: skip
            result = None
        else:
            error = {"code": METHOD_NOT_FOUND, "message": f"the demo does not know {method}"}
            self._send({"id": id_, "error": error})
            return
        self._send({"id": id_, "result": result})

    # ------------------------------------------------------------------ the end

    def _end(self, gone: ServerGone) -> None:
        self._gone = gone
        waiting, self._waiting = self._waiting, {}
        for future in waiting.values():
            if not future.done():
                future.set_exception(gone)

    def _last_words(self) -> str:
        lines = self._log.decode(errors="replace").split("\n")
        last = next((line for line in reversed(lines) if line.strip()), "")
        return f": {plain(last).strip()}" if last else ""

    async def _has_exited(self) -> bool:
        try:
            async with asyncio.timeout(EXIT_MS / 1000.0):
                await self._process.wait()
        except TimeoutError:
            return False
        return True


async def start_client(command: Sequence[str], clock: Clock) -> Client:
    """Start the server with `command` and return the client of it.

    Raises:
        ServerGone: it cannot be started.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            # Ctrl-C goes to this process alone, which ends the server in an orderly way.
            start_new_session=True,
        )
    except OSError as error:
        raise ServerGone(f"the server cannot be started: {error.strerror}") from error
    return Client(process, clock)


def server_command(config_file: Path | None, sets: Sequence[str]) -> list[str]:
    """Return the command that starts the server of this very package, with the person's settings."""
    command = [sys.executable]
    if not _is_run_from_source():
        # A folder named `tierlsp` where the person happens to stand must not be run instead.
        command.append("-P")
    command += ["-m", "tierlsp"]
    if config_file is not None:
        command.append(f"--config={config_file}")
    command += [f"--set={assignment}" for assignment in sets]
    return [*command, "serve", "--stdio", "--log-level=error"]


def _is_run_from_source() -> bool:
    """Whether this package was found because the person stands in the folder that holds it."""
    try:
        return Path.cwd() == Path(tierlsp.__file__).parents[1]
    except FileNotFoundError:
        # The folder in which the person stands has been removed.
        return False
