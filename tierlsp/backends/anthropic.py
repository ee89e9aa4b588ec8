"""Chat in Anthropic's format, with its prompt cache.

Answers are named events; the usage of the prompt comes first and that of the answer last, each number for all of it so
far. The end is `message_stop`. Cancelling is closing the connection.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from datetime import datetime
from typing import Any

from tierlsp.backends.answers import answer_to
from tierlsp.backends.base import BackendSpec
from tierlsp.backends.chat import ChatChunk, ChatRequest, Finish, TokenUsage
from tierlsp.backends.claude import thinking_body
from tierlsp.backends.complaints import cause_of, error_in, failure, inner_complaint, read_complaint
from tierlsp.backends.http import Body, HttpClient
from tierlsp.backends.keys import ApiKey
from tierlsp.backends.leaving_out import LeftOut, with_less
from tierlsp.backends.limits import Limits
from tierlsp.backends.payload import mended, object_in, objects_in, word_in
from tierlsp.backends.refusals import Header, Server
from tierlsp.backends.retry_after import may_retry, retry_after_s
from tierlsp.backends.sse import EventReader
from tierlsp.backends.turns import CACHED, turns_of
from tierlsp.backends.usage import anthropic_usage
from tierlsp.errors import BackendError, Garbled

VERSION = "2023-06-01"
"""Of the interface; the only one there is."""

FINISHES: Mapping[str, Finish] = {
    "end_turn": Finish.STOP,
    "stop_sequence": Finish.STOP,
    "tool_use": Finish.STOP,
    "max_tokens": Finish.LENGTH,
    "model_context_window_exceeded": Finish.LENGTH,
    "refusal": Finish.REFUSAL,
}
"""What it says of the end. The last two come with status 200 and are failures all the same."""

_EMPTY_TURN = "…"
"""Stands for a question without any text, which the format does not have."""


class AnthropicBackend:
    """Anthropic's own server, or another that speaks its format."""

    def __init__(self, spec: BackendSpec, key: ApiKey | None, limits: Limits, now: Callable[[], datetime]) -> None:
        self._spec = spec
        base_url = spec.base_url.removesuffix("/v1")
        self._server = Server("Anthropic", base_url, "check the network connection")
        headers = {"anthropic-version": VERSION} | ({"x-api-key": key.reveal()} if key else {})
        self._http = HttpClient(self._server, self._refuse, limits, headers, is_repeatable=False)
        self._limits = limits
        self._now = now
        self._left_out = LeftOut()

    @property
    def spec(self) -> BackendSpec:
        """Where it is."""
        return self._spec

    async def chat(self, request: ChatRequest) -> AsyncGenerator[ChatChunk, None]:
        """Answer, piece by piece."""

        def ask(body: Body) -> AsyncGenerator[ChatChunk, None]:
            whole = (self._server, self._limits, EventReader())
            return answer_to(self._http, ("/v1/messages", body), request, AnthropicReading(self._server), whole)

        async with aclosing(with_less(self._left_out, body_of(request), ask)) as chunks:
            async for chunk in chunks:
                yield chunk

    async def check(self) -> str:
        """Ask for the models."""
        count = len(objects_in(await self._http.get("/v1/models"), "data"))
        return f"{self._server.title} takes the API key, and has {count} {'model' if count == 1 else 'models'}"

    async def aclose(self) -> None:
        """Close every connection."""
        await self._http.aclose()

    def _refuse(self, status: int, body: bytes, request: Mapping[str, object], header: Header) -> BackendError:
        complaint = read_complaint(status, body)
        error = failure(self._server, complaint, cause_of(complaint, {}))
        error.retry_after_s = retry_after_s(header, complaint, self._now())
        error.may_retry = may_retry(header)
        return error


class AnthropicReading:
    """One answer in Anthropic's format."""

    def __init__(self, server: Server) -> None:
        self.has_begun = False
        self._server = server
        self._usage: dict[str, Any] = {}
        self._model = ""
        self._finish: Finish | None = None
        self._is_over = False

    @property
    def usage(self) -> TokenUsage | None:
        """What the server has told of the usage so far."""
        return anthropic_usage(self._usage, self._model) if self._usage else None

    def is_over(self) -> bool:
        """Whether nothing more is to be read."""
        return self._is_over

    def headers(self, header: Header) -> None:
        """Take what the answer's headers tell: nothing."""

    def take(self, answer: Mapping[str, Any]) -> str:
        """Understand one event, and return the text in it."""
        if answer.get("error"):
            complaint = inner_complaint(error_in({"error": answer["error"]}))
            raise failure(self._server, complaint, cause_of(complaint, {}))
        match answer.get("type"):
            case "message_start":
                message = object_in(answer, "message")
                self._model = word_in(message, "model")
                self._note_usage(message)
            case "content_block_delta":
                return self._delta(object_in(answer, "delta"))
            case "message_delta":
                self._note_usage(answer)
                self._note_finish(object_in(answer, "delta"))
            case "message_stop":
                self._is_over = True
        return ""

    def take_whole(self, answer: Mapping[str, Any]) -> str:
        """Understand an answer that comes all at once."""
        if answer.get("error"):
            self.take(answer)
        if answer.get("type") != "message" or not isinstance(answer.get("content"), list):
            raise Garbled(f"{self._server.title} sent an answer of an unexpected form", cause="wrong-form")
        self._model = word_in(answer, "model")
        self._note_usage(answer)
        self._note_finish(answer)
        self._is_over = True
        blocks = objects_in(answer, "content")
        self.has_begun = bool(blocks)
        return "".join(word_in(block, "text") for block in blocks if block.get("type") == "text")

    def end_mark(self) -> None:
        """Note nothing: the format has no such mark."""

    def last(self) -> ChatChunk:
        """Return the chunk that ends the answer."""
        if self._finish is None or not self._is_over:
            raise Garbled(f"{self._server.title} broke off before the end of its answer", cause="cut")
        return ChatChunk("", self._finish, self.usage)

    def _delta(self, delta: Mapping[str, Any]) -> str:
        kind = delta.get("type")
        if kind == "text_delta":
            text = delta.get("text")
            if not isinstance(text, str):
                raise TypeError("a piece of text is a text")
            self.has_begun = self.has_begun or bool(text)
            return mended(text)
        # Thoughts and their signatures are not part of the answer; they are written and paid like it.
        self.has_begun = True
        return ""

    def _note_usage(self, answer: Mapping[str, Any]) -> None:
        """Take the numbers that are there: each replaces the one before, none is added to it."""
        told = object_in(answer, "usage")
        self._usage |= {key: value for key, value in told.items() if value is not None}

    def _note_finish(self, delta: Mapping[str, Any]) -> None:
        reason = word_in(delta, "stop_reason")
        if not reason:
            return
        self._finish = FINISHES.get(reason)
        if self._finish is None:
            raise Garbled(f"{self._server.title} ended its answer in an unknown way ({reason})", cause="cut")


def body_of(request: ChatRequest) -> Body:
    """Return the body of a request. Of the four marks for the cache it sets two: what is stable ends at two places."""
    body: dict[str, object] = {
        "model": request.model,
        "max_tokens": request.max_output_tokens,
        "stream": request.is_streamed,
        "messages": [{"role": turn.role, "content": turn.blocks()} for turn in turns_of(request.messages)]
        or [{"role": "user", "content": _EMPTY_TURN}],
        **thinking_body(request.model, request.effort, request.max_output_tokens),
    }
    if request.system:
        body["system"] = [{"type": "text", "text": request.system, "cache_control": CACHED}]
    return body
