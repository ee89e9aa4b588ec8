"""A scripted model server on an event loop of its own, in a thread beside the bench."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from tests.servers.fake_ollama import FakeOllama

Server = TypeVar("Server", bound=FakeOllama)


@contextmanager
def beside(server: Server) -> Iterator[tuple[Server, asyncio.AbstractEventLoop]]:
    """Run `server`; yield it and its loop."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(server.start(), loop).result()
    try:
        yield server, loop
    finally:
        asyncio.run_coroutine_threadsafe(server.stop(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
