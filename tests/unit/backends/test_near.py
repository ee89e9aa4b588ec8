"""Connections to this machine: what is kept, what is not trusted, and how many there are."""

from __future__ import annotations

import asyncio

import pytest

from tests.servers.dialects import OLLAMA
from tests.servers.fake_ollama import FakeModel, FakeOllama
from tests.servers.loopback import Exchange, LoopbackServer
from tests.unit.backends.asking import answer_of, open_at
from tierlsp.backends.connections import Connections, connections_to
from tierlsp.backends.limits import Limits
from tierlsp.backends.near import NearConnections, is_near
from tierlsp.backends.places import Places
from tierlsp.backends.unreached import Fault, Unreached


@pytest.mark.parametrize(
    ("base_url", "near"),
    [
        ("http://127.0.0.1:11434", True),
        ("http://localhost:11434/v1", True),
        ("http://[::1]:8080", True),
        ("https://127.0.0.1:11434", False),
        ("http://192.168.0.7:11434", False),
        ("http://models.example", False),
        ("http://me@127.0.0.1:11434", False),
        ("http://127.0.0.1:11434/", False),
        ("http://127.1:11434", False),
    ],
)
def test_only_plain_http_to_this_machine_goes_the_short_way(base_url: str, near: bool) -> None:
    assert is_near(base_url) is near
    assert isinstance(connections_to(base_url, Limits()), NearConnections if near else Connections)


async def test_a_server_that_says_something_unasked_is_not_believed() -> None:
    """A server that closes an idle connection may say so first, with an answer that belongs to nothing."""

    async def answer_and_go_on(exchange: Exchange) -> None:
        await exchange.reply({"version": "1.0"})
        await exchange.send(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")

    async with LoopbackServer(answer_and_go_on) as server:
        backend = open_at(server.url, OLLAMA)
        for _ in range(3):
            assert await backend.version() == "1.0"
            await asyncio.sleep(0.01)
        await backend.aclose()


async def test_no_more_connections_are_kept_than_are_allowed() -> None:
    async with FakeOllama(models=(FakeModel("m"),)) as server:
        backend = open_at(server.url, OLLAMA, Limits(idle_connections=2))
        await asyncio.gather(*(answer_of(backend) for _ in range(6)))
        await server.at_rest()
        async with asyncio.timeout(5):
            while len(server.open) > 2:
                await asyncio.sleep(0.001)
        await backend.aclose()
        await server.all_closed()


async def test_a_connection_that_was_idle_for_too_long_is_not_used_again() -> None:
    async with FakeOllama(models=(FakeModel("m"),)) as server:
        backend = open_at(server.url, OLLAMA, Limits(idle_ms=0))
        await answer_of(backend)
        await answer_of(backend)
        assert server.connections == 2
        await backend.aclose()


async def test_a_place_that_is_left_goes_to_whoever_waits() -> None:
    places = Places(1, 60.0)
    await places.take()
    waiting = asyncio.create_task(places.take())
    await asyncio.sleep(0)
    assert not waiting.done()
    places.leave()
    await waiting


async def test_places_that_are_never_left_do_not_count_for_ever() -> None:
    places = Places(2, 0.0)
    for _ in range(2):
        await places.take()
    for _ in range(2):
        await places.take()
    results = await asyncio.gather(*(places.take() for _ in range(4)), return_exceptions=True)
    assert [type(result) for result in results].count(Unreached) == 2


async def test_who_gives_up_waiting_takes_no_place() -> None:
    places = Places(1, 60.0)
    await places.take()
    waiting = asyncio.create_task(places.take())
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    places.leave()
    async with asyncio.timeout(1):
        await places.take()


def test_a_fault_can_be_told_from_the_others() -> None:
    assert Unreached(Fault.REFUSED).fault is not Unreached(Fault.DROPPED).fault
