"""The ghost text of the Neovim plugin beyond taking it whole: parts of it, sending it away, other plugins' menus."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.real.by_heart import knows
from tests.real.home import REPOSITORY, new_home
from tests.real.neovim import Neovim
from tests.real.test_neovim import ALONE, BLOCK, LINE, SHAPES, WHOLE_BLOCKS, desk, neovim, until_outcome
from tests.real.waiting import eventually
from tests.servers.fake_ollama import Answer, FakeOllama

pytestmark = pytest.mark.real

KEYS = """
local names = { ['<M-w>'] = 'accept_word', ['<M-l>'] = 'accept_line', ['<M-d>'] = 'dismiss', ['<M-a>'] = 'ask',
  ['<M-n>'] = 'next', ['<M-p>'] = 'previous' }
for key, name in pairs(names) do
  vim.keymap.set('i', key, function() return require('tierlsp')[name]() and '' or key end, { expr = true })
end
"""

REST = "urn 2 * (width + height)"
KNOWN = knows(SHAPES + LINE + "\n")


def in_two(first: str, rest: str, more: asyncio.Event) -> Answer:
    """Return the answer of a model that says `first`, and `rest` when `more` is set."""

    async def answer() -> AsyncIterator[str]:
        yield first
        # The blank says that the last word is whole.
        yield rest[0]
        await more.wait()
        yield rest[1:]

    return lambda request: answer()


async def until_asked_twice(nvim: Neovim) -> None:
    """Wait until the editor has asked again and has its answer."""

    async def look() -> int:
        return sum((await nvim.doctor())["outcomes"].values())

    await eventually(look, lambda seen: seen > 1, "a second question", nvim.describe)


async def test_one_word_after_the_other_can_be_taken() -> None:
    async with desk(KNOWN, lua=KEYS, settings=ALONE) as (nvim, _):
        await nvim.press_in_insert("Goret")
        await nvim.until_ghost(REST)
        for taken, left in (
            ("urn", " 2 * (width + height)"),
            (" 2", " * (width + height)"),
            (" *", " (width + height)"),
        ):
            before = await nvim.text()
            await nvim.keys("<M-w>")
            await nvim.until_text(before + taken)
            await nvim.until_ghost(left)
        await nvim.keys("<M-w><M-w><M-w><M-w><M-w>")
        await nvim.until_text(SHAPES + LINE)
        await nvim.until_ghost("")
        assert (await nvim.doctor())["accepted"] == 1


async def test_one_line_after_the_other_can_be_taken() -> None:
    first, second = BLOCK.split("\n")
    async with desk(knows(f"{SHAPES}    {BLOCK}\n"), lua=KEYS, settings=WHOLE_BLOCKS) as (nvim, _):
        await nvim.press_in_insert("Go")
        await nvim.until_ghost(BLOCK)
        await nvim.keys("<M-l>")
        await nvim.until_text(f"{SHAPES}    {first}")
        await nvim.until_ghost(f"\n{second}")
        await nvim.keys("<M-l>")
        await nvim.until_text(f"{SHAPES}    {BLOCK}")


async def test_a_word_that_holds_a_bracket_closed_by_a_plugin_replaces_it() -> None:
    call = "    return sum((width, height))"
    closing = "\nvim.keymap.set('i', '(', '()<Left>')\n"
    async with desk(knows(f"{SHAPES}{call}\n"), lua=KEYS + closing, settings=ALONE) as (nvim, _):
        await nvim.press_in_insert("Goret")
        await nvim.until_ghost("urn sum((width, height))")
        await nvim.press_in_insert("urn sum((")
        await nvim.until_ghost("width, height")
        # The brackets of its end are there already.
        await nvim.keys("<M-w><M-w><M-w>")
        await nvim.until_text(SHAPES + call)
        await nvim.until_ghost("")
        assert (await nvim.doctor())["accepted"] == 1


async def test_a_word_at_the_end_of_a_line_leaves_the_line_end_there() -> None:
    block = "if width:\n        print(width)"
    async with desk(knows(f"{SHAPES}    {block}\n"), lua=KEYS, settings=WHOLE_BLOCKS) as (nvim, _):
        await nvim.press_in_insert("Go")
        await nvim.until_ghost(block)
        await nvim.keys("<M-w><M-w><M-w>")
        await nvim.until_text(f"{SHAPES}    if width:")
        await nvim.until_ghost("\n        print(width)")


async def test_each_part_is_an_undo_step_of_its_own() -> None:
    async with desk(KNOWN, lua=KEYS) as (nvim, _):
        await nvim.press_in_insert("Goret")
        await nvim.until_ghost(REST)
        await nvim.keys("<M-w><M-w>")
        await nvim.until_text(f"{SHAPES}    return 2")
        await nvim.press_in_insert("0")
        await nvim.escape()
        for text in ("    return 2", "    return", "    ret"):
            await nvim.keys("u")
            await nvim.until_text(SHAPES + text)


ALIKE = "\n\n".join(
    f"def test_{name}(client):\n    reply = client.get('/{name}')\n    assert reply.ok\n" for name in "abcd"
)
"""The embedded completer is sure how the next test goes on."""


async def test_another_text_can_be_looked_at_chosen_and_typed_along() -> None:
    begun = f"{ALIKE}\n\ndef test_e(client):\n    reply = client.get('/e')\n"
    async with desk(knows(f"{begun}    assert reply.status == 200\n"), begun, lua=KEYS) as (nvim, ollama):
        await nvim.press_in_insert("Goassert re")
        # The embedded completer comes first where the model takes longer than it may, and what the model says later may
        # take its place.
        await eventually(lambda: _written(ollama), bool, "the model to come to its end", nvim.describe)
        for _ in range(2):
            await nvim.doctor()
        first = await nvim.some_ghost()
        texts = ["ply.ok", "ply.status == 200"]
        second = texts[1 - texts.index(first)]
        await nvim.keys("<M-n>")
        await nvim.until_ghost(second)
        asked = len(ollama.asked)
        for key, text in (("<M-n>", first), ("<M-p>", second)) if second == "ply.ok" else (("<M-n>", first),):
            await nvim.keys(key)
            await nvim.until_ghost(text)
        assert len(ollama.asked) == asked, "looking costs no model's time"
        await nvim.press_in_insert("ply")
        await nvim.until_ghost(".ok")
        await nvim.doctor()
        assert await nvim.ghost() == ".ok", "what was chosen stays"
        await nvim.keys("<Tab>")
        await nvim.until_text(f"{begun}    assert reply.ok")


async def _written(ollama: FakeOllama) -> bool:
    return ollama.finished > 0 and not ollama.running


async def test_where_there_is_one_text_only_the_next_is_the_same() -> None:
    async with desk(KNOWN, lua=KEYS, settings=ALONE) as (nvim, _):
        await nvim.press_in_insert("Goret")
        await nvim.until_ghost(REST)
        await nvim.keys("<M-n>")
        await nvim.doctor()
        await nvim.until_ghost(REST)
        await nvim.keys("<Tab>")
        await nvim.until_text(SHAPES + LINE)


async def test_keys_typed_right_behind_the_accept_come_behind_the_text() -> None:
    async with desk(KNOWN, lua=KEYS) as (nvim, _):
        await nvim.press_in_insert("Goret")
        await nvim.until_ghost(REST)
        await nvim.keys("<Tab>  # done")
        await nvim.until_text(f"{SHAPES}{LINE}  # done")


async def test_a_text_that_was_sent_away_stays_away_while_it_is_typed_along() -> None:
    async with desk(KNOWN, lua=KEYS) as (nvim, _):
        await nvim.press_in_insert("Goret")
        await nvim.until_ghost(REST)
        await nvim.keys("<M-d>")
        await nvim.until_ghost("")
        await nvim.press_in_insert("u")
        await until_outcome(nvim, "typed")
        assert await nvim.ghost() == ""
        await nvim.keys("<Tab>x")
        await nvim.until_text(f"{SHAPES}    retu    x")


async def test_a_text_grows_while_nobody_types() -> None:
    more = asyncio.Event()
    async with desk(in_two("return", " 2 * (width + height)\n", more), lua=KEYS, settings=ALONE) as (nvim, _):
        await nvim.press_in_insert("Go")
        await nvim.until_ghost("return")
        more.set()
        await nvim.until_ghost("return 2 * (width + height)")
        await nvim.keys("<Tab>")
        await nvim.until_text(SHAPES + LINE)


async def test_a_text_that_was_sent_away_does_not_come_back_when_there_is_more_of_it() -> None:
    more = asyncio.Event()
    async with desk(in_two("return", " 2 * (width + height)\n", more), lua=KEYS, settings=ALONE) as (nvim, _):
        await nvim.press_in_insert("Go")
        await nvim.until_ghost("return")
        await nvim.keys("<M-d>")
        await nvim.until_ghost("")
        more.set()
        await until_asked_twice(nvim)
        assert await nvim.ghost() == ""
        await nvim.keys("<M-a>")
        await nvim.until_ghost("return 2 * (width + height)")


async def test_it_can_be_switched_off_and_on_again() -> None:
    async with desk(KNOWN) as (nvim, ollama):
        await nvim.keys(":Tierlsp toggle<CR>")
        await nvim.press_in_insert("Goret")
        assert not await nvim.lua("return require('tierlsp').is_visible()")
        assert ollama.requests == []
        await nvim.keys("<Esc>:Tierlsp toggle<CR>")
        await nvim.press_in_insert("A")
        await nvim.until_ghost(REST)


async def test_a_buffer_can_go_without() -> None:
    async with desk(KNOWN) as (nvim, ollama):
        await nvim.lua("vim.b.tierlsp_enabled = false")
        await nvim.press_in_insert("Goret")
        await nvim.doctor()
        assert ollama.requests == []
        await nvim.lua("vim.b.tierlsp_enabled = true")
        await nvim.press_in_insert("u")
        await nvim.until_ghost(REST[1:])


async def test_a_text_can_be_asked_for_where_nothing_comes_by_itself() -> None:
    async with desk(KNOWN, lua=KEYS, settings='[completion]\ntrigger = "manual"\n') as (nvim, ollama):
        await nvim.press_in_insert("Goret")
        await until_outcome(nvim, "gated")
        assert ollama.requests == []
        await nvim.keys("<M-a>")
        await nvim.until_ghost(REST)


async def test_the_built_in_shows_nothing_beside_it() -> None:
    both = "\nvim.lsp.inline_completion.enable(true)\n"
    async with desk(KNOWN, lua=both) as (nvim, _):
        await nvim.press_in_insert("Goret")
        await nvim.until_ghost(REST)
        assert not await nvim.lua(
            "local c = vim.lsp.get_clients({ name = 'tierlsp' })[1];"
            "return vim.lsp.inline_completion.is_enabled({ client_id = c.id, bufnr = 0 })"
        )


async def test_the_built_in_takes_over_on_demand_with_its_accept_repaired() -> None:
    chosen = "\nrequire('tierlsp').setup({ ghost = 'builtin', cmd = vim.lsp.config.tierlsp.cmd })\n"
    async with desk(KNOWN, lua=chosen) as (nvim, _):
        await nvim.press_in_insert("Goret")
        await nvim.until_ghost(REST)
        assert not await nvim.lua("return require('tierlsp').is_visible()")
        # Neovim 0.12.4 by itself would leave what was typed along behind the insertion.
        await nvim.keys("urn<Tab>")
        await nvim.until_text(SHAPES + LINE)


NATIVE = "\nvim.o.completeopt, vim.o.complete = 'menuone,noselect', '.'\n"


async def until_menu(nvim: Neovim) -> None:
    await eventually(lambda: nvim.lua("return vim.fn.pumvisible()"), bool, "the menu", nvim.describe)


async def test_nothing_is_asked_while_an_entry_of_the_menu_is_in_the_text() -> None:
    async with desk(KNOWN, "ret_value = 1\n" + SHAPES, lua=NATIVE) as (nvim, ollama):
        await nvim.lua("vim.b.tierlsp_enabled = false")
        await nvim.press_in_insert("Goret")
        await nvim.keys("<C-n>")
        await until_menu(nvim)
        await nvim.lua("vim.b.tierlsp_enabled = true")
        await nvim.keys("<C-n>")
        await nvim.until_text(f"ret_value = 1\n{SHAPES}    ret_value")
        assert ollama.requests == []
        assert await nvim.ghost() == ""


async def test_it_stays_beside_the_native_menu_and_can_be_taken() -> None:
    async with desk(knows(f"retire = 1\n{SHAPES}{LINE}\n"), f"retire = 1\n{SHAPES}", lua=NATIVE) as (nvim, _):
        await nvim.press_in_insert("Goret")
        await nvim.until_ghost(REST)
        await nvim.keys("<C-n>")
        await until_menu(nvim)
        await nvim.until_ghost(REST)
        await nvim.keys("<Tab>")
        await nvim.until_text(f"retire = 1\n{SHAPES}{LINE}")


async def test_nothing_is_asked_while_a_macro_is_played() -> None:
    async with desk(KNOWN) as (nvim, ollama):
        await nvim.lua("vim.fn.setreg('q', 'ofirst()\\27osecond()\\27')")
        await nvim.keys("Go<Esc>3@q")
        await nvim.until_text(SHAPES + "\n    first()\n    second()" * 3)
        assert ollama.requests == []


# The other ways to set it up.


async def test_the_set_up_for_newcomers_has_its_keys() -> None:
    with new_home() as home:
        async with FakeOllama(KNOWN) as ollama:
            home.settle(f'[backends.ollama]\nbaseUrl = "{ollama.url}"\n')
            init = home.from_readme("lua", "setup", "docs/getting-started.md")
            async with neovim(home, init=init) as nvim:
                await nvim.press_in_insert("Goret")
                await nvim.until_ghost(REST)
                await nvim.keys("<M-Right>")
                await nvim.until_text(f"{SHAPES}    return")
                await nvim.keys("<C-]>")
                await nvim.until_ghost("")
                await nvim.keys("<Tab>x")
                await nvim.until_text(f"{SHAPES}    return  x")


async def test_the_server_configuration_works_without_the_plugin() -> None:
    with new_home() as home:
        async with FakeOllama(KNOWN) as ollama:
            home.settle(f'[backends.ollama]\nbaseUrl = "{ollama.url}"\n')
            shipped = (REPOSITORY / "editors" / "nvim" / "lsp" / "tierlsp.lua").read_text(encoding="utf-8")
            home.write(home.config / "nvim" / "lsp" / "tierlsp.lua", shipped)
            program = home.clone / ".venv" / "bin" / "tierlsp"
            init = f"vim.lsp.config('tierlsp', {{ cmd = {{ '{program}' }} }})\nvim.lsp.enable('tierlsp')\n"
            async with neovim(home, init=init) as nvim:
                await nvim.press_in_insert("Goret")
                await nvim.until_ghost(REST)
                assert not await nvim.lua("return package.loaded['tierlsp'] ~= nil")


def test_it_is_small() -> None:
    files = sorted((REPOSITORY / "editors" / "nvim" / "lua" / "tierlsp" / "ghost").glob("*.lua"))
    code = [
        line
        for file in files
        for line in file.read_text(encoding="utf-8").splitlines()
        if line.strip() and not line.strip().startswith("--")
    ]
    assert len(code) <= 310
