"""What every backend promises, whatever its wire format, over stand-ins that speak as the real servers do."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import pytest

from tests.servers import faults
from tests.servers.dialects import LLAMACPP, OLLAMA, Dialect
from tests.servers.fake_llamacpp import FakeLlamaCpp
from tests.servers.fake_ollama import Answer, FakeModel, FakeOllama
from tests.servers.faults import FaultServer
from tests.servers.loopback import Exchange, LoopbackServer
from tests.unit.backends.asking import NATIVE, RAW, answer_of, chunks_of, open_at
from tierlsp.backends.base import FimBackend, Usage
from tierlsp.errors import BackendError, Garbled, Overloaded, Rejected, Unavailable

pytestmark = pytest.mark.usefixtures("way")


def fake(dialect: Dialect, answer: Answer = lambda request: ["x", " = ", "1"]) -> FakeOllama | FakeLlamaCpp:
    if dialect.kind == "ollama":
        return FakeOllama(answer, models=(FakeModel("m"),))
    return FakeLlamaCpp(answer)


class Pen:
    """Writes one token after the other, each when the test says so."""

    def __init__(self) -> None:
        self.tokens: asyncio.Queue[str | None] = asyncio.Queue()

    async def __call__(self, request: dict[str, Any]) -> AsyncIterator[str]:
        while (token := await self.tokens.get()) is not None:
            yield token

    def answer(self, request: dict[str, Any]) -> AsyncIterator[str]:
        return self(request)


async def test_the_text_arrives_whole_and_the_usage_with_the_last_piece(dialect: Dialect) -> None:
    text = "if x:\n\treturn 'é😀\u2028'\n"
    async with fake(dialect, lambda request: text) as server:
        backend = open_at(server.url, dialect)
        assert await answer_of(backend) == text
        last = (await chunks_of(backend))[-1]
        assert last.usage is not None
        assert (last.usage.prompt_tokens, last.usage.output_tokens) == (17, 63)
        await backend.aclose()


async def test_each_piece_arrives_when_it_is_written(dialect: Dialect) -> None:
    pen = Pen()
    async with fake(dialect, pen.answer) as server:
        backend = open_at(server.url, dialect)
        async with aclosing(backend.fim(RAW)) as chunks:
            for token in ("a", "b", "c"):
                pen.tokens.put_nowait(token)
                assert (await anext(chunks)).text == token
            pen.tokens.put_nowait(None)
            assert (await anext(chunks)).usage is not None
            assert await anext(chunks, None) is None
        await backend.aclose()


async def test_closing_the_stream_stops_the_model(dialect: Dialect) -> None:
    async with fake(dialect, _without_end) as server:
        backend = open_at(server.url, dialect)
        request = replace(RAW, max_tokens=1_000_000)
        async with aclosing(backend.fim(request)) as chunks:
            assert (await anext(chunks)).text
            assert server.running == 1
        await server.all_closed()
        assert (server.running, server.aborted, server.finished) == (0, 1, 0)
        await backend.aclose()


async def test_cancelling_the_reader_stops_the_model(dialect: Dialect) -> None:
    pen = Pen()
    async with fake(dialect, pen.answer) as server:
        backend = open_at(server.url, dialect)
        task = asyncio.create_task(chunks_of(backend))
        pen.tokens.put_nowait("a")
        while not server.running:
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await server.all_closed()
        assert (server.running, server.aborted) == (0, 1)
        await backend.aclose()


async def test_a_closed_stream_does_no_harm_to_its_neighbours(dialect: Dialect) -> None:
    pens = {"a": Pen(), "b": Pen()}
    async with fake(dialect, lambda request: pens[request["prompt"]].answer(request)) as server:
        backend = open_at(server.url, dialect)
        stays = backend.fim(replace(RAW, prompt="a"))
        goes = backend.fim(replace(RAW, prompt="b"))
        for pen, stream in zip(pens.values(), (stays, goes), strict=True):
            pen.tokens.put_nowait("x")
            assert (await anext(stream)).text == "x"
        await goes.aclose()
        pens["a"].tokens.put_nowait("y")
        pens["a"].tokens.put_nowait(None)
        assert [chunk.text async for chunk in stays] == ["y", ""]
        pens["b"].tokens.put_nowait(None)
        await backend.aclose()


async def test_nothing_is_connected_before_it_is_needed_and_nothing_after_closing(dialect: Dialect) -> None:
    async with fake(dialect) as server:
        backend = open_at(server.url, dialect)
        assert server.connections == 0
        await answer_of(backend)
        await backend.version()
        assert server.connections > 0
        await backend.aclose()
        await server.all_closed()
        await backend.aclose()
        with pytest.raises(Unavailable):
            await backend.version()
        with pytest.raises(Unavailable):
            await chunks_of(backend)


async def test_a_backend_that_is_closed_ends_the_streams_that_run(dialect: Dialect) -> None:
    pen = Pen()
    async with fake(dialect, pen.answer) as server:
        backend = open_at(server.url, dialect)
        stream = backend.fim(RAW)
        pen.tokens.put_nowait("a")
        await anext(stream)
        await backend.aclose()
        with pytest.raises(BackendError):
            await anext(stream)
        pen.tokens.put_nowait(None)


async def test_the_limit_on_tokens_the_stops_and_the_greedy_choice_are_always_sent(dialect: Dialect) -> None:
    async with fake(dialect) as server:
        backend = open_at(server.url, dialect)
        for request in (RAW, NATIVE):
            await answer_of(backend, request)
        for exchange in server.exchanges:
            body = exchange.json
            options = body["options"] if dialect.kind == "ollama" else body
            limit = options["num_predict"] if dialect.kind == "ollama" else options["n_predict"]
            assert limit == 64
            assert options["temperature"] == 0
            assert body["stream"] is True
            assert body["model"] == "m"
            assert options["stop"] in (["\n\n"], [])
        await backend.aclose()


async def test_nothing_is_packed_and_no_stranger_is_told_who_asks(dialect: Dialect) -> None:
    async with fake(dialect) as server:
        backend = open_at(server.url, dialect)
        await answer_of(backend)
        headers = server.exchanges[0].headers
        assert headers["accept-encoding"] == "identity"
        assert headers["content-type"] == "application/json"
        assert set(headers) <= {
            "host", "user-agent", "accept", "accept-encoding", "content-type", "content-length", "connection",
        }  # fmt: skip
        await backend.aclose()


@pytest.mark.parametrize("question", ["version", "models"])
async def test_questions_use_one_connection_again(dialect: Dialect, question: str) -> None:
    async with fake(dialect) as server:
        backend: FimBackend = open_at(server.url, dialect)
        for _ in range(3):
            assert await getattr(backend, question)()
        assert server.connections <= 2
        await backend.aclose()


class TestOllama:
    """What only Ollama does."""

    async def test_a_raw_prompt_passes_by_the_template_with_the_options_of_the_loaded_model(self) -> None:
        async with FakeOllama(models=(FakeModel("m"),)) as server:
            backend = open_at(server.url, OLLAMA)
            await answer_of(backend)
            assert server.requests == [
                {
                    "model": "m",
                    "prompt": "<a>",
                    "raw": True,
                    "stream": True,
                    "think": False,
                    "keep_alive": "30m",
                    "options": {"num_ctx": 4096, "num_predict": 64, "temperature": 0, "stop": ["\n\n"]},
                }
            ]
            await backend.aclose()

    async def test_without_a_raw_prompt_the_template_is_given_both_sides(self) -> None:
        async with FakeOllama(models=(FakeModel("m"),)) as server:
            backend = open_at(server.url, OLLAMA)
            await answer_of(backend, NATIVE)
            await answer_of(backend, replace(NATIVE, suffix=""))
            first, second = server.requests
            assert (first["prompt"], first["suffix"], first["raw"]) == ("a", "b", False)
            assert second["suffix"] == "\n", "without a suffix the template would ask for chat"
            await backend.aclose()

    async def test_warming_loads_with_the_same_options_and_generates_nothing(self) -> None:
        async with FakeOllama(models=(FakeModel("m"),)) as server:
            backend = open_at(server.url, OLLAMA)
            await backend.warm("m")
            await answer_of(backend)
            warm, fim = server.requests
            assert "prompt" not in warm
            assert warm["options"]["num_ctx"] == fim["options"]["num_ctx"]
            assert warm["keep_alive"] == fim["keep_alive"]
            await backend.aclose()

    async def test_a_missing_model_is_told_with_the_command_that_gets_it(self) -> None:
        async with FakeOllama() as server:
            backend = open_at(server.url, OLLAMA)
            for ask in (chunks_of(backend, replace(RAW, model="starcoder2:3b")), backend.warm("starcoder2:3b")):
                with pytest.raises(Rejected, match="ollama pull starcoder2:3b") as caught:
                    await ask
                assert caught.value.cause == "model-missing"
            await backend.aclose()

    async def test_a_template_without_a_suffix_is_a_model_that_cannot_fill_in(self) -> None:
        async with FakeOllama(models=(FakeModel("m", capabilities=("completion",)),)) as server:
            backend = open_at(server.url, OLLAMA)
            with pytest.raises(Rejected, match="cannot fill in the middle") as caught:
                await chunks_of(backend, NATIVE)
            assert caught.value.cause == "no-fim"
            assert await answer_of(backend, RAW) == "x = 1", "a raw prompt needs no template"
            await backend.aclose()

    @pytest.mark.parametrize(
        ("status", "message", "kind", "cause"),
        [
            (503, "server busy, please try again.  maximum pending requests exceeded", Overloaded, "busy"),
            (499, "request canceled", Unavailable, "dropped"),
            (400, '"m" does not support generate', Rejected, "no-fim"),
            (400, "raw mode does not support template, system, or context", Rejected, "rejected"),
            (404, 'model "m" not found, try pulling it first', Rejected, "model-missing"),
            (500, "llama runner process has terminated: signal: killed", Overloaded, "out-of-memory"),
            (500, "llama runner process has terminated: exit status 2", Unavailable, "server-error"),
        ],
    )
    async def test_what_ollama_says_is_understood(
        self, status: int, message: str, kind: type[BackendError], cause: str
    ) -> None:
        async with FaultServer(OLLAMA, faults.status(status, message)) as server:
            backend = open_at(server.url, OLLAMA)
            with pytest.raises(kind) as caught:
                await chunks_of(backend)
            assert caught.value.cause == cause
            await backend.aclose()

    @pytest.mark.parametrize("reason", ["load", "unload"])
    async def test_a_model_that_was_loaded_instead_of_asked_is_not_an_empty_answer(self, reason: str) -> None:
        async def answer(exchange: Exchange) -> None:
            await exchange.reply({"model": "m", "response": "", "done": True, "done_reason": reason})

        async with LoopbackServer(answer) as server:
            backend = open_at(server.url, OLLAMA)
            with pytest.raises(Unavailable, match=f"{reason}ed") as caught:
                await chunks_of(backend)
            assert caught.value.cause == "loading"
            await backend.aclose()

    async def test_at_the_very_start_of_a_file_there_is_nothing_to_ask_with_and_no_error(self) -> None:
        async with FakeOllama(models=(FakeModel("m"),)) as server:
            backend = open_at(server.url, OLLAMA)
            assert await answer_of(backend, replace(NATIVE, prefix="")) == ""
            await backend.aclose()

    async def test_durations_come_in_milliseconds(self) -> None:
        async with FakeOllama(models=(FakeModel("m"),)) as server:
            backend = open_at(server.url, OLLAMA)
            usage = (await chunks_of(backend))[-1].usage
            assert usage == Usage(17, 0, 63, 201.222, 953.997, 6.683708)
            await backend.aclose()

    async def test_one_damaged_model_does_not_hide_the_others(self) -> None:
        models = (FakeModel("a:1b"), FakeModel("b:1b", broken=True), FakeModel("codestral:22b", vram_share=1.0))
        async with FakeOllama(models=models) as server:
            backend = open_at(server.url, OLLAMA)
            found = {model.name: model for model in await backend.models()}
            assert list(found) == ["a:1b", "b:1b", "codestral:22b"]
            assert found["a:1b"].can_fim
            assert not found["b:1b"].can_fim
            assert found["codestral:22b"].on_gpu == 1.0
            await backend.aclose()

    async def test_models_in_the_cloud_are_not_asked_about(self) -> None:
        models = (FakeModel("qwen3-coder:480b-cloud", remote_host="https://ollama.com"), FakeModel("a:1b"))
        async with FakeOllama(models=models) as server:
            backend = open_at(server.url, OLLAMA)
            remote, local = await backend.models()
            assert (remote.is_remote, local.is_remote) == (True, False)
            shown = [exchange.json["model"] for exchange in server.exchanges if exchange.path == "/api/show"]
            assert shown == ["a:1b"]
            await backend.aclose()

    async def test_another_server_on_its_port_is_not_taken_for_it(self) -> None:
        async def answer(exchange: Exchange) -> None:
            await exchange.reply({"status": "ok"})

        async with LoopbackServer(answer) as server:
            backend = open_at(server.url, OLLAMA)
            with pytest.raises(Garbled, match="not Ollama"):
                await backend.version()
            assert await backend.models() == ()
            await backend.aclose()


class TestLlamaCpp:
    """What only llama.cpp does."""

    async def test_a_raw_prompt_goes_to_completion_and_both_sides_to_infill(self) -> None:
        async with FakeLlamaCpp() as server:
            backend = open_at(server.url, LLAMACPP)
            await answer_of(backend, RAW)
            await answer_of(backend, NATIVE)
            (raw_path, raw), (native_path, native) = server.requests
            assert (raw_path, raw["prompt"]) == ("/completion", "<a>")
            assert (native_path, native["input_prefix"], native["input_suffix"]) == ("/infill", "a", "b")
            for body in (raw, native):
                assert body["cache_prompt"] is True
                assert "id_slot" not in body
            await backend.aclose()

    async def test_cached_tokens_are_counted(self) -> None:
        async with FakeLlamaCpp() as server:
            backend = open_at(server.url, LLAMACPP)
            assert (await chunks_of(backend))[-1].usage == Usage(17, 10, 63, 0.677, 1.254)
            await backend.aclose()

    async def test_a_server_that_is_loading_says_so_to_every_question(self) -> None:
        async with FakeLlamaCpp(is_loading=True) as server:
            backend = open_at(server.url, LLAMACPP)
            for ask in (chunks_of(backend), backend.version(), backend.models(), backend.warm("m")):
                with pytest.raises(Unavailable, match="loading its model") as caught:
                    await ask
                assert caught.value.cause == "loading"
            await backend.aclose()

    async def test_a_model_of_a_known_family_needs_no_trial(self) -> None:
        async with FakeLlamaCpp() as server:
            backend = open_at(server.url, LLAMACPP)
            (model,) = await backend.models()
            assert (model.name, model.family, model.can_fim) == ("Qwen2.5-Coder-1.5B-Q4_K_M", "qwen-coder", True)
            assert (model.parameters, model.context_tokens, model.is_loaded) == (1_543_714_304, 32_768, True)
            assert not server.requests
            await backend.aclose()

    @pytest.mark.parametrize("can_infill", [True, False])
    async def test_an_unknown_model_is_tried_once(self, can_infill: bool) -> None:
        async with FakeLlamaCpp(model_path="/models/mine.gguf", can_infill=can_infill) as server:
            backend = open_at(server.url, LLAMACPP)
            for _ in range(2):
                (model,) = await backend.models()
                assert (model.name, model.family, model.can_fim) == ("mine", None, can_infill)
            assert [path for path, _ in server.requests] == ["/infill"]
            await backend.aclose()

    async def test_a_model_without_the_tokens_cannot_fill_in(self) -> None:
        async with FakeLlamaCpp(can_infill=False) as server:
            backend = open_at(server.url, LLAMACPP)
            with pytest.raises(Rejected, match="prefix token is missing") as caught:
                await chunks_of(backend, NATIVE)
            assert caught.value.cause == "no-fim"
            await backend.aclose()

    async def test_a_prompt_longer_than_the_context_says_by_how_much(self) -> None:
        async def answer(exchange: Exchange) -> None:
            error = {
                "code": 400,
                "message": "the request exceeds the available context size, try increasing it",
                "type": "exceed_context_size_error",
                "n_prompt_tokens": 3000,
                "n_ctx": 2048,
            }
            await exchange.reply({"error": error}, 400)

        async with LoopbackServer(answer) as server:
            backend = open_at(server.url, LLAMACPP)
            with pytest.raises(Rejected, match=r"3000 tokens .* \(2048\)") as caught:
                await chunks_of(backend)
            assert caught.value.cause == "context"
            await backend.aclose()

    async def test_a_sleeping_server_is_woken_and_one_awake_is_left_alone(self) -> None:
        async with FakeLlamaCpp(is_sleeping=True) as server:
            backend = open_at(server.url, LLAMACPP)
            await backend.warm("m")
            assert [path for path, _ in server.requests] == ["/completion"]
            await backend.warm("m")
            assert len(server.requests) == 1
            await backend.aclose()

    async def test_a_server_of_many_models_lists_them_and_loads_none(self) -> None:
        async def answer(exchange: Exchange) -> None:
            assert (exchange.method, exchange.path) == ("GET", "/v1/models")
            loaded = {"id": "ggml-org/Qwen2.5-Coder-7B-Q8_0-GGUF", "status": {"value": "loaded"}}
            other = {"id": "ggml-org/gemma-3-4b-it-GGUF:Q4_K_M", "status": {"value": "unloaded"}}
            await exchange.reply({"data": [loaded, other]})

        async with LoopbackServer(answer) as server:
            backend = open_at(server.url, LLAMACPP)
            first, second = await backend.models()
            assert (first.family, first.can_fim, first.is_loaded) == ("qwen-coder", True, True)
            assert (second.family, second.can_fim, second.is_loaded) == (None, False, False)
            await backend.aclose()

    async def test_comments_other_fields_and_old_spellings_of_a_stream_are_understood(self) -> None:
        async def answer(exchange: Exchange) -> None:
            await exchange.reply(
                b': ping\r\n\r\nevent: message\r\nid: 7\r\ndata:{"content":"a","stop":false}\r\n\r\n'
                b'data: {"content":"b","stop":true}\n\ndata: [DONE]\n\n',
                kind="text/event-stream",
            )

        async with LoopbackServer(answer) as server:
            backend = open_at(server.url, LLAMACPP)
            assert await answer_of(backend) == "ab"
            await backend.aclose()

    async def test_an_error_in_the_old_form_of_the_stream_is_one(self) -> None:
        async def answer(exchange: Exchange) -> None:
            await exchange.reply(b'error: {"code":500,"message":"slot lost","type":"server_error"}\n\n')

        async with LoopbackServer(answer) as server:
            backend = open_at(server.url, LLAMACPP)
            with pytest.raises(Unavailable, match="slot lost"):
                await chunks_of(backend)
            await backend.aclose()


async def _without_end(request: dict[str, Any]) -> AsyncIterator[str]:
    while True:
        yield "x"
