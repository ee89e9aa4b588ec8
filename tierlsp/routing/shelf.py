"""What the model servers on this machine have, as far as they were asked: the last answer stands until the next."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence

from tierlsp.backends.base import FimBackend
from tierlsp.clock import Clock
from tierlsp.errors import BackendError
from tierlsp.routing.local import Installed, LocalChoice, choose_local

logger = logging.getLogger(__name__)

FRESH_MS = 30_000.0
"""How long an answer counts as today's. A model is installed by hand, in minutes."""


class LocalShelf:
    """The installed models. Only `look` asks the servers; everything else is from memory."""

    def __init__(
        self,
        clock: Clock,
        backends: Sequence[FimBackend],
        completing: Callable[[], str | None],
        *,
        is_assumed: bool = False,
    ) -> None:
        """Take the servers.

        Args:
            clock: the time.
            backends: the servers on this machine, in the order of the settings.
            completing: gives `backend/model` of the model that completes now.
            is_assumed: never ask, and take it that there is a model; for who must not open a connection.
        """
        self.is_assumed = is_assumed
        self._clock = clock
        self._backends = tuple(backends)
        self._completing = completing
        self._installed: tuple[Installed, ...] = ()
        self._looked_ms = float("-inf")
        self._looking: asyncio.Task[None] | None = None

    @property
    def has_looked(self) -> bool:
        """Whether the servers were ever asked."""
        return self._looked_ms >= 0

    @property
    def choice(self) -> LocalChoice:
        """The best of them for actions, which is what `auto` means."""
        if not self.has_looked:
            return LocalChoice(None, "the model servers on this machine have not answered yet; try again in a moment")
        return choose_local(self._installed, self._completing())

    def find(self, name: str) -> Installed | None:
        """Return the model called `backend/model`; Ollama's `:latest` may be left out."""
        return next((each for each in self._installed if each.name in (name, f"{name}:latest")), None)

    async def look(self) -> None:
        """Ask the servers, unless they were asked a moment ago. Who asks meanwhile waits for the same answers."""
        if self.is_assumed or self._clock.now_ms() - self._looked_ms < FRESH_MS:
            return
        if self._looking is None or self._looking.done():
            self._looking = asyncio.get_running_loop().create_task(self._look())
        await asyncio.shield(self._looking)

    @property
    def backends(self) -> tuple[FimBackend, ...]:
        """The servers that are asked."""
        return self._backends

    def forget(self) -> None:
        """Ask again next time: a server has come or gone."""
        self._looked_ms = min(self._looked_ms, self._clock.now_ms() - FRESH_MS)

    def close(self) -> None:
        """Stop asking."""
        if self._looking is not None:
            self._looking.cancel()

    async def _look(self) -> None:
        found = await asyncio.gather(*(self._models_of(backend) for backend in self._backends))
        self._installed = tuple(each for models in found for each in models)
        self._looked_ms = self._clock.now_ms()

    async def _models_of(self, backend: FimBackend) -> list[Installed]:
        try:
            return [Installed(backend.spec.name, model) for model in await backend.models()]
        except BackendError as error:
            logger.info("%s", error)
            return []
