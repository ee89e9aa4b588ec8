"""What every chat backend promises, whatever its format and preset, over a stand-in that speaks as the real ones do."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import pytest

from tests.servers.chat_faults import FAULTS
from tests.servers.chat_wires import wire_of
from tests.servers.fake_chat import FakeChat
from tests.servers.loopback import Exchange, LoopbackServer
from tests.unit.backends.chatting import ASK, KINDS, PLAIN, answer_of, chunks_of, open_at
from tierlsp.backends.chat import ChatRequest, Effort, Finish, Message
from tierlsp.backends.dialects import DIALECTS
from tierlsp.backends.limits import Limits, Patience
from tierlsp.errors import Garbled, Rejected, Unavailable

pytestmark = pytest.mark.parametrize("kind", KINDS)

HOSTILE = "a\ud83d\x00\u2028\udc00b\ud83d\ude00\r\nc"


class Pen:
    """Writes one token after the other, each when the test says so."""

    def __init__(self) -> None:
        self.tokens: asyncio.Queue[str | None] = asyncio.Queue()

    async def answer(self, body: dict[str, Any]) -> AsyncIterator[str]:
        while (token := await self.tokens.get()) is not None:
            yield token


async def without_end(body: dict[str, Any]) -> AsyncIterator[str]:
    while True:
        await asyncio.sleep(0)
        yield "x"


@pytest.mark.parametrize("request_", [ASK, PLAIN], ids=["stream", "plain"])
async def test_the_text_arrives_whole_with_its_end_and_its_usage(kind: str, request_: ChatRequest) -> None:
    text = "if x:\n\treturn 'é😀\u2028'\r\n"
    async with FakeChat(kind, lambda body: text) as server:
        backend = open_at(server.url, kind)
        chunks = await chunks_of(backend, request_)
        assert "".join(chunk.text for chunk in chunks) == text
        assert chunks[-1].finish is Finish.STOP
        assert chunks[-1].usage == wire_of(kind).usage
        assert len(chunks) == 1 or request_.is_streamed
        await backend.aclose()


async def test_each_piece_arrives_when_it_is_written(kind: str) -> None:
    pen = Pen()
    async with FakeChat(kind, pen.answer) as server:
        backend = open_at(server.url, kind)
        async with aclosing(backend.chat(ASK)) as chunks:
            for token in ("a", "b", "c"):
                pen.tokens.put_nowait(token)
                assert (await anext(chunks)).text == token
            pen.tokens.put_nowait(None)
            assert (await anext(chunks)).finish is Finish.STOP
            assert await anext(chunks, None) is None
        await backend.aclose()


async def test_closing_the_answer_stops_the_model(kind: str) -> None:
    async with FakeChat(kind, without_end) as server:
        backend = open_at(server.url, kind)
        async with aclosing(backend.chat(replace(ASK, max_output_tokens=1_000_000))) as chunks:
            assert (await anext(chunks)).text
            assert server.running == 1
        await server.all_closed()
        assert (server.running, server.aborted, server.finished) == (0, 1, 0)
        await backend.aclose()


@pytest.mark.parametrize("request_", [ASK, PLAIN], ids=["stream", "plain"])
async def test_cancelling_the_reader_stops_the_model(kind: str, request_: ChatRequest) -> None:
    pen = Pen()
    async with FakeChat(kind, pen.answer) as server:
        backend = open_at(server.url, kind)
        task = asyncio.create_task(chunks_of(backend, request_))
        while not server.running:
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await server.all_closed()
        assert (server.running, server.aborted) == (0, 1)
        await backend.aclose()


async def test_a_closed_answer_does_no_harm_to_its_neighbours(kind: str) -> None:
    pens = {"a": Pen(), "b": Pen()}
    async with FakeChat(kind, lambda body: pens[body["model"]].answer(body)) as server:
        backend = open_at(server.url, kind)
        stays, goes = (backend.chat(replace(ASK, model=name)) for name in pens)
        for pen, stream in zip(pens.values(), (stays, goes), strict=True):
            pen.tokens.put_nowait("x")
            assert (await anext(stream)).text == "x"
        await goes.aclose()
        pens["a"].tokens.put_nowait("y")
        pens["a"].tokens.put_nowait(None)
        assert [chunk.text async for chunk in stays] == ["y", ""]
        pens["b"].tokens.put_nowait(None)
        await backend.aclose()


async def test_nothing_is_connected_before_it_is_needed_and_nothing_after_closing(kind: str) -> None:
    async with FakeChat(kind) as server:
        backend = open_at(server.url, kind)
        assert server.connections == 0
        await answer_of(backend)
        await backend.aclose()
        await server.all_closed()
        with pytest.raises(Unavailable):
            await chunks_of(backend)


async def test_answers_that_are_read_to_their_end_use_one_connection(kind: str) -> None:
    async with FakeChat(kind) as server:
        backend = open_at(server.url, kind)
        for request in (ASK, PLAIN, ASK, PLAIN):
            await answer_of(backend, request)
        assert server.connections == 1
        await backend.aclose()


async def test_the_key_goes_into_its_header_and_nowhere_else(kind: str) -> None:
    async with FakeChat(kind) as server:
        backend = open_at(server.url, kind, "sk-secret-1")
        await answer_of(backend)
        await backend.check()
        for exchange in server.exchanges:
            holding = {name: value for name, value in exchange.headers.items() if "sk-secret-1" in value}
            expected = {"x-api-key": "sk-secret-1"} if kind == "anthropic" else {"authorization": "Bearer sk-secret-1"}
            assert holding == expected
            assert b"sk-secret" not in exchange.body
            assert "sk-secret" not in exchange.path
        assert "sk-secret" not in repr(backend)
        assert "sk-secret" not in repr(backend.spec)
        await backend.aclose()


async def test_without_a_key_none_is_sent_and_nobody_is_told_more_than_the_question(kind: str) -> None:
    async with FakeChat(kind) as server:
        backend = open_at(server.url, kind, None)
        await answer_of(backend)
        headers = set(server.exchanges[0].headers)
        headers -= {"host", "user-agent", "accept", "accept-encoding", "content-type", "content-length", "connection"}
        assert headers == ({"anthropic-version"} if kind == "anthropic" else set())
        assert server.exchanges[0].headers["accept-encoding"] == "identity"
        await backend.aclose()


async def test_a_wrong_key_is_told_as_such_and_a_good_one_by_the_cheapest_call(kind: str) -> None:
    async with FakeChat(kind) as server:
        server.key = "sk-right"
        good, bad = open_at(server.url, kind, "sk-right"), open_at(server.url, kind, "sk-wrong")
        said = await good.check()
        assert said.isprintable()
        assert 20 < len(said) < 200
        with pytest.raises(Rejected) as caught:
            await bad.check()
        assert caught.value.cause == "unauthorised"
        with pytest.raises(Rejected) as caught:
            await chunks_of(bad)
        assert caught.value.cause == "unauthorised"
        assert "sk-wrong" not in str(caught.value)
        server.key = "sk-wrong"
        assert await answer_of(bad) == "fine", "the key has been put right"
        assert [exchange.method for exchange in server.exchanges if exchange.path.endswith("/models")] == ["GET"] * (
            0 if kind in ("openrouter", "ollama") else 2
        )
        await good.aclose()
        await bad.aclose()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(kind: str, status: int) -> None:
    async with FakeChat(kind) as elsewhere:

        async def send_elsewhere(exchange: Exchange) -> None:
            await exchange.head(status, f"Location: {elsewhere.url}{exchange.path}", "Content-Length: 0")

        async with LoopbackServer(send_elsewhere) as server:
            backend = open_at(server.url, kind)
            with pytest.raises(Rejected, match="redirects"):
                await chunks_of(backend)
            with pytest.raises(Rejected, match="redirects"):
                await backend.check()
            await backend.aclose()
            await server.all_closed()
        assert elsewhere.connections == 0


async def test_proxies_of_the_environment_are_not_used_for_this_machine(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with FakeChat(kind) as proxy, FakeChat(kind) as server:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        backend = open_at(server.url, kind)
        assert await answer_of(backend) == "fine"
        assert proxy.connections == 0
        await backend.aclose()


async def test_what_stands_in_the_editor_can_always_be_sent(kind: str) -> None:
    async with FakeChat(kind) as server:
        backend = open_at(server.url, kind)
        request = replace(ASK, system=HOSTILE, messages=(Message("user", HOSTILE),))
        assert await answer_of(backend, request) == "fine"
        assert json.dumps("a\ufffd\x00\u2028\ufffdb😀\r\nc") in json.dumps(server.questions[0])
        await backend.aclose()


async def test_parts_of_one_role_are_one_turn_in_their_order_and_empty_ones_are_left_out(kind: str) -> None:
    said = (
        Message("user", "1", is_stable=True),
        Message("user", ""),
        Message("user", "2"),
        Message("assistant", "3"),
        Message("user", "4"),
    )
    async with FakeChat(kind) as server:
        backend = open_at(server.url, kind)
        await answer_of(backend, replace(ASK, system="", messages=said))
        messages = server.questions[0]["messages"]
        assert [message["role"] for message in messages] == ["user", "assistant", "user"]
        assert "system" not in server.questions[0]
        flat = json.dumps(messages)
        assert sorted("1234", key=lambda text: flat.index(f'{text}"' if text != "1" else "1")) == list("1234")
        await backend.aclose()


@pytest.mark.parametrize("effort", Effort)
async def test_every_effort_is_a_question_with_a_limit_on_its_answer(kind: str, effort: Effort) -> None:
    async with FakeChat(kind) as server:
        backend = open_at(server.url, kind)
        await answer_of(backend, replace(ASK, effort=effort, max_output_tokens=77))
        body = server.questions[0]
        limits = [body.get("max_tokens"), body.get("max_completion_tokens"), body.get("options", {}).get("num_predict")]
        assert [limit for limit in limits if limit is not None] == [77]
        await backend.aclose()


async def test_a_kept_connection_that_was_closed_is_asked_again_only_where_it_costs_nothing(kind: str) -> None:
    wire = wire_of(kind)

    async def once_per_connection(exchange: Exchange) -> None:
        if exchange.connection.is_new:
            await exchange.reply(wire.whole("fine"))
        else:
            exchange.close()

    is_free = kind == "ollama" or (kind in DIALECTS and DIALECTS[kind].is_free)
    async with LoopbackServer(once_per_connection) as server:
        backend = open_at(server.url, kind)
        assert await answer_of(backend, PLAIN) == "fine"
        if is_free:
            assert await answer_of(backend, PLAIN) == "fine"
        else:
            with pytest.raises(Unavailable) as caught:
                await chunks_of(backend, PLAIN)
            assert caught.value.cause == "dropped"
        assert len(server.exchanges) == (3 if is_free else 2)
        await backend.aclose()


async def test_a_connection_that_was_closed_while_nobody_asked_is_not_noticed_by_anybody(kind: str) -> None:
    async with FakeChat(kind) as server:
        backend = open_at(server.url, kind)
        for _ in range(3):
            assert await answer_of(backend) == "fine"
            for connection in list(server.open):
                connection.transport.close()
            await server.all_closed()
        assert server.connections == 3
        await backend.aclose()


async def test_a_server_that_is_not_there_is_told_with_what_to_do(kind: str) -> None:
    async with FakeChat(kind) as server:
        url = server.url
    backend = open_at(url, kind)
    with pytest.raises(Unavailable, match=r"start it|check the network") as caught:
        await chunks_of(backend)
    assert caught.value.cause == "refused"
    assert caught.value.has_begun is False
    await backend.aclose()


async def test_an_answer_that_drips_ends_with_its_time(kind: str) -> None:
    patience = Patience(first_byte_ms=5_000, stall_ms=5_000, total_ms=200)
    async with FakeChat(kind) as server:
        server.always = FAULTS["slow-drip"]
        backend = open_at(server.url, kind)
        with pytest.raises(Unavailable, match=r"not done within 0\.2 s"):
            await chunks_of(backend, replace(ASK, patience=patience))
        await backend.aclose()


async def test_a_flood_is_not_read_to_its_end(kind: str) -> None:
    async with FakeChat(kind, without_end) as server:
        backend = open_at(server.url, kind, limits=Limits(answer_bytes=100_000))
        with pytest.raises(Garbled) as caught:
            await chunks_of(backend, replace(ASK, max_output_tokens=1_000_000))
        assert caught.value.cause == "too-large"
        assert caught.value.has_begun
        await backend.aclose()
