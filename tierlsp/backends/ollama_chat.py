"""Chat with Ollama, by its native interface: the only one to set the context size and how long a model stays loaded.

Both are those of inline completion, since Ollama loads a model anew (for seconds) where they differ. Answers are JSON
objects, one a line, the last with `"done": true`. Cancelling is closing the connection.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

from tierlsp.backends.answers import JsonLines, answer_to
from tierlsp.backends.base import BackendSpec
from tierlsp.backends.chat import ChatChunk, ChatRequest, Effort, Finish, TokenUsage
from tierlsp.backends.http import Body, HttpClient
from tierlsp.backends.keys import ApiKey
from tierlsp.backends.limits import Limits
from tierlsp.backends.ollama_words import failed, words_in
from tierlsp.backends.payload import mended, object_in, word_in
from tierlsp.backends.refusals import Header, Server
from tierlsp.backends.turns import turns_of
from tierlsp.backends.usage import ollama_usage
from tierlsp.errors import BackendError, Garbled, Unavailable

EXTRA_LINES = 16
"""Lines past the number of tokens asked for, until the server counts as knowing no limit; a line has one or more."""


class OllamaChatBackend:
    """One Ollama server, for chat."""

    def __init__(self, spec: BackendSpec, key: ApiKey | None, limits: Limits) -> None:
        """`key` is for an Ollama behind a gateway that wants one; Ollama itself knows none."""
        self._spec = spec
        self._server = Server("Ollama", spec.base_url, "start it with: ollama serve")
        headers = {"authorization": f"Bearer {key.reveal()}"} if key else {}
        self._http = HttpClient(self._server, self._refuse, limits, headers)
        self._limits = limits

    @property
    def spec(self) -> BackendSpec:
        """Where it is."""
        return self._spec

    async def chat(self, request: ChatRequest) -> AsyncGenerator[ChatChunk, None]:
        """Answer, piece by piece."""
        asked = ("/api/chat", body_of(request, self._spec))
        whole = (self._server, self._limits, JsonLines())
        async with aclosing(
            answer_to(self._http, asked, request, OllamaReading(self._server, request), whole)
        ) as chunks:
            async for chunk in chunks:
                yield chunk

    async def check(self) -> str:
        """Ask for the version."""
        version = word_in(await self._http.get("/api/version"), "version")
        if not version:
            raise Garbled(f"what answers at {self._server.place} is not Ollama", cause="not-ollama")
        return f"{self._server.title} answers, in version {version}"

    async def aclose(self) -> None:
        """Close every connection."""
        await self._http.aclose()

    def _refuse(self, status: int, body: bytes, request: Mapping[str, object], header: Header) -> BackendError:
        return failed(self._server, status, words_in(body), str(request.get("model", "")))


class OllamaReading:
    """One answer of Ollama's."""

    def __init__(self, server: Server, request: ChatRequest) -> None:
        self.has_begun = False
        self._server = server
        self._request = request
        self._last: Mapping[str, Any] | None = None
        self._model = ""
        self._lines = 0

    @property
    def usage(self) -> TokenUsage | None:
        """What the server has told of the usage so far: nothing before its last line."""
        return None if self._last is None else ollama_usage(self._last, self._model)

    def is_over(self) -> bool:
        """Whether nothing more is to be read."""
        return self._last is not None

    def headers(self, header: Header) -> None:
        """Take what the answer's headers tell: nothing."""

    def take(self, answer: Mapping[str, Any]) -> str:
        """Understand one line, and return the text in it."""
        if "error" in answer:
            error = answer["error"]
            words = error if isinstance(error, str) else word_in(object_in(answer, "error"), "message")
            raise failed(self._server, 200, words, self._request.model)
        self._lines += 1
        if self._lines > self._request.max_output_tokens + EXTRA_LINES:
            raise Garbled(
                f"{self._server.title} went on after the {self._request.max_output_tokens} tokens asked for",
                cause="endless",
            )
        self._model = word_in(answer, "model") or self._model
        message = object_in(answer, "message")
        text = message.get("content") or ""
        if not isinstance(text, str):
            raise TypeError("a piece of text is a text")
        self.has_begun = self.has_begun or bool(text or word_in(message, "thinking"))
        if answer.get("done") is True:
            self._end(answer)
        return mended(text)

    def take_whole(self, answer: Mapping[str, Any]) -> str:
        """Understand an answer that comes all at once."""
        try:
            return self.take(answer)
        except TypeError as error:
            raise Garbled(f"{self._server.title} sent a text that is none", cause="wrong-form") from error

    def end_mark(self) -> None:
        """Note nothing: the format has no such mark."""

    def last(self) -> ChatChunk:
        """Return the chunk that ends the answer."""
        if self._last is None:
            raise Garbled(f"{self._server.title} broke off before the end of its answer", cause="cut")
        finish = Finish.LENGTH if word_in(self._last, "done_reason") == "length" else Finish.STOP
        return ChatChunk("", finish, self.usage)

    def _end(self, answer: Mapping[str, Any]) -> None:
        reason = word_in(answer, "done_reason")
        if reason in ("load", "unload"):
            # The question was lost between a model being unloaded and loaded again.
            raise Unavailable(
                f"{self._server.title} {reason}ed {self._request.model} instead of answering", cause="loading"
            )
        self._last = answer


def body_of(request: ChatRequest, spec: BackendSpec) -> Body:
    """Return the body of a request."""
    messages = [{"role": turn.role, "content": turn.text} for turn in turns_of(request.messages)]
    if request.system:
        messages.insert(0, {"role": "system", "content": request.system})
    body: dict[str, object] = {
        "model": request.model,
        "messages": messages,
        "stream": request.is_streamed,
        "keep_alive": spec.keep_alive,
        # Else it would leave out, without a word, what does not fit: the oldest part of the conversation first.
        "truncate": False,
        "shift": False,
        "options": {"num_ctx": spec.num_ctx, "num_predict": request.max_output_tokens, "temperature": 0},
    }
    if request.effort is Effort.OFF:
        # Left out, it means `true` for every model that can think; said to others, `true` is refused.
        body["think"] = False
    return body
