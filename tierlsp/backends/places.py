"""How many requests run at a time on one server."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from tierlsp.backends.unreached import Fault, Unreached


class Places:
    """A number of places, to be taken before a request and left after its answer.

    Args:
        count: how many there are.
        patience_s: how long to wait for one, in seconds.
    """

    def __init__(self, count: int, patience_s: float) -> None:
        self._count = count
        self._patience_s = patience_s
        self._most = count
        """How many may be taken now."""
        self._taken = 0
        self._waiting: list[asyncio.Future[None]] = []

    async def take(self) -> None:
        """Wait for a place, but not for long: where none comes free, those that are taken count no more.

        An answer that nobody reads or closes would otherwise take its place for ever.

        Raises:
            Unreached: others have taken the new places too.
        """
        for is_last in (False, True):
            most = self._most
            if await self._is_taken_in_time():
                return
            if not is_last and self._most == most:
                self._most = self._taken + self._count
                self._tell()
        raise Unreached(Fault.NO_PLACE)

    def leave(self) -> None:
        """Give a place back."""
        self._taken -= 1
        self._most = max(self._count, min(self._most, self._taken + self._count))
        self._tell()

    async def _is_taken_in_time(self) -> bool:
        if self._taken < self._most:
            self._taken += 1
            return True
        with suppress(TimeoutError):
            async with asyncio.timeout(self._patience_s):
                while self._taken >= self._most:
                    await self._change()
                self._taken += 1
                return True
        return False

    async def _change(self) -> None:
        """Wait until the number of free places may have changed."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        try:
            await future
        finally:
            self._waiting.remove(future)

    def _tell(self) -> None:
        for future in self._waiting:
            if not future.done():
                future.set_result(None)
