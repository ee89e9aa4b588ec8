"""A stand-in for llama.cpp's `llama-server` with one model, in the shapes of build b11669."""

from __future__ import annotations

from typing import Any

from tests.servers.dialects import LLAMACPP
from tests.servers.fake_ollama import Answer, each_token
from tests.servers.loopback import Exchange, LoopbackServer


class FakeLlamaCpp(LoopbackServer):
    """llama.cpp with scripted answers."""

    def __init__(
        self,
        answer: Answer = lambda request: ["x", " = ", "1"],
        *,
        model_path: str = "/models/Qwen2.5-Coder-1.5B-Q4_K_M.gguf",
        can_infill: bool = True,
        is_loading: bool = False,
        is_sleeping: bool = False,
    ) -> None:
        super().__init__()
        self._answer = answer
        self.model_path = model_path
        self.can_infill = can_infill
        self.is_loading = is_loading
        self.is_sleeping = is_sleeping
        self.requests: list[tuple[str, dict[str, Any]]] = []
        """Path and body of all requests to generate."""
        self.running = 0
        self.most_running = 0
        self.finished = 0

    async def handle(self, exchange: Exchange) -> None:
        if self.is_loading:
            error = {"code": 503, "message": "Loading model", "type": "unavailable_error"}
            await exchange.reply({"error": error}, 503)
            return
        match exchange.method, exchange.path:
            case "GET", "/health":
                await exchange.reply({"status": "ok"})
            case "GET", "/props":
                await exchange.reply(self._properties())
            case "GET", "/v1/models":
                await exchange.reply({"object": "list", "data": [self._entry()]})
            case "POST", "/completion" | "/infill":
                await self._generate(exchange)
            case _:
                error = {"message": "File Not Found", "type": "not_found_error", "code": 404}
                await exchange.reply({"error": error}, 404)

    def _properties(self) -> dict[str, Any]:
        return {
            "default_generation_settings": {"n_ctx": 2048},
            "total_slots": 1,
            "model_path": self.model_path,
            "build_info": "b11669-Debian",
            "is_sleeping": self.is_sleeping,
        }

    def _entry(self) -> dict[str, Any]:
        meta = {"n_ctx": 2048, "n_ctx_train": 32_768, "n_params": 1_543_714_304, "size": 986_048_768}
        return {"id": self.model_path, "object": "model", "owned_by": "llamacpp", "meta": meta}

    async def _generate(self, exchange: Exchange) -> None:
        request = exchange.json
        self.requests.append((exchange.path, request))
        self.is_sleeping = False
        if exchange.path == "/infill" and not self.can_infill:
            message = "Infill is not supported by this model: prefix token is missing. "
            await exchange.reply({"error": {"code": 501, "message": message, "type": "not_supported_error"}}, 501)
        elif not request.get("stream"):
            await exchange.reply({"content": "x", "stop": True})
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
        await exchange.start_chunked("text/event-stream")
        count = 0
        async for token in each_token(self._answer(request), exchange):
            if count >= request["n_predict"]:
                break
            await exchange.chunk(LLAMACPP.piece(token))
            count += 1
        await exchange.chunk(LLAMACPP.last())
        await exchange.end_chunked()
        # The real one closes after every stream, whatever its headers promise.
        exchange.close()
        self.finished += 1
