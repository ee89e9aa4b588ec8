"""What real model servers are asked, and how their answers are read to the end."""

from __future__ import annotations

from contextlib import aclosing

from tierlsp.backends.base import Chunk, FimBackend, FimRequest
from tierlsp.backends.chat import ChatBackend, ChatRequest, Finish

HEAD = "import os\n\n\ndef first(items):\n    return "

HOSTILE = "a\u2028b\u0085c\x0cd\x00e\ud800f😀\r\n<|endoftext|>"
"""Every kind of line end and sign."""


def raw(model: str) -> FimRequest:
    """Return a request with a prompt in the words of the tiny model, which are Qwen's."""
    prompt = f"<|fim_prefix|>{HEAD}<|fim_suffix|>\n<|fim_middle|>"
    return FimRequest(model=model, prefix=HEAD, suffix="\n", prompt=prompt, stop=("<|endoftext|>",), max_tokens=8)


async def read(backend: FimBackend, request: FimRequest) -> list[Chunk]:
    """Return all that comes."""
    async with aclosing(backend.fim(request)) as chunks:
        return [chunk async for chunk in chunks]


async def text_of(backend: FimBackend, request: FimRequest) -> str:
    """Return the whole answer."""
    return "".join(chunk.text for chunk in await read(backend, request))


async def sees_answered(chat: ChatBackend, request: ChatRequest) -> None:
    """Ask a question, and see that the answer is whole and its usage plausible."""
    async with aclosing(chat.chat(request)) as chunks:
        *pieces, last = [chunk async for chunk in chunks]
    assert last.finish in (Finish.LENGTH, Finish.STOP)
    assert last.usage is not None
    assert 0 < last.usage.output_tokens <= request.max_output_tokens
    assert last.usage.prompt_tokens > 10
    assert "".join(chunk.text for chunk in [*pieces, last])
