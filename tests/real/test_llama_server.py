"""The llama.cpp backend against the real server, where a stand-in could only repeat what we believe about it."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace

import pytest

from tests.real.asking import HEAD, HOSTILE, raw, read, sees_answered, text_of
from tests.real.conftest import LlamaServer
from tests.real.waiting import eventually
from tierlsp.backends.base import BackendSpec, FimBackend, FimRequest
from tierlsp.backends.chat import ChatRequest, Message
from tierlsp.backends.families import family_of
from tierlsp.backends.limits import GENERATION
from tierlsp.backends.open import open_backend, open_chat_backend
from tierlsp.errors import Rejected

pytestmark = pytest.mark.real

RAW = raw("tiny")
NATIVE = replace(RAW, prompt=None)


@pytest.fixture
async def backend(llama_server: LlamaServer) -> AsyncIterator[FimBackend]:
    opened = open_backend(BackendSpec("llamacpp", "llamacpp", llama_server.url))
    yield opened
    await opened.aclose()


@pytest.mark.parametrize("request_", [RAW, NATIVE], ids=["completion", "infill"])
async def test_a_middle_comes_in_pieces_and_its_usage_at_the_end(backend: FimBackend, request_: FimRequest) -> None:
    *pieces, last = await read(backend, request_)
    # What comes in one go is one chunk: to a busy reader the whole answer may come with its end.
    assert "".join(chunk.text for chunk in [*pieces, last])
    assert sum(chunk.pieces for chunk in [*pieces, last]) > 1
    assert all(chunk.text and chunk.usage is None for chunk in pieces)
    assert last.usage is not None
    assert 0 < last.usage.output_tokens <= RAW.max_tokens
    assert last.usage.prompt_tokens > 10
    assert last.usage.prompt_ms > 0
    assert last.usage.output_ms > 0


async def test_the_same_question_has_the_same_answer(backend: FimBackend) -> None:
    assert await text_of(backend, RAW) == await text_of(backend, RAW)


async def test_the_prompt_that_was_read_before_is_found_in_the_cache(backend: FimBackend) -> None:
    request = replace(RAW, prompt="def area(radius):\n" * 20 + "    return ")
    await read(backend, request)
    grown = replace(request, prompt=f"{request.prompt}3")
    usage = (await read(backend, grown))[-1].usage
    assert usage is not None
    assert usage.cached_tokens >= 0.8 * usage.prompt_tokens
    assert usage.cached_tokens < usage.prompt_tokens


async def test_it_stops_at_a_stop_sequence_which_is_not_part_of_the_answer(backend: FimBackend) -> None:
    request = replace(RAW, max_tokens=60)
    whole = await text_of(backend, request)
    sign = next(char for char in whole if not char.isspace())
    cut = await text_of(backend, replace(request, stop=(sign,)))
    assert cut == whole.partition(sign)[0]


async def test_closing_a_stream_frees_the_slot(backend: FimBackend, llama_server: LlamaServer) -> None:
    """With one slot, a generation that goes on would hold up the next request for its whole length."""
    before = llama_server.log.stat().st_size
    # A text that the model goes on with until it is stopped.
    endless = replace(RAW, prompt="def area(radius):\n" * 20 + "    return ", max_tokens=1_500)
    async with aclosing(backend.fim(endless)) as chunks:
        await anext(chunks)

    async def is_busy() -> bool:
        return await asyncio.to_thread(_is_busy, llama_server.url)

    async def log() -> str:
        return llama_server.log.read_text(errors="replace")[-2_000:]

    await eventually(is_busy, lambda busy: not busy, "the slot to be free", log)
    assert b"cancel task" in llama_server.log.read_bytes()[before:], "it came to its end by itself"
    assert (await read(backend, RAW))[-1].usage


async def test_many_streams_given_up_one_after_the_other_leave_the_server_ready(backend: FimBackend) -> None:
    given_up = 0
    for count in range(20):
        asking = asyncio.create_task(read(backend, replace(RAW, max_tokens=500)))
        for _ in range(count * 5):
            await asyncio.sleep(0)
        # The model may have come to its end by then.
        asking.cancel()
        await asyncio.wait({asking})
        given_up += asking.cancelled()
    assert given_up >= 5
    assert (await read(backend, RAW))[-1].usage


async def test_the_connection_that_the_server_closes_after_a_stream_is_no_failure(backend: FimBackend) -> None:
    """It says `Keep-Alive` and closes all the same. Questions in between keep their connection."""
    for _ in range(10):
        assert (await read(backend, RAW))[-1].usage
        assert await backend.version()


async def test_the_model_is_found_with_all_that_is_known_of_it(backend: FimBackend) -> None:
    (model,) = await backend.models()
    assert model.name == "tiny-q8_0"
    assert family_of(model.name) is None
    assert model.can_fim, "its file names the tokens, as asking the server shows"
    assert (model.parameters, model.context_tokens, model.is_loaded) == (1_967_808, 4_096, True)


async def test_a_prompt_longer_than_the_context_is_refused_by_its_name(backend: FimBackend) -> None:
    with pytest.raises(Rejected, match="longer than the context") as caught:
        await read(backend, replace(RAW, prompt="def area(radius): return radius\n" * 1_000))
    assert caught.value.cause == "context"


async def test_warming_a_server_that_is_up_does_no_harm(backend: FimBackend) -> None:
    await backend.warm("tiny")
    assert (await backend.version()).startswith("b")


async def test_text_with_every_kind_of_line_end_and_sign_can_be_asked_about(backend: FimBackend) -> None:
    assert (await read(backend, replace(NATIVE, prefix=HOSTILE, suffix=HOSTILE)))[-1].usage


def _is_busy(url: str) -> bool:
    with urllib.request.urlopen(f"{url}/slots", timeout=5) as answer:
        return any(slot["is_processing"] for slot in json.load(answer))


@pytest.mark.parametrize("is_streamed", [True, False], ids=["stream", "plain"])
async def test_a_question_is_answered_in_openais_format(llama_server: LlamaServer, is_streamed: bool) -> None:
    chat = open_chat_backend(BackendSpec("llamacpp", "llamacpp", llama_server.url))
    request = ChatRequest("tiny", "Be brief.", (Message("user", HEAD),), 8, GENERATION, is_streamed=is_streamed)
    await sees_answered(chat, request)
    assert "1 model" in await chat.check()
    with pytest.raises(Rejected) as caught:
        async with aclosing(chat.chat(replace(request, messages=(Message("user", HEAD * 400),)))) as chunks:
            await anext(chunks)
    assert caught.value.cause == "context"
    await chat.aclose()
