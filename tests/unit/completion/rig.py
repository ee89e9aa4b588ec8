"""An engine with time and the model in the test's hands."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from typing import Any

from tests.fakes import FakeBackend, FakeClock, KnownRates
from tierlsp.backends.base import BackendSpec
from tierlsp.completion.engine import Engine
from tierlsp.completion.lookup import Guess
from tierlsp.completion.rates import Rates
from tierlsp.completion.request import Answer, Ask
from tierlsp.completion.supply import State, Supply
from tierlsp.settings import CompletionSettings, load
from tierlsp.text.cursor import Cursor, cursor_in

URI = "file:///a.py"


def at(text: str, uri: str = URI, version: int = 1) -> Cursor:
    before, _, after = text.partition("█")
    lines = (before + after).split("\n")
    return cursor_in(
        lines, before.count("\n"), len(before.rpartition("\n")[2]), uri=uri, language="python", version=version
    )


class FakeLookup:
    """An embedded completer that knows one answer, or none."""

    def __init__(self, text: str = "", *, is_confident: bool = True) -> None:
        self.text = text
        self.is_confident = is_confident

    def guess(self, cursor: Cursor) -> Guess | None:
        return Guess(self.text, 9, 1.0, self.is_confident) if self.text else None


class Rig:
    """An engine with a model server that writes when told to."""

    def __init__(
        self,
        lookup: FakeLookup | None = None,
        *,
        can_refresh: bool = False,
        base_url: str = "http://127.0.0.1:1",
        rates: Rates | None = None,
        **changes: Any,
    ) -> None:
        self.clock = FakeClock()
        self.backend = FakeBackend()
        self.backend.spec = BackendSpec("ollama", "ollama", base_url)
        self.can_refresh = can_refresh
        self.better: list[Cursor] = []
        """Places for which a longer text was told of."""
        self.version = 1
        self.statuses: list[State] = []
        settings: CompletionSettings = replace(load(()).settings.completion, **changes)
        self.supply = Supply(self.clock, [self.backend], settings.model, on_change=self._changed)
        self.engine = Engine(
            self.clock, settings, self.supply, lookup, memory=KnownRates(rates), on_better=self.better.append
        )

    def _changed(self, status: object) -> None:
        self.statuses.append(self.supply.status.state)
        self.engine.model_found()

    async def ready(self) -> Rig:
        await self.supply.search()
        return self

    def ask(self, text: str, *, is_manual: bool = False, uri: str = URI) -> Answer | asyncio.Future[Answer]:
        ask = Ask(at(text, uri, self.version), self.clock.now_ms(), is_manual, self.can_refresh)
        return self.engine.look_up(ask) or self.engine.wait_for(ask)

    def now(self, text: str, **options: Any) -> Answer:
        """Ask where the answer must be at hand."""
        answer = self.ask(text, **options)
        assert isinstance(answer, Answer)
        return answer

    def later(self, text: str, **options: Any) -> asyncio.Future[Answer]:
        """Ask where only the model can answer."""
        answer = self.ask(text, **options)
        assert not isinstance(answer, Answer)
        return answer

    def change(self, text: str) -> None:
        """Change the document, at the place where the cursor is then."""
        self.version += 1
        self.engine.changed(URI, partial(at, text, URI, self.version))
