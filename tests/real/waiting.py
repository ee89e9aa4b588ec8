"""Wait for what another program does: by looking again and again, and never for ever."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

PATIENCE_S = 20.0
"""A busy machine with two cores needs a twentieth of it for the slowest of the things waited for."""

LOOK_S = 0.05


async def eventually(
    look: Callable[[], Awaitable[T]],
    is_it: Callable[[T], bool],
    what: str,
    describe: Callable[[], Awaitable[str]],
    patience_s: float = PATIENCE_S,
) -> T:
    """Return what `look` gives as soon as `is_it`.

    Args:
        look: asks the program.
        is_it: whether its answer is the one waited for.
        what: what is waited for, for the failure's message.
        describe: everything that helps to understand why it did not come.
        patience_s: how long to go on looking.
    """
    end = time.monotonic() + patience_s
    while True:
        seen = await look()
        if is_it(seen):
            return seen
        if time.monotonic() > end:
            raise AssertionError(f"waited {patience_s:g} s for {what}; last seen: {seen!r}\n\n{await describe()}")
        await asyncio.sleep(LOOK_S)
