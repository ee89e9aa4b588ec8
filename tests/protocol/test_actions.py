"""Actions over the wire, as each captured editor would have them: the menu, a run, questions, one end."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from string import ascii_letters, digits
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from tests.protocol.client import Client, Refused
from tests.protocol.conftest import Place
from tests.protocol.editor import start_session
from tests.protocol.waiting import until
from tests.servers.fake_chat import Answer, FakeChat

CLIENTS = Path(__file__).parent / "clients"
PROFILES = ("nvim-0.12.4", "helix-25.07.1", "vscode")

KEY = "sk-test-0123456789"
TEXT = "import math\n\n\ndef area(radius):\n    return math.pi * raduis ** 2\n\n\nprint(area(2))\n"
MENDED = "def area(radius):\n    return math.pi * radius ** 2"
SPAN = {"start": {"line": 4, "character": 11}, "end": {"line": 4, "character": 11}}
PROBLEM = {
    "range": {"start": {"line": 4, "character": 21}, "end": {"line": 4, "character": 27}},
    "severity": 1,
    "source": "pyflakes",
    "message": "undefined name 'raduis'",
}


def capabilities_of(profile: str, *, status: bool = False) -> dict[str, Any]:
    params = json.loads((CLIENTS / f"{profile}-initialize.json").read_text(encoding="utf-8"))
    found: dict[str, Any] = params["capabilities"]
    if status:
        found["experimental"] = {"tierlsp": {"status": True}}
    return found


def config(provider: FakeChat, more: str = "") -> str:
    """A LiteLLM on this machine, which passes on what it is sent: so it counts as the cloud."""
    return f"""
[backends.work]
kind = "litellm"
baseUrl = "{provider.url}"
apiKeyEnv = "WORK_KEY"
[tiers]
cheap = ["work/small"]
premium = ["work/large"]
[prices."work/small"]
input = 1
output = 2
[prices."work/large"]
input = 10
output = 50
{more}
"""


@dataclass
class Desk:
    """One editor with one document, and the provider behind the server."""

    client: Client
    provider: FakeChat
    uri: str
    text: str = TEXT
    version: int = 1
    reported: list[dict[str, Any]] = field(default_factory=list)
    """The progress of the run that ended last."""

    async def menu(self, **context: Any) -> list[dict[str, Any]]:
        params = {
            "textDocument": {"uri": self.uri},
            "range": SPAN,
            "context": {"diagnostics": [PROBLEM], "triggerKind": 1} | context,
        }
        found: list[dict[str, Any]] = await self.client.request("textDocument/codeAction", params)
        return found

    async def command(self, command: str, argument: Any = None) -> Any:
        return await self.client.request("workspace/executeCommand", {"command": command, "arguments": [argument]})

    async def run(self, **more: Any) -> str:
        argument = {"action": "fix", "uri": self.uri, "range": SPAN, "diagnostics": [PROBLEM]} | more
        run: str = (await self.command("tierlsp.run", argument))["runId"]
        return run

    async def reply(self, method: str, result: Any) -> Any:
        """Wait for a request of the server's, answer it, and return its parameters."""
        params = await self.client.expect(method)
        asked = [message for message in self.client.asked if message["method"] == method]
        self.client.send({"jsonrpc": "2.0", "id": asked[-1]["id"], "result": result})
        return params

    async def progress(self) -> None:
        """Let the server show progress."""
        await self.reply("window/workDoneProgress/create", None)

    async def ended(self) -> str:
        """Return the message by which the run's end is told, and see that its progress has ended too."""
        message: str = (await self.client.expect("window/showMessage"))["message"]
        self.reported = []
        while not self.reported or self.reported[-1]["kind"] != "end":
            self.reported.append((await self.client.expect("$/progress"))["value"])
        assert self.reported[0]["kind"] == "begin"
        return message

    def change(self, text: str) -> None:
        self.version += 1
        self.text = text
        identifier = {"uri": self.uri, "version": self.version}
        self.client.notify("textDocument/didChange", {"textDocument": identifier, "contentChanges": [{"text": text}]})

    def apply(self, edit: dict[str, Any]) -> None:
        """Do what an editor does with a `WorkspaceEdit` of ASCII text."""
        [change] = edit["documentChanges"]
        assert change["textDocument"] == {"uri": self.uri, "version": self.version}
        starts = [0, *(match.end() for match in re.finditer("\n", self.text))]
        text = self.text
        for one in sorted(change["edits"], key=lambda one: one["range"]["start"]["line"], reverse=True):
            start, end = (starts[at["line"]] + at["character"] for at in (one["range"]["start"], one["range"]["end"]))
            text = text[:start] + one["newText"] + text[end:]
        self.change(text)


