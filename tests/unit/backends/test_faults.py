"""Whatever a server does: one exception of ours, in time, no connection left, and the next answer is fine."""

import asyncio
import json
import socket
from dataclasses import replace

import pytest

from tests.servers import faults
from tests.servers.dialects import Dialect
from tests.servers.faults import Fault, FaultServer
from tests.servers.loopback import Exchange
from tests.unit.backends.asking import NATIVE, QUICK, RAW, answer_of, chunks_of, open_at
from tierlsp.backends.limits import Limits, Patience
from tierlsp.errors import BackendError, Garbled, Overloaded, Rejected, Unavailable

pytestmark = pytest.mark.usefixtures("way")

SILENT: list[tuple[Fault, type[BackendError], str]] = [
    (faults.hang, Unavailable, "timeout"),
    (faults.headers_then_nothing, Unavailable, "timeout"),
    (faults.text_then_nothing, Unavailable, "timeout"),
    (faults.slow_headers, Unavailable, "timeout"),
    (faults.interim_answers, Unavailable, "timeout"),
    (faults.drip, Unavailable, "timeout"),
    (faults.blank_lines, Unavailable, "timeout"),
]

LOUD: list[tuple[Fault, type[BackendError], str]] = [
    (faults.empty_ok, Garbled, "cut"),
    (faults.no_content, Garbled, "cut"),
    (faults.endless_tokens, Garbled, "endless"),
    (faults.endless_bulk, Garbled, "too-large"),
    (faults.gigabyte_line, Garbled, "long-line"),
    (faults.gigabyte_header, Garbled, "not-http"),
    (faults.reset_at_once, Unavailable, "dropped"),
    (faults.close_at_once, Unavailable, "dropped"),
    (faults.reset_midway, Garbled, "cut"),
    (faults.cut_in_a_line, Garbled, "cut"),
    (faults.half_a_line, Garbled, "not-json"),
    (faults.end_without_last, Garbled, "cut"),
    (faults.short_of_its_length, Garbled, "cut"),
    (faults.not_http, Garbled, "not-http"),
    (faults.broken_chunks, Garbled, "cut"),
    (faults.garbage_body, Garbled, "not-json"),
    (faults.page_as_answer, Garbled, "not-json"),
    (faults.broken_utf8, Garbled, "not-json"),
    (faults.wrong_types, Garbled, "wrong-form"),
    (faults.list_instead, Garbled, "wrong-form"),
    (faults.deep_nesting, Garbled, "not-json"),
    (faults.huge_number, Garbled, "not-json"),
    (faults.compressed, Garbled, "compressed"),
    (faults.redirect, Rejected, "redirect"),
    (faults.error_midway, Unavailable, "server-error"),
    (faults.memory_midway, Overloaded, "out-of-memory"),
    (faults.error_without_end, Unavailable, "server-error"),
    (faults.error_cut_short, Unavailable, "server-error"),
    (faults.status(400), Rejected, "rejected"),
    (faults.status(401), Rejected, "unauthorised"),
    (faults.status(403), Rejected, "unauthorised"),
    (faults.status(404, "File Not Found"), Rejected, "not-found"),
    (faults.status(408), Unavailable, "timeout"),
    (faults.status(413), Rejected, "rejected"),
    (faults.status(429), Overloaded, "rate-limit"),
    (faults.status(499, "request canceled"), Unavailable, "dropped"),
    (faults.status(500), Unavailable, "server-error"),
    (
        faults.status(500, "model requires more system memory (8 GiB) than is available"),
        Overloaded,
        "out-of-memory",
    ),
    (faults.status(502), Unavailable, "gateway"),
    (faults.status(503), Overloaded, "busy"),
    (faults.status(504), Unavailable, "gateway"),
    (faults.page(404), Rejected, "not-found"),
    (faults.page(502), Unavailable, "gateway"),
    (faults.page(503), Overloaded, "busy"),
]


def _name(value: object) -> str:
    return getattr(value, "__qualname__", str(value)).split(".")[0]


async def _check(fault: Fault, dialect: Dialect, kind: type[BackendError], cause: str, limits: Limits | None) -> None:
    async with FaultServer(dialect, fault) as server:
        backend = open_at(server.url, dialect, limits)
        with pytest.raises(BackendError) as caught:
            await chunks_of(backend)
        assert (type(caught.value), caught.value.cause) == (kind, cause), str(caught.value)
        _check_sentence(str(caught.value))
        await server.at_rest()

        server.fault = None
        assert await answer_of(backend) == "fine"
        await backend.aclose()
        await server.all_closed()


def _check_sentence(message: str) -> None:
    """One line for a person, without the server's page in it."""
    assert message.isprintable()
    assert "<" not in message
    assert 20 < len(message) < 400


