"""Everything that a model server can do wrong, each as a function that answers one request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from tests.servers.dialects import Dialect
from tests.servers.loopback import Exchange, LoopbackServer

Fault = Callable[[Exchange, Dialect], Awaitable[None]]

DRIP_MS = 5.0
"""Between two bytes of a server that is never silent and never done."""


class FaultServer(LoopbackServer):
    """Does wrong what `fault` says; with `fault = None`, all is well.

    Questions (`/api/tags`, `/props` …) are met with the same fault as generations.
    """

    def __init__(self, dialect: Dialect, fault: Fault | None = None) -> None:
        super().__init__()
        self.dialect = dialect
        self.fault = fault

    async def handle(self, exchange: Exchange) -> None:
        if self.fault is None:
            await self.dialect.good(exchange, "fine")
        else:
            await self.fault(exchange, self.dialect)


# Nothing comes.


async def hang(exchange: Exchange, dialect: Dialect) -> None:
    await exchange.until_gone()


async def headers_then_nothing(exchange: Exchange, dialect: Dialect) -> None:
    await exchange.start_chunked(dialect.content_type)
    await exchange.until_gone()


async def text_then_nothing(exchange: Exchange, dialect: Dialect) -> None:
    await exchange.start_chunked(dialect.content_type)
    await exchange.chunk(dialect.piece("x"))
    await exchange.until_gone()


async def empty_ok(exchange: Exchange, dialect: Dialect) -> None:
    await exchange.reply(b"")


async def no_content(exchange: Exchange, dialect: Dialect) -> None:
    await exchange.head(204)


# It never ends.


async def slow_headers(exchange: Exchange, dialect: Dialect) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while not await exchange.pause(DRIP_MS):
        await exchange.send(b"a")


async def interim_answers(exchange: Exchange, dialect: Dialect) -> None:
    while not await exchange.pause(DRIP_MS):
        await exchange.send(b"HTTP/1.1 102 Processing\r\n\r\n")


async def drip(exchange: Exchange, dialect: Dialect) -> None:
    await exchange.start_chunked(dialect.content_type)
    while True:
        for byte in dialect.piece("x"):
            if await exchange.pause(DRIP_MS):
                return
            await exchange.chunk(bytes([byte]))


async def blank_lines(exchange: Exchange, dialect: Dialect) -> None:
    await exchange.start_chunked(dialect.content_type)
    while not await exchange.pause(DRIP_MS):
        await exchange.chunk(b"\n")


async def endless_tokens(exchange: Exchange, dialect: Dialect) -> None:
    await exchange.start_chunked(dialect.content_type)
    while not exchange.is_gone:
        await exchange.chunk(dialect.piece("x "))


async def endless_bulk(exchange: Exchange, dialect: Dialect) -> None:
    """Lines that are all right, each short of the limit, without end."""
    await exchange.start_chunked(dialect.content_type)
    while not exchange.is_gone:
        await exchange.chunk(dialect.piece("x" * 200_000))


async def gigabyte_line(exchange: Exchange, dialect: Dialect) -> None:
    await exchange.start_chunked(dialect.content_type)
    await exchange.chunk(dialect.piece("x").rstrip(b"\n")[:-2])
    for _ in range(16_384):
        await exchange.chunk(b"x" * 65_536)


async def gigabyte_header(exchange: Exchange, dialect: Dialect) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\nX-Long: ")
    for _ in range(16_384):
        await exchange.send(b"x" * 65_536)


# It breaks off.


async def reset_at_once(exchange: Exchange, dialect: Dialect) -> None:
    exchange.reset()


async def close_at_once(exchange: Exchange, dialect: Dialect) -> None:
    exchange.close()


async def reset_midway(exchange: Exchange, dialect: Dialect) -> None:
    await exchange.start_chunked(dialect.content_type)
    await exchange.chunk(dialect.piece("x"))
    await exchange.pause(DRIP_MS)
    exchange.reset()


async def cut_in_a_line(exchange: Exchange, dialect: Dialect) -> None:
    """The server's process dies: the connection ends, the body does not."""
    await exchange.start_chunked(dialect.content_type)
    await exchange.chunk(dialect.piece("x") + dialect.piece("y")[:10])
    exchange.close()


async def half_a_line(exchange: Exchange, dialect: Dialect) -> None:
    """A body that ends well as far as HTTP can tell."""
    await exchange.start_chunked(dialect.content_type)
    await exchange.chunk(dialect.piece("x") + dialect.piece("y")[:20])
    await exchange.end_chunked()


async def end_without_last(exchange: Exchange, dialect: Dialect) -> None:
    await exchange.start_chunked(dialect.content_type)
    await exchange.chunk(dialect.piece("x"))
    await exchange.end_chunked()


