"""With no key at all: the model on this machine that completes serves the actions too, and completions go first."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from tests.protocol.client import DEADLINE_S
from tests.protocol.conftest import Place
from tests.protocol.editor import start_session
from tests.protocol.test_actions import KEY, MENDED, PROBLEM, SPAN, TEXT, Desk, capabilities_of, config, fenced
from tests.servers.chatting_ollama import ChattingOllama
from tests.servers.fake_chat import FakeChat


async def open_desk(client: Any, place: Place) -> Desk:
    await start_session(client, place.workspace, capabilities_of("nvim-0.12.4"))
    uri = place.uri("area.py")
    item = {"uri": uri, "languageId": "python", "version": 1, "text": TEXT}
    client.notify("textDocument/didOpen", {"textDocument": item})
    return Desk(client, FakeChat(), uri)


async def menu_with(here: Desk, kind: str) -> dict[str, Any]:
    """Return the entry of that kind, once the servers on this machine have been looked at."""
    async with asyncio.timeout(DEADLINE_S):
        while True:
            for action in await here.menu():
                if action["kind"] == kind and "command" in action:
                    return action
            await asyncio.sleep(0.02)


async def test_a_fix_costs_nothing_stays_here_and_asks_nobody(place: Place) -> None:
    async with ChattingOllama(lambda body: fenced(MENDED)) as ollama, place.client(model_url=ollama.url) as client:
        here = await open_desk(client, place)
        action = await menu_with(here, "quickfix.tierlsp")
        assert action["title"] == "Fix this problem (local · qwen2.5-coder:7b · ≤ $0)"
        argument = action["command"]["arguments"][0]
        assert argument["maxUsd"] == 0
        await here.command("tierlsp.run", argument)
        await here.progress()
        here.apply((await here.reply("workspace/applyEdit", {"applied": True}))["edit"])
        message = await here.ended()
        assert "(local)" in message
        assert "$" not in message
        assert here.text == TEXT.replace("raduis", "radius")
        [question] = ollama.questions
        # The options of the completions: with others Ollama would load the model again.
        assert question["options"]["num_ctx"] == 4096
        assert question["think"] is False


async def test_a_long_file_is_explained_within_the_small_context(place: Place) -> None:
    async with ChattingOllama(lambda body: "It is long.") as ollama, place.client(model_url=ollama.url) as client:
        here = await open_desk(client, place)
        await menu_with(here, "quickfix.tierlsp")
        here.change(TEXT + "".join(f"def other_{n}(value):\n    return value + {n}\n\n\n" for n in range(400)))
        await here.run(action="explain")
        await here.progress()
        await here.reply("window/showDocument", {"success": True})
        await here.ended()
        [question] = ollama.questions
        # Three characters are a token, at the least.
        assert len(json.dumps(question["messages"])) < 4096 * 4


async def test_an_action_waits_until_typing_rests(place: Place) -> None:
    async with ChattingOllama(lambda body: fenced(MENDED)) as ollama, place.client(model_url=ollama.url) as client:
        here = await open_desk(client, place)
        await menu_with(here, "quickfix.tierlsp")
        here.change(TEXT + "#")
        await here.run()
        await here.progress()
        position = {"line": 8, "character": 1}
        ask = {"textDocument": {"uri": here.uri}, "position": position, "context": {"triggerKind": 2}}
        await client.request("textDocument/inlineCompletion", ask)
        here.apply((await here.reply("workspace/applyEdit", {"applied": True}))["edit"])
        await here.ended()
        assert ollama.order.index("completion") < ollama.order.index("action")


async def test_an_answer_of_this_machine_that_does_not_pass_goes_to_no_cloud_unasked(place: Place) -> None:
    async with FakeChat("litellm", lambda body: fenced(MENDED)) as cloud:
        place.configure(config(cloud, '[privacy]\ncloud = "allow"'))
        wrong = fenced("def area(radius:\n    return 1")
        async with (
            ChattingOllama(lambda body: wrong) as ollama,
            place.client(model_url=ollama.url, more_environment={"WORK_KEY": KEY}) as client,
        ):
            here = await open_desk(client, place)
            await menu_with(here, "quickfix.tierlsp")
            await here.run(tier="local")
            await here.progress()
            assert "nothing was changed" in await here.ended()
            assert len(ollama.questions) == 2
            assert cloud.exchanges == []


@pytest.mark.parametrize("diagnostics", [[], [PROBLEM]])
async def test_the_route_says_that_the_local_model_does_work_of_a_higher_tier(
    place: Place, diagnostics: list[dict[str, Any]]
) -> None:
    async with ChattingOllama(lambda body: "x") as ollama, place.client(model_url=ollama.url) as client:
        here = await open_desk(client, place)
        await menu_with(here, "refactor.explain.tierlsp")
        argument = {"action": "fix", "uri": here.uri, "range": SPAN, "diagnostics": diagnostics}
        route = await here.command("tierlsp.explainRoute", argument)
        assert (route["tier"], route["model"], route["maxUsd"]) == ("local", "ollama/qwen2.5-coder:7b", 0)
        assert any(reason["rule"] == "tier:down" for reason in route["reasons"])
