"""Chat in OpenAI's format, which most servers speak; what each does differently is a row in `dialects.py`.

Answers are server-sent events with pieces of text, then a reason for the end, then (with no text in it) the usage, then
`[DONE]`. Cancelling is closing the connection.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from tierlsp.backends.answers import answer_to
from tierlsp.backends.base import BackendSpec
from tierlsp.backends.chat import ChatChunk, ChatRequest, Finish, TokenUsage
from tierlsp.backends.complaints import Complaint, cause_of, error_in, failure, inner_complaint, read_complaint
from tierlsp.backends.dialects import DIALECTS, Dialect, dialect_for
from tierlsp.backends.http import Body, HttpClient
from tierlsp.backends.keys import ApiKey
from tierlsp.backends.leaving_out import LeftOut, with_less
from tierlsp.backends.limits import Limits
from tierlsp.backends.payload import mended, object_in, objects_in, word_in
from tierlsp.backends.refusals import Header, Server
from tierlsp.backends.retry_after import may_retry, retry_after_s
from tierlsp.backends.sse import EventReader
from tierlsp.backends.turns import turns_of
from tierlsp.backends.usage import header_cost, openai_usage
from tierlsp.errors import BackendError, Garbled, Unavailable

FINISHES: Mapping[str, Finish] = {
    "stop": Finish.STOP,
    "eos": Finish.STOP,
    "end_turn": Finish.STOP,
    "stop_sequence": Finish.STOP,
    "tool_calls": Finish.STOP,
    "function_call": Finish.STOP,
    "length": Finish.LENGTH,
    "max_tokens": Finish.LENGTH,
    "model_length": Finish.LENGTH,
    "model_context_window_exceeded": Finish.LENGTH,
    "content_filter": Finish.REFUSAL,
    "sensitive": Finish.REFUSAL,
    "refusal": Finish.REFUSAL,
}
"""What servers say of the end. `model_length` is Mistral's; `sensitive` and the long one are z.ai's."""

BROKEN = frozenset({"error", "network_error", "insufficient_system_resource", "abort"})
"""Ends that are failures: OpenRouter's, z.ai's, DeepSeek's, vLLM's."""


class OpenAiBackend:
    """One server in OpenAI's format."""

    def __init__(self, spec: BackendSpec, key: ApiKey | None, limits: Limits, now: Callable[[], datetime]) -> None:
        self._spec = spec
        self._dialect = DIALECTS[spec.kind]
        base_url = spec.base_url
        if not urlsplit(base_url).path:
            base_url += self._dialect.root
        self._server = Server(self._dialect.title, base_url, self._dialect.mend)
        headers = {"authorization": f"Bearer {key.reveal()}"} if key else {}
        self._http = HttpClient(self._server, self._refuse, limits, headers, is_repeatable=self._dialect.is_free)
        self._limits = limits
        self._now = now
        self._has_key = key is not None
        self._left_out = LeftOut()

    @property
    def spec(self) -> BackendSpec:
        """Where it is."""
        return self._spec

    async def chat(self, request: ChatRequest) -> AsyncGenerator[ChatChunk, None]:
        """Answer, piece by piece."""
        dialect = dialect_for(self._spec.kind, request.model)

        def ask(body: Body) -> AsyncGenerator[ChatChunk, None]:
            reading = OpenAiReading(self._server, dialect)
            whole = (self._server, self._limits, EventReader())
            return answer_to(self._http, (dialect.prefix, body), request, reading, whole)

        async with aclosing(with_less(self._left_out, body_of(request, dialect), ask)) as chunks:
            async for chunk in chunks:
                yield chunk

    async def check(self) -> str:
        """Ask for the models, or about the key."""
        answer = await self._http.get(self._dialect.check_path)
        if error := error_in(answer) if "error" in answer else {}:
            raise _failed(self._server, self._dialect, inner_complaint(error))
        takes = f"{self._server.title} takes the API key" if self._has_key else f"{self._server.title} answers"
        if self._dialect.check_path == "/key":
            return f"{takes}; {_left(object_in(answer, 'data'))}"
        count = len(objects_in(answer, "data"))
        return f"{takes}, and has {count} {'model' if count == 1 else 'models'}"

    async def aclose(self) -> None:
        """Close every connection."""
        await self._http.aclose()

    def _refuse(self, status: int, body: bytes, request: Mapping[str, object], header: Header) -> BackendError:
        complaint = read_complaint(status, body)
        error = _failed(self._server, self._dialect, complaint)
        error.retry_after_s = retry_after_s(header, complaint, self._now())
        error.may_retry = may_retry(header)
        return error


