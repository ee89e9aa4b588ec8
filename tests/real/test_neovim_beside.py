"""Ghost text in a real Neovim beside menus that open by themselves: of words in the buffer, of another server."""

from __future__ import annotations

import shlex
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.real.by_heart import knows
from tests.real.home import REPOSITORY, new_home
from tests.real.neovim import Neovim
from tests.real.programs import need
from tests.real.terminal import open_terminal
from tests.real.test_neovim import LINE, SHAPES, desk, neovim
from tests.real.test_neovim_ghost import REST, until_menu
from tests.real.waiting import eventually
from tests.servers.fake_ollama import FakeOllama
from tests.servers.other_server import ITEM

pytestmark = pytest.mark.real

WORDS = "\nvim.o.autocomplete, vim.o.complete, vim.o.completeopt = true, '.', 'menuone,noselect'\n"
"""Neovim's own completion as one types, from the words of the buffer."""

OTHER = """
vim.lsp.config('other', { cmd = { '%s' }, filetypes = { 'python' }, root_markers = { '.git' } })
vim.lsp.enable('other')
vim.o.autocomplete, vim.o.complete, vim.o.completeopt = true, 'o', 'menuone,noselect'
"""
"""The same from what another server offers."""

OTTER = "    otter = width"


@asynccontextmanager
async def beside_other() -> AsyncIterator[Neovim]:
    """Neovim with our server, which knows the line `OTTER`, and the other one, which offers an entry for `ot`."""
    with new_home() as home:
        program = home.write(
            home.root / "other",
            f"#!/bin/sh\nexport PYTHONPATH={shlex.quote(str(REPOSITORY))}\n"
            f"exec {shlex.quote(sys.executable)} -m tests.servers.other_server\n",
        )
        program.chmod(0o755)
        async with FakeOllama(knows(f"{SHAPES}{OTTER}\n")) as ollama:
            home.settle(f'[backends.ollama]\nbaseUrl = "{ollama.url}"\n')
            async with neovim(home, lua=OTHER % program) as nvim:
                code = "local c = vim.lsp.get_clients({ name = 'other' })[1]; return c ~= nil and c.initialized == true"
                await eventually(lambda: nvim.lua(code), bool, "the other server", nvim.describe)
                yield nvim


async def entries(nvim: Neovim) -> list[str]:
    """Return the entries of the menu."""
    found: list[str] = await nvim.lua(
        "return vim.tbl_map(function(item) return item.word end, vim.fn.complete_info({ 'items' }).items)"
    )
    return found


async def until_entry(nvim: Neovim, entry: str) -> None:
    await eventually(lambda: entries(nvim), lambda seen: entry in seen, f"the entry {entry!r}", nvim.describe)


async def test_a_menu_of_words_and_the_ghost_text_come_together_and_each_can_be_taken() -> None:
    async with desk(knows(f"{SHAPES}{LINE}\n"), lua=WORDS) as (nvim, _):
        await nvim.keys("Goret")
        await until_menu(nvim)
        await until_entry(nvim, "return")
        await nvim.until_ghost(REST)
        await nvim.keys("u")
        await nvim.until_ghost(REST[1:])
        await nvim.keys("<Tab>")
        await nvim.until_text(SHAPES + LINE)
        await nvim.keys("<Esc>ccret")
        await until_entry(nvim, "return")
        await nvim.keys("<C-n><C-y>")
        await nvim.until_text(f"{SHAPES}    return")
        await nvim.until_ghost(REST[3:])


async def test_a_text_is_taken_while_the_menu_opens_and_closes_at_each_key() -> None:
    async with desk(knows(f"{SHAPES}{LINE}\n"), lua=WORDS) as (nvim, _):
        await nvim.keys("Goret")
        await nvim.until_ghost(REST)
        # In one go: no key waits for the menu.
        await nvim.keys("urn 2 * (wi<Tab>  # done")
        await nvim.until_text(f"{SHAPES}{LINE}  # done")


async def test_the_entries_of_another_server_stay_beside_the_ghost_text() -> None:
    async with beside_other() as nvim:
        await nvim.keys("Goot")
        await until_entry(nvim, ITEM)
        await nvim.until_ghost("ter = width")
        # An entry that is in the text takes the ghost text's place …
        await nvim.keys("<C-n>")
        await nvim.until_text(f"{SHAPES}    {ITEM}")
        await nvim.until_ghost("")
        # … and leaves it again.
        await nvim.keys("<C-p>")
        await nvim.until_text(f"{SHAPES}    ot")
        await nvim.until_ghost("ter = width")
        await nvim.keys("<Tab>")
        await nvim.until_text(SHAPES + OTTER)


async def test_both_are_on_the_screen() -> None:
    tmux = need("tmux")
    async with beside_other() as nvim:
        client = [nvim.program, "--server", str(nvim.socket), "--remote-ui"]
        async with open_terminal(tmux, nvim.home, client, nvim.home.project) as terminal:
            await terminal.shows("def perimeter")
            await terminal.types("Goot")
            await terminal.shows(OTTER)
            await terminal.shows(ITEM)
            await terminal.presses("Tab")
            await nvim.until_text(SHAPES + OTTER)
            await terminal.hides(ITEM)
