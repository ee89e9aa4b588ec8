"""What comes between the beginning and the end of an action in a real Helix: a no, a question, the server's end."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.real.by_heart import knows, shown
from tests.real.test_helix import LINE, SIZES, save, until_open
from tests.real.test_helix_actions import FIX, Desk, at_mistake, desk
from tests.real.test_neovim_actions import MENDED, TEXT
from tests.real.test_neovim_midway import Halfway, until_left_alone
from tests.real.waiting import eventually

pytestmark = pytest.mark.real

PROBLEM = {
    "range": {"start": {"line": 4, "character": 21}, "end": {"line": 4, "character": 27}},
    "message": "undefined name 'raduis'",
}


async def fix(it: Desk) -> None:
    """Begin to mend the file, by a command."""
    await it.run("fix", range=PROBLEM["range"], diagnostics=[PROBLEM])


# Enough of it.


async def test_cancelling_in_the_middle_of_an_answer_changes_nothing() -> None:
    answer = Halfway()
    async with desk(reply=answer) as it:
        await at_mistake(it)
        await it.pick(FIX)
        await answer.half()
        await it.command("lsp-workspace-command tierlsp.cancel")
        await it.terminal.shows("cancelled")
        await until_left_alone(it.provider, it.terminal.describe)
        answer.may_go_on.set()
        # The next one is as if nothing had been.
        await fix(it)
        await it.terminal.shows("math.pi * radius ** 2")
        await save(it.terminal, it.file, f"{MENDED}\n")
        assert len(it.provider.questions) == 2


async def test_an_entry_that_was_overtaken_is_never_shown() -> None:
    may_answer = asyncio.Event()

    async def slowly() -> AsyncIterator[str]:
        await may_answer.wait()
        yield "dth * height"

    def answer(request: dict[str, Any]) -> Any:
        return slowly() if shown(request)[0].endswith("= wi") else "ght + width"

    async with desk(SIZES, answer=answer, more='[completion]\nfallback = "none"\n') as it:
        await it.terminal.types("geoarea = wi")
        await eventually(lambda: _asked(it), lambda seen: seen == "= wi", "the model to be asked", it.terminal.describe)
        await it.terminal.presses("BSpace", "BSpace")
        await it.terminal.hides("area = wi")
        await it.terminal.types("hei")
        # Helix by itself does not always ask while it still lets go of what it asked before.
        await it.terminal.presses("C-x")
        await it.terminal.shows(" height + width ")
        may_answer.set()
        await it.terminal.types("g")
        assert "width * height" not in await it.terminal.shows("area = heig")


async def _asked(it: Desk) -> str:
    return shown(it.ollama.requests[-1])[0][-4:] if it.ollama.requests else ""


# A question that only a person answers.


@pytest.mark.parametrize("is_yes", [True, False], ids=["yes", "no"])
async def test_a_protected_file_is_asked_about_before_anything_is_sent(is_yes: bool) -> None:
    async with desk(name=".vscode/area.py") as it:
        await fix(it)
        screen = await it.terminal.shows("Let it be changed")
        assert "Leave it" in screen
        assert it.provider.questions == []
        await it.terminal.presses(*([] if is_yes else ["C-n"]), "Enter")
        await it.terminal.hides("Leave it")
        if is_yes:
            await it.terminal.shows("math.pi * radius ** 2")
            await save(it.terminal, it.file, f"{MENDED}\n")
        else:
            await it.terminal.shows("nothing was changed")
            assert it.provider.questions == []
            assert it.file.read_text(encoding="utf-8") == f"{TEXT}\n"


async def test_what_no_answer_may_change_is_refused_without_a_question() -> None:
    async with desk(name=".git/hooks/area.py") as it:
        await fix(it)
        await it.terminal.shows("is git's own")
        assert it.provider.questions == []
        assert "math.pi * raduis" in await it.terminal.screen()


# The server's end, and its settings.


async def test_a_server_killed_in_the_middle_of_an_answer_changes_nothing_and_the_next_one_mends() -> None:
    answer = Halfway()
    async with desk(reply=answer) as it:
        (first,) = it.home.servers()
        await fix(it)
        await answer.half()
        os.kill(first, signal.SIGKILL)
        await it.home.no_servers()
        await until_left_alone(it.provider, it.terminal.describe)
        assert "math.pi * raduis" in await it.terminal.screen()
        answer.may_go_on.set()
        await it.command("lsp-restart tierlsp")
        await until_open(it.terminal, 2)
        await fix(it)
        await it.terminal.shows("math.pi * radius ** 2")
        await save(it.terminal, it.file, f"{MENDED}\n")


async def test_settings_of_its_own_file_count_after_a_restart() -> None:
    async with desk(SIZES, answer=knows(f"{SIZES}{LINE}\n")) as it:
        file = it.home.config / "helix" / "languages.toml"
        shipped = file.read_text(encoding="utf-8")
        assert 'completion = { multiline = "auto" }' in shipped
        # Without a file of this name, Helix loads none of the others anew.
        it.home.write(file.with_name("config.toml"), "")
        it.home.write(file, shipped.replace('multiline = "auto"', "enabled = false"))
        await it.command("config-reload")
        await it.terminal.shows("Config refreshed")
        await it.command("lsp-restart tierlsp")
        await until_open(it.terminal, 2)
        await it.terminal.types("geoarea = wi")
        await eventually(it.home.log, lambda seen: "gated" in seen, "nothing to be offered", it.terminal.describe)
        assert "width * height" not in await it.terminal.screen()
