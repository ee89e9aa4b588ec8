"""What comes between the beginning and the end of an action in a real Neovim: a no, a question, the server's end."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from tests.real.by_heart import knows
from tests.real.neovim import Neovim
from tests.real.programs import need
from tests.real.terminal import open_terminal
from tests.real.test_neovim import LINE, SHAPES, desk, until_in_step, until_outcome
from tests.real.test_neovim_actions import MENDED, REPLY, TEXT, actor, ends, line
from tests.real.waiting import eventually
from tests.servers.fake_chat import FakeChat

pytestmark = pytest.mark.real

ON_SCREEN = "vim.o.cmdheight = 4\n"
"""Room for a question, so that no key is wanted before it is read."""


class Halfway:
    """An answer that stops in its middle, and goes on when the test says so."""

    def __init__(self, text: str = REPLY) -> None:
        self._pieces = text[: len(text) // 2], text[len(text) // 2 :]
        self.is_sent = asyncio.Event()
        self.may_go_on = asyncio.Event()

    def __call__(self, body: dict[str, Any]) -> AsyncIterator[str]:
        return self._stream()

    async def _stream(self) -> AsyncIterator[str]:
        yield self._pieces[0]
        # Whoever asks for the next piece has sent the one before.
        self.is_sent.set()
        await self.may_go_on.wait()
        yield self._pieces[1]

    async def half(self) -> None:
        """Wait until the first half was sent."""
        async with asyncio.timeout(20):
            await self.is_sent.wait()


async def until_left_alone(provider: FakeChat, describe: Callable[[], Any]) -> None:
    """Wait until nothing of a question is under way at the provider."""

    async def running() -> int:
        return provider.running

    await eventually(running, lambda seen: not seen, "the provider to be left alone", describe)


async def restarted(nvim: Neovim, first: int) -> None:
    """Wait until another server than the first serves the buffer."""

    async def others() -> list[int]:
        return [pid for pid in nvim.home.servers() if pid != first]

    await eventually(others, bool, "another server", nvim.describe)
    await nvim.attached()


# Enough of it.


@pytest.mark.parametrize("action", ["explain", "fix"])
async def test_cancelling_in_the_middle_of_an_answer_shows_and_changes_nothing(action: str) -> None:
    answer = Halfway()
    async with actor(answer) as (nvim, provider):
        await nvim.keys(f":Tierlsp {action}<CR>")
        await answer.half()
        await nvim.keys(":Tierlsp cancel<CR>")
        (end,) = await ends(nvim)
        assert end["outcome"] == "cancelled"
        await until_left_alone(provider, nvim.describe)
        answer.may_go_on.set()
        # The next one is as if nothing had been.
        await nvim.keys(":Tierlsp fix<CR>")
        await nvim.until_text(MENDED)
        assert (await ends(nvim, 2))[1]["outcome"] == "done"


async def test_leaving_insert_mode_lets_go_of_what_was_asked() -> None:
    may_answer = asyncio.Event()

    async def slowly() -> AsyncIterator[str]:
        await may_answer.wait()
        yield "urn 2 * (width + height)"

    async with desk(lambda request: slowly()) as (nvim, ollama):
        await nvim.press_in_insert("Goret")
        await until_in_step(nvim, ollama)
        await nvim.escape()
        may_answer.set()
        await nvim.doctor()
        assert await nvim.ghost() == ""
        assert await nvim.text() == f"{SHAPES}    ret"


# A question that only a person answers.


@pytest.mark.parametrize("key", ["1", "2"], ids=["yes", "no"])
async def test_a_protected_file_is_asked_about_on_the_screen_before_anything_is_sent(key: str) -> None:
    tmux = need("tmux")
    async with actor(lua=ON_SCREEN, file=".vscode/area.py") as (nvim, provider):
        client = [nvim.program, "--server", str(nvim.socket), "--remote-ui"]
        async with open_terminal(tmux, nvim.home, client, nvim.home.project) as terminal:
            await terminal.shows("def area")
            await terminal.types(":Tierlsp fix")
            await terminal.presses("Enter")
            screen = await terminal.shows("1: Let it be changed")
            assert "fix would change a protected file" in screen
            assert ".vscode/area.py" in screen
            assert provider.questions == []
            await terminal.types(key)
            await terminal.presses("Enter")
            if key == "1":
                await nvim.until_text(MENDED)
            else:
                await eventually(nvim.messages, lambda seen: "nothing was changed" in seen, "its end", nvim.describe)
                assert provider.questions == []
                assert await nvim.text() == TEXT


async def test_what_no_answer_may_change_is_refused_without_a_question() -> None:
    async with actor(file=".git/hooks/area.py") as (nvim, provider):
        await nvim.keys(":Tierlsp fix<CR>")
        (end,) = await ends(nvim)
        assert end["outcome"] == "failed"
        assert "is git's own" in end["message"]
        assert await nvim.lua("return #_G.asked") == 0
        assert provider.questions == []
        assert await nvim.text() == TEXT


# The server's end, and its settings.


async def test_a_server_killed_in_the_middle_of_an_answer_ends_the_action_and_the_next_one_works() -> None:
    answer = Halfway()
    async with actor(answer) as (nvim, provider):
        (first,) = nvim.home.servers()
        await nvim.keys(":Tierlsp fix<CR>")
        await answer.half()
        await eventually(lambda: line(nvim), lambda seen: "fix" in seen, "it in the status line", nvim.describe)
        os.kill(first, signal.SIGKILL)
        (end,) = await ends(nvim)
        assert (end["action"], end["outcome"]) == ("fix", "failed")
        assert await nvim.text() == TEXT
        await until_left_alone(provider, nvim.describe)
        await restarted(nvim, first)
        assert "fix" not in await line(nvim)
        answer.may_go_on.set()
        await nvim.keys(":Tierlsp fix<CR>")
        await nvim.until_text(MENDED)
        assert (await ends(nvim, 2))[1]["outcome"] == "done"
        # Neovim tells of the end; nothing of ours fails.
        await nvim.lua("vim.v.errmsg = ''")


async def test_a_server_that_ends_again_and_again_is_left_alone_until_it_is_asked_for() -> None:
    async with desk(knows(SHAPES + LINE + "\n")) as (nvim, _):
        for _ in range(3):
            (pid,) = nvim.home.servers()
            os.kill(pid, signal.SIGKILL)
            await restarted(nvim, pid)
        (pid,) = nvim.home.servers()
        os.kill(pid, signal.SIGKILL)
        await eventually(nvim.messages, lambda seen: "is left alone now" in seen, "the word of it", nvim.describe)
        assert nvim.home.servers() == []
        await nvim.lua("vim.lsp.enable('tierlsp')")
        await restarted(nvim, pid)
        await nvim.press_in_insert("Goret")
        await nvim.until_ghost("urn 2 * (width + height)")
        await nvim.lua("vim.v.errmsg = ''")


async def test_a_setting_of_the_project_counts_while_it_runs() -> None:
    async with desk(knows(SHAPES + LINE + "\n")) as (nvim, _):
        await nvim.press_in_insert("Goret")
        await nvim.until_ghost("urn 2 * (width + height)")
        await nvim.escape()
        nvim.home.write(nvim.home.project / ".tierlsp.toml", "[completion]\nenabled = false\n")
        await eventually(nvim.home.log, lambda seen: "settings have changed" in seen, "it to be read", nvim.describe)
        await nvim.press_in_insert("A")
        await until_outcome(nvim, "gated")
        assert await nvim.ghost() == ""