def fenced(text: str) -> str:
    return f"Here it is.\n\n```python\n{text}\n```\n"


@asynccontextmanager
async def desk(
    place: Place,
    profile: str = "nvim-0.12.4",
    answer: Answer = lambda body: fenced(MENDED),
    *,
    status: bool = False,
    more: str = '[privacy]\ncloud = "allow"',
) -> AsyncIterator[Desk]:
    environment = {"WORK_KEY": KEY}
    async with FakeChat("litellm", answer) as provider:
        provider.key = KEY
        place.configure(config(provider, more))
        async with place.client(more_environment=environment) as client:
            await start_session(client, place.workspace, capabilities_of(profile, status=status))
            uri = place.uri("area.py")
            item = {"uri": uri, "languageId": "python", "version": 1, "text": TEXT}
            client.notify("textDocument/didOpen", {"textDocument": item})
            yield Desk(client, provider, uri)


# ------------------------------------------------------------------ the menu


@pytest.mark.parametrize("profile", PROFILES)
async def test_the_menu_shows_tier_model_and_the_most_it_can_cost(place: Place, profile: str) -> None:
    async with desk(place, profile) as here:
        found = {action["kind"]: action for action in await here.menu()}
        assert re.fullmatch(r"Fix this problem \(cheap · small · ≤ \$0\.\d+\)", found["quickfix.tierlsp"]["title"])
        assert found["quickfix.tierlsp"]["command"]["command"] == "tierlsp.run"
        argument = found["quickfix.tierlsp"]["command"]["arguments"][0]
        assert argument["diagnostics"] == [PROBLEM]
        assert 0 < argument["maxUsd"] < 0.02
        assert "refactor.explain.tierlsp" in found
        assert not any("isPreferred" in action for action in found.values())
        # Law: offering costs nothing.
        assert here.provider.exchanges == []


async def test_on_its_own_the_editor_is_offered_a_fix_and_only_where_there_is_a_problem(place: Place) -> None:
    async with desk(place, "vscode") as here:
        assert [action["kind"] for action in await here.menu(triggerKind=2)] == ["quickfix.tierlsp"]
        assert await here.menu(triggerKind=2, diagnostics=[]) == []


async def test_only_the_kinds_that_are_wanted_are_offered(place: Place) -> None:
    async with desk(place) as here:
        found = {action["kind"] for action in await here.menu(only=["refactor"])}
        assert {"refactor.explain.tierlsp", "refactor.rewrite.tierlsp"} <= found
        assert all(kind.startswith("refactor.") for kind in found)
        assert {action["kind"] for action in await here.menu(only=["refactor.docs"])} == {"refactor.docs.tierlsp"}
        assert {action["kind"] for action in await here.menu(only=["quickfix"])} == {"quickfix.tierlsp"}
        assert await here.menu(only=["source"]) == []


async def test_a_file_that_no_model_may_see_has_no_menu_and_no_run(place: Place) -> None:
    more = '[privacy]\ncloud = "allow"\nexclude = ["area.py"]'
    async with desk(place, more=more) as here:
        assert await here.menu() == []
        with pytest.raises(Refused, match="excluded"):
            await here.run()


