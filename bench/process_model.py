"""A scripted Ollama that tells how long it took itself, so that what is left of an answer's time is the server's own.

One process, blocking sockets, a thread a connection. After each generation it prints the seconds that went by between
the request's last byte and the moment it began to write the answer; what follows that moment counts as the server's.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.dialects import OLLAMA
from tests.servers.fake_ollama import QWEN

WORD = "total_"
"""What it says is this and the number of the request, so that no two answers are the same."""


class ScriptedModel:
    """The scripted model as a child process."""

    def __init__(self, first_ms: float) -> None:
        command = [sys.executable, "-m", "bench.process_model", str(first_ms)]
        root = Path(__file__).parent.parent
        self._child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root)
        self.url = self._line()

    def took_s(self) -> float:
        """Return how long the model took over the next generation not asked about yet."""
        return float(self._line())

    def close(self) -> None:
        """End it."""
        self._child.kill()
        self._child.wait()

    def _line(self) -> str:
        assert self._child.stdout is not None
        return self._child.stdout.readline().strip()


@contextmanager
def scripted_model(first_ms: float) -> Iterator[ScriptedModel]:
    """Run a model whose answer comes whole after `first_ms`."""
    model = ScriptedModel(first_ms)
    try:
        yield model
    finally:
        model.close()


def _serve(connection: socket.socket, first_ms: float, numbers: Iterator[int]) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with connection, connection.makefile("rb") as stream:
        while request := stream.readline():
            path = request.split()[1].decode()
            length = 0
            while (header := stream.readline().strip()) != b"":
                name, _, value = header.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
            stream.read(length)
            if path == "/api/generate":
                _generate(connection, first_ms, next(numbers))
            else:
                _reply(connection, _facts(path))


def _facts(path: str) -> object:
    if path == "/api/tags":
        return {"models": [QWEN.tag()]}
    return QWEN.show() if path == "/api/show" else {"version": "0.30.2", "models": []}


def _reply(connection: socket.socket, value: object) -> None:
    body = json.dumps(value).encode()
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body))
    connection.sendall(body)


def _generate(connection: socket.socket, first_ms: float, number: int) -> None:
    started_s = time.perf_counter()
    time.sleep(first_ms / 1e3)
    pieces = [OLLAMA.piece(f"{WORD}{number}"), OLLAMA.piece(" = compute(value)"), OLLAMA.last()]
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n"
    took_s = time.perf_counter() - started_s
    connection.sendall(head + chunks + b"0\r\n\r\n")
    print(took_s, flush=True)


def main() -> None:
    """Serve until killed; print the address first."""
    first_ms = float(sys.argv[1])
    numbers = iter(range(sys.maxsize))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=_serve, args=(connection, first_ms, numbers), daemon=True).start()


if __name__ == "__main__":
    main()
