"""`tierlsp doctor --online`: asks each provider in use whether it takes the API key, by the cheapest call there is."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from tierlsp.backends.chat import ChatBackend
from tierlsp.cli.findings import Finding, Verdict
from tierlsp.cli.tier_checks import TiersReport
from tierlsp.errors import BackendError, SettingsError
from tierlsp.settings import BackendSettings, Settings


@dataclass(frozen=True, slots=True)
class Answer:
    """What a provider said."""

    backend: str
    is_good: bool
    text: str
    is_named: bool
    """Whether the settings name a model of it, so that its failure is a fault."""

    @property
    def finding(self) -> Finding:
        """The line of the report."""
        if self.is_good:
            return Finding(self.backend, Verdict.OK, self.text)
        return Finding(self.backend, Verdict.FAULT if self.is_named else Verdict.NOTE, self.text)


Open = Callable[[BackendSettings], Awaitable[ChatBackend]]
"""Opens a backend with its API key. Raises `SettingsError`."""


def backends_to_ask(settings: Settings, report: TiersReport) -> Mapping[str, bool]:
    """Return the backends whose models serve a tier, each with whether the person named one of them.

    Model servers that complete were asked before. Where no cloud model may be used, no provider is asked.
    """
    named: dict[str, bool] = {}
    for model in [model for tier in report.tiers for model in tier.models if not model.fault]:
        name, _, rest = model.model.partition("/")
        backend = settings.backends[name]
        if not backend.completes and (settings.privacy.cloud != "never" or backend.keeps(rest)):
            named[name] = named.get(name, False) or model.is_set
    return named


async def ask_all(
    settings: Settings, named: Mapping[str, bool], open_chat: Open, on_done: Callable[[], None]
) -> list[Answer]:
    """Ask each backend, all at once, and return what they said, in order.

    Args:
        settings: what is in force.
        named: of `backends_to_ask`.
        open_chat: opens one of them.
        on_done: called for each that has answered.
    """

    async def ask(name: str, is_named: bool) -> Answer:
        try:
            return Answer(name, True, await _check(settings.backends[name], open_chat), is_named)
        except (BackendError, SettingsError) as error:
            return Answer(name, False, str(error), is_named)
        finally:
            on_done()

    return list(await asyncio.gather(*(ask(name, is_named) for name, is_named in named.items())))


async def _check(backend: BackendSettings, open_chat: Open) -> str:
    opened = await open_chat(backend)
    try:
        return await opened.check()
    finally:
        await opened.aclose()
