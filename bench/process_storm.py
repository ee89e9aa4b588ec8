"""A storm of cancellations: thousands of requests to a slow model, each given up for the next."""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from bench.beside import beside
from bench.stdio import StdioServer, inline_params, tierlsp_command
from tests.servers.fake_ollama import FakeOllama

AFTERWARDS = 20
"""Requests that must work once the storm is over."""

WAIT_S = 30.0


class SlowModel(FakeOllama):
    """Writes nothing until it is told to."""

    def __init__(self) -> None:
        super().__init__(lambda request: self._tokens())
        self.may_answer = asyncio.Event()

    async def _tokens(self) -> AsyncIterator[str]:
        await self.may_answer.wait()
        yield "compute_total(value)"


def measure_storm(count: int) -> dict[str, Any]:
    """Give up `count` requests, half by a change of the text and half by `$/cancelRequest`, then ask `AFTERWARDS`."""
    with beside(SlowModel()) as (model, loop), StdioServer(tierlsp_command(), {"OLLAMA_HOST": model.url}) as server:
        typist = _Typist(server)
        # The model is found and its connection there before anything is counted.
        typist.ask(0)
        _until(lambda: len(model.requests) > 0)
        sockets_before = sockets_of(server.pid)
        started_s = time.perf_counter()
        for number in range(1, count + 1):
            seen = len(model.requests)
            id_ = typist.ask(number)
            # Three of four are given up while the model reads the prompt, the fourth while the connection is made.
            if number % 4:
                _until(functools.partial(_has_more, model, seen))
            if number % 2:
                server.notify("$/cancelRequest", {"id": id_})
        storm_s = time.perf_counter() - started_s
        seen = len(model.requests)
        loop.call_soon_threadsafe(model.may_answer.set)
        answered = sum(bool(server.result_of(typist.ask(-number))["items"]) for number in range(1, AFTERWARDS + 1))
        _until(lambda: sockets_of(server.pid) <= sockets_before)
        return {
            "given up": count,
            "seen by the model": seen,
            "seconds": round(storm_s, 1),
            "answered afterwards": f"{answered} of {AFTERWARDS}",
            "sockets before": sockets_before,
            "sockets afterwards": sockets_of(server.pid),
        }


def sockets_of(pid: int) -> int:
    """Return how many sockets a process has open."""
    count = 0
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            count += str(link.readlink()).startswith("socket:")
        except FileNotFoundError:
            continue  # Closed meanwhile.
    return count


class _Typist:
    """Writes another line in place of the last one each time, and asks behind it."""

    def __init__(self, server: StdioServer) -> None:
        self._server = server
        self._version = 0
        self._length = 4
        server.open("def report(value):\n    \n    return value\n")

    def ask(self, number: int) -> int:
        self._version += 1
        text = f"    result_{number} = "
        self._server.insert(self._version, 1, 0, text, removed=self._length)
        self._length = len(text)
        params = inline_params(1, len(text))
        params["context"]["triggerKind"] = 1
        return self._server.start("textDocument/inlineCompletion", params)


def _has_more(model: FakeOllama, seen: int) -> bool:
    return len(model.requests) > seen


def _until(condition: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + WAIT_S
    while not condition():
        if time.monotonic() > deadline_s:
            raise RuntimeError("what was waited for did not come")
        time.sleep(0.0002)
