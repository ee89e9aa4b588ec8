"""What a policy is: something that answers an editor's requests, with a model behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from bench.replay.backend import SimulatedOllama
from bench.replay.buffer import Buffer, Change
from bench.replay.material import Material


class Offer(NamedTuple):
    """An answer to the editor. An empty text shows nothing."""

    text: str = ""
    """What would be inserted at the cursor."""
    is_models: bool = True
    """Whether the model wrote it."""


class Place(NamedTuple):
    """Where an editor asks: always the end of a line here."""

    version: int
    line: int


@dataclass(frozen=True, slots=True)
class World:
    """What a policy is built with."""

    buffer: Buffer
    backend: SimulatedOllama
    model: str
    material: Material
    refresh: Callable[[], None]
    """Tells the editor that a better answer has come."""
    can_refresh: bool
    """Whether the editor listens to that."""


class Policy(Protocol):
    """One way of serving completions."""

    ask_after_ms: float | None
    """When a plug-in asks after a key by itself; `None` leaves it to the editor."""

    def changed(self, change: Change) -> None:
        """The document has changed."""

    def ask(self, place: Place) -> Offer | asyncio.Future[Offer]:
        """Answer a request. The editor cancels the future to withdraw it."""

    def accepted(self, text: str) -> None:
        """The person has taken a suggestion; `changed` has been called."""

    async def aclose(self) -> None:
        """End everything."""


Maker = Callable[[World], Policy]
