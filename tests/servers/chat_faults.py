"""Everything that a chat provider can do wrong, in one table, with what must come of it.

`FAULTS` holds every row that is a server's. What is no server's (nobody listens, no such name, no safe connection) is
in the tests of the HTTP client.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from tests.servers.chat_wires import Wire
from tests.servers.loopback import Exchange
from tierlsp.backends.chat import Finish

Serve = Callable[[Exchange, Wire], Awaitable[None]]

DRIP_MS = 5.0
"""Between two signs of life of a server that is never silent and never done."""

ALL = frozenset({"openai", "anthropic", "ollama"})
SSE = frozenset({"openai", "anthropic"})
OPENAI_ONLY = frozenset({"openai"})

TEXT = "x é😀"
"""What an answer says that comes through all the same, or that breaks off after it."""


@dataclass(frozen=True)
class ChatFault:
    """One thing that goes wrong."""

    name: str
    serve: Serve
    cause: str = ""
    """The cause of the `BackendError`; empty where the answer must come through."""
    plain_cause: str | None = None
    """The same for a question that is not streamed, where it is another; `-` where there is no such fault."""
    finish: Finish = Finish.STOP
    """How an answer ends that comes through."""
    has_begun: bool = False
    """Whether an error comes after a part of the answer, which then must be paid (in a stream)."""
    retry_after_s: float | None = None
    has_usage: bool = True
    """Whether an answer that comes through tells its usage."""
    skipped: int = 0
    is_silent: bool = False
    """Whether only a time limit ends it."""
    wires: frozenset[str] = ALL

    def cause_for(self, *, is_streamed: bool) -> str:
        """The cause to expect, `-` where the fault does not exist."""
        return self.cause if is_streamed or self.plain_cause is None else self.plain_cause

    def __str__(self) -> str:
        return self.name


def status(code: int, kind: str, message: str, *headers: str) -> Serve:
    """An answer with an error status, in the server's own form."""

    async def serve(exchange: Exchange, wire: Wire) -> None:
        await exchange.reply(wire.error(kind, message), code, "application/json", *headers)

    return serve


def page(code: int) -> Serve:
    """A page for browsers, as proxies send it."""

    async def serve(exchange: Exchange, wire: Wire) -> None:
        await exchange.reply(b"<html><title>Bad Gateway</title></html>", code, "text/html")

    return serve


