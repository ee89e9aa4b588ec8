"""A model that does not take a parameter is asked again without it, and from then on at once."""

from dataclasses import replace
from typing import Any

import pytest

from tests.servers.chat_wires import ANTHROPIC, OPENAI
from tests.servers.loopback import Exchange, LoopbackServer
from tests.unit.backends.chatting import ASK, answer_of, chunks_of, open_at
from tierlsp.errors import Rejected


class Picky(LoopbackServer):
    """Refuses what the test says, in OpenAI's words, and answers the rest."""

    def __init__(self, *refused: str, words: str = "Unsupported parameter: '{}' is not supported") -> None:
        super().__init__()
        self.refused = refused
        self.words = words

    @property
    def questions(self) -> list[dict[str, Any]]:
        return [exchange.json for exchange in self.exchanges]

    async def handle(self, exchange: Exchange) -> None:
        wire = ANTHROPIC if exchange.path.endswith("/messages") else OPENAI
        for name in self.refused:
            if name in exchange.json:
                await exchange.reply(wire.error("invalid_request_error", self.words.format(name)), 400)
                return
        await exchange.start_chunked(wire.content_type)
        await exchange.chunk(wire.stream("fine"))
        await exchange.end_chunked()


async def test_each_parameter_that_is_refused_is_left_out_and_stays_so_for_that_model() -> None:
    async with Picky("thinking", "temperature") as server:
        backend = open_at(server.url, "deepseek")
        assert await answer_of(backend) == "fine"
        assert len(server.questions) == 3
        assert await answer_of(backend) == "fine"
        assert len(server.questions) == 4
        assert server.questions[-1] == {
            name: value for name, value in server.questions[0].items() if name not in server.refused
        }
        await answer_of(backend, replace(ASK, model="other"))
        assert "thinking" in server.questions[4], "another model may take it"
        await backend.aclose()


async def test_a_limit_is_renamed_and_never_left_out() -> None:
    words = "Unsupported parameter: '{}' is not supported with this model. Use 'max_completion_tokens' instead."
    async with Picky("max_tokens", words=words) as server:
        backend = open_at(server.url, "litellm")
        assert await answer_of(backend) == "fine"
        assert server.questions[1]["max_completion_tokens"] == server.questions[0]["max_tokens"]
        await backend.aclose()


async def test_a_server_that_takes_neither_name_is_not_asked_for_ever() -> None:
    words = "{}: use max_tokens or max_completion_tokens, but not this"
    async with Picky("max_tokens", "max_completion_tokens", words=words) as server:
        backend = open_at(server.url, "litellm")
        with pytest.raises(Rejected):
            await chunks_of(backend)
        assert len(server.questions) == 2
        await backend.aclose()


async def test_new_models_of_anthropic_may_be_told_nothing_of_thinking() -> None:
    words = '"{}.type.disabled" is not supported for this model.'
    async with Picky("thinking", words=words) as server:
        backend = open_at(server.url, "anthropic")
        assert await answer_of(backend, replace(ASK, model="claude-nova-7")) == "fine"
        assert "thinking" in server.questions[0]
        assert "thinking" not in server.questions[1]
        await backend.aclose()


async def test_what_a_question_needs_is_not_left_out() -> None:
    async with Picky("messages") as server:
        backend = open_at(server.url, "openai")
        with pytest.raises(Rejected) as caught:
            await chunks_of(backend)
        assert caught.value.cause == "bad-request"
        assert len(server.questions) == 1
        await backend.aclose()
