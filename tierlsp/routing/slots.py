"""How many calls one provider is made at a time."""

from __future__ import annotations

import asyncio

LIMITS = {"glm": 1, "ollama": 1, "llamacpp": 1}
"""By kind of backend. z.ai's accounts allow one call at a time; a model server here works at one at a time by default,
and a second call would only make both slower."""

USUAL_LIMIT = 4
"""For every other kind: a person starts a few actions at once, not dozens."""


class Slot:
    """A place at a provider, taken until `leave`."""

    def __init__(self, places: asyncio.Semaphore) -> None:
        self._places = places
        self._is_left = False

    def leave(self) -> None:
        """Make room for the next one; does nothing the second time."""
        if not self._is_left:
            self._is_left = True
            self._places.release()


class Slots:
    """The places of all providers."""

    def __init__(self) -> None:
        self._places: dict[str, asyncio.Semaphore] = {}

    async def enter(self, provider: str, kind: str) -> Slot:
        """Wait for a place at `provider`, whose backend is of `kind`, in the order of coming."""
        places = self._places.get(provider)
        if places is None:
            places = self._places[provider] = asyncio.Semaphore(LIMITS.get(kind, USUAL_LIMIT))
        await places.acquire()
        return Slot(places)
