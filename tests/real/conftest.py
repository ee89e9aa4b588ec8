"""A real `llama-server` with a tiny model, started once for all tests that ask for it."""

from __future__ import annotations

import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.real.programs import need

TINY_MODEL = Path(__file__).parent / "tiny-q8_0.gguf"
"""2 million parameters with Qwen's tokens for filling in the middle; see the README beside it."""

START_S = 60.0
"""The server is up within a second; a busy machine takes some more."""


@dataclass(frozen=True)
class LlamaServer:
    """A running `llama-server`."""

    url: str
    log: Path


@pytest.fixture(scope="session")
def llama_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LlamaServer]:
    """One server with one slot and 2,048 tokens of context, as most people run it."""
    program = need("llama-server")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = tmp_path_factory.mktemp("llama-server") / "log"
    command = [program, "-m", str(TINY_MODEL), "--host", "127.0.0.1", "--port", str(port), "-np", "1", "-c", "2048"]
    with log.open("wb") as output:
        process = subprocess.Popen([*command, "-t", "1"], stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    server = LlamaServer(f"http://127.0.0.1:{port}", log)
    try:
        wait_until_up("llama-server", f"{server.url}/health", process, log)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until_up(name: str, url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until a server answers at `url`; fail with the end of its log if it does not."""
    end = time.monotonic() + START_S
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    pytest.fail(f"{name} did not start:\n{log.read_text(errors='replace')[-2000:]}", pytrace=False)
