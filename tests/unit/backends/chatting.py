"""How the tests of this room open a chat backend and ask it."""

from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime

from tierlsp.backends.base import BackendSpec
from tierlsp.backends.chat import ChatBackend, ChatChunk, ChatRequest, Message
from tierlsp.backends.dialects import DIALECTS
from tierlsp.backends.keys import ApiKey
from tierlsp.backends.limits import Limits, Patience
from tierlsp.backends.open import open_chat_backend

KINDS = [*DIALECTS, "anthropic", "ollama"]
"""All that can hold a conversation."""

PATIENCE = Patience(first_byte_ms=5_000, stall_ms=5_000, total_ms=10_000)
QUICK = Patience(first_byte_ms=600, stall_ms=200, total_ms=900)
"""For servers that stay silent."""

NOW = datetime(2026, 5, 1, 12, 0, 0, tzinfo=UTC)

ASK = ChatRequest(
    model="m",
    system="Be brief.",
    messages=(Message("user", "a file", is_stable=True), Message("user", "a question")),
    max_output_tokens=64,
    patience=PATIENCE,
)
PLAIN = replace(ASK, is_streamed=False)


def open_at(url: str, kind: str, key: str | None = "sk-test", limits: Limits | None = None) -> ChatBackend:
    api_key = ApiKey(key, "TEST_KEY") if key else None
    return open_chat_backend(BackendSpec(name="it", kind=kind, base_url=url), api_key, limits, lambda: NOW)


async def chunks_of(backend: ChatBackend, request: ChatRequest = ASK) -> list[ChatChunk]:
    async with aclosing(backend.chat(request)) as chunks:
        return [chunk async for chunk in chunks]


async def answer_of(backend: ChatBackend, request: ChatRequest = ASK) -> str:
    """Return the whole text, and check that the answer ends as every answer must."""
    chunks = await chunks_of(backend, request)
    assert chunks[-1].finish is not None
    assert all(chunk.finish is None and chunk.usage is None for chunk in chunks[:-1])
    return "".join(chunk.text for chunk in chunks)
