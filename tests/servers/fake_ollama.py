"""A stand-in for Ollama that answers what a test says, one token at a time.

    async with FakeOllama(answer=lambda request: ["return", " 1"]) as ollama:
        …  # ollama.url

It can be run by hand or as a child process as well; it prints its address:

    python -m tests.servers.fake_ollama --port 11434 --answer 'return 1' --first-ms 50
"""

from __future__ import annotations

import argparse
import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from typing import Any

from tests.servers.dialects import OLLAMA
from tests.servers.loopback import Exchange, LoopbackServer

Answer = Callable[[dict[str, Any]], Iterable[str] | AsyncIterator[str]]
"""Takes the body of a request, returns the tokens; a text is cut into tokens by `tokens_of`.

An asynchronous iterator may wait for whatever the test wants before the next token."""


@dataclass(frozen=True)
class FakeModel:
    """A model as Ollama describes it."""

    name: str
    capabilities: tuple[str, ...] | None = ("completion", "insert")
    """`None` for an Ollama that does not tell them."""
    parameter_size: str = "7.6B"
    parameter_count: int | None = 7_615_616_512
    family: str = "qwen2"
    template: str = "{{ .Prompt }}"
    context_length: int = 32_768
    size: int = 4_683_073_184
    vram_share: float | None = None
    """`None` if it is not loaded."""
    remote_host: str = ""
    broken: bool = False
    """Whether `/api/show` fails for it."""

    def details(self) -> dict[str, Any]:
        return {
            "format": "gguf",
            "family": self.family,
            "families": [self.family],
            "parameter_size": self.parameter_size,
            "quantization_level": "Q4_K_M",
        }

    def tag(self) -> dict[str, Any]:
        entry: dict[str, Any] = {
            "name": self.name,
            "model": self.name,
            "modified_at": "2026-01-01T00:00:00Z",
            "size": self.size,
            "digest": "0a109f422b47",
            "details": self.details(),
        }
        if self.remote_host:
            entry |= {"remote_host": self.remote_host, "remote_model": self.name.split(":")[0]}
        return entry

    def show(self) -> dict[str, Any]:
        info: dict[str, Any] = {
            "general.architecture": self.family,
            f"{self.family}.context_length": self.context_length,
        }
        if self.parameter_count is not None:
            info["general.parameter_count"] = self.parameter_count
        answer = {"details": self.details(), "model_info": info, "template": self.template, "parameters": ""}
        return answer if self.capabilities is None else answer | {"capabilities": list(self.capabilities)}

    def running(self) -> dict[str, Any]:
        share = self.vram_share or 0.0
        return self.tag() | {
            "expires_at": "2026-01-01T00:30:00Z",
            "size_vram": round(self.size * share),
            "context_length": 4096,
        }


QWEN = FakeModel("qwen2.5-coder:1.5b-base", parameter_size="1.5B", parameter_count=1_543_714_304)


class FakeOllama(LoopbackServer):
    """Ollama with scripted answers."""

    def __init__(
        self,
        answer: Answer = lambda request: ["x", " = ", "1"],
        *,
        models: tuple[FakeModel, ...] = (QWEN,),
        first_ms: float = 0.0,
        token_ms: float = 0.0,
        version: str = "0.30.2",
    ) -> None:
        """`first_ms` passes before the first token, `token_ms` between two."""
        super().__init__()
        self._answer = answer
        self._first_ms = first_ms
        self._token_ms = token_ms
        self.models = models
        self.version = version
        self.requests: list[dict[str, Any]] = []
        """The bodies of all requests to generate."""
        self.running = 0
        """Generations at this moment."""
        self.most_running = 0
        self.finished = 0
        """Generations that came to their end."""

    @property
    def asked(self) -> list[dict[str, Any]]:
        """The requests that somebody waited for, without what was read or made ahead of time."""
        return [
            request
            for request in self.requests
            if request["options"]["num_predict"] > 1 and not request["prompt"].endswith("\n")
        ]

    async def handle(self, exchange: Exchange) -> None:
        match exchange.method, exchange.path:
            case "GET", "/api/version":
                await exchange.reply({"version": self.version})
            case "GET", "/api/tags":
                await exchange.reply({"models": [model.tag() for model in self.models]})
            case "GET", "/api/ps":
                loaded = [model.running() for model in self.models if model.vram_share is not None]
                await exchange.reply({"models": loaded})
            case "POST", "/api/show":
                await self._show(exchange)
            case "POST", "/api/generate":
                await self._generate(exchange)
            case _:
                await exchange.reply(b"404 page not found", 404, "text/plain")

    def find(self, name: str) -> FakeModel | None:
        return next((model for model in self.models if model.name in (name, f"{name}:latest")), None)

    async def _show(self, exchange: Exchange) -> None:
        model = self.find(exchange.json["model"])
        if model is None:
            await exchange.reply({"error": f"model '{exchange.json['model']}' not found"}, 404)
        elif model.broken:
            await exchange.reply({"error": "open blobs/sha256-0a10: no such file or directory"}, 500)
        else:
            await exchange.reply(model.show())

    async def _generate(self, exchange: Exchange) -> None:
        request = exchange.json
        self.requests.append(request)
        model = self.find(request["model"])
        if model is None:
            await exchange.reply({"error": f"model '{request['model']}' not found"}, 404)
        elif request.get("suffix") and "insert" not in (model.capabilities or ()):
            name = f"registry.ollama.ai/library/{model.name}"
            await exchange.reply({"error": f"{name} does not support insert"}, 400)
        elif not request.get("prompt"):
            await exchange.reply({"model": model.name, "response": "", "done": True, "done_reason": "load"})
        else:
            await self._count(exchange, request)

    async def _count(self, exchange: Exchange, request: dict[str, Any]) -> None:
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        try:
            await self._stream(exchange, request)
        finally:
            self.running -= 1

    async def _stream(self, exchange: Exchange, request: dict[str, Any]) -> None:
        if await exchange.pause(self._first_ms):
            raise ConnectionResetError
        await exchange.start_chunked()
        count = 0
        async for token in each_token(self._answer(request), exchange):
            if count >= request["options"]["num_predict"]:
                break
            if count and await exchange.pause(self._token_ms):
                raise ConnectionResetError
            await exchange.chunk(OLLAMA.piece(token))
            count += 1
        await exchange.chunk(OLLAMA.last())
        await exchange.end_chunked()
        self.finished += 1


async def each_token(answer: Iterable[str] | AsyncIterator[str], exchange: Exchange) -> AsyncIterator[str]:
    """Yield the tokens of an answer, as long as the client is there."""
    if not isinstance(answer, AsyncIterator):
        for token in tokens_of(answer) if isinstance(answer, str) else answer:
            yield token
        return
    while (token_or_end := await exchange.unless_gone(_next_of(answer))) is not None:
        yield token_or_end


async def _next_of(answer: AsyncIterator[str]) -> str | None:
    return await anext(answer, None)


def tokens_of(text: str) -> list[str]:
    """Cut a text into pieces of about a token: a word with the blank before it, or a sign."""
    return re.findall(r"\n[ \t]*|[ \t]?\w+|[ \t]+|.", text)


async def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser(description="A stand-in for Ollama with one fixed answer.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--answer", default="return None")
    parser.add_argument("--first-ms", type=float, default=0.0)
    parser.add_argument("--token-ms", type=float, default=0.0)
    options = parser.parse_args()
    server = FakeOllama(lambda request: options.answer, first_ms=options.first_ms, token_ms=options.token_ms)
    await server.start(options.port)
    print(server.url, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
