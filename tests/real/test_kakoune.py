"""A real Kakoune with kakoune-lsp and the `kakrc` of its page: an entry of the menu, an action, an edit.

Never required, as Emacs is not: kakoune-lsp (`cargo install kak-lsp`) takes minutes to build.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.protocol.test_actions import config
from tests.real.by_heart import knows
from tests.real.home import new_home
from tests.real.programs import need
from tests.real.terminal import Terminal, open_terminal
from tests.real.test_helix import LINE, SIZES
from tests.real.test_helix_actions import Desk
from tests.real.test_neovim_actions import ALLOWED, KEY, REPLY, TEXT
from tests.real.test_neovim_each_action import SHORT, fenced, with_function
from tests.real.waiting import eventually
from tests.servers.fake_chat import Answer, FakeChat
from tests.servers.fake_ollama import FakeOllama

pytestmark = pytest.mark.real


@asynccontextmanager
async def kakoune(text: str, answer: Answer = lambda body: REPLY, more: str = ALLOWED) -> AsyncIterator[Desk]:
    """Kakoune with one file, and the models behind our server."""
    tmux = need("tmux")
    if shutil.which("kak") is None or shutil.which("kak-lsp") is None:
        pytest.skip("kak or kak-lsp is not on PATH")
    with pytest.MonkeyPatch.context() as patch, new_home() as home:
        patch.setenv("WORK_KEY", KEY)
        async with FakeChat("litellm", answer) as provider, FakeOllama(knows(f"{SIZES}{LINE}\n")) as ollama:
            home.settle(config(provider, f'{more}\n[backends.ollama]\nbaseUrl = "{ollama.url}"\n'))
            page = home.from_readme("kak", "lsp_servers", "docs/editors/kakoune.md")
            assert 'command = "tierlsp"' in page
            program = home.clone / ".venv" / "bin" / "tierlsp"
            home.write(home.config / "kak" / "kakrc", page.replace('command = "tierlsp"', f'command = "{program}"'))
            file = home.write(home.project / "area.py", text)
            async with open_terminal(tmux, home, ["kak", str(file)], home.project) as terminal:
                it = Desk(terminal, home, file, provider, ollama)
                # A question that comes before the server is ready waits for the next thing that is done.
                await eventually(home.log, lambda seen: "local model" in seen, "the server", terminal.describe)
                yield it
                # Else kakoune-lsp would stay for hours.
                await it.command("kill!")
                await terminal.closes()
                await home.no_servers()


async def saved(it: Desk, text: str) -> None:
    """Save the file, and wait until it is `text`."""
    await it.command("write")

    async def look() -> str:
        return it.file.read_text(encoding="utf-8")

    await eventually(look, lambda seen: seen == text, f"the file to be {text!r}", it.terminal.describe)


async def pick(terminal: Terminal, title: str) -> None:
    """Pick the code action with a title for the lines of the function."""
    await terminal.types("5g:lsp-code-actions")
    await terminal.presses("Enter")
    await terminal.shows(title)
    await take(terminal, title)


async def take(terminal: Terminal, text: str) -> None:
    """Take the entry of the menu at the prompt that begins with a text."""

    async def prompt() -> str:
        return (await terminal.screen()).rstrip().splitlines()[-1].strip()

    while not (before := await prompt()).startswith(text):
        await terminal.presses("Tab")
        await eventually(prompt, lambda seen: seen != before, "another entry", terminal.describe)
    await terminal.presses("Enter")


async def until_asked(it: Desk, question: str) -> None:
    """Have Kakoune show the server's question, again until it is there."""
    screen = ""
    async with asyncio.timeout(20):
        while question not in screen:
            await it.command("lsp-show-message-request-next")
            screen = await eventually(
                it.terminal.screen,
                lambda seen: question in seen or "No pending message" in seen,
                "kakoune-lsp's word",
                it.terminal.describe,
            )
            if question not in screen:
                await it.terminal.presses("Escape")
                await it.terminal.hides("No pending message")


async def test_the_entry_of_the_menu_goes_into_the_file() -> None:
    async with kakoune(SIZES) as it:
        await it.terminal.types("geoarea = wi")
        await it.terminal.shows("width * height")
        await it.terminal.presses("C-n")
        await it.terminal.shows("tierlsp · ")
        await it.terminal.presses("Escape")
        await it.terminal.hides("tierlsp · ")
        await saved(it, f"{SIZES}{LINE}\n")


async def test_nothing_is_sent_before_the_person_allows_it() -> None:
    async with kakoune(f"{TEXT}\n", more="") as it:
        await it.terminal.shows("def area")
        await pick(it.terminal, "Explain this function")
        await it.terminal.hides("Explain this function")
        await until_asked(it, "may read text of")
        await it.terminal.shows("Allow for this workspace")
        assert it.provider.questions == []
        await take(it.terminal, "Allow")
        await it.terminal.shows("tierlsp: explained by work/small")
        assert len(it.provider.questions) == 1


async def test_an_edit_is_made_and_is_one_undo_step() -> None:
    async with kakoune(f"{TEXT}\n", lambda body: fenced(SHORT)) as it:
        await it.terminal.shows("def area")
        await pick(it.terminal, "Simplify this function")
        await it.terminal.shows("math.pi * radius * radius")
        await saved(it, f"{with_function(SHORT)}\n")
        await it.terminal.types("u")
        await it.terminal.shows("math.pi * raduis ** 2")
