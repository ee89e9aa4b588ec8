"""Each kind of action in a real Helix, from its menu and by its command: what comes of it in the end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.real.test_helix import save, until_open
from tests.real.test_helix_actions import Desk, at_mistake, desk
from tests.real.test_neovim_actions import ALLOWED, MENDED, TEXT
from tests.real.test_neovim_each_action import (
    DESCRIBED,
    DIFF,
    HOLE,
    JOINED,
    OWN,
    QUERY,
    SHORT,
    TESTS,
    Script,
    fenced,
    with_function,
)
from tests.real.waiting import eventually

pytestmark = pytest.mark.real

FUNCTION = {"start": {"line": 3, "character": 4}, "end": {"line": 3, "character": 4}}


@asynccontextmanager
async def acting(text: str = f"{TEXT}\n") -> AsyncIterator[tuple[Desk, Script]]:
    """Helix as for the other actions, and a provider whose next answer the test writes down as it goes."""
    script = Script()
    async with desk(text, reply=script, more=f"{ALLOWED}{OWN}") as it:
        yield it, script


async def saved_and_undone(it: Desk, code: str) -> None:
    """Save the file, which has another function now, and take the change back."""
    await save(it.terminal, it.file, f"{with_function(code)}\n")
    await it.terminal.types("u")
    await it.terminal.shows("math.pi * raduis ** 2")
    await save(it.terminal, it.file, f"{TEXT}\n")


async def test_each_edit_of_one_file_is_made_and_is_one_undo_step() -> None:
    line = SHORT.splitlines()[1]
    commands: tuple[tuple[str, str, dict[str, Any], str], ...] = (
        ("refactor", SHORT, {"instruction": "no power"}, "no power"),
        ("refactor", SHORT, {"choice": "inline"}, ""),
        ("docs", DESCRIBED, {}, ""),
    )
    async with acting() as (it, script):
        for title, said in (("Make it shorter (", "Make it shorter."), ("Simplify these lines (", "")):
            await at_mistake(it)
            script.reply = fenced(line)
            await it.pick(title)
            await it.terminal.shows(line)
            await it.terminal.shows("tierlsp: ")
            assert said in str(script.questions[-1])
            await saved_and_undone(it, SHORT)
        for action, code, more, said in commands:
            script.reply = fenced(code)
            await it.run(action, range=FUNCTION, **more)
            await it.terminal.shows(code.splitlines()[1])
            assert said in str(script.questions[-1])
            await saved_and_undone(it, code)


async def test_sql_is_improved_and_the_reason_told() -> None:
    async with acting(f"{QUERY}\n") as (it, script):
        script.reply = "WHY: a join says what belongs together\n" + fenced(JOINED)
        at = {"line": 0, "character": 15}
        await it.run("sql", range={"start": at, "end": at})
        await it.terminal.shows(JOINED)
        await it.terminal.shows("a join says what belongs together")


async def test_a_name_is_chosen_and_given() -> None:
    async with acting(f"{MENDED}\n") as (it, script):
        script.reply = "length\nmetres"
        at = {"line": 3, "character": 10}
        await it.run("names", range={"start": at, "end": at}, tier="cheap")
        await it.terminal.shows("metres")
        await it.terminal.presses("C-n", "Enter")
        await it.terminal.shows("math.pi * metres ** 2")
        await save(it.terminal, it.file, f"{MENDED.replace('radius', 'metres')}\n")


async def test_tests_go_into_a_new_file() -> None:
    async with acting() as (it, script):
        script.reply = fenced(TESTS)
        await it.run("tests", range=FUNCTION)
        await it.terminal.shows("tierlsp: ")
        (made,) = await eventually(lambda: _found(it, "test_area.py"), bool, "the new file", it.terminal.describe)
        await it.command(f"open {made}")
        await it.terminal.shows("def test_area():")
        await save(it.terminal, it.home.project / made, TESTS)


async def _found(it: Desk, name: str) -> list[str]:
    return [str(path.relative_to(it.home.project)) for path in it.home.project.rglob(name)]


async def test_a_plan_is_a_page_and_an_audit_a_diagnostic() -> None:
    async with acting() as (it, script):
        script.reply = "1. Read it from a file.\n"
        await it.run("plan", instruction="read it from a file")
        await it.terminal.shows("1. Read it from a file.")
        await it.command("buffer-close")
        await it.terminal.hides("1. Read it from a file.")
        script.reply = HOLE
        await it.run("audit", scope="file")
        await it.terminal.shows("# Audit")
        await it.command("buffer-close")
        await it.terminal.hides("# Audit")
        await it.terminal.types("5Gf.www")
        await it.terminal.shows("nobody looks at")


async def test_the_message_of_a_commit_is_written_above_what_git_says() -> None:
    async with acting() as (it, script):
        message = it.home.write(it.home.project / ".git" / "COMMIT_EDITMSG", DIFF)
        script.reply = "Name it right\n\nWhy not"
        await it.command(f"open {message}")
        await until_open(it.terminal, 2)
        await it.pick("Write the message of this commit (")
        await it.terminal.shows("Name it right")
        await save(it.terminal, message, f"Name it right\n\nWhy not\n{DIFF}")