class OpenAiReading:
    """One answer in OpenAI's format."""

    def __init__(self, server: Server, dialect: Dialect) -> None:
        self.has_begun = False
        self._server = server
        self._dialect = dialect
        self._usage: Mapping[str, Any] | None = None
        self._model = ""
        self._cost: Decimal | None = None
        self._finish: Finish | None = None
        self._is_ended = not dialect.has_end_mark
        self._is_over = False

    @property
    def usage(self) -> TokenUsage | None:
        """What the server has told of the usage so far."""
        if self._usage is None:
            return None
        usage = openai_usage(self._usage, self._model, self._dialect)
        return usage if self._cost is None else replace(usage, cost_usd=self._cost)

    def is_over(self) -> bool:
        """Whether nothing more is to be read."""
        return self._is_over

    def headers(self, header: Header) -> None:
        """Take what the answer's headers tell."""
        if self._dialect.cost == "header":
            self._cost = header_cost(header("x-litellm-response-cost"))

    def take(self, answer: Mapping[str, Any]) -> str:
        """Understand one event, and return the text in it."""
        self._note(answer)
        # OpenAI's last event, with the usage, has no choices.
        choice = next(iter(objects_in(answer, "choices")), None)
        return "" if choice is None else self._choice(choice, object_in(choice, "delta"))

    def take_whole(self, answer: Mapping[str, Any]) -> str:
        """Understand an answer that comes all at once."""
        self._note(answer)
        choice = next(iter(objects_in(answer, "choices")), None)
        if choice is None:
            raise Garbled(f"{self._server.title} sent an answer without a choice in it", cause="wrong-form")
        self._is_ended = True
        try:
            return self._choice(choice, object_in(choice, "message"))
        except TypeError as error:
            raise Garbled(f"{self._server.title} sent a text that is none", cause="wrong-form") from error

    def end_mark(self) -> None:
        """Note that no more events come."""
        self._is_ended = True
        self._is_over = True

    def last(self) -> ChatChunk:
        """Return the chunk that ends the answer."""
        if self._finish is None or not self._is_ended:
            raise Garbled(f"{self._server.title} broke off before the end of its answer", cause="cut")
        return ChatChunk("", self._finish, self.usage)

    def _note(self, answer: Mapping[str, Any]) -> None:
        """Take what stands beside the text, and raise an error."""
        self._model = word_in(answer, "model") or self._model
        if isinstance(answer.get("usage"), dict):
            # Some tell it with every event, each time for all of the answer.
            self._usage = answer["usage"]
        if error := _error_of(answer):
            raise _failed(self._server, self._dialect, inner_complaint(error))

    def _choice(self, choice: Mapping[str, Any], said: Mapping[str, Any]) -> str:
        # What comes after the end is not part of the answer.
        text = "" if self._finish else text_of(said.get("content"))
        refused = bool(word_in(said, "refusal"))
        if text or refused or word_in(said, "reasoning_content") or word_in(said, "reasoning"):
            self.has_begun = True
        if error := object_in(choice, "error"):
            raise _failed(self._server, self._dialect, inner_complaint(error))
        reason = word_in(choice, "finish_reason").lower()
        if reason in BROKEN:
            raise Unavailable(f"{self._server.title} gave the answer up ({reason})", cause="server-error")
        if reason and self._finish is None:
            # Gemini adds the kind of content after a colon.
            self._finish = FINISHES.get(reason.partition(":")[0])
            if self._finish is None:
                raise Garbled(f"{self._server.title} ended its answer in an unknown way ({reason})", cause="cut")
        if refused:
            self._finish = Finish.REFUSAL
        return text


def body_of(request: ChatRequest, dialect: Dialect) -> Body:
    """Return the body of a request."""
    body: dict[str, object] = {
        "model": request.model,
        "messages": _messages(request, dialect),
        dialect.max_tokens: request.max_output_tokens,
        "stream": request.is_streamed,
        **dialect.thinking.get(request.effort, {}),
    }
    if dialect.takes_temperature:
        body["temperature"] = 0
    if request.is_streamed and dialect.stream_options is not None:
        body["stream_options"] = dialect.stream_options
    if request.cache_key and dialect.cache_key:
        body[dialect.cache_key] = request.cache_key
    return body


def text_of(content: object) -> str:
    """Return the text in `content`: a text, or a list of parts of which those of other types are thoughts.

    Raises:
        TypeError: it is neither.
    """
    if content is None:
        return ""
    if isinstance(content, str):
        return mended(content)
    if not isinstance(content, list):
        raise TypeError("a text is a text or a list of parts")
    parts = (part.get("text") for part in content if isinstance(part, dict) and part.get("type") == "text")
    return mended("".join(part for part in parts if isinstance(part, str)))


def _messages(request: ChatRequest, dialect: Dialect) -> list[dict[str, object]]:
    messages: list[dict[str, object]] = []
    if request.system:
        messages.append({"role": dialect.system_role, "content": request.system})
    for turn in turns_of(request.messages):
        content: object = turn.text
        if dialect.marks_cache and turn.stable_count:
            content = turn.blocks()
        messages.append({"role": turn.role, "content": content})
    return messages


def _failed(server: Server, dialect: Dialect, complaint: Complaint) -> BackendError:
    return failure(server, complaint, cause_of(complaint, dialect.codes))


def _error_of(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return the error that an event is, empty if it is none.

    Most have it at `error`. vLLM and Mistral say `"object": "error"`, DashScope has a bare code and message.
    """
    if answer.get("error"):
        return error_in({"error": answer["error"]})
    if "choices" not in answer and (answer.get("object") == "error" or {"code", "message"} <= answer.keys()):
        return error_in(answer)
    return {}


def _left(key: Mapping[str, Any]) -> str:
    """Return what OpenRouter says of a key's limit, as half a sentence."""
    left = key.get("limit_remaining")
    if isinstance(left, int | float) and not isinstance(left, bool):
        return f"${left:,.2f} of the key's limit are left"
    return "the key has no limit of its own"
