"""A real Helix with `editors/helix/languages.toml`: the menus beside another server, actions, questions, commands."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.protocol.test_actions import config
from tests.real.by_heart import knows
from tests.real.home import REPOSITORY, Home, new_home
from tests.real.programs import need
from tests.real.terminal import Terminal, open_terminal
from tests.real.test_helix import LINE, SIZES, save, until_open
from tests.real.test_neovim_actions import ALLOWED, FINDINGS, KEY, MENDED, REPLY, SEVERAL, TEXT, USER
from tests.real.waiting import eventually
from tests.servers.fake_chat import FakeChat
from tests.servers.fake_ollama import FakeOllama
from tests.servers.other_server import ITEM

pytestmark = pytest.mark.real

EXPLAIN, FIX = "Explain these lines (cheap · small · ≤ $", "Fix this problem (cheap · small · ≤ $"


@dataclass(frozen=True)
class Desk:
    """A Helix with one file, our server, another one, and the models behind ours."""

    terminal: Terminal
    home: Home
    file: Path
    provider: FakeChat
    ollama: FakeOllama

    async def command(self, text: str) -> None:
        """Run a typed command of Helix."""
        await self.terminal.types(f":{text}")
        await self.terminal.presses("Enter")

    async def run(self, action: str, **more: Any) -> None:
        """Begin an action of the file by the command that has Helix send what is typed."""
        argument = json.dumps({"action": action, "uri": self.file.as_uri(), **more}, ensure_ascii=False)
        await self.command(f"lsp-workspace-command tierlsp.run {argument}")

    async def pick(self, title: str) -> None:
        """Pick the code action with a title."""
        await self.terminal.types(" a")
        await self.terminal.shows(title)
        # The first entry is chosen already; ours is the first that the title is of.
        for line in (await self.terminal.screen()).splitlines():
            if title in line:
                break
            if "· ≤ $" in line:
                await self.terminal.presses("C-n")
        await self.terminal.presses("Enter")

    async def until_asked(self, count: int = 1) -> None:
        async def look() -> int:
            return len(self.provider.questions)

        await eventually(look, lambda seen: seen >= count, "the provider to be asked", self.terminal.describe)


def languages(home: Home, delay_ms: float) -> str:
    """Return the file that we ship, with the programs where they are here."""
    other = home.write(
        home.root / "other",
        f"#!/bin/sh\nexport PYTHONPATH={shlex.quote(str(REPOSITORY))}\n"
        f"exec {shlex.quote(sys.executable)} -m tests.servers.other_server --delay-ms {delay_ms}\n",
    )
    other.chmod(0o755)
    shipped = (REPOSITORY / "editors" / "helix" / "languages.toml").read_text(encoding="utf-8")
    assert 'command = "tierlsp"' in shipped
    program = home.clone / ".venv" / "bin" / "tierlsp"
    return shipped.replace('command = "tierlsp"', f'command = "{program}"') + (
        f'\n[language-server.pylsp]\ncommand = "{other}"\n'
    )


@asynccontextmanager
async def desk(
    text: str = f"{TEXT}\n",
    *,
    reply: Any = lambda body: REPLY,
    answer: Any = lambda request: "",
    more: str = ALLOWED,
    delay_ms: float = 0.0,
    name: str = "area.py",
) -> AsyncIterator[Desk]:
    program, tmux = need("hx", (25, 7)), need("tmux")
    with pytest.MonkeyPatch.context() as patch, new_home() as home:
        patch.setenv("WORK_KEY", KEY)
        async with FakeChat("litellm", reply) as provider, FakeOllama(answer) as ollama:
            home.settle(config(provider, f'{more}\n[backends.ollama]\nbaseUrl = "{ollama.url}"\n'))
            home.write(home.config / "helix" / "languages.toml", languages(home, delay_ms))
            file = home.write(home.project / name, text)
            async with open_terminal(tmux, home, [program, "-v", str(file)], home.project) as terminal:
                await until_open(terminal)
                await until_open(terminal, server="pylsp")
                yield Desk(terminal, home, file, provider, ollama)


async def at_mistake(desk: Desk) -> None:
    """Select the word that the other server complains about."""
    await desk.terminal.shows("undefined name 'raduis'")
    await desk.terminal.types("5Gf.www")


# The menu beside another server's entries.


async def test_our_entry_stands_beside_that_of_another_server() -> None:
    text = f"{SIZES}otter = width\n"
    async with desk(f"{SIZES}", answer=knows(f"{text}")) as it:
        await it.terminal.types("geoot")
        await it.terminal.shows(ITEM)
        await it.terminal.shows(" otter = width ")


async def test_a_slow_model_never_delays_the_entries_of_others() -> None:
    may_answer = asyncio.Event()

    async def slowly() -> AsyncIterator[str]:
        await may_answer.wait()
        yield "ter = width"

    async with desk(SIZES, answer=lambda request: slowly(), more='[completion]\nfallback = "none"\n') as it:
        await it.terminal.types("geoot")
        screen = await it.terminal.shows(ITEM)
        assert "otter" not in screen
        may_answer.set()
        await it.terminal.shows(" otter = width ")
        assert ITEM in await it.terminal.screen()


async def test_another_server_that_is_slow_does_not_delay_ours() -> None:
    async with desk(SIZES, answer=knows(f"{SIZES}{LINE}\n"), delay_ms=60_000) as it:
        await it.terminal.types("geoarea = wi")
        assert ITEM not in await it.terminal.shows(" width * height ")


# Actions.


async def test_a_fix_goes_into_the_file_and_is_one_undo_step() -> None:
    async with desk() as it:
        await at_mistake(it)
        await it.pick(FIX)
        await it.terminal.shows("math.pi * radius ** 2")
        await it.terminal.shows("tierlsp: fixed")
        await save(it.terminal, it.file, f"{MENDED}\n")
        await it.terminal.types("u")
        await it.terminal.shows("math.pi * raduis ** 2")


async def test_an_explanation_opens_as_a_page() -> None:
    async with desk() as it:
        await it.pick(EXPLAIN)
        screen = await it.terminal.shows("It is wrong.")
        assert "# Explain" in screen


async def test_a_question_is_asked_by_a_command() -> None:
    async with desk(reply=lambda body: "Yes, it is round.") as it:
        await it.run("ask", instruction="Round?")
        await it.terminal.shows("Yes, it is round.")
        assert "Round?" in str(it.provider.questions[-1])


async def test_nothing_is_sent_before_the_person_allows_it() -> None:
    async with desk(more="") as it:
        await it.pick(EXPLAIN)
        await it.terminal.shows("Allow for this workspace")
        assert it.provider.questions == []
        await it.terminal.presses("Enter")
        await it.terminal.shows("It is wrong.")
        assert len(it.provider.questions) == 1


async def test_a_no_is_kept_for_the_workspace() -> None:
    async with desk(more="") as it:
        await it.pick(EXPLAIN)
        await it.terminal.shows("Never for this workspace")
        await it.terminal.presses("C-n", "C-n", "Enter")
        await it.terminal.hides("Never for this workspace")
        await it.run("explain")
        await it.terminal.shows("tierlsp: ")
        assert it.provider.questions == []


async def test_an_action_can_be_cancelled() -> None:
    never = asyncio.Event()

    async def slowly() -> AsyncIterator[str]:
        yield "It "
        await never.wait()

    async with desk(reply=lambda body: slowly()) as it:
        await it.pick(EXPLAIN)
        await it.until_asked()
        await it.command("lsp-workspace-command tierlsp.cancel")
        await it.terminal.shows("cancelled")

        async def running() -> int:
            return it.provider.running

        await eventually(running, lambda seen: not seen, "the provider to be left alone", it.terminal.describe)


# Settings, and the server's end.


async def test_a_setting_of_the_project_counts_while_it_runs() -> None:
    async with desk(SIZES, answer=knows(f"{SIZES}{LINE}\n")) as it:
        await it.terminal.types("geoarea = wi")
        await it.terminal.shows(" width * height ")
        await it.terminal.presses("Escape")
        await it.terminal.shows("NOR")
        it.home.write(it.home.project / ".tierlsp.toml", "[completion]\nenabled = false\n")
        await eventually(
            it.home.log, lambda seen: "settings have changed" in seen, "it to be read", it.terminal.describe
        )
        await it.terminal.types("Ad")
        await eventually(it.home.log, lambda seen: "gated" in seen, "nothing to be offered", it.terminal.describe)
        assert "dth * height" not in await it.terminal.screen()


async def test_a_server_that_was_killed_is_back_after_a_restart() -> None:
    async with desk(SIZES, answer=knows(f"{SIZES}{LINE}\n")) as it:
        (first,) = it.home.servers()
        os.kill(first, signal.SIGKILL)
        await it.home.no_servers()
        await it.command("lsp-restart tierlsp")

        async def others() -> list[int]:
            return it.home.servers()

        await eventually(others, bool, "another server", it.terminal.describe)
        await until_open(it.terminal, 2)
        await it.terminal.types("geoarea = wi")
        await it.terminal.shows(" width * height ")


async def test_a_review_shows_a_diagnostic_that_can_be_sent_away() -> None:
    async with desk(reply=lambda body: FINDINGS) as it:
        await it.run("review", scope="file")
        await it.terminal.shows("# Review")
        await it.command("buffer-close")
        await it.terminal.hides("# Review")
        await it.terminal.types("5Gf.www")
        await it.terminal.shows("every call fails")
        await it.terminal.types(" a")
        await it.terminal.shows("Dismiss")
        for line in (await it.terminal.screen()).splitlines():
            if "Dismiss" in line:
                break
            if any(word in line for word in ("(cheap", "(premium", "Apply", "Fix as proposed")):
                await it.terminal.presses("C-n")
        await it.terminal.presses("Enter")
        await it.terminal.hides("every call fails")


@pytest.mark.parametrize("is_made", [True, False], ids=["made", "left out"])
async def test_changes_to_several_files_are_shown_and_asked_about_first(is_made: bool) -> None:
    async with desk(reply=lambda body: SEVERAL) as it:
        it.home.write(it.home.project / "user.py", USER)
        span = {"start": {"line": 3, "character": 0}, "end": {"line": 4, "character": 10}}
        await it.run("refactorFiles", range=span, instruction="disc_area")
        await it.terminal.shows("Leave them out")
        assert "+from area import disc_area" in await it.terminal.screen() or "```diff" in await it.terminal.screen()
        await it.terminal.presses(*([] if is_made else ["C-n"]), "Enter")
        await it.terminal.hides("Leave them out")
        for file, changed in ((it.file, "def disc_area(radius)"), (it.home.project / "user.py", "print(disc_area(3))")):
            await it.command(f"open {file}")
            await it.terminal.shows(changed if is_made else changed.replace("disc_area", "area"))