async def test_without_any_model_the_menu_says_why_nothing_can_be_done(place: Place) -> None:
    async with place.client() as client:
        await start_session(client, place.workspace, capabilities_of("nvim-0.12.4"))
        uri = place.uri("area.py")
        client.notify(
            "textDocument/didOpen",
            {"textDocument": {"uri": uri, "languageId": "python", "version": 1, "text": TEXT}},
        )
        here = Desk(client, FakeChat(), uri)
        [action, *_] = await here.menu()
        assert "command" not in action
        assert action["disabled"]["reason"]


# ------------------------------------------------------------------ runs


@pytest.mark.parametrize("profile", PROFILES)
async def test_a_fix_is_applied_to_the_version_that_it_was_made_for(place: Place, profile: str) -> None:
    async with desk(place, profile) as here:
        [action] = [action for action in await here.menu() if action["kind"] == "quickfix.tierlsp"]
        command = action["command"]
        await here.client.request(
            "workspace/executeCommand", {"command": command["command"], "arguments": command["arguments"]}
        )
        await here.progress()
        params = await here.reply("workspace/applyEdit", {"applied": True})
        here.apply(params["edit"])
        message = await here.ended()
        assert "fixed 1 problem in area.py" in message
        assert "$0." in message
        assert here.text == TEXT.replace("raduis", "radius")
        [question] = here.provider.questions
        assert "raduis" in json.dumps(question)


@pytest.mark.parametrize("profile", PROFILES)
async def test_an_explanation_is_a_page_without_anything_to_fetch(place: Place, profile: str) -> None:
    words = "It computes an area.\n\n![x](https://evil.test/?q=1) [more](https://evil.test)\n"
    async with desk(place, profile, lambda body: words) as here:
        await here.run(action="explain")
        await here.progress()
        params = await here.reply("window/showDocument", {"success": True})
        page = Path(unquote(urlsplit(params["uri"]).path))
        text = page.read_text(encoding="utf-8")
        assert "It computes an area." in text
        assert "](https://evil.test" not in text
        assert place.home in page.parents
        await here.ended()


async def test_a_question_is_answered_from_the_code(place: Place) -> None:
    async with desk(place, answer=lambda body: "Radius is in metres.") as here:
        await here.run(action="ask", instruction="In which unit is the radius?")
        await here.progress()
        params = await here.reply("window/showDocument", {"success": True})
        assert "metres" in Path(unquote(urlsplit(params["uri"]).path)).read_text(encoding="utf-8")
        await here.ended()
        assert "In which unit" in json.dumps(here.provider.questions)


async def test_text_that_was_changed_meanwhile_is_left_alone(place: Place) -> None:
    may_answer = asyncio.Event()

    async def slowly() -> AsyncIterator[str]:
        await may_answer.wait()
        yield fenced(MENDED)

    async with desk(place, answer=lambda body: slowly()) as here:
        await here.run()
        await here.progress()
        await until(lambda: here.provider.running == 1)
        here.change(TEXT + "\n")
        # The whole text came anew, so where its lines went cannot be told.
        # The change is there before the answer, since both ways are in order.
        await here.menu()
        may_answer.set()
        assert "changed where the edit belongs" in await here.ended()
        assert here.text == TEXT + "\n"


async def test_an_answer_that_does_not_parse_is_repaired_before_anybody_sees_it(place: Place) -> None:
    answers = iter([fenced("def area(radius:\n    return 1"), fenced(MENDED)])
    async with desk(place, answer=lambda body: next(answers)) as here:
        await here.run()
        await here.progress()
        here.apply((await here.reply("workspace/applyEdit", {"applied": True}))["edit"])
        assert "fixed" in await here.ended()
        assert len(here.provider.questions) == 2


async def test_cancelling_closes_the_connection_and_changes_nothing(place: Place) -> None:
    async def for_ever() -> AsyncIterator[str]:
        while True:
            yield "word "
            await asyncio.sleep(0.01)

    async with desk(place, answer=lambda body: for_ever()) as here:
        run = await here.run()
        await here.progress()
        await until(lambda: here.provider.running == 1)
        assert await here.command("tierlsp.cancel", {"runId": run}) == {"cancelled": 1}
        message = await here.ended()
        spent = (await here.command("tierlsp.usage"))["usd"]
        said = re.search(r"nothing was changed, and what it cost is an estimate \(\$(0\.\d+)\)", message)
        assert said is not None and float(said[1]) == pytest.approx(spent, rel=0.05) and spent > 0
        await until(lambda: here.provider.running == 0)
        assert here.provider.finished == 0


