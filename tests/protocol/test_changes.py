"""What is not committed, and folders, as each captured editor would have them reviewed, changed and committed."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from tests.protocol.client import Refused
from tests.protocol.conftest import Place
from tests.protocol.test_actions import PROFILES, TEXT, Desk, desk
from tests.protocol.test_reviews import FINDING, answer
from tests.repositories import Repository, needs_git

pytestmark = needs_git

SHOP = "def price():\n    return 1\n"
BAD = SHOP.replace("return 1", "return 1 / 0")
FOUND = FINDING | {
    "file": "src/shop.py",
    "line": 2,
    "evidence": "    return 1 / 0",
    "message": "divides by zero",
    "fix": "    return 1",
}


REVIEW = answer(FOUND)


@asynccontextmanager
async def shop(place: Place, profile: str = "vscode", answer: str = REVIEW) -> AsyncIterator[Desk]:
    """A desk in a repository in which `src/shop.py` was changed, and is not open."""
    repository = Repository(place.workspace)
    repository.git("init", "-q")
    repository.write("area.py", TEXT)
    repository.write("src/shop.py", SHOP)
    repository.commit()
    repository.write("src/shop.py", BAD)
    async with desk(place, profile, lambda body: answer) as here:
        yield here


async def published(here: Desk) -> dict[str, Any]:
    found: dict[str, Any] = await here.client.expect("textDocument/publishDiagnostics")
    return found


async def ended(here: Desk) -> str:
    """Take the page of a review and return the message of its end."""
    await here.reply("window/showDocument", {"success": True})
    return await here.ended()


async def start(here: Desk, **argument: Any) -> None:
    await here.command("tierlsp.run", argument)
    await here.progress()


@pytest.mark.parametrize("profile", PROFILES)
async def test_what_is_not_committed_is_reviewed_from_the_menu(place: Place, profile: str) -> None:
    async with shop(place, profile) as here:
        found = {each["title"]: each for each in await here.menu(only=["refactor.review"], diagnostics=[])}
        [title] = [each for each in found if each.startswith("Review what is not committed")]
        assert "≤ $" in title
        assert any(each.startswith("Audit the security of this folder") for each in found)
        assert not any("committed" in each["title"] for each in await here.menu())
        assert here.provider.questions == []
        command = found[title]["command"]
        assert command["arguments"][0]["scope"] == "changes"
        await here.command(command["command"], command["arguments"][0])
        await here.progress()
        shown = await published(here)
        assert shown["uri"] == place.uri("src/shop.py")
        assert "version" not in shown
        [one] = shown["diagnostics"]
        assert one["range"] == {"start": {"line": 1, "character": 4}, "end": {"line": 1, "character": 16}}
        message = await ended(here)
        assert "1 error" in message
        sent = json.dumps(here.provider.questions)
        assert "Lines that the change took away" in sent
        assert "raduis" not in sent


async def test_findings_follow_a_file_once_it_is_open(place: Place) -> None:
    async with shop(place) as here:
        await start(here, action="review", scope="changes")
        assert len((await published(here))["diagnostics"]) == 1
        await ended(here)
        item = {"uri": place.uri("src/shop.py"), "languageId": "python", "version": 4, "text": "# new\n" + BAD}
        here.client.notify("textDocument/didOpen", {"textDocument": item})
        shown = await published(here)
        assert (shown["version"], shown["diagnostics"][0]["range"]["start"]["line"]) == (4, 2)
        here.uri, here.version = item["uri"], 4
        here.change(SHOP)
        assert (await published(here))["diagnostics"] == []


async def test_findings_go_at_the_next_review_when_the_file_has_changed_on_disk(place: Place) -> None:
    async with shop(place) as here:
        await start(here, action="review", scope="changes")
        await published(here)
        await ended(here)
        (place.workspace / "src" / "shop.py").write_text(SHOP)
        await start(here, action="review", scope="changes")
        assert await published(here) == {"uri": place.uri("src/shop.py"), "diagnostics": []}
        assert "no text was changed" in await here.ended()


async def test_a_finding_in_a_file_that_is_not_open_can_be_dismissed(place: Place) -> None:
    async with shop(place) as here:
        await start(here, action="review", scope="changes")
        [one] = (await published(here))["diagnostics"]
        await ended(here)
        argument = {"uri": place.uri("src/shop.py"), "fingerprint": one["data"]["fingerprint"]}
        assert await here.command("tierlsp.dismissFinding", argument) == {"dismissed": True}
        assert (await published(here))["diagnostics"] == []


async def test_a_buffer_that_is_not_saved_counts(place: Place) -> None:
    async with shop(place, answer="END") as here:
        (place.workspace / "src" / "shop.py").write_text(SHOP)
        here.change(TEXT + "y = 1\n")
        await start(here, action="review", scope="changes")
        await here.ended()
        assert "y = 1" in json.dumps(here.provider.questions)


async def test_a_branch_is_reviewed_and_a_wrong_one_is_said(place: Place) -> None:
    async with shop(place) as here:
        repository = Repository(place.workspace)
        repository.git("checkout", "-q", "-b", "topic")
        repository.commit()
        await start(here, action="review", scope="changes")
        assert "no text was changed" in await here.ended()
        await start(here, action="review", scope="changes", base="main")
        assert len((await published(here))["diagnostics"]) == 1
        await ended(here)
        await start(here, action="review", scope="changes", base="nosuch")
        assert "no branch, tag or commit 'nosuch'" in await here.ended()


@pytest.mark.parametrize("profile", PROFILES)
async def test_a_folder_is_audited_whole(place: Place, profile: str) -> None:
    found = FOUND | {"cwe": 369, "category": "security"}
    async with shop(place, profile, answer(found)) as here:
        (place.workspace / ".gitignore").write_text("made.py\n")
        (place.workspace / "src" / "made.py").write_text("x = 1\n")
        await start(here, action="audit", scope="folder", uri=place.uri("src"))
        assert (await published(here))["diagnostics"][0]["code"] == "CWE-369"
        await ended(here)
        sent = json.dumps(here.provider.questions)
        assert "def price" in sent
        assert "made.py" not in sent
        assert "area" not in sent


async def test_without_a_repository_or_a_folder_that_is_said(place: Place) -> None:
    async with desk(place) as here:
        await start(here, action="review", scope="changes")
        assert "no git repository" in await here.ended()
        with pytest.raises(Refused, match="open its folder"):
            await here.command("tierlsp.run", {"action": "review", "scope": "changes", "uri": "file:///nowhere"})
        assert here.provider.questions == []


@pytest.mark.parametrize("profile", PROFILES)
async def test_a_repository_in_a_form_that_is_not_read_is_one_sentence_with_what_to_do(
    place: Place, profile: str
) -> None:
    async with shop(place, profile) as here:
        with (place.workspace / ".git" / "config").open("a", encoding="utf-8") as settings:
            settings.write("[extensions]\n\tobjectformat = sha256\n")
        for action in ("review", "refactorFiles", "commit"):
            scope = {} if action == "commit" else {"scope": "changes"}
            await start(here, action=action, instruction="mend it", **scope)
            message = await here.ended()
            assert "names its objects by SHA-256, which tierlsp cannot read; in a terminal, `tierlsp run" in message
            assert "\n" not in message and "`git diff --cached | tierlsp run commit -`" in message
        assert here.provider.questions == []


MENDED = """\
FILE F1
<<<<<<< SEARCH
    return 1 / 0
