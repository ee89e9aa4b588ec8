"""Puts together what serves completions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tierlsp.backends.base import BackendSpec, FimBackend
from tierlsp.backends.open import open_backend
from tierlsp.clock import Clock
from tierlsp.completion.engine import Engine
from tierlsp.completion.lookup import Lookup
from tierlsp.completion.rates_file import open_rate_file
from tierlsp.completion.supply import Status, Supply
from tierlsp.privacy.exclude import Exclusion
from tierlsp.settings import BackendSettings, Settings
from tierlsp.text.cursor import Cursor
from tierlsp.trace import Tally


@dataclass(frozen=True, slots=True)
class Parts:
    """What serves completions under one set of settings."""

    settings: Settings
    engine: Engine
    supply: Supply
    lookup: Lookup | None

    async def aclose(self) -> None:
        """End every generation and close every connection. The lookup is left to its owner."""
        await self.engine.aclose()
        await self.supply.aclose()


def assemble(
    settings: Settings,
    clock: Clock,
    *,
    lookup: Lookup | None,
    tally: Tally | None = None,
    on_status: Callable[[Status], None] = lambda status: None,
    on_working: Callable[[], None] = lambda: None,
    on_better: Callable[[Cursor], None] = lambda cursor: None,
) -> Parts:
    """Build what serves completions.

    Args:
        settings: what the person wants.
        clock: the time.
        lookup: the embedded completer, shared between one set of settings and the next; used where
            `completion.fallback` allows.
        tally: where outcomes are counted.
        on_status: told of every change in what the local model can do.
        on_working: told of every generation that came to its end.
        on_better: told that there is a longer answer for a place whose editor can ask again.
    """
    is_used = settings.completion.fallback == "lookup"
    supply = Supply(
        clock, open_backends(settings), settings.completion.model, on_change=on_status, on_working=on_working
    )
    engine = Engine(
        clock,
        settings.completion,
        supply,
        lookup if is_used else None,
        tally,
        memory=open_rate_file(),
        on_better=on_better,
    )
    return Parts(settings, engine, supply, lookup)


def open_lookup(clock: Clock, settings: Settings, roots: list[Path]) -> Lookup:
    """Return the embedded completer; it leaves out what `privacy.exclude` names."""
    exclusion = Exclusion(settings.privacy.exclude)

    def is_excluded(path: Path) -> bool:
        return exclusion.excludes(path, _root_of(path, roots))

    return Lookup(clock, is_excluded=is_excluded)


def open_backends(settings: Settings) -> list[FimBackend]:
    """Open the model servers that completion may ask, in the order of the settings. No connection is made yet.

    A server in the cloud is none of them, whatever keys there are.
    """
    return [open_backend(spec_of(name, backend)) for name, backend in settings.backends.items() if backend.completes]


def spec_of(name: str, backend: BackendSettings) -> BackendSpec:
    """Return what a backend needs to know of its settings."""
    return BackendSpec(
        name=name,
        kind=backend.kind,
        base_url=backend.base_url.rstrip("/"),
        keep_alive=backend.keep_alive,
        num_ctx=backend.num_ctx,
    )


def _root_of(path: Path, roots: list[Path]) -> Path | None:
    return next((root for root in roots if path.is_relative_to(root)), None)
