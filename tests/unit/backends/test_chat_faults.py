"""Whatever a provider does: one outcome, one sentence, its cost known as far as it was told, nothing left open."""

import asyncio
import json
import os
from dataclasses import replace

import pytest

from tests.servers.chat_faults import FAULTS, TEXT, ChatFault
from tests.servers.chat_wires import WIRES, wire_of
from tests.servers.fake_chat import FakeChat
from tests.servers.loopback import Exchange, LoopbackServer
from tests.unit.backends.chatting import ASK, PLAIN, QUICK, answer_of, chunks_of, open_at
from tierlsp.backends.chat import ChatRequest, usage_told
from tierlsp.backends.dialects import DIALECTS
from tierlsp.backends.limits import Limits
from tierlsp.errors import BackendError

LIMITS = Limits(error_ms=200)

STEP = 1 if os.environ.get("CI") == "true" else 5
"""Every how many bytes an answer is cut."""


def _cases(*, is_streamed: bool) -> list[tuple[ChatFault, str]]:
    return [
        (fault, name)
        for fault in FAULTS.values()
        for name in WIRES
        if name in fault.wires and fault.cause_for(is_streamed=is_streamed) != "-" and not fault.is_silent
    ]


def _name(value: object) -> str:
    return str(value)


@pytest.mark.parametrize(("fault", "kind"), _cases(is_streamed=True), ids=_name)
async def test_every_fault_of_a_stream_has_the_outcome_of_the_table(fault: ChatFault, kind: str) -> None:
    await _check(fault, kind, ASK)


@pytest.mark.parametrize(("fault", "kind"), _cases(is_streamed=False), ids=_name)
async def test_every_fault_of_a_plain_answer_has_the_outcome_of_the_table(fault: ChatFault, kind: str) -> None:
    await _check(fault, kind, PLAIN)


@pytest.mark.parametrize("request_", [ASK, PLAIN], ids=["stream", "plain"])
@pytest.mark.parametrize("kind", WIRES)
async def test_a_provider_that_is_silent_or_never_done_ends_at_a_time_limit(kind: str, request_: ChatRequest) -> None:
    silent = [
        fault
        for fault in FAULTS.values()
        if fault.is_silent and kind in fault.wires and fault.cause_for(is_streamed=request_.is_streamed) != "-"
    ]
    assert silent
    await asyncio.gather(*(_check(fault, kind, request_) for fault in silent))


async def _check(fault: ChatFault, kind: str, request: ChatRequest) -> None:
    if fault.is_silent:
        request = replace(request, patience=QUICK)
    async with FakeChat(kind) as server:
        server.faults.append(fault)
        backend = open_at(server.url, kind, limits=LIMITS)
        if fault.cause_for(is_streamed=request.is_streamed):
            await _check_error(fault, kind, server, request)
        else:
            await _check_answer(fault, kind, server, request)
        server.faults.clear()
        assert await answer_of(backend, replace(request, patience=ASK.patience)) == "fine"
        await backend.aclose()
        await server.all_closed()


async def _check_error(fault: ChatFault, kind: str, server: FakeChat, request: ChatRequest) -> None:
    backend = open_at(server.url, kind, limits=LIMITS)
    with pytest.raises(BackendError) as caught:
        await chunks_of(backend, request)
    error = caught.value
    assert error.cause == fault.cause_for(is_streamed=request.is_streamed), str(error)
    assert error.retry_after_s == fault.retry_after_s or error.retry_after_s == pytest.approx(fault.retry_after_s)
    assert "sk-test" not in str(error)
    assert str(error).isprintable()
    assert "<" not in str(error)
    assert 20 < len(str(error)) < 400
    if request.is_streamed:
        assert error.has_begun is fault.has_begun
        if fault.has_begun and kind == "anthropic":
            told = usage_told(error)
            assert told is not None
            assert told.prompt_tokens == 100, "it tells of the prompt at the start"
    await backend.aclose()
    await server.at_rest()
    assert len(server.questions) == 1, "nothing is paid twice"


async def _check_answer(fault: ChatFault, kind: str, server: FakeChat, request: ChatRequest) -> None:
    backend = open_at(server.url, kind, limits=LIMITS)
    *pieces, last = await chunks_of(backend, request)
    assert "".join(chunk.text for chunk in [*pieces, last]) == TEXT
    assert last.finish is fault.finish
    assert last.usage == (WIRES[kind].usage if fault.has_usage else None)
    if request.is_streamed:
        assert last.skipped == fault.skipped
    await backend.aclose()
    await server.at_rest()


@pytest.mark.parametrize("kind", [*WIRES, "gemini"])
async def test_an_answer_cut_after_any_byte_is_never_taken_for_whole(kind: str) -> None:
    """The body has neither length nor chunks, so that for HTTP every cut is a good end."""
    wire = wire_of(kind)
    bodies = {True: wire.stream("x", "y"), False: json.dumps(wire.whole("xy")).encode()}
    has_end_mark = kind in DIALECTS and DIALECTS[kind].has_end_mark
    whole_from = {
        # Where `[DONE]` is not promised, the reason for the end is enough.
        True: len(bodies[True].rstrip(b"\n"))
        if has_end_mark or kind not in DIALECTS
        else len((wire.head() + wire.piece("x") + wire.piece("y") + wire.finish()).rstrip(b"\n")),
        False: len(bodies[False]),
    }

    async def answer(exchange: Exchange) -> None:
        body = bodies[exchange.json["stream"]]
        await exchange.head(200, f"Content-Type: {wire.content_type}", "Connection: close")
        await exchange.send(body[: int(exchange.json["model"])])
        exchange.close()

    async def cut(request: ChatRequest) -> None:
        if int(request.model) >= whole_from[request.is_streamed]:
            assert await answer_of(backend, request) == "xy"
            return
        with pytest.raises(BackendError) as caught:
            await chunks_of(backend, request)
        assert caught.value.cause in ("cut", "not-json")

    async with LoopbackServer(answer) as server:
        backend = open_at(server.url, kind)
        for request in (ASK, PLAIN):
            body = bodies[request.is_streamed]
            ends = [*range(0, len(body), STEP), *range(len(body) - 16, len(body) + 1)]
            for start in range(0, len(ends), 16):
                await asyncio.gather(*(cut(replace(request, model=str(end))) for end in ends[start : start + 16]))
        await backend.aclose()
        await server.all_closed()
