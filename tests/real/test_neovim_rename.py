"""A name that was chosen, in a real Neovim beside another server that renames: who gives it, and what is told."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.real.home import REPOSITORY
from tests.real.neovim import Neovim
from tests.real.test_neovim_actions import ALLOWED, HOOKS, MENDED, actor, ends
from tests.real.test_neovim_each_action import Script, done
from tests.real.waiting import eventually
from tests.servers.fake_chat import FakeChat

pytestmark = pytest.mark.real


BESIDE = f"""
vim.lsp.config('other', {{
  cmd = {{ '{sys.executable}', '-m', 'tests.servers.other_server', '--delay-ms', 'DELAY' }},
  cmd_env = {{ PYTHONPATH = '{REPOSITORY}' }},
  filetypes = {{ 'python' }},
}})
vim.lsp.enable('other')
"""
"""Another server for the same files, which renames."""

OPENED = """
local other = vim.lsp.get_clients({ name = 'other', bufnr = 0 })[1]
return other ~= nil and #vim.diagnostic.get(0, { namespace = vim.lsp.diagnostic.get_namespace(other.id) }) > 0
"""
"""Whether the other server has read the document, and complained about its mistake."""

RENAMER = "return #vim.lsp.get_clients({ name = 'other', bufnr = 0, method = 'textDocument/rename' })"


@asynccontextmanager
async def beside(answers: str, *, delay_ms: int = 0) -> AsyncIterator[tuple[Neovim, FakeChat, Script]]:
    """Neovim with another server that renames, another file that has the name, and a person who picks `answers`."""
    script = Script("metres\ntaken")
    lua = HOOKS + BESIDE.replace("DELAY", str(delay_ms))
    async with actor(script, lua=lua, more=ALLOWED) as (nvim, provider):
        nvim.home.write(nvim.home.project / "other.py", "from area import area\n\nprint(area(radius=2))\n")
        # Neovim tells a server of a change before it has opened the document there, if the two come together.
        await eventually(lambda: nvim.lua(OPENED), bool, "the other server's diagnostic", nvim.describe)
        await nvim.lua("vim.api.nvim_buf_set_text(0, 4, 21, 4, 27, { 'radius' })")
        await nvim.until_text(MENDED)
        await nvim.lua(f"_G.answers = {{ 'Ask the cheap tier', {answers} }}")
        await eventually(lambda: nvim.lua(RENAMER), bool, "the other server", nvim.describe)
        yield nvim, provider, script


async def test_a_name_is_given_by_the_server_that_knows_the_other_files() -> None:
    async with beside("'metres'") as (nvim, provider, _):
        await nvim.keys("4G10|:Tierlsp names<CR>")
        await nvim.until_text(MENDED.replace("radius", "metres"))
        end = await done(nvim, 3, "names")
        assert "in 3 places of 2 files by the rename of other" in end["message"]
        assert (end["usd"], len(provider.questions)) == (0, 1)
        # Its words are the only ones, and the other file is changed in the editor alone, as by its own rename.
        said = await nvim.messages()
        assert said.count("renamed") == 1, said
        await nvim.keys("u")
        await nvim.until_text(MENDED)
        await nvim.keys(":edit other.py<CR>")
        await eventually(nvim.text, lambda seen: "area(metres=2)" in seen, "the other file", nvim.describe)


async def test_why_the_other_server_refuses_is_told_and_nothing_is_changed() -> None:
    async with beside("'taken'") as (nvim, _, _):
        await nvim.keys("4G10|:Tierlsp names<CR>")
        end = (await ends(nvim, 3))[2]
        assert (end["outcome"], "other: taken is there already" in end["message"]) == ("failed", True), end
        assert await nvim.text() == MENDED


async def test_what_the_other_server_does_not_rename_is_refused_before_it_is_asked() -> None:
    async with beside("'numbers'") as (nvim, _, script):
        script.reply = "numbers"
        await nvim.keys("1G8|:Tierlsp names<CR>")
        end = (await ends(nvim, 3))[2]
        assert (end["outcome"], "nothing to rename" in end["message"]) == ("failed", True), end
        assert await nvim.text() == MENDED


async def test_a_rename_that_comes_after_the_action_was_cancelled_changes_nothing() -> None:
    async with beside("'metres'", delay_ms=1000) as (nvim, _, _):
        renames = "return vim.tbl_count(vim.lsp.get_clients({ name = 'other' })[1].requests)"
        await nvim.keys("4G10|:Tierlsp names<CR>")
        await ends(nvim, 2)
        await eventually(lambda: nvim.lua(renames), bool, "the other server to be asked", nvim.describe)
        await nvim.keys(":Tierlsp cancel<CR>")
        assert (await ends(nvim, 3))[2]["outcome"] == "cancelled"
        await eventually(lambda: nvim.lua(renames), lambda seen: not seen, "its answer", nvim.describe)
        assert await nvim.text() == MENDED
        assert len(await ends(nvim, 3)) == 3
