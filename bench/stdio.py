"""A client over stdio for measurements: one message in flight, no thread, raw bytes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tierlsp.lsp.wire import Framer, frame

URI = "file:///bench/module.py"

INITIALIZE: dict[str, Any] = {
    "processId": None,
    "rootUri": None,
    "capabilities": {
        "general": {"positionEncodings": ["utf-16"]},
        "textDocument": {"inlineCompletion": {"dynamicRegistration": False}},
    },
}
"""An editor that takes ghost text and cannot be asked for its settings."""


class StdioServer:
    """A language server as a child, with its settings and caches in a folder of their own."""

    def __init__(self, command: Sequence[str], environ: Mapping[str, str] | None = None) -> None:
        self._home = tempfile.TemporaryDirectory(prefix="tierlsp-bench-")
        # An installed package comes with its bytecode: a machine on which none is written would measure the compiler.
        inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        child_environ = {
            **inherited,
            "HOME": self._home.name,
            "XDG_CONFIG_HOME": self._home.name,
            "XDG_STATE_HOME": self._home.name,
            "XDG_CACHE_HOME": self._home.name,
            "OLLAMA_HOST": "127.0.0.1:1",
            **(environ or {}),
        }
        self.spawned_s = time.perf_counter()
        self._child = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=child_environ,
            cwd=Path(__file__).parent.parent,
            bufsize=0,
        )
        self._framer = Framer()
        self._waiting: list[dict[str, Any]] = []
        self._next_id = 0
        self.pid = self._child.pid

    def __enter__(self) -> Self:
        self.initialize(INITIALIZE)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._child.kill()
        self._child.wait()
        self._home.cleanup()

    def initialize(self, params: Mapping[str, Any]) -> float:
        """Begin the session and return the milliseconds from the process's start to the answer."""
        self.request("initialize", params)
        elapsed_ms = (time.perf_counter() - self.spawned_s) * 1e3
        self.notify("initialized", {})
        return elapsed_ms

    def notify(self, method: str, params: Any) -> None:
        """Send a notification."""
        self._send({"jsonrpc": "2.0", "method": method, "params": params})

    def request(self, method: str, params: Any) -> Any:
        """Send a request and return its result."""
        return self.result_of(self.start(method, params))

    def start(self, method: str, params: Any) -> int:
        """Send a request and return its id."""
        self._next_id += 1
        self._send({"jsonrpc": "2.0", "id": self._next_id, "method": method, "params": params})
        return self._next_id

    def result_of(self, id_: int) -> Any:
        """Wait for the answer to a request."""
        while True:
            for message in self.take(None):
                if message.get("id") == id_ and "method" not in message:
                    if "error" in message:
                        raise RuntimeError(f"the server answered {message['error']}")
                    return message["result"]
                self._answer(message)

    def linger(self, seconds: float) -> None:
        """Let time pass, and answer what the server asks meanwhile."""
        until_s = time.perf_counter() + seconds
        while (left_s := until_s - time.perf_counter()) > 0:
            for message in self.take(left_s):
                self._answer(message)

    def _answer(self, message: dict[str, Any]) -> None:
        """Answer a request of the server's: the settings it asks for are not set, and everything else is agreed to."""
        if "method" in message and "id" in message:
            items = message.get("params", {}).get("items")
            self._send({"jsonrpc": "2.0", "id": message["id"], "result": items and [None] * len(items)})

    def take(self, timeout_s: float | None) -> list[dict[str, Any]]:
        """Return the messages that are there, waiting for at most `timeout_s` seconds (`None`: until one comes)."""
        import select

        stdout = self._child.stdout
        assert stdout is not None
        while not (bodies := list(self._framer.bodies())):
            if timeout_s is not None and not select.select([stdout], [], [], max(0.0, timeout_s))[0]:
                return []
            data = os.read(stdout.fileno(), 262_144)
            if not data:
                raise RuntimeError("the server has ended")
            self._framer.feed(data)
        return [json.loads(body) for body in bodies]

    def open(self, text: str) -> None:
        """Open the one document, at version 0."""
        item = {"uri": URI, "languageId": "python", "version": 0, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": item})

    def insert(self, version: int, line: int, character: int, text: str, removed: int = 0) -> None:
        """Replace `removed` characters from a position on by `text`."""
        self._write(self.insertion(version, line, character, text, removed))

    def insertion(self, version: int, line: int, character: int, text: str, removed: int = 0) -> bytes:
        """Return the message that replaces `removed` characters from a position on by `text`."""
        start = {"line": line, "character": character}
        end = {"line": line, "character": character + removed}
        change = {"range": {"start": start, "end": end}, "text": text}
        identifier = {"uri": URI, "version": version}
        params = {"textDocument": identifier, "contentChanges": [change]}
        return frame({"jsonrpc": "2.0", "method": "textDocument/didChange", "params": params})

    def press(self, insertion: bytes, line: int, character: int) -> tuple[float, Any]:
        """Send a change and ask behind it; return the microseconds until the answer is there, and its result.

        The messages are made before, and the answer is read after: what the client computes is not the server's time.
        """
        self._next_id += 1
        params = inline_params(line, character)
        request = {"jsonrpc": "2.0", "id": self._next_id, "method": "textDocument/inlineCompletion", "params": params}
        question = frame(request)
        stdout = self._child.stdout
        assert stdout is not None
        started_s = time.perf_counter()
        self._write(insertion)
        self._write(question)
        while True:
            self._framer.feed(os.read(stdout.fileno(), 262_144))
            for body in self._framer.bodies():
                elapsed_us = (time.perf_counter() - started_s) * 1e6
                answer = json.loads(body)
                if answer.get("id") == self._next_id and "result" in answer:
                    return elapsed_us, answer["result"]

    def _send(self, message: dict[str, Any]) -> None:
        self._write(frame(message))

    def _write(self, data: bytes) -> None:
        stdin = self._child.stdin
        assert stdin is not None
        while data:
            data = data[stdin.write(data) :]


def inline_params(line: int, character: int) -> dict[str, Any]:
    """Return the parameters of an inline completion request."""
    return {
        "textDocument": {"uri": URI},
        "position": {"line": line, "character": character},
        "context": {"triggerKind": 2},
    }


def tierlsp_command(*options: str) -> list[str]:
    """Return the command of this package's server."""
    return [sys.executable, "-m", "tierlsp", "--stdio", "--log-level", "error", *options]


def cpu_us(pid: int) -> float:
    """Return the processor time of a process's main thread, in microseconds."""
    return int(Path(f"/proc/{pid}/task/{pid}/schedstat").read_text().split()[0]) / 1e3


def resident_kb(pid: int) -> int:
    """Return the resident memory of a process in kB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])
