"""The floor: what the messages alone cost a server in Python, with nothing done about them.

It frames, decodes and answers, and asks the model over one blocking socket. It keeps no document, filters nothing,
waits for nobody and cannot cancel. No server written in Python is quicker at these messages by much.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Iterator
from typing import Any

from tests.servers.fake_ollama import QWEN
from tierlsp.lsp.wire import Framer, frame

PROMPT = "x" * 4_000
"""As long as a real one."""


class Model:
    """One connection to the model server at `OLLAMA_HOST`."""

    def __init__(self, url: str) -> None:
        host, _, port = url.removeprefix("http://").partition(":")
        self._socket = socket.create_connection((host, int(port)))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def line(self) -> str:
        """Return what the model writes."""
        body = json.dumps({"model": QWEN.name, "prompt": PROMPT, "raw": True, "stream": True}).encode()
        self._socket.sendall(
            b"POST /api/generate HTTP/1.1\r\nhost: it\r\ncontent-length: %d\r\n\r\n" % len(body) + body
        )
        answer = b""
        while not answer.endswith(b"\r\n0\r\n\r\n"):
            answer += self._socket.recv(65_536)
        lines = [line for line in answer.split(b"\r\n") if line.startswith(b"{")]
        return "".join(json.loads(line)["response"] for line in lines)


def messages() -> Iterator[dict[str, Any]]:
    """Yield what comes on stdin."""
    framer = Framer()
    while data := os.read(0, 262_144):
        framer.feed(data)
        for body in framer.bodies():
            yield json.loads(body)


def main() -> None:
    """Serve until stdin ends."""
    model = Model(os.environ["OLLAMA_HOST"]) if "--model" in sys.argv else None
    for message in messages():
        if "id" not in message:
            continue
        result: dict[str, Any] = {"capabilities": {}}
        if message["method"] == "textDocument/inlineCompletion":
            position = message["params"]["position"]
            span = {"start": {"line": position["line"], "character": 0}, "end": position}
            result = {"items": [{"insertText": model.line() if model else "text", "range": span}]}
        os.write(1, frame({"jsonrpc": "2.0", "id": message["id"], "result": result}))


if __name__ == "__main__":
    main()
