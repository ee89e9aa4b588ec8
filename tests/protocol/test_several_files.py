"""Changes of several files over the wire: shown first, applied together or not at all, in each editor's way."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from tests.protocol.conftest import Place
from tests.protocol.test_actions import PROFILES, TEXT, Desk, desk, fenced, until

SHOP = "from area import area\n\nprice = 7 * area(2)\n"
REPLY = """\
FILE F1
<<<<<<< SEARCH
def area(radius):
    return math.pi * raduis ** 2
=======
def circle_area(radius):
    return math.pi * radius ** 2
>>>>>>> REPLACE
<<<<<<< SEARCH
print(area(2))
=======
print(circle_area(2))
>>>>>>> REPLACE
FILE F2
<<<<<<< SEARCH
from area import area
=======
from area import circle_area
>>>>>>> REPLACE
<<<<<<< SEARCH
price = 7 * area(2)
=======
price = 7 * circle_area(2)
>>>>>>> REPLACE
END
"""
TESTS = "from area import area\n\n\ndef test_area():\n    assert area(0) == 0\n"


def shop(place: Place) -> Path:
    path = place.workspace / "shop.py"
    path.write_text(SHOP, encoding="utf-8")
    return path


async def begin(here: Desk, **more: Any) -> str:
    run = await here.run(action="refactorFiles", instruction="rename area to circle_area", **more)
    await here.progress()
    return run


def apply_open(here: Desk, edit: dict[str, Any]) -> None:
    """Do what an editor does with the edits of the one document that is open."""
    [change] = [each for each in edit["documentChanges"] if each.get("textDocument", {}).get("uri") == here.uri]
    plain = [{key: one[key] for key in ("range", "newText")} for one in change["edits"]]
    here.apply({"documentChanges": [{"textDocument": change["textDocument"], "edits": plain}]})


async def applied(here: Desk) -> dict[str, Any]:
    """Apply what comes, and return it."""
    params = await here.client.expect("workspace/applyEdit")
    apply_open(here, params["edit"])
    asked = [message for message in here.client.asked if message["method"] == "workspace/applyEdit"]
    here.client.send({"jsonrpc": "2.0", "id": asked[-1]["id"], "result": {"applied": True}})
    edit: dict[str, Any] = params["edit"]
    return edit


@pytest.mark.parametrize("profile", PROFILES)
async def test_all_files_are_changed_together_after_they_were_shown(place: Place, profile: str) -> None:
    path = shop(place)
    async with desk(place, profile, answer=lambda body: REPLY) as here:
        await begin(here)
        if profile != "vscode":
            page = await here.reply("window/showDocument", {"success": True})
            text = Path(unquote(urlsplit(page["uri"]).path)).read_text(encoding="utf-8")
            assert "+from area import circle_area" in text
            question = await here.reply("window/showMessageRequest", {"title": "Apply"})
            assert "changes 2 files" in question["message"]
        edit = await applied(here)
        first, second = edit["documentChanges"]
        assert first["textDocument"] == {"uri": here.uri, "version": 1}
        assert second["textDocument"] == {"uri": path.as_uri(), "version": None}
        # VS Code shows them itself, and says that it leaves nothing half done; Neovim says only the first.
        assert ("changeAnnotations" in edit) is (profile == "vscode")
        if profile == "vscode":
            assert all("annotationId" in one for each in edit["documentChanges"] for one in each["edits"])
            assert edit["changeAnnotations"]["tierlsp"]["needsConfirmation"] is True
        assert "changes 2 files" in await here.ended()
        # Who looks at them is not told that a model is being asked.
        assert "nothing is changed before you say so" in here.reported[-2]["message"]
        assert "circle_area" in here.text
        # What is not open is the editor's to write.
        assert path.read_text(encoding="utf-8") == SHOP
        assert "shop.py" in str(here.provider.questions[0])


@pytest.mark.parametrize("answer", [{"title": "Leave them out"}, None])
async def test_without_a_yes_nothing_is_changed_and_it_can_be_had_later(
    place: Place, answer: dict[str, str] | None
) -> None:
    shop(place)
    async with desk(place, answer=lambda body: REPLY) as here:
        run = await begin(here)
        await here.reply("window/showDocument", {"success": True})
        await here.reply("window/showMessageRequest", answer)
        message = await here.ended()
        assert here.text == TEXT
        if answer is None:
            assert "tierlsp.apply" in message
            later = asyncio.ensure_future(here.command("tierlsp.apply", {"runId": run}))
            await applied(here)
            assert (await later)["applied"] is True
            assert "circle_area" in here.text
        else:
            assert "nothing was changed" in message


async def test_a_file_that_was_changed_on_disk_meanwhile_stops_all(place: Place) -> None:
    path = shop(place)
    async with desk(place, answer=lambda body: REPLY) as here:
        await begin(here)
        await here.reply("window/showDocument", {"success": True})
        path.write_text("# mine\n" + SHOP, encoding="utf-8")
        await here.reply("window/showMessageRequest", {"title": "Apply"})
        assert "shop.py was changed meanwhile" in await here.ended()
        assert here.text == TEXT
        assert not [message for message in here.client.asked if message["method"] == "workspace/applyEdit"]


async def test_typing_elsewhere_moves_the_edit(place: Place) -> None:
    may_answer = asyncio.Event()

    async def slowly() -> AsyncIterator[str]:
        await may_answer.wait()
        yield fenced("def area(radius):\n    return math.pi * radius ** 2")

    async with desk(place, answer=lambda body: slowly()) as here:
        await here.run()
        await here.progress()
        await until(lambda: here.provider.running == 1)
        here.version += 1
        here.text = "# typed\n" + here.text
        start = {"line": 0, "character": 0}
        changes = [{"range": {"start": start, "end": start}, "text": "# typed\n"}]
        identifier = {"uri": here.uri, "version": here.version}
        here.client.notify("textDocument/didChange", {"textDocument": identifier, "contentChanges": changes})
        await here.menu()
        may_answer.set()
        edit = await applied(here)
        assert edit["documentChanges"][0]["textDocument"]["version"] == 2
        await here.ended()
        assert here.text == "# typed\n" + TEXT.replace("raduis", "radius")


@pytest.mark.parametrize("profile", PROFILES)
async def test_tests_go_into_a_new_file_of_the_project(place: Place, profile: str) -> None:
    async with desk(place, profile, answer=lambda body: fenced(TESTS)) as here:
        await here.run(action="tests")
        await here.progress()
        params = await here.reply("workspace/applyEdit", {"applied": True})
        create, text = params["edit"]["documentChanges"]
        uri = (place.workspace / "tests" / "test_area.py").as_uri()
        assert create == {"kind": "create", "uri": uri, "options": {"overwrite": False, "ignoreIfExists": False}}
        assert text["textDocument"] == {"uri": uri, "version": None}
        assert [one["newText"] for one in text["edits"]] == [TESTS]
        message = await here.ended()
        assert re.search(r"wrote 1 test into the new file tests/test_area.py", message), message
        assert here.text == TEXT


async def test_a_path_that_the_model_made_up_is_refused(place: Place) -> None:
    reply = REPLY.replace("END\n", "NEW FILE ../outside.py\n```python\nx = 1\n```\nEND\n")
    async with desk(place, answer=lambda body: reply) as here:
        shop(place)
        await begin(here)
        # Neither the answer nor the one after it can be used, and nobody above is asked without a yes.
        await until(lambda: len(here.provider.exchanges) >= 2)
        assert "nothing was changed" in await here.ended()
        assert not (place.workspace.parent / "outside.py").exists()
        assert here.text == TEXT
