"""Protected files over the wire and in a terminal: asked about before anything is sent, and a no is a no."""

from __future__ import annotations

import asyncio
import json
import os
import pty
from pathlib import Path
from typing import Any

import pytest

from tests.protocol.conftest import Place
from tests.protocol.test_actions import KEY, MENDED, PROFILES, TEXT, Desk, desk, drained, fenced
from tests.protocol.test_review_command import Shell, shell
from tests.protocol.test_several_files import applied

YES = {"title": "Let it be changed"}


def move(here: Desk, place: Place, name: str) -> None:
    """Have the document of the desk under another name."""
    here.uri = place.uri(name)
    item = {"uri": here.uri, "languageId": "python", "version": 1, "text": TEXT}
    here.client.notify("textDocument/didOpen", {"textDocument": item})


@pytest.mark.parametrize("profile", PROFILES)
async def test_a_protected_file_is_changed_after_a_yes(place: Place, profile: str) -> None:
    async with desk(place, profile) as here:
        move(here, place, ".vscode/area.py")
        await here.run()
        await here.progress()
        question = await here.client.expect("window/showMessageRequest")
        assert "fix would change a protected file: “.vscode/area.py” can have an editor run" in question["message"]
        assert here.provider.exchanges == []
        here.client.send({"jsonrpc": "2.0", "id": here.client.asked[-1]["id"], "result": YES})
        here.apply((await here.reply("workspace/applyEdit", {"applied": True}))["edit"])
        assert "fixed" in await here.ended()


@pytest.mark.parametrize(
    "answer",
    [
        None, {"title": "Leave it"}, {"title": "let it be changed"}, {"title": ["Let it be changed"]}, {},
        "Let it be changed",
        {"title": "Apply"}, {"title": "Allow for this workspace"}, [YES], True,
    ],
)  # fmt: skip
async def test_whatever_is_no_yes_sends_nothing_and_changes_nothing(place: Place, answer: Any) -> None:
    async with desk(place) as here:
        move(here, place, ".github/workflows/area.py")
        await here.run()
        await here.progress()
        await here.reply("window/showMessageRequest", answer)
        message = await here.ended()
        assert "nothing was changed and no model was asked" in message
        assert here.provider.exchanges == []


async def test_a_client_with_status_is_asked_in_the_same_way_and_told_one_end(place: Place) -> None:
    async with desk(place, "vscode", status=True) as here:
        move(here, place, ".vscode/area.py")
        await here.run()
        await here.progress()
        await here.reply("window/showMessageRequest", None)
        end = await here.client.expect("tierlsp/runFinished")
        assert (end["outcome"], end["nextTier"], end["model"]) == ("not-allowed", None, None)
        await here.run()
        await here.progress()
        await here.reply("window/showMessageRequest", YES)
        here.apply((await here.reply("workspace/applyEdit", {"applied": True}))["edit"])
        assert (await here.client.expect("tierlsp/runFinished"))["outcome"] == "done"
        await drained(here.client)


async def test_one_run_asks_once_also_where_it_asks_for_consent_and_tries_again(place: Place) -> None:
    answers = iter([fenced("def area(radius:\n    return 1"), fenced(MENDED)])
    async with desk(place, answer=lambda body: next(answers), more="") as here:
        move(here, place, ".vscode/area.py")
        await here.run()
        await here.progress()
        await here.reply("window/showMessageRequest", YES)
        consent = await here.reply("window/showMessageRequest", {"title": "Allow for this workspace"})
        assert "protected" not in consent["message"]
        here.apply((await here.reply("workspace/applyEdit", {"applied": True}))["edit"])
        await here.ended()
        asked = [message for message in here.client.asked if message["method"] == "window/showMessageRequest"]
        assert len(asked) == 2
        assert len(here.provider.questions) == 2


async def test_no_argument_of_a_command_says_yes(place: Place) -> None:
    more = {
        "mayChangeProtected": True,
        "may_change_protected": True,
        "allowProtected": True,
        "instruction": "yes, say yes",
    }
    async with desk(place) as here:
        move(here, place, ".vscode/area.py")
        await here.run(**more)
        await here.progress()
        await here.reply("window/showMessageRequest", None)
        await here.ended()
        assert here.provider.exchanges == []


@pytest.mark.parametrize("name", [".git/hooks/area.py", ".tierlsp.toml", "sub/.GIT/config", ".ssh/config"])
async def test_what_is_never_changed_is_refused_without_a_question(place: Place, name: str) -> None:
    async with desk(place) as here:
        move(here, place, name)
        await here.run()
        await here.progress()
        assert "edit it by hand" in await here.ended()
        assert here.provider.exchanges == []
        assert not [message for message in here.client.asked if message["method"] == "window/showMessageRequest"]


async def test_a_name_that_turns_the_reading_direction_around_does_not_in_the_question(place: Place) -> None:
    async with desk(place) as here:
        move(here, place, ".vscode/\u202eyp.sksat\u2069” is harmless.py")
        await here.run()
        await here.progress()
        question = await here.reply("window/showMessageRequest", None)
        assert "[U+202E]yp.sksat[U+2069]' is harmless.py”" in question["message"]
        await here.ended()


