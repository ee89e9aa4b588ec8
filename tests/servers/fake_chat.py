"""A stand-in for any chat provider: it answers what a test says, or does wrong what a fault says.

async with FakeChat("deepseek", lambda body: "fine") as provider:
    provider.faults.append(FAULTS["429-seconds"])   # for the next question; then all is well again
    …  # provider.url, provider.questions
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from tests.servers.chat_faults import ChatFault
from tests.servers.chat_wires import USUAL, Counts, Wire, wire_of
from tests.servers.fake_ollama import each_token
from tests.servers.loopback import Exchange, LoopbackServer


@dataclass(frozen=True)
class Said:
    """An answer with what its provider counts for it."""

    text: str
    counts: Counts = USUAL
    reason: str = ""
    """Why the model stopped, in the format's own word; empty for a good end."""


Answer = Callable[[dict[str, Any]], str | Said | Iterable[str] | AsyncIterator[str]]
"""Takes a question's body, returns the text: as one, in pieces, or in pieces that each come when the test wants it."""


class FakeChat(LoopbackServer):
    """A provider with scripted answers."""

    def __init__(self, kind: str = "openai", answer: Answer = lambda body: "fine") -> None:
        super().__init__()
        self.kind = kind
        self.wire: Wire = wire_of(kind)
        self.answer = answer
        self.faults: deque[ChatFault] = deque()
        """What goes wrong with the next questions, one each."""
        self.always: ChatFault | None = None
        """What goes wrong with every question."""
        self.key: str | None = None
        """The key that it wants; `None` for any or none."""
        self.models = ("m-1", "m-2")
        self.running = 0
        self.finished = 0

    @property
    def questions(self) -> list[dict[str, Any]]:
        """The bodies of all questions so far."""
        return [exchange.json for exchange in self.exchanges if exchange.method == "POST"]

    async def handle(self, exchange: Exchange) -> None:
        if self.key is not None and _key_in(exchange) != self.key:
            await exchange.reply(self.wire.error("authentication_error", "invalid api key"), 401)
        elif exchange.method == "GET":
            await self._tell(exchange)
        elif not exchange.path.endswith(self.wire.path):
            await exchange.reply(self.wire.error("not_found", "no such path"), 404)
        elif fault := self.always or (self.faults.popleft() if self.faults else None):
            await fault.serve(exchange, self.wire)
        else:
            await self._count(exchange)

    async def _tell(self, exchange: Exchange) -> None:
        if exchange.path.endswith("/key"):
            await exchange.reply({"data": {"label": "sk", "usage": 1.5, "limit": 10, "limit_remaining": 8.5}})
        elif exchange.path.endswith("/models"):
            await exchange.reply({"object": "list", "data": [{"id": name} for name in self.models]})
        elif exchange.path == "/api/version":
            await exchange.reply({"version": "0.30.2"})
        else:
            await exchange.reply(self.wire.error("not_found", "no such path"), 404)

    async def _count(self, exchange: Exchange) -> None:
        self.running += 1
        try:
            await self._answer(exchange)
            self.finished += 1
        finally:
            self.running -= 1

    async def _answer(self, exchange: Exchange) -> None:
        answer = self.answer(exchange.json)
        if isinstance(answer, Said):
            await send(exchange, self.wire, answer)
            return
        pieces = [answer] if isinstance(answer, str) else answer
        if not exchange.json.get("stream"):
            texts = [text async for text in each_token(pieces, exchange)]
            await exchange.reply(self.wire.whole("".join(texts)))
            return
        await exchange.start_chunked(self.wire.content_type)
        await exchange.chunk(self.wire.head() or b"\n")
        async for text in each_token(pieces, exchange):
            await exchange.chunk(self.wire.piece(text))
        await exchange.chunk(self.wire.finish() + self.wire.counted() + self.wire.end())
        await exchange.end_chunked()


async def send(exchange: Exchange, wire: Wire, said: Said) -> None:
    """Send a whole answer in the form that the question asks for."""
    wire = replace(wire, counts=said.counts)
    if exchange.json.get("stream") is False:
        await exchange.reply(wire.whole(said.text, said.reason))
        return
    await exchange.start_chunked(wire.content_type)
    await exchange.chunk(wire.stream(said.text, reason=said.reason))
    await exchange.end_chunked()


def _key_in(exchange: Exchange) -> str:
    bearer = exchange.headers.get("authorization", "")
    return exchange.headers.get("x-api-key", "") or bearer.removeprefix("Bearer ")
