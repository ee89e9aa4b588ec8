"""The typing begins when index and model are ready, and never waits for them longer than it says."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.fakes import FakeClock
from tierlsp.cli.playing.material import Material
from tierlsp.cli.playing.prepare import READY_MS, Readiness, prepare
from tierlsp.lsp.positions import Encoding

SOME = Material(Path("/code/some.py"), Path("/code"), "python", ("above",), "typed = 1", ("below",))
READY = {"state": "ready", "detail": "ollama/qwen: found"}
NONE = {"state": "unconfigured", "detail": "nobody answers"}


class SlowServer:
    """A server that is ready after some time."""

    def __init__(self, clock: FakeClock, *, index_ms: float = 0.0, answer_ms: float = 5.0, model: Any = NONE) -> None:
        self.encoding = Encoding.UTF16
        self.sent: list[tuple[str, Any]] = []
        self._clock = clock
        self._index_ms = index_ms
        self._answer_ms = answer_ms
        self._model = model

    async def initialize(self, root: Path) -> None:
        self.sent.append(("initialize", root))
        await self._clock.sleep_ms(300)

    def notify(self, method: str, params: Any) -> None:
        self.sent.append((method, params))

    async def request(self, method: str, params: Any, timeout_ms: float) -> Any:
        self.sent.append((method, params))
        if method == "textDocument/inlineCompletion":
            await self._clock.sleep_ms(self._answer_ms)
            # The model's file is in memory now.
            self._answer_ms = min(self._answer_ms, 50.0)
            return {"items": []}
        return {"model": self._model, "index": {"isReading": self._clock.now_ms() < self._index_ms}}

    def count(self, method: str) -> int:
        return sum(sent == method for sent, _ in self.sent)


async def prepared(server: SlowServer, clock: FakeClock) -> tuple[Readiness, list[str]]:
    said: list[str] = []
    task = asyncio.create_task(prepare(server, SOME, clock, said.append, 0.0))
    while not task.done():
        await clock.tick(10)
    return await task, said


async def test_the_file_is_opened_without_what_is_typed() -> None:
    clock = FakeClock()
    server = SlowServer(clock)
    readiness, _ = await prepared(server, clock)
    assert server.sent[0] == ("initialize", SOME.root)
    document = next(params for method, params in server.sent if method == "textDocument/didOpen")["textDocument"]
    assert document == {
        "uri": "file:///code/some.py",
        "languageId": "python",
        "version": 1,
        "text": "above\n\nbelow",
    }
    assert readiness.started_ms == 300
    assert readiness.is_ready
    assert readiness.ready_ms < 400
    assert (readiness.described.model, readiness.described.detail) == ("", "nobody answers")


async def test_the_index_is_waited_for() -> None:
    clock = FakeClock()
    readiness, said = await prepared(SlowServer(clock, index_ms=2_000.0), clock)
    assert readiness.is_ready
    assert 2_000 <= readiness.ready_ms < 2_300
    assert any("reading code into the index" in text for text in said)


async def test_a_model_that_is_loaded_first_is_waited_for() -> None:
    clock = FakeClock()
    server = SlowServer(clock, answer_ms=3_000.0, model=READY)
    readiness, said = await prepared(server, clock)
    assert readiness.is_ready
    assert readiness.described.model == "ollama/qwen"
    assert server.count("textDocument/inlineCompletion") == 2
    assert said[-1] == "loading ollama/qwen"


@pytest.mark.parametrize(
    ("index_ms", "model"), [(1e9, NONE), (0.0, {"state": "loading", "detail": ""})], ids=["index", "model"]
)
async def test_no_wait_is_endless(index_ms: float, model: dict[str, str]) -> None:
    clock = FakeClock()
    readiness, _ = await prepared(SlowServer(clock, index_ms=index_ms, model=model), clock)
    assert not readiness.is_ready
    assert READY_MS < readiness.ready_ms < READY_MS + 1_000
