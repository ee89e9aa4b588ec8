"""The actions on one file over the wire, as each captured editor would have them: the good end and each bad one."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from tests.protocol.conftest import Place
from tests.protocol.test_actions import PROFILES, SPAN, TEXT, Desk, desk, drained, fenced
from tests.servers.fake_chat import Answer

AREA = TEXT.replace("raduis", "radius")
EXTENDED = 'def area(radius):\n    """Return the area of a circle."""\n    return math.pi * radius ** 2'
SHORT = "def area(radius):\n    return math.pi * radius * radius"
BROKEN = "def area(radius:\n    return 1"
ALLOWED = '[privacy]\ncloud = "allow"\n'
OWN = '[actions.shorten]\ntitle = "Make it shorter"\nprompt = "Make it shorter."\nanswer = "edit"\n'
BUFFER = "\n# the message\ndiff --git a/b.py b/b.py\n--- a/b.py\n+++ b/b.py\n@@ -1 +1 @@\n-a\n+b\n"

EDITS: dict[str, tuple[dict[str, Any], str, str]] = {
    "refactor": ({"action": "refactor", "instruction": "no power"}, SHORT, "refactored area.py"),
    "simplify": ({"action": "refactor", "choice": "simplify"}, SHORT, "refactored area.py"),
    "docs": ({"action": "docs"}, EXTENDED, "described the code in area.py"),
    "own": ({"action": "shorten"}, SHORT, "did shorten in area.py"),
}


async def begin(here: Desk, text: str = AREA, **argument: Any) -> None:
    here.change(text)
    await here.run(**({"diagnostics": []} | argument))
    await here.progress()


def always(text: str) -> Answer:
    return lambda body: text


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("name", EDITS)
async def test_an_edit_is_applied_and_its_end_is_told(place: Place, profile: str, name: str) -> None:
    argument, code, words = EDITS[name]
    async with desk(place, profile, always(fenced(code)), more=ALLOWED + OWN) as here:
        await begin(here, **argument)
        here.apply((await here.reply("workspace/applyEdit", {"applied": True}))["edit"])
        assert words in await here.ended()
        assert code in here.text


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("name", EDITS)
async def test_an_answer_that_does_not_pass_changes_nothing_and_is_told_once(
    place: Place, profile: str, name: str
) -> None:
    argument, _, _ = EDITS[name]
    more = ALLOWED + OWN + "[routing]\nescalate = false\n"
    async with desk(place, profile, always(fenced(BROKEN)), more=more) as here:
        await begin(here, **argument)
        assert "nothing was changed" in await here.ended()
        assert here.text == AREA


async def test_docs_that_change_code_are_refused(place: Place) -> None:
    more = ALLOWED + "[routing]\nescalate = false\n"
    async with desk(place, answer=always(fenced(EXTENDED.replace("** 2", "** 3"))), more=more) as here:
        await begin(here, action="docs")
        assert "not only its description" in await here.ended()


@pytest.mark.parametrize("profile", PROFILES)
async def test_sql_in_a_string_is_improved_and_the_reason_told(place: Place, profile: str) -> None:
    text = 'QUERY = "SELECT a FROM b, c WHERE b.x = c.x"\n'
    reply = "WHY: a join says what belongs together\n" + fenced('QUERY = "SELECT a FROM b JOIN c ON b.x = c.x"')
    at = {"line": 0, "character": 15}
    async with desk(place, profile, always(reply)) as here:
        await begin(here, text, action="sql", range={"start": at, "end": at})
        here.apply((await here.reply("workspace/applyEdit", {"applied": True}))["edit"])
        assert "a join says what belongs together" in await here.ended()
        assert "JOIN" in here.text


AT_NAME = {"start": {"line": 3, "character": 10}, "end": {"line": 3, "character": 10}}


@pytest.mark.parametrize("profile", PROFILES)
async def test_a_name_is_chosen_and_given(place: Place, profile: str) -> None:
    async with desk(place, profile, always("metres\nlength")) as here:
        await begin(here, action="names", tier="cheap", range=AT_NAME)
        params = await here.reply("window/showMessageRequest", {"title": "metres"})
        assert [each["title"] for each in params["actions"]] == ["metres", "length", "Leave it"]
        here.apply((await here.reply("workspace/applyEdit", {"applied": True}))["edit"])
        message = await here.ended()
        assert "renamed radius to metres" in message
        assert "$0." in message
        assert here.text == AREA.replace("radius", "metres")
        assert len(here.provider.questions) == 1


@pytest.mark.parametrize("answer", [None, {"title": "Leave it"}, {"title": "another"}])
async def test_without_a_choice_nothing_changes(place: Place, answer: Any) -> None:
    async with desk(place, answer=always("metres")) as here:
        await begin(here, action="names", tier="cheap", range=AT_NAME)
        await here.reply("window/showMessageRequest", answer)
        assert "nothing was chosen" in await here.ended()
        assert here.text == AREA


async def test_names_that_cannot_be_used_are_told(place: Place) -> None:
    async with desk(place, answer=always("What a nice name it has!")) as here:
        await begin(here, action="names", tier="cheap", range=AT_NAME)
        assert "no name for radius" in await here.ended()


async def test_a_client_with_its_own_way_to_ask_gets_the_choices_and_sends_one(place: Place) -> None:
    async with desk(place, "vscode", always("metres"), status=True) as here:
        await begin(here, action="names", tier="cheap", range=AT_NAME)
        end = await here.client.expect("tierlsp/runFinished")
        assert (end["outcome"], end["choices"]) == ("done", ["metres"])
        await begin(here, action="names", tier="cheap", range=AT_NAME, choice="metres")
        here.apply((await here.reply("workspace/applyEdit", {"applied": True}))["edit"])
        assert (await here.client.expect("tierlsp/runFinished"))["usd"] == 0
        await drained(here.client)


@pytest.mark.parametrize("profile", PROFILES)
async def test_a_plan_is_a_page_made_from_names_of_files(place: Place, profile: str) -> None:
    (place.workspace / "other.py").write_text("SECRET_TEXT = 1\n", encoding="utf-8")
    (place.workspace / ".env").write_text("A=1\n", encoding="utf-8")
    async with desk(place, profile, always("1. Do it.\n\n![x](https://evil.test/)")) as here:
        await begin(here, action="plan", instruction="read it from a file")
        params = await here.reply("window/showDocument", {"success": True})
        page = Path(unquote(urlsplit(params["uri"]).path)).read_text(encoding="utf-8")
        assert page.startswith("# Plan") and "1. Do it." in page
        assert "](https://evil" not in page
        await here.ended()
        [question] = here.provider.questions
        assert "other.py" in str(question)
        assert "SECRET_TEXT" not in str(question) and ".env" not in str(question)


@pytest.mark.parametrize("profile", PROFILES)
async def test_a_message_is_written_into_the_buffer_of_git(place: Place, profile: str) -> None:
    async with desk(place, profile, always("Name it right\n\nWhy not")) as here:
        here.uri = place.uri("COMMIT_EDITMSG")
        item = {"uri": here.uri, "languageId": "git-commit", "version": 1, "text": BUFFER}
        here.client.notify("textDocument/didOpen", {"textDocument": item})
        here.text, here.version = BUFFER, 1
        await here.run(action="commit", diagnostics=[], range=None)
        await here.progress()
        here.apply((await here.reply("workspace/applyEdit", {"applied": True}))["edit"])
        assert "message written" in await here.ended()
        assert here.text == "Name it right\n\nWhy not\n" + BUFFER


@pytest.mark.parametrize("action", ["docs", "names", "plan", "refactor", "shorten"])
async def test_a_provider_that_takes_no_key_ends_the_run_once(place: Place, action: str) -> None:
    async with desk(place, more=ALLOWED + OWN) as here:
        here.provider.key = "another"
        await begin(
            here, action=action, instruction="do it", tier="cheap", range=AT_NAME if action == "names" else SPAN
        )
        assert "API key" in await here.ended()


async def test_an_own_action_stands_in_the_menu_with_its_price(place: Place) -> None:
    async with desk(place, more=ALLOWED + OWN) as here:
        titles = [action["title"] for action in await here.menu()]
        assert titles[1].startswith("Make it shorter (cheap · small · ≤ $")
        assert len(titles) <= 6