async def short_of_its_length(exchange: Exchange, dialect: Dialect) -> None:
    await exchange.head(200, f"Content-Type: {dialect.content_type}", "Content-Length: 1000")
    await exchange.send(dialect.piece("x"))
    exchange.close()


# It is not what was asked for.


async def not_http(exchange: Exchange, dialect: Dialect) -> None:
    await exchange.send(b"\x00\xff\x13garbage\r\n\r\n" * 20)
    exchange.close()


async def broken_chunks(exchange: Exchange, dialect: Dialect) -> None:
    await exchange.start_chunked(dialect.content_type)
    await exchange.send(b"zz\r\nnot a length\r\n")


async def garbage_body(exchange: Exchange, dialect: Dialect) -> None:
    await exchange.reply(bytes(range(256)), kind=dialect.content_type)


async def page_as_answer(exchange: Exchange, dialect: Dialect) -> None:
    await exchange.reply(b"<!doctype html>\n<html><body>Log in</body></html>\n", kind="text/html")


async def broken_utf8(exchange: Exchange, dialect: Dialect) -> None:
    await exchange.start_chunked(dialect.content_type)
    await exchange.chunk(dialect.piece("caf\u00e9").replace(b"\xc3\xa9", b"\xe9"))
    await exchange.until_gone()


async def wrong_types(exchange: Exchange, dialect: Dialect) -> None:
    await exchange.start_chunked(dialect.content_type)
    await exchange.chunk(dialect.line({dialect.text_key: ["x"], "done": "yes", "stop": 1}))
    await exchange.until_gone()


async def list_instead(exchange: Exchange, dialect: Dialect) -> None:
    await exchange.start_chunked(dialect.content_type)
    await exchange.chunk(dialect.raw(b"[1, 2]"))
    await exchange.until_gone()


async def deep_nesting(exchange: Exchange, dialect: Dialect) -> None:
    await exchange.start_chunked(dialect.content_type)
    await exchange.chunk(dialect.raw(b"[" * 100_000))
    await exchange.until_gone()


async def huge_number(exchange: Exchange, dialect: Dialect) -> None:
    await exchange.start_chunked(dialect.content_type)
    await exchange.chunk(dialect.raw(b'{"n":' + b"9" * 10_000 + b"}"))
    await exchange.until_gone()


async def compressed(exchange: Exchange, dialect: Dialect) -> None:
    await exchange.head(200, "Content-Encoding: gzip", "Content-Length: 1000")
    await exchange.send(b"\x1f\x8b\x08\x00")
    await exchange.until_gone()


async def redirect(exchange: Exchange, dialect: Dialect) -> None:
    await exchange.head(307, "Location: http://127.0.0.1:9/elsewhere", "Content-Length: 0")


async def redirect_nowhere(exchange: Exchange, dialect: Dialect) -> None:
    await exchange.head(302, "Location: http://[", "Content-Length: 0")


async def switching_protocols(exchange: Exchange, dialect: Dialect) -> None:
    await exchange.head(101, "Upgrade: websocket", "Connection: Upgrade")


async def error_midway(exchange: Exchange, dialect: Dialect) -> None:
    await exchange.start_chunked(dialect.content_type)
    await exchange.chunk(dialect.piece("x"))
    await exchange.chunk(dialect.error("the model runner has gone"))
    await exchange.until_gone()


async def memory_midway(exchange: Exchange, dialect: Dialect) -> None:
    await exchange.start_chunked(dialect.content_type)
    await exchange.chunk(dialect.error("CUDA error: out of memory"))
    await exchange.until_gone()


async def error_without_end(exchange: Exchange, dialect: Dialect) -> None:
    """An error's body that goes on for ever; its beginning is enough."""
    await exchange.start_chunked(dialect.content_type, 500)
    while not exchange.is_gone:
        await exchange.chunk(b"x" * 10_000)


async def error_cut_short(exchange: Exchange, dialect: Dialect) -> None:
    await exchange.head(500, "Content-Length: 1000")
    await exchange.send(b'{"error": "the model')
    exchange.close()


def status(code: int, message: str = "as the test wants it") -> Fault:
    """An answer with an error status, in the server's own form."""

    async def answer(exchange: Exchange, dialect: Dialect) -> None:
        await exchange.reply(dialect.error_body(code, message), code)

    return answer


def page(code: int) -> Fault:
    """An error page, as proxies send it."""

    async def answer(exchange: Exchange, dialect: Dialect) -> None:
        await exchange.reply(b"<html><title>Bad Gateway</title></html>", code, "text/html")

    return answer
