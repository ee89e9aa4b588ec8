"""How the tests of this room open a backend and ask it."""

from contextlib import aclosing

from tests.servers.dialects import Dialect
from tierlsp.backends.base import BackendSpec, Chunk, FimBackend, FimRequest, Usage
from tierlsp.backends.limits import Limits, Patience
from tierlsp.backends.open import open_backend

QUICK = Limits(
    generation=Patience(first_byte_ms=250, stall_ms=150, total_ms=400),
    question=Patience(first_byte_ms=250, stall_ms=150, total_ms=400),
    connect_ms=250,
)
"""For servers that stay silent."""

RAW = FimRequest(model="m", prefix="a", suffix="b", prompt="<a>", stop=("\n\n",), max_tokens=64)
NATIVE = FimRequest(model="m", prefix="a", suffix="b", prompt=None, stop=(), max_tokens=64)


def open_at(url: str, dialect: Dialect, limits: Limits | None = None) -> FimBackend:
    return open_backend(BackendSpec(name="it", kind=dialect.kind, base_url=url), limits)


async def chunks_of(backend: FimBackend, request: FimRequest = RAW) -> list[Chunk]:
    async with aclosing(backend.fim(request)) as chunks:
        return [chunk async for chunk in chunks]


async def answer_of(backend: FimBackend, request: FimRequest = RAW) -> str:
    """Return the whole text, and check that the answer ends as every answer must."""
    chunks = await chunks_of(backend, request)
    assert isinstance(chunks[-1].usage, Usage)
    assert all(chunk.usage is None for chunk in chunks[:-1])
    return "".join(chunk.text for chunk in chunks)