@pytest.mark.parametrize(("fault", "kind", "cause"), SILENT, ids=_name)
async def test_a_server_that_is_silent_or_never_done_ends_at_a_time_limit(
    dialect: Dialect, fault: Fault, kind: type[BackendError], cause: str
) -> None:
    await _check(fault, dialect, kind, cause, QUICK)


@pytest.mark.parametrize(("fault", "kind", "cause"), LOUD, ids=_name)
async def test_a_bad_answer_is_one_error_of_ours(
    dialect: Dialect, fault: Fault, kind: type[BackendError], cause: str
) -> None:
    await _check(fault, dialect, kind, cause, None)


@pytest.mark.parametrize("fault", [faults.redirect_nowhere, faults.switching_protocols], ids=_name)
async def test_answers_that_the_client_itself_stumbles_over_are_errors_of_ours(dialect: Dialect, fault: Fault) -> None:
    async with FaultServer(dialect, fault) as server:
        backend = open_at(server.url, dialect, QUICK)
        with pytest.raises(BackendError):
            await chunks_of(backend)
        server.fault = None
        assert await answer_of(backend) == "fine"
        await backend.aclose()


async def test_a_redirect_is_not_followed(dialect: Dialect) -> None:
    async with FaultServer(dialect) as elsewhere, FaultServer(dialect) as server:

        async def send_elsewhere(exchange: Exchange, dialect: Dialect) -> None:
            await exchange.head(307, f"Location: {elsewhere.url}/", "Content-Length: 0")

        server.fault = send_elsewhere
        backend = open_at(server.url, dialect)
        with pytest.raises(Rejected, match="redirects"):
            await chunks_of(backend)
        assert elsewhere.connections == 0
        await backend.aclose()


async def test_a_server_that_is_not_there_is_told_with_what_to_do(dialect: Dialect) -> None:
    async with FaultServer(dialect) as server:
        url = server.url
    backend = open_at(url, dialect)
    with pytest.raises(Unavailable, match=r"start it with: (ollama serve|llama-server)") as caught:
        await chunks_of(backend)
    assert caught.value.cause == "refused"
    for question in (backend.version, backend.models):
        with pytest.raises(Unavailable):
            await question()
    await backend.aclose()