def stream(make: Callable[[Wire], bytes], then: str = "end", *, reason: str = "") -> Serve:
    """A stream of bytes; afterwards the body ends, the connection is cut (`cut`) or nothing comes any more (`stall`).

    A question that is not streamed gets the first half of an answer, and then the same, or for `end` a whole one.
    """

    async def serve(exchange: Exchange, wire: Wire) -> None:
        if exchange.json.get("stream"):
            await exchange.start_chunked(wire.content_type)
            if data := make(wire):
                await exchange.chunk(data)
        elif then == "end":
            await exchange.reply(wire.whole(TEXT, reason))
            return
        else:
            whole = json.dumps(wire.whole(TEXT)).encode()
            await exchange.head(200, "Content-Type: application/json", f"Content-Length: {len(whole)}")
            await exchange.send(whole[: len(whole) // 2])
        await _then(exchange, then)

    return serve


async def _then(exchange: Exchange, then: str) -> None:
    if then == "end":
        await exchange.end_chunked()
    elif then == "cut":
        exchange.close()
    else:
        await exchange.until_gone()


async def hang(exchange: Exchange, wire: Wire) -> None:
    await exchange.until_gone()


async def headers_then_nothing(exchange: Exchange, wire: Wire) -> None:
    await exchange.start_chunked(wire.content_type)
    await exchange.until_gone()


async def only_comments(exchange: Exchange, wire: Wire) -> None:
    """The connection lives, and no answer begins."""
    streamed = exchange.json.get("stream")
    await exchange.start_chunked(wire.content_type if streamed else "application/json")
    while not await exchange.pause(DRIP_MS):
        await exchange.chunk(b": keep-alive\n\n" if streamed and wire.is_sse else b"\n")


async def comments_midway(exchange: Exchange, wire: Wire) -> None:
    """The answer stalls, and the connection lives."""
    await exchange.start_chunked(wire.content_type)
    await exchange.chunk(wire.head() + wire.piece(TEXT))
    while not await exchange.pause(DRIP_MS):
        await exchange.chunk(b": keep-alive\n\n" if wire.is_sse else b"\n")


async def drip(exchange: Exchange, wire: Wire) -> None:
    """Text without end, a byte at a time."""
    streamed = exchange.json.get("stream")
    await exchange.start_chunked(wire.content_type)
    await exchange.chunk(wire.head() + wire.piece(TEXT) if streamed else b'{"x":"')
    while True:
        for byte in wire.piece("x") if streamed else b"x" * 100:
            if await exchange.pause(DRIP_MS):
                return
            await exchange.chunk(bytes([byte]))


async def cut_at_once(exchange: Exchange, wire: Wire) -> None:
    exchange.close()


async def json_error(exchange: Exchange, wire: Wire) -> None:
    """Status 200, and an error instead of an answer, over several lines."""
    body = json.dumps(wire.error("server_error", "the model has gone"), indent=2 if wire.is_sse else None)
    await exchange.reply(body.encode(), 200, "application/json")


async def byte_by_byte(exchange: Exchange, wire: Wire) -> None:
    if not exchange.json.get("stream"):
        data = json.dumps(wire.whole(TEXT), ensure_ascii=False).encode()
    else:
        data = wire.stream(TEXT)
    await exchange.start_chunked(wire.content_type)
    for byte in data:
        await exchange.chunk(bytes([byte]))
    await exchange.end_chunked()


async def giant_line(exchange: Exchange, wire: Wire) -> None:
    await exchange.start_chunked(wire.content_type)
    while not exchange.is_gone:
        await exchange.chunk(b"data: " + b"x" * 100_000)


async def compressed(exchange: Exchange, wire: Wire) -> None:
    await exchange.head(200, "Content-Encoding: gzip", "Content-Length: 1000")
    await exchange.send(b"\x1f\x8b\x08\x00")
    await exchange.until_gone()


async def redirect(exchange: Exchange, wire: Wire) -> None:
    await exchange.head(307, "Location: http://127.0.0.1:9/elsewhere", "Content-Length: 0")


async def blank_lines_first(exchange: Exchange, wire: Wire) -> None:
    """What DeepSeek sends while a question waits in its queue."""
    streamed = exchange.json.get("stream")
    await exchange.start_chunked(wire.content_type)
    for _ in range(3):
        await exchange.chunk(b"\n")
    await exchange.chunk(wire.stream(TEXT) if streamed else json.dumps(wire.whole(TEXT)).encode())
    await exchange.end_chunked()


async def not_streamed(exchange: Exchange, wire: Wire) -> None:
    """A server that answers at once although it was asked for pieces."""
    await exchange.reply(wire.whole(TEXT))


async def date_429(exchange: Exchange, wire: Wire) -> None:
    there = datetime(2026, 5, 1, 12, 0, 0, tzinfo=UTC)
    headers = [f"Date: {format_datetime(there, True)}"]
    headers.append(f"Retry-After: {format_datetime(there + timedelta(seconds=7), True)}")
    await status(429, "rate_limit_error", "too many requests", *headers)(exchange, wire)


def _over_lines(wire: Wire) -> bytes:
    """Every event's JSON over several lines of data."""
    events = [event for event in wire.stream(TEXT).split(b"\n\n") if event]
    return b"".join(_spread(event) + b"\n\n" for event in events)


def _spread(event: bytes) -> bytes:
    head, _, data = event.rpartition(b"data: ")
    if data == b"[DONE]":
        return event
    lines = json.dumps(json.loads(data), indent=1, ensure_ascii=False).encode().split(b"\n")
    return head + b"\n".join(b"data: " + line for line in lines)


def _with_comments(wire: Wire) -> bytes:
    return b": PROCESSING\n\n" + wire.stream(TEXT).replace(b"\n\n", b"\n: keep-alive\n\n: again\n\n")


def _malformed(wire: Wire, times: int) -> bytes:
    return wire.head() + wire.piece(TEXT) + wire.raw(b'{"choices": [{"del') * times


def _ended(wire: Wire) -> bytes:
    return wire.finish() + wire.counted() + wire.end()


def _retries() -> tuple[ChatFault, ...]:
    """A rate limit with its wait in every form."""
    forms: tuple[tuple[str, float | None, str], ...] = (
        ("429-without", None, ""),
        ("429-seconds", 1.0, "Retry-After: 1"),
        ("429-decimal", 0.25, "Retry-After: 0.25"),
        ("429-milliseconds", 0.05, "Retry-After-Ms: 50"),
        ("429-long", 3_600.0, "Retry-After: 3600"),
        ("429-absurd", 999_999_999_999.0, "Retry-After: 999999999999"),
        ("429-nonsense", None, "Retry-After: soon"),
        ("429-infinite", None, "Retry-After: inf"),
        ("429-negative", 0.0, "Retry-After: -5"),
        ("429-reset", 360.02, "X-RateLimit-Reset-Requests: 6m0s20ms"),
    )
    refused = ("rate_limit_error", "too many requests")
    return tuple(
        ChatFault(
            name,
            status(429, *refused, *filter(None, [header])),
            "rate-limit",
            retry_after_s=seconds,
            # Ollama's own limit is its queue; the headers are those of a gateway, which are not read for it.
            wires=SSE,
        )
        for name, seconds, header in forms
    )


_TABLE: tuple[ChatFault, ...] = (
    # Nothing comes, or never enough.
    ChatFault("hang", hang, "timeout", is_silent=True),
    ChatFault("headers-then-nothing", headers_then_nothing, "timeout", is_silent=True),
    ChatFault("only-comments", only_comments, "timeout", is_silent=True),
    ChatFault("stall-first", stream(lambda wire: wire.head(), "stall"), "timeout", is_silent=True),
    ChatFault(
        "stall-mid",
        stream(lambda wire: wire.head() + wire.piece(TEXT), "stall"),
        "timeout",
        has_begun=True,
        is_silent=True,
    ),
    ChatFault("comments-mid", comments_midway, "timeout", "-", has_begun=True, is_silent=True),
    ChatFault("slow-drip", drip, "timeout", has_begun=True, is_silent=True),
    # Statuses.
    *_retries(),
    ChatFault("429-date", date_429, "rate-limit", retry_after_s=7.0, wires=SSE),
    ChatFault("429-quota", status(429, "insufficient_quota", "you have no credit left"), "quota", wires=OPENAI_ONLY),
    ChatFault("402", status(402, "billing_error", "your balance is empty"), "quota", wires=SSE),
    ChatFault("401", status(401, "authentication_error", "bad key"), "unauthorised"),
    ChatFault("403", status(403, "permission_error", "not for you"), "unauthorised"),
    ChatFault("404-model", status(404, "not_found_error", "model: m not found"), "model-missing"),
    ChatFault("400", status(400, "invalid_request_error", "messages: wrong"), "bad-request", wires=SSE),
    ChatFault("422", status(422, "invalid_request_error", "extra inputs"), "bad-request", wires=SSE),
    ChatFault("408", status(408, "timeout", "gave up waiting"), "timeout"),
    ChatFault("500", status(500, "api_error", "internal error"), "server-error"),
    ChatFault("502-page", page(502), "gateway"),
    ChatFault("503", status(503, "unavailable", "try again later"), "busy"),
    ChatFault("503-overloaded", status(503, "server_is_overloaded", "overloaded"), "overloaded", wires=SSE),
    ChatFault("504", status(504, "timeout_error", "upstream timed out"), "gateway"),
    ChatFault("529", status(529, "overloaded_error", "Overloaded"), "overloaded", wires=SSE),
    ChatFault("redirect", redirect, "redirect"),
    ChatFault(
        "context",
        status(400, "context_length_exceeded", "the input length exceeds the context length"),
        "context",
    ),
    ChatFault(
        "403-moderation", status(403, "moderation", "Input was flagged: requires moderation"), "moderation", wires=SSE
    ),
    # An error inside of a good status.
    ChatFault("200-json-error", json_error, "server-error"),
    ChatFault(
        "error-first",
        stream(lambda wire: wire.error_event("overloaded_error", "Overloaded"), "stall"),
        "overloaded",
        "-",
        wires=SSE,
    ),
    ChatFault(
        "error-mid",
        stream(lambda wire: wire.head() + wire.piece(TEXT) + wire.error_event("server_error", "gone"), "stall"),
        "server-error",
        "-",
        has_begun=True,
    ),
    ChatFault(
        "rate-limit-mid",
        stream(lambda wire: wire.head() + wire.piece(TEXT) + wire.error_event("rate_limit_error", "slow"), "stall"),
        "rate-limit",
        "-",
        has_begun=True,
        wires=SSE,
    ),
    # It is cut.
    ChatFault("close-at-once", cut_at_once, "dropped"),
    ChatFault("cut-first", stream(lambda wire: wire.head(), "cut"), "cut"),
    ChatFault("cut-mid", stream(lambda wire: wire.head() + wire.piece(TEXT), "cut"), "cut", has_begun=True),
    ChatFault(
        "end-without-finish",
        stream(lambda wire: wire.head() + wire.piece(TEXT)),
        "cut",
        "-",
        has_begun=True,
    ),
    ChatFault("done-without-finish", stream(lambda wire: wire.head() + wire.end()), "cut", "-", wires=SSE),
    ChatFault(
        "missing-done",
        stream(lambda wire: wire.stream(TEXT).removesuffix(wire.end())),
        "cut",
        "-",
        has_begun=True,
        wires=SSE,
    ),
    # It cannot be read.
    ChatFault(
        "two-malformed",
        stream(lambda wire: _malformed(wire, 2) + _ended(wire)),
        "not-json",
        "-",
        has_begun=True,
    ),
    ChatFault("200-page", page(200), "not-json"),
    ChatFault("giant-line", giant_line, "long-line", "too-large"),
    ChatFault("gzip", compressed, "compressed"),
    # It is odd, and comes through.
    ChatFault(
        "malformed",
        stream(lambda wire: _malformed(wire, 1) + _ended(wire)),
        skipped=1,
    ),
    ChatFault("duplicate-done", stream(lambda wire: wire.stream(TEXT) + wire.end() + wire.piece("more")), wires=SSE),
    ChatFault(
        "text-after-finish",
        stream(
            lambda wire: (
                wire.head() + wire.piece(TEXT) + wire.finish() + wire.piece("more") + wire.counted() + wire.end()
            )
        ),
        wires=OPENAI_ONLY,
    ),
    ChatFault("crlf", stream(lambda wire: wire.stream(TEXT).replace(b"\n", b"\r\n"))),
    ChatFault("comments", stream(_with_comments), wires=SSE),
    ChatFault("multi-line-data", stream(_over_lines), wires=SSE),
    ChatFault("utf8-split", byte_by_byte),
    ChatFault("no-last-line-end", stream(lambda wire: wire.stream(TEXT).rstrip(b"\n"))),
    ChatFault(
        "unknown-event", stream(lambda wire: wire.frame({"type": "news"}, "news") + wire.stream(TEXT)), wires=SSE
    ),
    ChatFault("blank-lines-first", blank_lines_first),
    ChatFault("not-streamed", not_streamed),
    ChatFault(
        "usage-missing",
        stream(lambda wire: wire.head() + wire.piece(TEXT) + wire.finish() + wire.end()),
        has_usage=False,
        plain_cause="-",
        wires=OPENAI_ONLY,
    ),
    ChatFault("usage-last", stream(lambda wire: wire.stream(TEXT))),
    ChatFault(
        "length",
        stream(lambda wire: wire.stream(TEXT, reason="max_tokens" if wire.name == "anthropic" else "length")),
        finish=Finish.LENGTH,
        plain_cause="-",
    ),
    ChatFault(
        "refusal",
        stream(lambda wire: wire.stream(TEXT, reason="refusal" if wire.name == "anthropic" else "content_filter")),
        finish=Finish.REFUSAL,
        plain_cause="-",
        wires=SSE,
    ),
)

FAULTS: dict[str, ChatFault] = {fault.name: fault for fault in _TABLE}
"""Every fault, by its name."""
