"""Connections: how many, how long, what becomes of them under cancels, and what happens when they break."""

import asyncio
import random
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import pytest

from tests.servers import faults
from tests.servers.dialects import LLAMACPP, OLLAMA, Dialect
from tests.servers.fake_ollama import FakeModel, FakeOllama
from tests.servers.faults import FaultServer
from tests.servers.loopback import Exchange, LoopbackServer
from tests.unit.backends.asking import RAW, answer_of, chunks_of, open_at
from tierlsp.backends.base import Chunk, FimBackend
from tierlsp.backends.limits import Limits
from tierlsp.errors import BackendError, Overloaded, Unavailable

pytestmark = pytest.mark.usefixtures("way")

CANCELS = 400


async def test_a_storm_of_cancels_leaves_the_client_usable_and_nothing_open() -> None:
    """Typing cancels at any moment: before the connection stands, before the first token, between two."""
    dice = random.Random(20_260_824)

    async def slowly(request: dict[str, Any]) -> AsyncIterator[str]:
        while True:
            await asyncio.sleep(dice.random() / 500)
            yield "x"

    async with FakeOllama(slowly, models=(FakeModel("m"),)) as server:
        backend = open_at(server.url, OLLAMA)
        request = replace(RAW, max_tokens=1_000_000)

        async def ask_and_give_up() -> None:
            asking = asyncio.create_task(chunks_of(backend, request))
            for _ in range(dice.randrange(30)):
                await asyncio.sleep(0)
            if dice.random() < 0.5:
                await asyncio.sleep(dice.random() / 200)
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking

        for _ in range(CANCELS // 10):
            await asyncio.gather(*(ask_and_give_up() for _ in range(10)))
        await server.at_rest()
        assert server.running == 0
        assert server.finished == 0
        assert len(server.open) <= Limits().idle_connections

        for _ in range(20):
            assert await answer_of(backend, replace(RAW, max_tokens=2)) == "xx"
        await backend.aclose()
        await server.all_closed()


async def test_a_storm_of_streams_closed_early_leaves_the_client_usable_and_nothing_open() -> None:
    async with FakeOllama(lambda request: ["x "] * 40, models=(FakeModel("m"),)) as server:
        backend = open_at(server.url, OLLAMA)
        dice = random.Random(7)
        for _ in range(100):
            async with aclosing(backend.fim(RAW)) as chunks:
                for _ in range(dice.randrange(4)):
                    await anext(chunks)
        await server.at_rest()
        assert server.running == 0
        assert await answer_of(backend) == "x " * 40
        await backend.aclose()
        await server.all_closed()


async def test_finished_streams_of_ollama_use_one_connection_again() -> None:
    async with FakeOllama(models=(FakeModel("m"),)) as server:
        backend = open_at(server.url, OLLAMA)
        for _ in range(5):
            await answer_of(backend)
        assert server.connections == 1
        await backend.aclose()


async def test_a_kept_connection_that_was_closed_meanwhile_is_not_noticed_by_anybody(dialect: Dialect) -> None:
    """It is closed when the request is on its way, so that looking at the socket first would not help."""

    async def answer_once_per_connection(exchange: Exchange, dialect: Dialect) -> None:
        if not exchange.connection.is_new:
            exchange.close()
            return
        await exchange.start_chunked(dialect.content_type)
        await exchange.chunk(dialect.piece("fine") + dialect.last())
        await exchange.end_chunked()

    async with FaultServer(dialect, answer_once_per_connection) as server:
        backend = open_at(server.url, dialect)
        for _ in range(5):
            assert await answer_of(backend) == "fine"
        await backend.aclose()


async def test_it_is_tried_again_once_and_on_a_fresh_connection_only() -> None:
    async def close_all_but_questions(exchange: Exchange) -> None:
        if exchange.path == "/api/version":
            await exchange.reply({"version": "0.30.2"})
        else:
            exchange.close()

    async with LoopbackServer(close_all_but_questions) as server:
        backend = open_at(server.url, OLLAMA)
        await backend.version()
        with pytest.raises(Unavailable) as caught:
            await chunks_of(backend)
        assert caught.value.cause == "dropped"
        assert [exchange.path for exchange in server.exchanges] == ["/api/version", "/api/generate", "/api/generate"]
        assert server.connections == 2

        with pytest.raises(Unavailable):
            await chunks_of(backend)
        assert len(server.exchanges) == 4, "on a new connection the fault is the server's, and one try is enough"
        await backend.aclose()


async def test_an_answer_that_has_begun_is_never_asked_for_twice(dialect: Dialect) -> None:
    async with FaultServer(dialect) as server:
        backend = open_at(server.url, dialect)
        await answer_of(backend)
        server.fault = faults.reset_midway
        with pytest.raises(BackendError):
            await chunks_of(backend)
        assert len(server.exchanges) == 2
        await backend.aclose()


async def test_a_pool_without_room_is_replaced_and_its_streams_go_on() -> None:
    limits = Limits(connections=1, pool_ms=20)
    may_end = asyncio.Event()

    async def until_told(request: dict[str, Any]) -> AsyncIterator[str]:
        yield "a"
        if request["model"] == "m":
            await may_end.wait()
        yield "b"

    async with FakeOllama(until_told, models=(FakeModel("m"), FakeModel("n"))) as server:
        backend = open_at(server.url, OLLAMA, limits)
        held = backend.fim(RAW)
        assert (await anext(held)).text == "a"
        assert await answer_of(backend, replace(RAW, model="n")) == "ab"
        may_end.set()
        assert [chunk.text async for chunk in held] == ["b", ""]
        await backend.aclose()
        await server.all_closed()


async def test_a_pool_that_has_lost_its_connections_is_replaced() -> None:
    """What older clients do under storms of cancels: every place counts as taken, and no one is there."""
    async with FakeOllama(models=(FakeModel("m"),)) as server:
        backend = open_at(server.url, OLLAMA, Limits(connections=1, pool_ms=20))
        lost = backend.fim(RAW)
        await anext(lost)
        assert await answer_of(backend) == "x = 1"
        assert await answer_of(backend) == "x = 1"
        await lost.aclose()
        await backend.aclose()
        await server.all_closed()


async def test_closing_ends_the_streams_of_replaced_pools_too() -> None:
    async def for_ever(request: dict[str, Any]) -> AsyncIterator[str]:
        yield "a"
        await asyncio.Event().wait()

    async with FakeOllama(for_ever, models=(FakeModel("m"),)) as server:
        backend = open_at(server.url, OLLAMA, Limits(connections=1, pool_ms=20))
        streams = [backend.fim(RAW) for _ in range(3)]
        for stream in streams:
            await anext(stream)
        await backend.aclose()
        await server.all_closed()
        for stream in streams:
            with pytest.raises(BackendError):
                await anext(stream)


async def test_where_even_a_new_pool_has_no_room_it_is_an_error_of_ours_and_soon() -> None:
    async def for_ever(request: dict[str, Any]) -> AsyncIterator[str]:
        yield "a"
        await asyncio.Event().wait()

    async with FakeOllama(for_ever, models=(FakeModel("m"),)) as server:
        backend = open_at(server.url, OLLAMA, Limits(connections=1, pool_ms=20))
        streams = [backend.fim(RAW) for _ in range(3)]
        await anext(streams[0])
        second, third = await asyncio.gather(*(anext(stream) for stream in streams[1:]), return_exceptions=True)
        assert isinstance(second, Chunk)
        assert isinstance(third, Overloaded)
        assert third.cause == "pool"
        for stream in streams:
            await stream.aclose()
        await backend.aclose()
        await server.all_closed()


async def test_proxies_of_the_environment_are_not_used_for_this_machine(
    dialect: Dialect, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with FaultServer(dialect) as proxy, FaultServer(dialect) as server:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        backend = open_at(server.url, dialect)
        assert await answer_of(backend) == "fine"
        assert proxy.connections == 0
        await backend.aclose()


async def test_a_password_file_of_the_person_is_not_read(
    dialect: Dialect, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    async with FaultServer(dialect) as server:
        backend = open_at(server.url, dialect)
        assert await answer_of(backend) == "fine"
        assert "authorization" not in server.exchanges[0].headers
        await backend.aclose()


@pytest.mark.parametrize("kind", [OLLAMA.kind, LLAMACPP.kind, "openai", "anthropic"])
def test_opening_a_backend_does_not_import_the_http_client(kind: str) -> None:
    """It would make the server start 100 to 250 ms later."""
    opener = "open_chat_backend" if kind in ("openai", "anthropic") else "open_backend"
    code = (
        "import sys\n"
        "from tierlsp.backends.base import BackendSpec\n"
        f"from tierlsp.backends.open import {opener}\n"
        "assert 'tierlsp.backends.chat' not in sys.modules\n"
        f"{opener}(BackendSpec('it', {kind!r}, 'http://127.0.0.1:1'))\n"
        "heavy = ('httpx2', 'httpcore2', 'anyio', 'h11', 'lsprotocol', 'pygls')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


async def test_questions_that_are_cancelled_close_their_connection(dialect: Dialect) -> None:
    async with FaultServer(dialect, faults.hang) as server:
        backend: FimBackend = open_at(server.url, dialect)
        for ask in (backend.version(), backend.models(), backend.warm("m")):
            asking = asyncio.create_task(ask)
            while not server.open:
                await asyncio.sleep(0)
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
            await server.all_closed()
        await backend.aclose()
