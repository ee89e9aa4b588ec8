"""A stand-in for Ollama that completes, and answers questions as well."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.servers.chat_wires import OLLAMA
from tests.servers.fake_chat import Said, send
from tests.servers.fake_ollama import FakeModel, FakeOllama
from tests.servers.loopback import Exchange

CODER = FakeModel("qwen2.5-coder:7b", capabilities=("completion", "insert", "tools"))


class ChattingOllama(FakeOllama):
    """Ollama with one model, which answers what a test says."""

    def __init__(self, answer: Callable[[dict[str, Any]], str | Said]) -> None:
        super().__init__(models=(CODER,))
        self.questions: list[dict[str, Any]] = []
        self.order: list[str] = []
        self._chat = answer

    async def handle(self, exchange: Exchange) -> None:
        if exchange.path == "/api/generate":
            self.order.append("completion")
        if exchange.path != "/api/chat":
            await super().handle(exchange)
            return
        self.order.append("action")
        self.questions.append(exchange.json)
        answer = self._chat(exchange.json)
        await send(exchange, OLLAMA, Said(answer) if isinstance(answer, str) else answer)