=======
    return 1
>>>>>>> REPLACE
END
"""


@pytest.mark.parametrize("profile", PROFILES)
async def test_the_files_that_are_not_committed_are_changed_after_they_were_shown(place: Place, profile: str) -> None:
    async with shop(place, profile, MENDED) as here:
        await start(here, action="refactorFiles", scope="changes", instruction="mend it")
        if profile != "vscode":
            await here.reply("window/showDocument", {"success": True})
            await here.reply("window/showMessageRequest", {"title": "Apply"})
        edit = (await here.reply("workspace/applyEdit", {"applied": True}))["edit"]
        [change] = edit["documentChanges"]
        assert change["textDocument"] == {"uri": place.uri("src/shop.py"), "version": None}
        assert "changes 1 file" in await here.ended()


MESSAGE = "\n# Please enter the commit message for your changes.\n"


@pytest.mark.parametrize("profile", PROFILES)
async def test_a_message_is_written_from_what_is_staged(place: Place, profile: str) -> None:
    async with shop(place, profile, "Divide by zero") as here:
        Repository(place.workspace).git("add", "-A")
        (place.workspace / "src" / "shop.py").write_text("not staged\n")
        here.uri = place.uri(".git/COMMIT_EDITMSG")
        here.text = MESSAGE
        item = {"uri": here.uri, "languageId": "git-commit", "version": 1, "text": MESSAGE}
        here.client.notify("textDocument/didOpen", {"textDocument": item})
        span = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}}
        params = {"textDocument": {"uri": here.uri}, "range": span, "context": {"diagnostics": [], "triggerKind": 1}}
        menu = await here.client.request("textDocument/codeAction", params)
        [entry] = [each for each in menu if each["title"].startswith("Write the message of this commit")]
        await here.command(entry["command"]["command"], entry["command"]["arguments"][0])
        await here.progress()
        here.apply((await here.reply("workspace/applyEdit", {"applied": True}))["edit"])
        await here.ended()
        assert here.text == "Divide by zero\n\n# Please enter the commit message for your changes.\n"
        sent = json.dumps(here.provider.questions)
        assert "+    return 1 / 0" in sent
        assert "not staged" not in sent


async def test_elsewhere_the_message_is_a_page_and_nothing_staged_is_said(place: Place) -> None:
    async with shop(place, answer="Divide by zero") as here:
        await start(here, action="commit", uri=here.uri)
        assert "nothing is staged" in await here.ended()
        Repository(place.workspace).git("add", "-A")
        await start(here, action="commit")
        params = await here.reply("window/showDocument", {"success": True})
        assert "Divide by zero" in Path(unquote(urlsplit(params["uri"]).path)).read_text(encoding="utf-8")
        await here.ended()
