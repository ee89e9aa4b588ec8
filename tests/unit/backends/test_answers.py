"""Whatever events a provider sends, in whatever order and pieces: an answer with its end, or one error of ours."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.servers.chat_wires import WIRES, Wire
from tests.unit.backends.chatting import ASK, PLAIN
from tierlsp.backends.answers import Frames, JsonLines, Reading, answer_to
from tierlsp.backends.anthropic import AnthropicReading
from tierlsp.backends.chat import ChatChunk, ChatRequest, Finish
from tierlsp.backends.dialects import dialect_for
from tierlsp.backends.http import HttpClient
from tierlsp.backends.limits import Limits
from tierlsp.backends.ollama_chat import OllamaReading
from tierlsp.backends.openai import OpenAiReading
from tierlsp.backends.refusals import Server
from tierlsp.backends.sse import EventReader
from tierlsp.errors import BackendError

SERVER = Server("It", "https://api.example.com", "check the network connection")

READINGS: dict[str, Callable[[], tuple[Reading, Frames]]] = {
    "openai": lambda: (OpenAiReading(SERVER, dialect_for("openai", "m")), EventReader()),
    "anthropic": lambda: (AnthropicReading(SERVER), EventReader()),
    "ollama": lambda: (OllamaReading(SERVER, ASK), JsonLines()),
}


class Canned:
    """An exchange whose answer is there already."""

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = list(pieces)

    def ask(self, *_: object) -> Self:
        return self

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def header(self, name: str) -> str:
        return ""

    def progressed(self) -> None:
        pass

    async def settle(self) -> None:
        pass

    async def piece(self) -> bytes | None:
        return self._pieces.pop(0) if self._pieces else None


def read(wire: Wire, pieces: list[bytes], request: ChatRequest = ASK) -> list[ChatChunk]:
    async def all_of_it() -> list[ChatChunk]:
        reading, frames = READINGS[wire.name]()
        http = cast(HttpClient, Canned(pieces))
        return [chunk async for chunk in answer_to(http, ("/", {}), request, reading, (SERVER, Limits(), frames))]

    return asyncio.run(all_of_it())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def twisted(wire: Wire) -> st.SearchStrategy[bytes]:
    """Events of the format, some with a value replaced by any other, and some bytes that are none."""
    good = [
        event + b"\n\n" if wire.is_sse else event + b"\n"
        for event in wire.stream("x", "é").split(b"\n\n" if wire.is_sse else b"\n")
        if event
    ]
    good.append(wire.error_event("rate_limit_error", "slow"))

    @st.composite
    def one(draw: st.DrawFn) -> bytes:
        event = draw(st.sampled_from(good))
        head, mark, data = event.rpartition(b"data: ")
        if b"{" not in data or draw(st.booleans()):
            return event
        value = json.loads(data)
        holder: Any = value
        while isinstance(holder, dict) and holder:
            key = draw(st.sampled_from(sorted(holder)))
            if not isinstance(holder[key], dict | list) or draw(st.booleans()):
                holder[key] = draw(JSON)
                break
            holder = holder[key][0] if isinstance(holder[key], list) and holder[key] else holder[key]
        return head + mark + json.dumps(value).encode() + (b"\n\n" if wire.is_sse else b"\n")

    return one() | st.binary(max_size=20)


@pytest.mark.parametrize("wire", WIRES.values(), ids=WIRES)
@settings(deadline=None)
@given(data=st.data())
def test_any_events_are_an_answer_with_its_end_or_one_error(wire: Wire, data: st.DataObject) -> None:
    pieces = data.draw(st.lists(twisted(wire), max_size=10))
    request = data.draw(st.sampled_from([ASK, PLAIN]))
    try:
        chunks = read(wire, pieces, request)
    except BackendError as error:
        assert error.cause
        assert str(error).isprintable()
        return
    assert chunks[-1].finish in Finish
    assert all(chunk.finish is None for chunk in chunks[:-1])
    for chunk in chunks:
        chunk.text.encode()
    usage = chunks[-1].usage
    if usage is not None:
        counts = (usage.input_tokens, usage.cached_tokens, usage.cache_write_5m_tokens, usage.output_tokens)
        assert all(isinstance(count, int) and count >= 0 for count in counts)


@pytest.mark.parametrize("wire", WIRES.values(), ids=WIRES)
@settings(deadline=None)
@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=40), cuts=st.lists(st.integers(0, 3_000)))
def test_a_text_comes_through_however_its_bytes_are_split(wire: Wire, text: str, cuts: list[int]) -> None:
    stream = wire.stream(text)
    edges = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    chunks = read(wire, [stream[a:b] for a, b in itertools.pairwise(edges) if a < b])
    assert "".join(chunk.text for chunk in chunks) == text
    assert chunks[-1].usage == wire.usage
