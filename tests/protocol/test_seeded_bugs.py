"""The 40 seeded bugs over the wire: from the entry in the menu, at the price that it shows, to the edit and the end."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
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
from tests.seeded.running import Told, booked, spent
from tests.seeded.setups import Setup, setup_named
from tests.servers.fake_chat import FakeChat

YES = "Ask the premium tier"


@dataclass
class Seat:
    """One editor with the 40 files open, and the providers behind its server."""

    client: Client
    place: Place
    providers: Providers

    async def fix(self, case: Case, *, says_yes: bool) -> tuple[Told, Told | None, str]:
        """Take the menu's entry; return what came of it, of the premium tier if it was asked for, and the message."""
        text = "\n".join((*case.buggy, ""))
        desk = Desk(self.client, FakeChat(), self.place.uri(case.path), text)
        item = {"uri": desk.uri, "languageId": case.language, "version": desk.version, "text": text}
        self.client.notify("textDocument/didOpen", {"textDocument": item})
        argument = await self._entry(case, desk)
        before = len(self.providers.asked)
        run = (await desk.command("tierlsp.run", argument))["runId"]
        await desk.progress()
        question, until_then = None, len(self.providers.asked)
        method = await self._next("window/showMessageRequest", "workspace/applyEdit", "window/showMessage")
        if method == "window/showMessageRequest":
            until_then = len(self.providers.asked)
            said = {"title": YES} if says_yes else {"title": "Leave it"}
            question = await desk.reply(method, said)
            method = await self._next("workspace/applyEdit", "window/showMessage")
        if method == "workspace/applyEdit":
            desk.apply((await desk.reply(method, {"applied": True}))["edit"])
        message = await desk.ended()
        asked = tuple(self.providers.asked[before:])
        if question is None:
            until_then = len(self.providers.asked)
        file = None if desk.text == text else tuple(desk.text.removesuffix("\n").split("\n"))
        cut = until_then - before
        most_usd = Decimal(str(argument["maxUsd"]))
        is_two = len(asked) > cut
        first = Told(
            run, case, _outcome("" if question else message), "premium" if question else None, spent(asked[:cut]),
            None if is_two else file, most_usd, asked[:cut], message,
        )  # fmt: skip
        if not is_two:
            return first, None, message
        return (
            first,
            Told(run, case, _outcome(message), None, spent(asked[cut:]), file, Decimal(1), asked[cut:], message),
            message,
        )

    async def _entry(self, case: Case, desk: Desk) -> dict[str, Any]:
        """Return the argument of the menu's entry, once it is seen that its title has its price."""
        start, end = case.columns
        span = {"start": {"line": case.line, "character": start}, "end": {"line": case.line, "character": end}}
        problem = {
            "range": span, "severity": 1 if case.severity == "error" else 2, "source": case.tool,
            "message": case.message,
        }  # fmt: skip
        context = {"diagnostics": [problem], "triggerKind": 1, "only": ["quickfix"]}
        params = {"textDocument": {"uri": desk.uri}, "range": {"start": span["start"], "end": span["start"]}}
        [action] = await self.client.request("textDocument/codeAction", params | {"context": context})
        argument: dict[str, Any] = action["command"]["arguments"][0]
        assert "≤ $" in action["title"]
        return argument

    async def _next(self, *methods: str) -> str:
        """Wait for one of these messages, and leave it there."""

        def there() -> list[str]:
            return [each["method"] for each in self.client.unexpected() if each["method"] in methods]

        await self.client.until(lambda: bool(there()), f"one of {methods}")
        return there()[0]


def _outcome(message: str) -> str:
    """The outcome that a message speaks of; none is a question."""
    if not message or "no answer passed" in message:
        return "unverified"
    if "found nothing to fix" in message:
        return "nothing"
    return "done" if "fixed 1 problem" in message else "failed"


async def run_all(
    setup: Setup, place: Place, profile: str, chosen: Sequence[Case]
) -> tuple[list[Told], list[Told], list[str]]:
    """Fix every case; return what came of them, what came of the premium tier, and the messages."""
    firsts, seconds, messages = [], [], []
    async with providers_of(setup) as providers:
        place.configure(setup.toml(providers.urls))
        async with place.client(more_environment=providers.keys) as client:
            await start_session(client, place.workspace, capabilities_of(profile))
            seat = Seat(client, place, providers)
            for number, case in enumerate(chosen):
                first, second, message = await seat.fix(case, says_yes=number % 2 == 0)
                firsts.append(first)
                seconds += [] if second is None else [second]
                messages.append(message)
    return firsts, seconds, messages


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
    firsts, seconds, messages = await run_all(setup, place, profile, cases()[::step])
    asked_for = Setup("asked for", setup.models, tier="premium", is_held=False)
    assert not (wrong := wrong_runs(setup, firsts)), "\n".join(wrong)
    assert not (wrong := wrong_runs(asked_for, seconds)), "\n".join(wrong)
    check_ledger([*firsts, *seconds], booked(place.home))
    assert bool(seconds) is (name == "held to the price shown")
    assert seconds or any(len({each.model.tier for each in told.asked}) > 1 for told in firsts)
    # What the person is told at the end is what all of it cost, that before a question too, as far as it is rounded.
    for told, message in zip(firsts, messages, strict=True):
        total = told.usd + sum((each.usd for each in seconds if each.run == told.run), Decimal(0))
        assert abs(cost_in(message) - total) <= total / 20, message
