"""The 40 seeded bugs over the wire: from the entry in the menu, at the price that it shows, to the edit and the end."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pytest

from tests.protocol.client import Client
from tests.protocol.conftest import Place
from tests.protocol.editor import start_session
from tests.protocol.test_actions import Desk, capabilities_of
from tests.seeded.checking import check_ledger, wrong_runs
from tests.seeded.corpus import Case, cases
from tests.seeded.providers import Providers, providers_of
from tests.seeded.rule import ACTION_USD
from tests.seeded.running import Told, booked, spent
from tests.seeded.setups import Setup, setup_named
from tests.servers.fake_chat import FakeChat

YES = "Ask the premium tier"


@dataclass(frozen=True)
class Fixed:
    """What came of one entry of the menu."""

    case: Case
    message: str
    first: Told
    premium: Told | None = None
    """What the premium tier came to, where the person said that it may be asked."""
    second_title: str = ""
    """The entry of the menu that was made afterwards, where nothing was changed."""


@dataclass
class Seat:
    """One editor with the 40 files open, and the providers behind its server."""

    client: Client
    place: Place
    providers: Providers

    async def fix(self, case: Case, *, says_yes: bool) -> Fixed:
        """Take the menu's entry, and answer what is asked."""
        text = "\n".join((*case.buggy, ""))
        desk = Desk(self.client, FakeChat(), self.place.uri(case.path), text)
        item = {"uri": desk.uri, "languageId": case.language, "version": desk.version, "text": text}
        self.client.notify("textDocument/didOpen", {"textDocument": item})
        title, argument = await self._entry(case, desk)
        assert "≤ $" in title
        before = len(self.providers.asked)
        run = (await desk.command("tierlsp.run", argument))["runId"]
        await desk.progress()
        method = await self._next("window/showMessageRequest", "workspace/applyEdit", "window/showMessage")
        cut = len(self.providers.asked)
        is_question = method == "window/showMessageRequest"
        if is_question:
            await desk.reply(method, {"title": YES if says_yes else "Leave it"})
            method = await self._next("workspace/applyEdit", "window/showMessage")
        if method == "workspace/applyEdit":
            desk.apply((await desk.reply(method, {"applied": True}))["edit"])
        message = await desk.ended()
        file = None if desk.text == text else tuple(desk.text.removesuffix("\n").split("\n"))
        most_usd = Decimal(str(argument["maxUsd"]))
        end = Told(run, case, _outcome(message), None, Decimal(0), file, most_usd, (), message)
        asked, later = tuple(self.providers.asked[before:cut]), tuple(self.providers.asked[cut:])
        if not later:
            next_tier = "premium" if is_question else None
            first = replace(end, next_tier=next_tier, asked=asked, usd=spent(asked))
            second_title = "" if file is not None else (await self._entry(case, desk))[0]
            return Fixed(case, message, first, None, second_title)
        refused = replace(end, outcome="unverified", next_tier="premium", file=None, asked=asked, usd=spent(asked))
        premium = replace(end, most_usd=ACTION_USD, asked=later, usd=spent(later))
        return Fixed(case, message, refused, premium)

    async def _entry(self, case: Case, desk: Desk) -> tuple[str, dict[str, Any]]:
        """Return the title of the menu's entry, and its argument."""
        start, end = case.columns
        span = {"start": {"line": case.line, "character": start}, "end": {"line": case.line, "character": end}}
        severity = 1 if case.severity == "error" else 2
        problem = {"range": span, "severity": severity, "source": case.tool, "message": case.message}
        context = {"diagnostics": [problem], "triggerKind": 1, "only": ["quickfix"]}
        params = {"textDocument": {"uri": desk.uri}, "range": {"start": span["start"], "end": span["start"]}}
        [action] = await self.client.request("textDocument/codeAction", params | {"context": context})
        return action["title"], action["command"]["arguments"][0]

    async def _next(self, *methods: str) -> str:
        """Wait for one of these messages, and leave it there."""

        def there() -> list[str]:
            return [each["method"] for each in self.client.unexpected() if each["method"] in methods]

        await self.client.until(lambda: bool(there()), f"one of {methods}")
        return there()[0]


def _outcome(message: str) -> str:
    """The outcome that a message speaks of."""
    if "no answer passed" in message:
        return "unverified"
    if "found nothing to fix" in message:
        return "nothing"
    return "done" if "fixed 1 problem" in message else "failed"


async def fix_all(setup: Setup, place: Place, profile: str, chosen: Sequence[Case]) -> list[Fixed]:
    """Fix one case after the other; the person says yes to every other question."""
    async with providers_of(setup) as providers:
        place.configure(setup.toml(providers.urls))
        async with place.client(more_environment=providers.keys) as client:
            await start_session(client, place.workspace, capabilities_of(profile))
            seat = Seat(client, place, providers)
            return [await seat.fix(case, says_yes=number % 2 == 0) for number, case in enumerate(chosen)]


def cost_in(message: str) -> Decimal:
    """What a message says that the run cost."""
    found = re.search(r"\(\$(?P<usd>[\d.]+)\)\Z", message)
    return Decimal(found["usd"]) if found else Decimal(0)


@pytest.mark.parametrize(
    ("name", "profile", "step"),
    [("held to the price shown", "nvim-0.12.4", 1), ("premium within the price shown", "vscode", 4)],
)
async def test_every_seeded_bug(place: Place, name: str, profile: str, step: int) -> None:
    setup = setup_named(name)
    # Anthropic's format counts as a model on this machine here, which would wait for the rest of typing each time.
    setup = replace(setup, models=tuple(replace(model, kind="litellm") for model in setup.models))
    found = await fix_all(setup, place, profile, cases()[::step])
    firsts, seconds = [each.first for each in found], [each.premium for each in found if each.premium is not None]
    asked_for = Setup("asked for", setup.models, tier="premium", is_held=False)
    assert not (wrong := wrong_runs(setup, firsts)), "\n".join(wrong)
    assert not (wrong := wrong_runs(asked_for, seconds)), "\n".join(wrong)
    check_ledger([*firsts, *seconds], booked(place.home))
    assert step > 1 or any(each.second_title for each in found)
    assert seconds or any(len({each.model.tier for each in told.asked}) > 1 for told in firsts)
    for each in found:
        # What the person is told at the end is what all of it cost, that before a question too, but for rounding.
        total = sum((told.usd or Decimal(0) for told in (each.first, each.premium) if told is not None), Decimal(0))
        assert abs(cost_in(each.message) - total) <= total / 20, each.message
        if each.first.outcome == "unverified" and each.premium is None:
            # A failed check goes one tier up the next time.
            assert "(premium · " in each.second_title