async def test_links_are_asked_about_by_where_they_lead_or_refused_where_they_lead_out(place: Place) -> None:
    (place.workspace / ".vscode").mkdir()
    (place.workspace / "notes.py").symlink_to(place.workspace / ".vscode" / "tasks.py")
    (place.workspace / "out.py").symlink_to(place.home / "profile.py")
    async with desk(place) as here:
        move(here, place, "notes.py")
        await here.run()
        await here.progress()
        question = await here.reply("window/showMessageRequest", None)
        assert "“notes.py”, a link to “.vscode/tasks.py”, can have" in question["message"]
        await here.ended()
        move(here, place, "out.py")
        await here.run()
        await here.progress()
        assert "a link that leads out of the workspace" in await here.ended()
        assert here.provider.exchanges == []


@pytest.mark.parametrize("profile", PROFILES)
async def test_a_change_of_several_files_names_the_protected_ones_where_it_is_shown(place: Place, profile: str) -> None:
    (place.workspace / "AGENTS.md").write_text("Call area here.\n", encoding="utf-8")
    reply = """FILE F1
<<<<<<< SEARCH
print(area(2))
=======
print(area(3))
>>>>>>> REPLACE
FILE F2
<<<<<<< SEARCH
Call area here.
=======
Call area there.
>>>>>>> REPLACE
END
"""
    async with desk(place, profile, answer=lambda body: reply) as here:
        item = {"uri": place.uri("AGENTS.md"), "languageId": "markdown", "version": 1, "text": "Call area here.\n"}
        here.client.notify("textDocument/didOpen", {"textDocument": item})
        await here.run(action="refactorFiles", instruction="call it there")
        await here.progress()
        if profile == "vscode":
            edit = await applied(here)
            assert "“AGENTS.md” tells AI assistants" in edit["changeAnnotations"]["tierlsp"]["label"]
            assert edit["changeAnnotations"]["tierlsp"]["needsConfirmation"] is True
        else:
            await here.reply("window/showDocument", {"success": True})
            question = await here.reply("window/showMessageRequest", {"title": "Leave them out"})
            assert "“AGENTS.md” tells AI assistants" in question["message"]
            assert here.text == TEXT
        await here.ended()


# ------------------------------------------------------------------ in a terminal


def guarded(here: Shell) -> Path:
    return here.write(".github/workflows/area.py", TEXT)


async def fix(here: Shell, path: Path, *more: str) -> tuple[int, str, str]:
    return await here.run("fix", f"{path}:5", "--apply", *more)


async def test_in_a_terminal_a_flag_says_yes_and_without_it_nothing_is_sent(place: Place) -> None:
    async def work(here: Shell) -> None:
        path = guarded(here)
        code, out, err = await fix(here, path)
        assert (code, out) == (1, "")
        assert "“.github/workflows/area.py” decides what build servers run" in err
        assert "--allow-protected says so" in err
        assert here.provider.exchanges == [] and path.read_text(encoding="utf-8") == TEXT
        code, out, _ = await here.run("fix", f"{path}:5", "--json", "--apply")
        assert (code, json.loads(out)["outcome"]) == (1, "not-allowed")
        code, _, err = await fix(here, path, "--allow-protected")
        assert code == 0, err
        assert "math.pi * radius" in path.read_text(encoding="utf-8")

    await shell(place, work, fenced(MENDED))


@pytest.mark.parametrize("name", [".git/hooks/area.py", "out.py"])
async def test_in_a_terminal_no_flag_helps_where_nothing_is_ever_changed(place: Place, name: str) -> None:
    async def work(here: Shell) -> None:
        target = place.home / "area.py"
        target.write_text(TEXT, encoding="utf-8")
        (place.workspace / "out.py").symlink_to(target)
        path = place.workspace / name
        if not path.exists():
            here.write(name, TEXT)
        code, _, err = await fix(here, path, "--allow-protected")
        assert code == 1 and "edit it by hand" in err
        assert here.provider.exchanges == [] and target.read_text(encoding="utf-8") == TEXT

    await shell(place, work, fenced(MENDED))


@pytest.mark.parametrize(("typed", "is_changed"), [("y", True), ("n", False), ("", False), ("yo", False)])
async def test_in_a_terminal_somebody_who_sits_there_is_asked(place: Place, typed: str, is_changed: bool) -> None:
    async def work(here: Shell) -> None:
        path = guarded(here)
        code = await typing(here, typed, "fix", f"{path}:5", "--apply")
        assert (code == 0) is is_changed
        assert ("math.pi * radius" in path.read_text(encoding="utf-8")) is is_changed
        assert bool(here.provider.exchanges) is is_changed

    await shell(place, work, fenced(MENDED))


async def typing(here: Shell, words: str, *arguments: str) -> int:
    """Run a command at a terminal at which `words` are typed; return its exit code."""
    ours, theirs = pty.openpty()
    os.write(ours, f"{words}\n".encode())
    process = await asyncio.create_subprocess_exec(
        *here.place.command("run", *arguments), cwd=here.place.workspace,
        env=here.place.environment | {"WORK_KEY": KEY}, stdin=theirs, stdout=theirs, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)

    def drain() -> None:
        try:
            while os.read(ours, 4096):
                pass
        except OSError:
            # The other end is closed.
            pass

    reading = asyncio.get_running_loop().run_in_executor(None, drain)
    code = await process.wait()
    await reading
    os.close(ours)
    return code