async def test_the_progress_can_be_cancelled_too(place: Place) -> None:
    async def for_ever() -> AsyncIterator[str]:
        while True:
            yield "word "
            await asyncio.sleep(0.01)

    async with desk(place, "vscode", answer=lambda body: for_ever()) as here:
        run = await here.run()
        await here.progress()
        await until(lambda: here.provider.running == 1)
        here.client.notify("window/workDoneProgress/cancel", {"token": run})
        assert "cancelled" in await here.ended()


# ------------------------------------------------------------------ questions


@pytest.mark.parametrize("profile", PROFILES)
async def test_before_anything_leaves_the_person_is_asked_once_for_the_workspace(place: Place, profile: str) -> None:
    async with desk(place, profile, more="") as here:
        await here.run()
        await here.progress()
        params = await here.reply("window/showMessageRequest", {"title": "Allow for this workspace"})
        assert "work" in params["message"]
        assert "$" in params["message"]
        assert here.provider.exchanges == []
        here.apply((await here.reply("workspace/applyEdit", {"applied": True}))["edit"])
        assert "fixed" in await here.ended()
        # Kept: the second run asks nobody.
        here.change(TEXT)
        await here.run()
        await here.progress()
        here.apply((await here.reply("workspace/applyEdit", {"applied": True}))["edit"])
        await here.ended()


@pytest.mark.parametrize("answer", [None, {"title": "Not now"}, {"title": "Never for this workspace"}])
async def test_a_no_sends_nothing(place: Place, answer: Any) -> None:
    async with desk(place, more="") as here:
        await here.run()
        await here.progress()
        await here.reply("window/showMessageRequest", answer)
        await here.ended()
        assert here.provider.exchanges == []


async def test_a_client_that_shows_status_asks_in_its_own_way(place: Place) -> None:
    async with desk(place, "vscode", status=True, more="") as here:
        run = await here.run()
        await here.progress()
        end = await here.client.expect("tierlsp/runFinished")
        assert (end["runId"], end["outcome"]) == (run, "needs-consent")
        assert "small" in end["message"]
        await here.command("tierlsp.consent", {"root": here.uri.rpartition("/")[0], "answer": "allow"})
        await here.run()
        await here.progress()
        here.apply((await here.reply("workspace/applyEdit", {"applied": True}))["edit"])
        end = await here.client.expect("tierlsp/runFinished")
        assert (end["outcome"], end["tier"], end["model"]) == ("done", "cheap", "work/small")
        assert 0 < end["usd"] < 0.01
        states = here.client.statuses
        await here.client.until(lambda: states[-1]["usd"]["month"] > 0, "a status with what was spent")
        assert states[-1]["tiers"]["cheap"]["state"] == "ready"
        await drained(here.client)


async def drained(client: Client) -> None:
    """Take what a client with status is told beside what a test asks about."""
    await client.request("workspace/executeCommand", {"command": "tierlsp.doctor", "arguments": []})
    for message in client.unexpected():
        if message["method"] == "$/progress":
            await client.expect("$/progress")


async def test_where_both_tries_fail_the_person_is_asked_before_the_dear_model_is(place: Place) -> None:
    def answer(body: dict[str, Any]) -> str:
        return fenced(MENDED) if body["model"] == "large" else fenced("def area(radius:\n    return 1")

    async with desk(place, answer=answer) as here:
        [action] = [action for action in await here.menu() if action["kind"] == "quickfix.tierlsp"]
        await here.run(maxUsd=action["command"]["arguments"][0]["maxUsd"])
        await here.progress()
        params = await here.reply("window/showMessageRequest", {"title": "Ask the premium tier"})
        assert "premium" in params["message"]
        assert [question["model"] for question in here.provider.questions] == ["small", "small"]
        here.apply((await here.reply("workspace/applyEdit", {"applied": True}))["edit"])
        assert "(premium)" in await here.ended()
        assert [question["model"] for question in here.provider.questions] == ["small", "small", "large"]


