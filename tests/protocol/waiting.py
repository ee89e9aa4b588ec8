"""Waiting for what happens outside of the conversation with the server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tests.protocol.client import DEADLINE_S


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what the model server or the system sees."""
    async with asyncio.timeout(DEADLINE_S):
        while not condition():
            await asyncio.sleep(0.005)
