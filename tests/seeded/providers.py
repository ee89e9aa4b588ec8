"""The providers behind a set of settings, on loopback and in their own formats, and what they count for themselves."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import Any

from tests.seeded.models import Model, counts_of, read_question
from tests.seeded.rule import Asked
from tests.seeded.setups import Setup, key_name
from tests.servers.chatting_ollama import ChattingOllama
from tests.servers.fake_chat import FakeChat, Said

KEY = "sk-test-0123456789"

_CUT = {"anthropic": "max_tokens"}
"""What the formats call the length limit; `length` elsewhere."""


class Providers:
    """All of them, and every question that reached one."""

    def __init__(self, setup: Setup) -> None:
        self.asked: list[Asked] = []
        self.urls: dict[str, str] = {}
        self.keys = {key_name(model.backend): KEY for model in setup.models if model.kind != "ollama"}
        self._setup = setup

    def serve(self, kind: str, backend: str) -> FakeChat | ChattingOllama:
        """Return the server of one backend, not started."""
        if kind == "ollama":
            return ChattingOllama(lambda body: self._said(backend, body))
        server = FakeChat(kind, lambda body: self._said(backend, body))
        server.key = KEY
        return server

    def _said(self, backend: str, body: dict[str, Any]) -> Said:
        model: Model = self._setup.named(f"{backend}/{body['model']}")
        question = read_question(body)
        answer = model.answer(question.shown, question.attempt)
        counts = counts_of(question, answer, model.kind)
        self.asked.append(Asked(model, question, answer, model.price.of(counts)))
        return Said(answer.text, counts, _CUT.get(model.kind, "length") if answer.is_cut else "")


@asynccontextmanager
async def providers_of(setup: Setup) -> AsyncIterator[Providers]:
    """Start the providers of a set of settings; where one is down, nobody listens at its address."""
    providers = Providers(setup)
    async with AsyncExitStack() as stack:
        for backend, kind in {model.backend: model.kind for model in setup.models}.items():
            if backend in setup.down:
                providers.urls[backend] = stack.enter_context(_closed())
            else:
                server = await stack.enter_async_context(providers.serve(kind, backend))
                providers.urls[backend] = server.url
        yield providers


@contextmanager
def _closed() -> Iterator[str]:
    """Give an address at which nobody answers."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"