@pytest.fixture
def nobody_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every name looked up in vain, and nothing sent to find that out."""

    def look_up(*arguments: object, **options: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


@pytest.mark.usefixtures("nobody_is_known")
async def test_a_host_that_nobody_knows_is_named_as_such(dialect: Dialect) -> None:
    backend = open_at("http://no-such-host.invalid", dialect)
    with pytest.raises(Unavailable, match="check `baseUrl`") as caught:
        await backend.version()
    assert caught.value.cause == "unknown-host"
    await backend.aclose()


@pytest.mark.parametrize(
    "url",
    ["http://", "ftp://127.0.0.1", "http://127.0.0.1:99999", "http://a b", "", "http://[", "http://\ud800"],
)
@pytest.mark.usefixtures("nobody_is_known")
async def test_a_broken_address_is_an_error_of_ours(dialect: Dialect, url: str) -> None:
    backend = open_at(url, dialect, QUICK)
    with pytest.raises(BackendError):
        await backend.version()
    with pytest.raises(BackendError):
        await chunks_of(backend)
    await backend.aclose()


async def test_a_password_in_an_address_is_in_no_message(dialect: Dialect) -> None:
    async with FaultServer(dialect, faults.status(500)) as server:
        backend = open_at(server.url.replace("//", "//me:secret@"), dialect)
        with pytest.raises(BackendError) as caught:
            await chunks_of(backend)
        assert "secret" not in str(caught.value)
        await backend.aclose()


@pytest.mark.parametrize(
    "fault",
    [faults.gigabyte_line, faults.gigabyte_header, faults.endless_bulk, faults.error_without_end],
    ids=_name,
)
async def test_a_flood_is_not_read_to_its_end(dialect: Dialect, fault: Fault) -> None:
    async with FaultServer(dialect, fault) as server:
        backend = open_at(server.url, dialect)
        with pytest.raises(BackendError):
            await chunks_of(backend)
        await server.at_rest()
        # What was sent lies for the most part in the buffers of the two sockets.
        assert server.exchanges[0].bytes_sent < 24_000_000
        await backend.aclose()


async def test_line_ends_inside_a_text_do_not_cut_it(dialect: Dialect) -> None:
    text = "a\u2028b\u2029c\u0085d\x0ce\x1cf\x1dg\x1eh\x0bi\r\nj"

    async def answer(exchange: Exchange, dialect: Dialect) -> None:
        await dialect.good(exchange, text, text)

    async with FaultServer(dialect, answer) as server:
        backend = open_at(server.url, dialect)
        assert await answer_of(backend) == text + text
        await backend.aclose()


async def test_text_comes_through_however_its_bytes_are_split(dialect: Dialect) -> None:
    text = "é😀\u2028𝒳"

    async def answer(exchange: Exchange, dialect: Dialect) -> None:
        await exchange.start_chunked(dialect.content_type)
        for byte in dialect.piece(text) + dialect.last():
            await exchange.chunk(bytes([byte]))
        await exchange.end_chunked()

    async with FaultServer(dialect, answer) as server:
        backend = open_at(server.url, dialect)
        assert await answer_of(backend) == text
        await backend.aclose()


async def test_half_a_surrogate_pair_in_an_answer_is_replaced(dialect: Dialect) -> None:
    async def answer(exchange: Exchange, dialect: Dialect) -> None:
        await exchange.start_chunked(dialect.content_type)
        await exchange.chunk(dialect.raw(json.dumps({dialect.text_key: "a\ud800b"}).encode()))
        await exchange.chunk(dialect.last())
        await exchange.end_chunked()

    async with FaultServer(dialect, answer) as server:
        backend = open_at(server.url, dialect)
        assert await answer_of(backend) == "a\ufffdb"
        await backend.aclose()


async def test_what_stands_in_the_editor_can_always_be_sent(dialect: Dialect) -> None:
    async with FaultServer(dialect) as server:
        backend = open_at(server.url, dialect)
        hostile = "a\ud83d\x00\u2028\udc00b\ud83d\ude00"
        assert await answer_of(backend, replace(NATIVE, prefix=hostile, suffix=hostile)) == "fine"
        sent = server.exchanges[0].json
        key = "prompt" if dialect.kind == "ollama" else "input_prefix"
        assert sent[key] == "a\ufffd\x00\u2028\ufffdb😀"
        await backend.aclose()


async def test_a_stream_cut_after_any_byte_is_never_taken_for_whole(dialect: Dialect) -> None:
    """The body has neither length nor chunks, so that for HTTP every cut is a good end."""
    last = dialect.line({"done": True, "stop": True, dialect.text_key: "."})
    body = dialect.piece("x") + dialect.piece("y") + last
    whole_from = len(body.rstrip(b"\n"))

    async def answer(exchange: Exchange, dialect: Dialect) -> None:
        await exchange.head(200, f"Content-Type: {dialect.content_type}", "Connection: close")
        await exchange.send(body[: int(exchange.json["model"])])
        exchange.close()

    async def cut(at: int) -> None:
        request = replace(RAW, model=str(at))
        if at >= whole_from:
            assert await answer_of(backend, request) == "xy."
            return
        with pytest.raises(Garbled) as caught:
            await chunks_of(backend, request)
        assert caught.value.cause in ("cut", "not-json")

    async with FaultServer(dialect, answer) as server:
        backend = open_at(server.url, dialect)
        for start in range(0, len(body) + 1, 8):
            await asyncio.gather(*(cut(at) for at in range(start, min(start + 8, len(body) + 1))))
        await backend.aclose()
        await server.all_closed()


async def test_the_time_limit_counts_from_the_call_and_not_from_the_last_byte(dialect: Dialect) -> None:
    limits = Limits(generation=Patience(first_byte_ms=5_000, stall_ms=5_000, total_ms=100))
    async with FaultServer(dialect, faults.drip) as server:
        backend = open_at(server.url, dialect, limits)
        with pytest.raises(Unavailable, match=r"not done within 0\.1 s"):
            await chunks_of(backend)
        await backend.aclose()


async def test_a_server_that_falls_silent_is_given_up_long_before_the_end_of_its_time(dialect: Dialect) -> None:
    limits = Limits(generation=Patience(first_byte_ms=5_000, stall_ms=50, total_ms=5_000))
    async with FaultServer(dialect, faults.text_then_nothing) as server:
        backend = open_at(server.url, dialect, limits)
        with pytest.raises(Unavailable, match="stopped in the middle"):
            await chunks_of(backend)
        await backend.aclose()


async def test_the_body_of_an_answer_that_is_done_may_stay_open(dialect: Dialect) -> None:
    async def answer(exchange: Exchange, dialect: Dialect) -> None:
        await exchange.start_chunked(dialect.content_type)
        await exchange.chunk(dialect.piece("x") + dialect.last())
        await exchange.until_gone()

    async with FaultServer(dialect, answer) as server:
        backend = open_at(server.url, dialect)
        assert await answer_of(backend) == "x"
        await server.all_closed()
        await backend.aclose()
