"""A model on this machine that fails: the question names who could do it and at what price, and a yes asks that one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.protocol.conftest import Place
from tests.protocol.editor import start_session
from tests.protocol.test_actions import KEY, MENDED, PROFILES, TEXT, Desk, capabilities_of, config, drained, fenced
from tests.servers.chat_faults import FAULTS
from tests.servers.fake_chat import FakeChat

TIERS = 'cheap = ["lmstudio/coder", "work/small"]'


@asynccontextmanager
async def mixed(
    place: Place, profile: str = "nvim-0.12.4", *, status: bool = False, more: str = '[privacy]\ncloud = "allow"'
) -> AsyncIterator[tuple[Desk, FakeChat]]:
    """An editor whose cheap tier begins on this machine, with a server that fails, and goes on elsewhere."""
    async with FakeChat("lmstudio") as near, FakeChat("litellm", lambda body: fenced(MENDED)) as far:
        near.always, near.models, far.key = FAULTS["500"], ("coder",), KEY
        settings = config(far, f'{more}\n[backends.lmstudio]\nbaseUrl = "{near.url}"\n')
        place.configure(settings.replace('cheap = ["work/small"]', TIERS))
        async with place.client(more_environment={"WORK_KEY": KEY}) as client:
            await start_session(client, place.workspace, capabilities_of(profile, status=status))
            uri = place.uri("area.py")
            item = {"uri": uri, "languageId": "python", "version": 1, "text": TEXT}
            client.notify("textDocument/didOpen", {"textDocument": item})
            yield Desk(client, far, uri), near


@pytest.mark.parametrize("profile", PROFILES)
async def test_a_yes_asks_the_model_that_the_question_named(place: Place, profile: str) -> None:
    async with mixed(place, profile) as (here, near):
        await here.run()
        await here.progress()
        params = await here.reply("window/showMessageRequest", {"title": "Ask work/small"})
        assert "would send about" in params["message"] and "to work/small" in params["message"]
        assert "for at most $0." in params["message"], "it is not free, as the one here was"
        assert here.provider.exchanges == []
        here.apply((await here.reply("workspace/applyEdit", {"applied": True}))["edit"])
        assert "by work/small (cheap)" in await here.ended()
        assert [body["model"] for body in here.provider.questions] == ["small"]
        assert near.questions


async def test_where_the_workspace_was_never_asked_about_that_is_the_second_question(place: Place) -> None:
    async with mixed(place, more="") as (here, _):
        await here.run()
        await here.progress()
        await here.reply("window/showMessageRequest", {"title": "Ask work/small"})
        params = await here.reply("window/showMessageRequest", {"title": "Allow for this workspace"})
        assert "work/small" in params["message"]
        assert here.provider.exchanges == []
        here.apply((await here.reply("workspace/applyEdit", {"applied": True}))["edit"])
        assert "by work/small" in await here.ended()


@pytest.mark.parametrize("answer", [None, {"title": "Leave it"}])
async def test_a_no_asks_nobody_and_nothing_more(place: Place, answer: Any) -> None:
    async with mixed(place) as (here, _):
        await here.run()
        await here.progress()
        await here.reply("window/showMessageRequest", answer)
        assert "only if you say so" in await here.ended()
        assert here.provider.exchanges == []


async def test_a_client_with_its_own_way_to_ask_is_told_the_model(place: Place) -> None:
    async with mixed(place, "vscode", status=True) as (here, _):
        await here.run()
        await here.progress()
        end = await here.client.expect("tierlsp/runFinished")
        told = (end["outcome"], end["nextTier"], end["nextModel"])
        assert told == ("needs-consent", "cheap", "work/small")
        await here.run(tier=end["nextTier"], model=end["nextModel"])
        await here.progress()
        here.apply((await here.reply("workspace/applyEdit", {"applied": True}))["edit"])
        end = await here.client.expect("tierlsp/runFinished")
        assert (end["outcome"], end["model"]) == ("done", "work/small")
        assert "nextModel" not in end
        await drained(here.client)
