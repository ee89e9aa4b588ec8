"""The two wire formats, as bytes: what a model server's stream looks like, for faults that need one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tests.servers.loopback import Exchange


@dataclass(frozen=True)
class Dialect:
    """How one kind of server writes a stream. `ensure_ascii` is off: real servers write UTF-8."""

    kind: str
    content_type: str
    text_key: str
    generate_paths: frozenset[str]

    def line(self, event: dict[str, Any]) -> bytes:
        """One event as it stands on the wire."""
        return self.raw(json.dumps(event, ensure_ascii=False).encode())

    def raw(self, data: bytes) -> bytes:
        """One event whose JSON is `data`, whatever that is."""
        return data + b"\n" if self.kind == "ollama" else b"data: " + data + b"\n\n"

    def piece(self, text: str) -> bytes:
        """An event with some text."""
        if self.kind == "ollama":
            return self.line({"model": "m", "created_at": "2026-01-01T00:00:00Z", "response": text, "done": False})
        return self.line({"index": 0, "content": text, "tokens": [1], "stop": False, "id_slot": -1})

    def last(self) -> bytes:
        """The event that ends a whole answer."""
        if self.kind == "ollama":
            return self.line(OLLAMA_LAST)
        return self.line(LLAMACPP_LAST)

    def error(self, message: str) -> bytes:
        """An error in the middle of a stream."""
        if self.kind == "ollama":
            return self.line({"error": message})
        return self.line({"error": {"code": 500, "message": message, "type": "server_error"}})

    def error_body(self, status: int, message: str) -> bytes:
        """The body of an answer with an error status."""
        error: object = message
        if self.kind == "llamacpp":
            error = {"code": status, "message": message, "type": "invalid_request_error"}
        return json.dumps({"error": error}).encode()

    async def good(self, exchange: Exchange, *texts: str) -> None:
        """Send a whole answer in the way of the real server."""
        await exchange.start_chunked(self.content_type)
        for text in texts:
            await exchange.chunk(self.piece(text))
        await exchange.chunk(self.last())
        await exchange.end_chunked()
        if self.kind == "llamacpp":
            exchange.close()


OLLAMA_LAST: dict[str, Any] = {
    "model": "m",
    "created_at": "2026-01-01T00:00:00Z",
    "response": "",
    "done": True,
    "done_reason": "stop",
    "context": [1, 2, 3],
    "total_duration": 1_162_761_250,
    "load_duration": 6_683_708,
    "prompt_eval_count": 17,
    "prompt_eval_duration": 201_222_000,
    "eval_count": 63,
    "eval_duration": 953_997_000,
}
"""From Ollama's own documentation."""

LLAMACPP_LAST: dict[str, Any] = {
    "content": "",
    "stop": True,
    "timings": {
        "cache_n": 10,
        "prompt_n": 7,
        "prompt_ms": 0.677,
        "prompt_per_token_ms": 0.677,
        "prompt_per_second": 1477.1,
        "predicted_n": 63,
        "predicted_ms": 1.254,
        "predicted_per_token_ms": 0.418,
        "predicted_per_second": 2392.3,
    },
    "tokens_evaluated": 17,
}
"""As llama-server b11669 writes it when asked for these fields."""

OLLAMA = Dialect("ollama", "application/x-ndjson", "response", frozenset({"/api/generate"}))
LLAMACPP = Dialect("llamacpp", "text/event-stream", "content", frozenset({"/completion", "/infill"}))
