"""The three chat formats, as bytes: what a whole answer looks like, in pieces and at once, and what an error does."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tierlsp.backends.chat import TokenUsage

MODEL = "m-2026-01-01"
"""Who answers, in the provider's words."""

PROMPT, CACHED, WRITTEN, OUTPUT = 100, 40, 10, 20
"""Tokens of the answers here; the written ones are Anthropic's alone."""


@dataclass(frozen=True)
class Counts:
    """Tokens of an answer, as its provider counts them."""

    prompt: int = PROMPT
    """All that were read, those of the cache too."""
    cached: int = CACHED
    written: int = WRITTEN
    """To the cache; Anthropic's alone."""
    output: int = OUTPUT


USUAL = Counts()


@dataclass(frozen=True)
class Wire:
    """How one format is written."""

    name: str
    """`openai`, `anthropic` or `ollama`."""
    content_type: str
    path: str
    """How the path of a question ends."""
    counts: Counts = USUAL
    """What every whole answer reports."""

    @property
    def is_sse(self) -> bool:
        return self.name != "ollama"

    @property
    def usage(self) -> TokenUsage:
        """What every whole answer reports, as it is to be read."""
        counts = self.counts
        if self.name == "ollama":
            return TokenUsage(input_tokens=counts.prompt, output_tokens=counts.output, model=MODEL)
        written = counts.written if self.name == "anthropic" else 0
        read = counts.prompt - counts.cached - written
        return TokenUsage(read, counts.cached, written, 0, counts.output, 0, None, MODEL)

    def frame(self, event: dict[str, Any] | list[Any], name: str = "") -> bytes:
        """One event on the wire; real servers write UTF-8."""
        return self.raw(json.dumps(event, ensure_ascii=False).encode(), name)

    def raw(self, data: bytes, name: str = "") -> bytes:
        """One event whose JSON is `data`, whatever that is."""
        if not self.is_sse:
            return data + b"\n"
        head = f"event: {name}\n".encode() if name else b""
        return head + b"data: " + data + b"\n\n"

    def typed(self, kind: str, **fields: Any) -> bytes:
        """An event of Anthropic's."""
        return self.frame({"type": kind, **fields}, kind)

    def head(self) -> bytes:
        """What comes before the first piece."""
        if self.name == "openai":
            return self.frame(_chunk({"role": "assistant", "content": ""}))
        if self.name == "anthropic":
            block = {"type": "text", "text": ""}
            return (
                self.typed(
                    "message_start", message=_message([], None, {**_anthropic_usage(self.counts), "output_tokens": 1})
                )
                + self.typed("content_block_start", index=0, content_block=block)
                + self.typed("ping")
            )
        return b""

    def piece(self, text: str) -> bytes:
        """An event with some text."""
        if self.name == "openai":
            return self.frame(_chunk({"content": text}))
        if self.name == "anthropic":
            return self.typed("content_block_delta", index=0, delta={"type": "text_delta", "text": text})
        message = {"role": "assistant", "content": text}
        return self.frame({"model": MODEL, "created_at": "2026-01-01T00:00:00Z", "message": message, "done": False})

    def finish(self, reason: str = "") -> bytes:
        """The event that says why the model stopped; with Ollama it is the last one."""
        if self.name == "openai":
            return self.frame(_chunk({}, reason or "stop"))
        if self.name == "anthropic":
            return self.typed("content_block_stop", index=0) + self.typed(
                "message_delta",
                delta={"stop_reason": reason or "end_turn", "stop_sequence": None},
                usage={"output_tokens": self.counts.output},
            )
        return self.frame(_ollama_last(reason or "stop", self.counts))

    def counted(self) -> bytes:
        """The event with the usage, where it is one of its own: no choices are in it."""
        if self.name != "openai":
            return b""
        return self.frame({**_chunk({}), "choices": [], "usage": _openai_usage(self.counts)})

    def end(self) -> bytes:
        """The mark that ends a stream."""
        return {"openai": b"data: [DONE]\n\n", "anthropic": self.typed("message_stop"), "ollama": b""}[self.name]

    def stream(self, *texts: str, reason: str = "") -> bytes:
        """All of an answer that comes in pieces."""
        pieces = b"".join(map(self.piece, texts))
        return self.head() + pieces + self.finish(reason) + self.counted() + self.end()

    def whole(self, text: str, reason: str = "") -> dict[str, Any]:
        """An answer that comes at once."""
        if self.name == "openai":
            message = {"role": "assistant", "content": text}
            choice = {"index": 0, "message": message, "finish_reason": reason or "stop"}
            usage = _openai_usage(self.counts)
            return {"id": "1", "object": "chat.completion", "model": MODEL, "choices": [choice], "usage": usage}
        if self.name == "anthropic":
            usage = {**_anthropic_usage(self.counts), "output_tokens": self.counts.output}
            return _message([{"type": "text", "text": text}], reason or "end_turn", usage)
        return _ollama_last(reason or "stop", self.counts) | {"message": {"role": "assistant", "content": text}}

    def error(self, code: str, message: str) -> dict[str, Any]:
        """An error, as the body of an answer or as an event."""
        if self.name == "openai":
            return {"error": {"message": message, "type": code, "param": None, "code": code}}
        if self.name == "anthropic":
            return {"type": "error", "error": {"type": code, "message": message}, "request_id": "req_1"}
        return {"error": message}

    def error_event(self, code: str, message: str) -> bytes:
        """An error in the middle of a stream."""
        return self.frame(self.error(code, message), "error" if self.name == "anthropic" else "")


def _chunk(delta: dict[str, Any], reason: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": MODEL,
        "choices": [choice],
        "usage": None,
    }


def _message(content: list[dict[str, Any]], reason: str | None, usage: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": MODEL,
        "content": content,
        "stop_reason": reason,
        "usage": usage,
    }


def _ollama_last(reason: str, counts: Counts) -> dict[str, Any]:
    return {
        "model": MODEL,
        "created_at": "2026-01-01T00:00:00Z",
        "message": {"role": "assistant", "content": ""},
        "done": True,
        "done_reason": reason,
        "total_duration": 1_162_761_250,
        "prompt_eval_count": counts.prompt,
        "eval_count": counts.output,
    }


def _openai_usage(counts: Counts) -> dict[str, Any]:
    return {
        "prompt_tokens": counts.prompt,
        "completion_tokens": counts.output,
        "total_tokens": counts.prompt + counts.output,
        "prompt_tokens_details": {"cached_tokens": counts.cached, "cache_write_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0},
    }


def _anthropic_usage(counts: Counts) -> dict[str, Any]:
    return {
        "input_tokens": counts.prompt - counts.cached - counts.written,
        "cache_creation_input_tokens": counts.written,
        "cache_read_input_tokens": counts.cached,
        "cache_creation": {"ephemeral_5m_input_tokens": counts.written, "ephemeral_1h_input_tokens": 0},
    }


OPENAI = Wire("openai", "text/event-stream", "/chat/completions")
ANTHROPIC = Wire("anthropic", "text/event-stream", "/messages")
OLLAMA = Wire("ollama", "application/x-ndjson", "/api/chat")

WIRES: dict[str, Wire] = {wire.name: wire for wire in (OPENAI, ANTHROPIC, OLLAMA)}


def wire_of(kind: str) -> Wire:
    """The format in which a kind of backend is spoken to."""
    return WIRES.get(kind, OPENAI)
