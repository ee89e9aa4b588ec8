"""The Ollama backend against the real program: what is believed of it elsewhere is seen here.

It is skipped where there is none, since none can be had from a package index; `README.md` says how to build one.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.protocol.conftest import place_at
from tests.protocol.editor import BARE_CAPABILITIES, Editor, start_session
from tests.real.asking import HEAD, HOSTILE, raw, read, sees_answered, text_of
from tests.real.conftest import TINY_MODEL, wait_until_up
from tests.real.waiting import eventually
from tierlsp.backends.base import BackendSpec, FimBackend, FimRequest
from tierlsp.backends.chat import ChatRequest, Message
from tierlsp.backends.limits import GENERATION
from tierlsp.backends.open import open_backend, open_chat_backend
from tierlsp.errors import Rejected

pytestmark = pytest.mark.real

FIM = (
    "{{- if .Suffix }}<|fim_prefix|>{{ .Prompt }}<|fim_suffix|>{{ .Suffix }}<|fim_middle|>"
    "{{ else }}{{ .Prompt }}{{ end }}"
)
CHAT = "{{- range .Messages }}<|im_start|>{{ .Role }}\n{{ .Content }}<|im_end|>\n{{ end }}<|im_start|>assistant\n"
MODELS = {"qwen2.5-coder:base": FIM, "talker:latest": CHAT}
"""Two models of the same weights: one that fills in the middle alone, and one that talks alone."""

RAW = raw("qwen2.5-coder:base")
NATIVE = replace(RAW, prompt=None)
ENDLESS = replace(RAW, prompt="def area(radius):\n" * 20 + "    return ", max_tokens=3_000)


NOBODY = 9
"""A port at which no model server answers."""


@dataclass(frozen=True)
class Ollama:
    """A running Ollama."""

    program: str
    url: str
    environ: dict[str, str]
    log: Path

    def run(self, *arguments: str) -> None:
        """Have its program do something; raise if it cannot."""
        subprocess.run([self.program, *arguments], env=self.environ, check=True, capture_output=True, timeout=60)


@pytest.fixture(scope="module")
def ollama(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ollama]:
    """One server with one slot, and a home of its own."""
    program = shutil.which("ollama")
    if program is None:
        pytest.skip("ollama is not on PATH; tests/real/README.md says how to build one")
    home = tmp_path_factory.mktemp("ollama")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    environ = {"HOME": str(home), "PATH": os.environ["PATH"], "OLLAMA_HOST": address, "OLLAMA_NUM_PARALLEL": "1"}
    server = Ollama(program, f"http://{address}", environ, home / "log")
    with server.log.open("wb") as output:
        process = subprocess.Popen(
            [program, "serve"], env=environ, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
    try:
        wait_until_up("Ollama", f"{server.url}/api/version", process, server.log)
        _make_models(server, home)
        yield server
    finally:
        process.terminate()
        process.wait(20)


def _make_models(server: Ollama, home: Path) -> None:
    for name, template in MODELS.items():
        # More threads than a core has to spare make it wait for itself.
        (home / "Modelfile").write_text(f'FROM {TINY_MODEL}\nTEMPLATE """{template}"""\nPARAMETER num_thread 1\n')
        server.run("create", name, "-f", str(home / "Modelfile"))


async def _log_of(server: Ollama) -> str:
    return server.log.read_text(errors="replace")[-2_000:]


@pytest.fixture
async def backend(ollama: Ollama) -> AsyncIterator[FimBackend]:
    opened = open_backend(BackendSpec("ollama", "ollama", ollama.url))
    yield opened
    await opened.aclose()


async def test_what_a_model_can_do_is_read_from_its_template(backend: FimBackend) -> None:
    models = {model.name: model for model in await backend.models()}
    assert models.keys() == MODELS.keys()
    assert {name: (model.can_fim, model.can_chat) for name, model in models.items()} == {
        "qwen2.5-coder:base": (True, False),
        "talker:latest": (False, True),
    }
    assert models["qwen2.5-coder:base"].family == "qwen-coder"
    assert {model.parameters for model in models.values()} == {1_967_808}
    assert {model.context_tokens for model in models.values()} == {4_096}


@pytest.mark.parametrize("request_", [RAW, NATIVE], ids=["raw", "suffix"])
async def test_a_middle_comes_with_its_usage_at_the_end(backend: FimBackend, request_: FimRequest) -> None:
    *pieces, last = await read(backend, request_)
    assert "".join(chunk.text for chunk in [*pieces, last])
    assert all(chunk.text and chunk.usage is None for chunk in pieces)
    assert last.usage is not None
    assert 0 < last.usage.output_tokens <= RAW.max_tokens
    assert last.usage.prompt_tokens > 10
    assert last.usage.output_ms > 0


async def test_the_same_question_has_the_same_answer(backend: FimBackend) -> None:
    assert await text_of(backend, RAW) == await text_of(backend, RAW)


async def test_it_stops_at_a_stop_sequence_which_is_not_part_of_the_answer(backend: FimBackend) -> None:
    request = replace(RAW, max_tokens=60)
    whole = await text_of(backend, request)
    sign = next(char for char in whole if not char.isspace())
    cut = await text_of(backend, replace(request, stop=(sign,)))
    assert cut.rstrip() == whole.partition(sign)[0].rstrip()


async def test_closing_a_stream_stops_the_model(backend: FimBackend, ollama: Ollama) -> None:
    """With one slot, a generation that goes on would hold up the next request for its whole length."""
    usage = (await read(backend, replace(ENDLESS, max_tokens=200)))[-1].usage
    assert usage is not None
    token_ms = usage.output_ms / usage.output_tokens
    for _ in range(5):
        async with aclosing(backend.fim(ENDLESS)) as chunks:
            await anext(chunks)
    started = asyncio.get_running_loop().time()
    assert (await read(backend, RAW))[-1].usage
    took_ms = (asyncio.get_running_loop().time() - started) * 1_000
    # What was given up five times would take many times as long.
    assert took_ms < 5 * ENDLESS.max_tokens * token_ms / 2


async def test_the_model_that_was_asked_is_in_memory_and_warming_it_writes_nothing(backend: FimBackend) -> None:
    await backend.warm(RAW.model)
    assert await backend.loaded() == (RAW.model,)
    assert (await read(backend, RAW))[-1].usage


async def test_a_model_that_is_not_there_is_named_with_what_to_do(backend: FimBackend) -> None:
    with pytest.raises(Rejected, match="ollama pull nobody:1b"):
        await read(backend, replace(RAW, model="nobody:1b"))


async def test_text_with_every_kind_of_line_end_and_sign_can_be_asked_about(backend: FimBackend) -> None:
    assert (await read(backend, replace(NATIVE, prefix=HOSTILE, suffix=HOSTILE)))[-1].usage


@pytest.mark.parametrize("is_streamed", [True, False], ids=["stream", "plain"])
async def test_a_question_is_answered(ollama: Ollama, is_streamed: bool) -> None:
    chat = open_chat_backend(BackendSpec("ollama", "ollama", ollama.url))
    request = ChatRequest(
        "talker:latest", "Be brief.", (Message("user", HEAD),), 8, GENERATION, is_streamed=is_streamed
    )
    await sees_answered(chat, request)
    assert "answers" in await chat.check()
    await chat.aclose()


async def test_ghost_text_comes_from_it_and_the_editor_is_told_its_name(ollama: Ollama, tmp_path: Path) -> None:
    place = place_at(tmp_path, NOBODY)
    shows = {**BARE_CAPABILITIES, "experimental": {"tierlsp": {"status": True}}}
    async with place.client(model_url=ollama.url) as client:
        await start_session(client, place.workspace, shows)
        await client.until(
            lambda: (
                bool(client.statuses) and client.statuses[-1]["tiers"]["local"]["model"] == "ollama/qwen2.5-coder:base"
            ),
            "the model's name",
        )
        editor = Editor(client, place.uri("a.py"))
        editor.open(f"{HEAD}█\n")

        async def log() -> str:
            return await _log_of(ollama)

        await eventually(editor.ghost, lambda text: text.strip() != "", "ghost text", log)