# ------------------------------------------------------------------ reasons, money, secrets


async def test_a_route_is_explained_without_a_call(place: Place) -> None:
    async with desk(place) as here:
        route = await here.command("tierlsp.explainRoute", {"action": "fix", "uri": here.uri, "range": SPAN})
        assert (route["tier"], route["model"]) == ("cheap", "work/small")
        assert sum(reason["points"] for reason in route["reasons"]) == route["score"]
        assert route["maxUsd"] > route["usd"] > 0
        assert here.provider.exchanges == []


async def test_a_cap_that_is_reached_stops_paid_work_and_says_so(place: Place) -> None:
    more = '[privacy]\ncloud = "allow"\n[budget]\nactionUsd = 0.000001'
    async with desk(place, more=more) as here:
        await here.run()
        await here.progress()
        assert "budget" in await here.ended()
        assert here.provider.exchanges == []


async def test_a_secret_stays_here_and_comes_back_in_the_edit(place: Place) -> None:
    secret = "ghp_" + "".join(Random(7).choices(ascii_letters + digits, k=36))
    text = f'import math\n\nTOKEN = "{secret}"\n\n\ndef area(radius):\n    return math.pi * raduis ** 2\n'

    def answer(body: dict[str, Any]) -> str:
        said = json.dumps(body)
        assert secret not in said
        return fenced("def area(radius):\n    return math.pi * radius ** 2")

    async with desk(place, answer=answer) as here:
        here.change(text)
        span = {"start": {"line": 6, "character": 11}, "end": {"line": 6, "character": 11}}
        await here.run(range=span, diagnostics=[{"range": span, "message": "undefined name", "severity": 1}])
        await here.progress()
        here.apply((await here.reply("workspace/applyEdit", {"applied": True}))["edit"])
        await here.ended()
        assert secret in here.text
        assert "radius ** 2" in here.text


async def test_a_key_that_the_provider_does_not_take_is_told_once_and_ends_the_run(place: Place) -> None:
    async with desk(place) as here:
        here.provider.key = "another"
        await here.run()
        await here.progress()
        message = await here.ended()
        assert "API key" in message and KEY not in message


async def test_the_usage_adds_up_what_the_runs_cost(place: Place) -> None:
    async with desk(place, answer=lambda body: "Radius is in metres.") as here:
        before = await here.command("tierlsp.usage")
        assert (before["calls"], before["usd"]) == (0, 0)
        for _ in range(2):
            await here.run(action="ask", instruction="In which unit?")
            await here.progress()
            await here.reply("window/showDocument", {"success": True})
            await here.ended()
        after = await here.command("tierlsp.usage", {"month": before["month"]})
        assert after["calls"] == after["tiers"]["cheap"]["calls"] == after["actions"]["ask"]["calls"] == 2
        assert after["usd"] > 0
        assert after["unpricedCalls"] == 0
        with pytest.raises(Refused):
            await here.command("tierlsp.usage", {"month": "../etc"})


async def test_a_client_that_shows_the_status_gets_it_before_any_action(place: Place) -> None:
    async with desk(place, "vscode", status=True) as here:
        await here.client.until(lambda: bool(here.client.statuses), "a status")
        await here.client.until(lambda: here.client.statuses[-1]["tiers"]["premium"]["state"] == "ready", "premium")
        state = here.client.statuses[-1]
        assert state["tiers"]["cheap"] == {"state": "ready", "model": "work/small", "detail": ""}
        assert state["usd"]["cap"] == 25
        assert (state["runs"], state["paused"]) == ([], False)
        await here.command("tierlsp.pause")
        await here.client.until(lambda: here.client.statuses[-1]["paused"], "a pause")
