"""Which model serves completions now, and why, and what to do where none does.

It looks for one when the first document opens, or before for an editor that shows it, tells in one sentence what it
found, and looks again, ever less often, while requests keep coming and nothing answers.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from tierlsp.backends.base import FimBackend, Model
from tierlsp.backends.choose import choose
from tierlsp.backends.families import Family, family_of
from tierlsp.clock import Clock
from tierlsp.errors import BackendError, Overloaded, Rejected, Unavailable

logger = logging.getLogger(__name__)

FIRST_RETRY_MS = 1_000.0
"""How long a server that did not answer is left alone. A restart of Ollama takes about a second."""

LAST_RETRY_MS = 30_000.0
"""The longest it is left alone. A person who has just started Ollama waits at most this long."""

MOST_TOO_LONG = 8
"""Prompts in a row that may be too long before the person is told. Each is three quarters of the one before: together
they come from 4,096 tokens down to 400."""

AUTO = "auto"


class State(StrEnum):
    """What the local tier can do."""

    READY = "ready"
    LOADING = "loading"
    """Being looked for, or the server is loading it."""
    DOWN = "down"
    OFF = "off"
    """Switched off by the settings."""
    UNCONFIGURED = "unconfigured"
    """No server answers, and none was named in the settings."""


@dataclass(frozen=True, slots=True)
class Serving:
    """A model and the server that runs it."""

    backend: FimBackend
    model: str
    family: Family | None


@dataclass(frozen=True, slots=True)
class Status:
    """What the supply has found."""

    state: State
    detail: str
    """One sentence for a person."""
    serving: Serving | None = None
    cause: str = ""
    """The short name of what is wrong, empty if nothing is."""


class Supply:
    """Finds the model of `completion.model` and watches over it."""

    def __init__(
        self,
        clock: Clock,
        backends: Sequence[FimBackend],
        model: str,
        on_change: Callable[[Status], None] = lambda status: None,
        on_working: Callable[[], None] = lambda: None,
    ) -> None:
        """`backends` are asked in order where `model` is `auto`; else `model` is `backend/model`."""
        self._clock = clock
        self._backends = tuple(backends)
        self._model = model
        self._on_change = on_change
        self._on_working = on_working
        self._search: asyncio.Task[None] | None = None
        self._next_try_ms = 0.0
        self._retry_ms = FIRST_RETRY_MS
        self._too_long = 0
        """Prompts in a row that were longer than the server's context."""
        self.status = (
            Status(State.LOADING, "no model has been looked for yet")
            if self._backends
            else Status(State.OFF, "no model server is configured for completion")
        )

    @property
    def serving(self) -> Serving | None:
        """The model to ask now; `None` while there is none."""
        return self.status.serving

    @property
    def is_searching(self) -> bool:
        """Whether the answer to "which model" is on its way."""
        return self._search is not None and not self._search.done()

    def wake(self) -> None:
        """Look for a model, unless one serves, a search is running, or the last one failed a moment ago."""
        if self.serving is not None or self.is_searching or self.status.state is State.OFF:
            return
        if self._clock.now_ms() >= self._next_try_ms:
            self._search = asyncio.get_running_loop().create_task(self.search())

    async def search(self) -> None:
        """Look for a model now."""
        try:
            status = await self._find()
        except BackendError as error:
            status = self._status_of(error)
        self._take(status)

    async def has_room(self) -> bool:
        """Whether the model is in memory, or could be loaded without pushing out another that somebody uses."""
        serving = self.serving
        if serving is None:
            return False
        try:
            loaded = await serving.backend.loaded()
        except BackendError as error:
            logger.debug("the models in memory are not known: %s", error)
            return False
        return not loaded or serving.model in loaded

    def failed(self, error: BackendError) -> None:
        """Say that the model that served has failed; whether it goes on serving depends on how."""
        if error.cause == "context" and self._too_long < MOST_TOO_LONG:
            # The next prompt is shorter.
            self._too_long += 1
            logger.info("%s", error)
        elif isinstance(error, Unavailable | Overloaded | Rejected):
            self._take(self._status_of(error))
        else:
            # A garbled answer is that answer's fault: the next one may be whole.
            logger.warning("%s", error)

    def worked(self) -> None:
        """Say that the model has answered."""
        self._retry_ms = FIRST_RETRY_MS
        self._too_long = 0
        self._on_working()

    async def aclose(self) -> None:
        """End the search and close every connection."""
        if self._search is not None:
            self._search.cancel()
            await asyncio.gather(self._search, return_exceptions=True)
        for backend in self._backends:
            await backend.aclose()

    async def _find(self) -> Status:
        if self._model == AUTO:
            return await self._find_best()
        name, _, model = self._model.partition("/")
        backend = next((backend for backend in self._backends if backend.spec.name == name), None)
        if backend is None:
            return Status(
                State.DOWN,
                f"`completion.model` names the backend {name!r}, which is not configured; add [backends.{name}]",
                cause="backend-missing",
            )
        return _named(backend, model, await backend.models())

    async def _find_best(self) -> Status:
        first_error: BackendError | None = None
        empty: Status | None = None
        for backend in self._backends:
            try:
                choice = choose(await backend.models())
            except BackendError as error:
                first_error = first_error or error
                continue
            if choice.model is not None:
                return _ready(backend, choice.model.name, choice.model, choice.reason)
            empty = empty or Status(State.UNCONFIGURED, choice.reason, cause="no-fim-model")
        if empty is not None:
            return empty
        assert first_error is not None, "there is at least one backend"
        return self._status_of(first_error)

    def _status_of(self, error: BackendError) -> Status:
        """Return what a failure means. With `auto`, nobody asked for this server, so its absence is no fault."""
        if isinstance(error, Unavailable) and error.cause == "loading":
            return Status(State.LOADING, str(error), cause=error.cause)
        is_unasked = self._model == AUTO and isinstance(error, Unavailable)
        return Status(State.UNCONFIGURED if is_unasked else State.DOWN, str(error), cause=error.cause)

    def _take(self, status: Status) -> None:
        if status.serving is None:
            self._next_try_ms = self._clock.now_ms() + self._retry_ms
            self._retry_ms = min(2 * self._retry_ms, LAST_RETRY_MS)
        if status == self.status:
            return
        self.status = status
        logger.info("local model: %s", status.detail)
        self._on_change(status)


def _named(backend: FimBackend, name: str, models: Sequence[Model]) -> Status:
    """Return the status for a model that the settings name."""
    found = next((model for model in models if model.name in (name, f"{name}:latest")), None)
    label = backend.spec.name
    if found is None:
        pull = f"`ollama pull {name}`" if backend.spec.kind == "ollama" else "start the server with it"
        return Status(State.DOWN, f"{label} has no model {name!r}; {pull}, or name another in `completion.model`",
                      cause="model-missing")  # fmt: skip
    if not found.can_fim:
        return Status(
            State.DOWN,
            f"{name} on {label} cannot fill in the middle; name a code model such as qwen2.5-coder instead",
            cause="no-fim",
        )
    return _ready(backend, found.name, found, "named in the settings")


def _ready(backend: FimBackend, name: str, model: Model, reason: str) -> Status:
    serving = Serving(backend, name, family_of(model.family or name) or family_of(name))
    return Status(State.READY, f"{backend.spec.name}/{name}: {reason}", serving)
