"""Rooms for many runs: one for each captured editor, in which runs go on side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TypeVar

from tests.protocol.cell import Cell
from tests.protocol.room import Room, open_room
from tests.protocol.test_actions import PROFILES

AnyCell = TypeVar("AnyCell", bound=Cell)


class Rooms:
    """A room for each profile, which stands as long as its runs end well."""

    def __init__(self, directory: Path, closed_port: int) -> None:
        self._directory = directory
        self._closed_port = closed_port
        self._open: dict[str, tuple[Room, AsyncExitStack]] = {}
        self._made = 0

    async def of(self, profile: str) -> Room:
        """Return the room of a profile."""
        if profile not in self._open:
            self._made += 1
            stack = AsyncExitStack()
            room = await open_room(stack, profile, self._directory / f"{profile}-{self._made}", self._closed_port)
            self._open[profile] = room, stack
        return self._open[profile][0]

    async def give_up(self, profile: str, error: BaseException) -> None:
        """Put a room away whose run has failed: what is still under way there belongs to no other."""
        _, stack = self._open.pop(profile)
        await stack.__aexit__(type(error), error, error.__traceback__)

    async def aclose(self) -> None:
        """Put all rooms away; each client looks whether anything is left over."""
        for _, stack in self._open.values():
            await stack.aclose()


async def in_all(rooms: Rooms, make: Callable[[Room], AnyCell], look: Callable[[AnyCell], None]) -> None:
    """Have a run in every room, side by side since most of it is waiting, and look at each; raise the first failure.

    Args:
        rooms: where they are.
        make: makes the run for a room.
        look: fails if something is not right.
    """

    async def one(profile: str) -> None:
        cell = make(await rooms.of(profile))
        try:
            await cell.run()
            look(cell)
        except BaseException as error:
            error.add_note(f"in {profile}: {cell.seen}, {cell.left}")
            await rooms.give_up(profile, error)
            raise

    ended = await asyncio.gather(*map(one, PROFILES), return_exceptions=True)
    for error in ended:
        if isinstance(error, BaseException):
            raise error
