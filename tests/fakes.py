"""Doubles for the parts that tests must be able to steer: time, and a model."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import AsyncGenerator, Callable

from tierlsp.backends.base import BackendSpec, Chunk, FimRequest, Model, Usage
from tierlsp.completion.rates import Rates
from tierlsp.errors import BackendError


class FakeTimer:
    def __init__(self) -> None:
        self.is_cancelled = False

    def cancel(self) -> None:
        self.is_cancelled = True


class FakeClock:
    """Time that stands still until `tick` moves it."""

    def __init__(self) -> None:
        self._now_ms = 0.0
        self._order = itertools.count()
        self._timers: list[tuple[float, int, FakeTimer, Callable[[], None]]] = []

    def now_ms(self) -> float:
        return self._now_ms

    def call_later_ms(self, delay_ms: float, callback: Callable[[], None]) -> FakeTimer:
        timer = FakeTimer()
        heapq.heappush(self._timers, (self._now_ms + delay_ms, next(self._order), timer, callback))
        return timer

    async def sleep_ms(self, duration_ms: float) -> None:
        woken = asyncio.get_running_loop().create_future()
        self.call_later_ms(duration_ms, lambda: None if woken.done() else woken.set_result(None))
        await woken

    async def tick(self, duration_ms: float) -> None:
        """Let `duration_ms` pass, with everything that falls due on the way, and let the loop come to rest."""
        await settle()
        end = self._now_ms + duration_ms
        while self._timers and self._timers[0][0] <= end:
            due, _, timer, callback = heapq.heappop(self._timers)
            self._now_ms = max(self._now_ms, due)
            if not timer.is_cancelled:
                callback()
                await settle()
        self._now_ms = end
        await settle()


async def settle() -> None:
    """Run the loop until everything that is ready has run."""
    for _ in range(20):
        await asyncio.sleep(0)


class FakeBackend:
    """A model server in the test's hands: it writes what `say` and `finish` tell it to."""

    def __init__(self, models: tuple[Model, ...] | None = None, name: str = "ollama") -> None:
        self.spec = BackendSpec(name=name, kind="ollama", base_url="http://127.0.0.1:1")
        self.requests: list[FimRequest] = []
        self.closed: list[FimRequest] = []
        """Generations whose stream was closed before its end."""
        self.models_answer: tuple[Model, ...] | BackendError = (
            models if models is not None else (Model("qwen2.5-coder:1.5b-base", "qwen", can_fim=True),)
        )
        self.loaded_models: tuple[str, ...] = ()
        """The models in the server's memory."""
        self.is_closed = False
        self._pieces: list[asyncio.Queue[str | BackendError | None]] = []

    def say(self, text: str) -> None:
        """Let the newest generation write `text`."""
        self._pieces[-1].put_nowait(text)

    def finish(self) -> None:
        """Let the newest generation end."""
        self._pieces[-1].put_nowait(None)

    def fail(self, error: BackendError) -> None:
        """Let the newest generation fail."""
        self._pieces[-1].put_nowait(error)

    async def fim(self, request: FimRequest) -> AsyncGenerator[Chunk, None]:
        pieces: asyncio.Queue[str | BackendError | None] = asyncio.Queue()
        self._pieces.append(pieces)
        self.requests.append(request)
        is_whole = False
        try:
            while (piece := await pieces.get()) is not None:
                if isinstance(piece, BackendError):
                    is_whole = True
                    raise piece
                yield Chunk(piece)
            is_whole = True
            yield Chunk("", Usage(output_tokens=1))
        finally:
            if not is_whole:
                self.closed.append(request)

    async def version(self) -> str:
        return "1.0"

    async def models(self) -> tuple[Model, ...]:
        if isinstance(self.models_answer, BackendError):
            raise self.models_answer
        return self.models_answer

    async def loaded(self) -> tuple[str, ...]:
        return self.loaded_models

    async def warm(self, model: str) -> None:
        return None

    async def aclose(self) -> None:
        self.is_closed = True


class KnownRates:
    """What was learnt of every model in an earlier run."""

    def __init__(self, rates: Rates | None) -> None:
        self._rates = rates

    def load(self, model: str) -> Rates | None:
        return self._rates

    def save(self, model: str, rates: Rates) -> None:
        """Keep nothing."""

    def flush(self) -> None:
        """Write nothing."""
