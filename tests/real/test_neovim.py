"""A real Neovim with the folder `editors/nvim`, set up as the README says: what a person sees, and what is in the file.

The model is a stand-in that says what the test wants, but for the last part, which has a real `llama-server`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.real.by_heart import knows, shown
from tests.real.conftest import LlamaServer
from tests.real.home import Home, new_home
from tests.real.neovim import Neovim, open_neovim
from tests.real.programs import need
from tests.real.terminal import open_terminal
from tests.real.waiting import eventually
from tests.servers.fake_ollama import Answer, FakeOllama

pytestmark = pytest.mark.real

SHAPES = "def area(width, height):\n    return width * height\n\n\ndef perimeter(width, height):\n"
LINE = "    return 2 * (width + height)"
"""The line that the model knows to come next."""

BLOCK = "sides = [width, height]\n    return 2 * sum(sides)"

WHOLE_BLOCKS = "[completion]\nbudgetMs = 5000\n"
"""Wait for the end of a block, on a busy machine too; usually its first line is shown when time is up."""

ALONE = '[completion]\nfallback = "none"\n'
"""Only the model: on a busy machine the embedded completer would say something where a slow model says nothing."""


@asynccontextmanager
async def neovim(
    home: Home, text: str = SHAPES, *, lua: str = "", file: str = "shapes.py", init: str | None = None
) -> AsyncIterator[Neovim]:
    """Open a file in a Neovim set up as the README says or by `init`, with `lua` added, and wait for the server."""
    program = need("nvim", (0, 12))
    init = home.from_readme("lua", "vim.lsp.enable") if init is None else init
    home.write(home.config / "nvim" / "init.lua", init + lua)
    async with open_neovim(program, home, home.write(home.project / file, text)) as nvim:
        await nvim.attached()
        yield nvim
        if nvim.process.returncode is None:
            assert await nvim.lua("return vim.v.errmsg") == "", await nvim.describe()


@asynccontextmanager
async def desk(
    answer: Answer, text: str = SHAPES, *, lua: str = "", settings: str = ""
) -> AsyncIterator[tuple[Neovim, FakeOllama]]:
    """Neovim, the server, and an Ollama that gives the answers of `answer`."""
    with new_home() as home:
        async with FakeOllama(answer) as ollama:
            home.settle(f'{settings}\n[backends.ollama]\nbaseUrl = "{ollama.url}"\n')
            async with neovim(home, text, lua=lua) as nvim:
                yield nvim, ollama


async def until_in_step(nvim: Neovim, ollama: FakeOllama) -> None:
    """Wait until the model was shown exactly what is in the buffer: then the server's document is the editor's."""
    text = await nvim.text()

    async def look() -> str:
        return "".join(shown(ollama.requests[-1])) if ollama.requests else ""

    # The file's last line end is no line of the buffer.
    await eventually(look, lambda seen: seen == f"{text}\n", f"the model to be shown {text!r}", nvim.describe)


async def until_outcome(nvim: Neovim, outcome: str) -> None:
    """Wait until a request has ended as `outcome`."""

    async def look() -> dict[str, int]:
        outcomes: dict[str, int] = (await nvim.doctor())["outcomes"]
        return outcomes

    await eventually(look, lambda seen: outcome in seen, f"the outcome {outcome!r}", nvim.describe)


# What is shown, and what accepting it does.


async def test_the_ghost_text_is_the_rest_of_the_line_and_tab_takes_it() -> None:
    async with desk(knows(SHAPES + LINE + "\n"), settings=ALONE) as (nvim, ollama):
        await nvim.press_in_insert("Goret")
        await nvim.until_ghost("urn 2 * (width + height)")
        await nvim.keys("<Tab>")
        await nvim.until_text(SHAPES + LINE)
        assert await nvim.ghost() == ""
        assert (await nvim.doctor())["accepted"] == 1
        await nvim.press_in_insert(" + 0")
        await until_in_step(nvim, ollama)


async def test_without_ghost_text_tab_is_tab() -> None:
    async with desk(knows(), settings=ALONE) as (nvim, ollama):
        await nvim.press_in_insert("GoX")
        await until_in_step(nvim, ollama)
        await nvim.keys("<Tab>Y")
        await nvim.until_text(f"{SHAPES}    X   Y")


async def test_a_block_is_shown_below_the_line_and_inserted_whole() -> None:
    async with desk(knows(f"{SHAPES}    {BLOCK}\n"), settings=WHOLE_BLOCKS) as (nvim, _):
        await nvim.press_in_insert("Go")
        await nvim.until_ghost(BLOCK)
        await nvim.keys("<Tab>")
        await nvim.until_text(f"{SHAPES}    {BLOCK}")


async def test_typing_along_asks_no_model() -> None:
    async with desk(knows(SHAPES + LINE + "\n")) as (nvim, ollama):
        await nvim.press_in_insert("Goret")
        await nvim.until_ghost("urn 2 * (width + height)")
        for typed, left in (("u", "rn 2 * (width + height)"), ("rn 2", " * (width + height)")):
            await nvim.press_in_insert(typed)
            await nvim.until_ghost(left)
        # The plugin cuts what it shows by itself; the server has its say as well.
        await until_outcome(nvim, "typed")
        assert len(ollama.asked) == 1


async def test_positions_count_bytes_where_letters_have_several() -> None:
    text = 'def greet(name):\n    return "👋🏽 wörld, " + name.upper()\n'
    head, line, _ = text.split("\n")
    async with desk(knows(text), f"{head}\n") as (nvim, ollama):
        await nvim.press_in_insert(f"Go{line.strip()[:-11]}")
        await nvim.until_ghost("name.upper()"[1:])
        # Two of the letters are typed along before it is taken.
        await nvim.keys("am<Tab>")
        await nvim.until_text(text.rstrip("\n"))
        await nvim.press_in_insert("  # 🎉 ")
        await until_in_step(nvim, ollama)


# Accepting while the editor's view of the ghost text is behind what was typed.


async def test_what_was_typed_along_is_not_left_behind_the_insertion() -> None:
    async with desk(knows(SHAPES + LINE + "\n")) as (nvim, _):
        await nvim.press_in_insert("Goret")
        await nvim.until_ghost("urn 2 * (width + height)")
        # In one go: the server has no time to say anything new.
        await nvim.keys("urn<Tab>")
        await nvim.until_text(SHAPES + LINE)


async def test_a_line_end_typed_along_is_not_left_behind_the_insertion() -> None:
    async with desk(knows(f"{SHAPES}    {BLOCK}\n"), settings=WHOLE_BLOCKS) as (nvim, _):
        await nvim.press_in_insert("Go")
        await nvim.until_ghost(BLOCK)
        await nvim.keys("sides = [width, height]<CR>ret<Tab>")
        await nvim.until_text(f"{SHAPES}    {BLOCK}")


async def test_text_that_goes_another_way_is_left_alone() -> None:
    async with desk(knows(SHAPES + LINE + "\n"), settings=ALONE) as (nvim, ollama):
        await nvim.press_in_insert("Goret")
        await nvim.until_ghost("urn 2 * (width + height)")
        # Nothing is shown any more when the key comes, so it does what it does otherwise.
        await nvim.keys("ain<Tab>")
        await nvim.press_in_insert("!")
        await nvim.until_text(f"{SHAPES}    retain  !")
        await nvim.until_ghost("")
        await until_in_step(nvim, ollama)


async def test_a_ghost_text_can_be_taken_right_after_going_back() -> None:
    async with desk(knows(SHAPES + LINE + "\n")) as (nvim, _):
        await nvim.press_in_insert("Goret")
        await nvim.until_ghost("urn 2 * (width + height)")
        await nvim.keys("<BS><BS><Tab>")
        await nvim.until_text(SHAPES + LINE)


CLOSING = "\nvim.keymap.set('i', '(', '()<Left>')\n"
"""What plugins that close brackets do."""

CALL = "    return sum((width, height))"


async def test_a_bracket_that_a_plugin_closed_meanwhile_is_replaced() -> None:
    async with desk(knows(f"{SHAPES}{CALL}\n"), lua=CLOSING) as (nvim, _):
        await nvim.press_in_insert("Goret")
        await nvim.until_ghost("urn sum((width, height))")
        await nvim.keys("urn sum((wi<Tab>")
        await nvim.until_text(SHAPES + CALL)


async def test_a_bracket_that_a_plugin_closed_before_is_replaced_wherever_it_has_moved() -> None:
    async with desk(knows(f"{SHAPES}{CALL}\n"), lua=CLOSING) as (nvim, _):
        await nvim.press_in_insert("Goret")
        await nvim.until_ghost("urn sum((width, height))")
        await nvim.press_in_insert("urn sum(")
        # It is drawn around the bracket that is there.
        await nvim.until_ghost("(width, height)")
        await nvim.keys("(wi<Tab>")
        await nvim.until_text(SHAPES + CALL)


async def test_text_behind_the_cursor_stays_when_a_ghost_text_is_taken_after_going_back() -> None:
    text = f"{SHAPES}    return 2 * (width + height)  # twice\n"
    start = f"{SHAPES}      # twice\n"
    async with desk(knows(text), start) as (nvim, _):
        await nvim.press_in_insert("G0lllliret")
        await nvim.until_ghost("urn 2 * (width + height)")
        await nvim.keys("<BS><Tab>")
        await nvim.until_text(text.rstrip("\n"))


# Undo.


async def test_one_undo_takes_back_the_ghost_text_and_nothing_that_was_typed() -> None:
    async with desk(knows(SHAPES + LINE + "\n")) as (nvim, ollama):
        await nvim.press_in_insert("Goret")
        await nvim.until_ghost("urn 2 * (width + height)")
        await nvim.keys("<Tab>")
        await nvim.until_text(SHAPES + LINE)
        await nvim.escape()
        await nvim.keys("u")
        await nvim.until_text(f"{SHAPES}    ret")
        await nvim.keys("<C-r>")
        await nvim.until_text(SHAPES + LINE)
        await nvim.keys("u")
        await nvim.until_text(f"{SHAPES}    ret")
        await nvim.press_in_insert("A x")
        await until_in_step(nvim, ollama)


async def test_accepting_leaves_the_undo_setting_of_other_buffers_alone() -> None:
    async with desk(knows(SHAPES + LINE + "\n")) as (nvim, _):
        await nvim.lua("vim.bo.undolevels = 77")
        before = await nvim.lua("return vim.go.undolevels")
        await nvim.press_in_insert("Goret")
        await nvim.until_ghost("urn 2 * (width + height)")
        await nvim.keys("<Tab>")
        await nvim.until_text(SHAPES + LINE)
        assert await nvim.lua("return vim.go.undolevels") == before
        assert await nvim.lua("return vim.bo.undolevels") == 77


# What must not stay on the screen.


async def test_a_ghost_text_goes_when_there_is_nothing_to_say_any_more() -> None:
    async with desk(knows(SHAPES + LINE + "\n"), settings=ALONE) as (nvim, ollama):
        await nvim.press_in_insert("Goret")
        await nvim.until_ghost("urn 2 * (width + height)")
        await nvim.press_in_insert(" =")
        await until_in_step(nvim, ollama)
        await nvim.until_ghost("")


async def test_an_answer_that_was_overtaken_is_never_shown() -> None:
    may_answer = asyncio.Event()

    async def slowly() -> AsyncIterator[str]:
        await may_answer.wait()
        yield "urn 2 * (width + height)"

    def answer(request: dict[str, Any]) -> Any:
        return slowly() if shown(request)[0].endswith("    ret") else "width * 2"

    async with desk(answer) as (nvim, ollama):
        await nvim.press_in_insert("Goret")
        await until_in_step(nvim, ollama)
        await nvim.press_in_insert("<BS><BS><BS>sides = ")
        await nvim.until_ghost("width * 2")
        may_answer.set()
        await until_outcome(nvim, "stale")
        assert await nvim.ghost() == "width * 2"
        await nvim.keys("<Tab>")
        await nvim.until_text(f"{SHAPES}    sides = width * 2")


# Settings.


async def test_settings_of_the_editor_count_and_can_change() -> None:
    off = "\nvim.lsp.config('tierlsp', { settings = { tierlsp = { completion = { enabled = false } } } })\n"
    async with desk(knows(SHAPES + LINE + "\n"), lua=off) as (nvim, ollama):
        # When the second answer comes, the server has read the settings that it asks for at its start.
        await nvim.doctor()
        await nvim.doctor()
        await nvim.press_in_insert("Goret")
        await until_outcome(nvim, "gated")
        assert ollama.requests == []
        assert await nvim.ghost() == ""
        await nvim.lua(
            "local c = vim.lsp.get_clients({ name = 'tierlsp' })[1];"
            "c.settings.tierlsp.completion.enabled = true;"
            "c:notify('workspace/didChangeConfiguration', { settings = c.settings })"
        )
        await nvim.doctor()
        await nvim.doctor()
        await nvim.press_in_insert("u")
        await nvim.until_ghost("rn 2 * (width + height)")


# The end.


async def test_the_server_ends_with_the_editor() -> None:
    async with desk(knows()) as (nvim, _):
        assert len(nvim.home.servers()) == 1
        await nvim.quit()
        await nvim.home.no_servers()


async def test_the_server_ends_when_the_editor_is_killed() -> None:
    async with desk(knows()) as (nvim, _):
        assert len(nvim.home.servers()) == 1
        nvim.process.kill()
        await nvim.home.no_servers()


# The whole way, with nothing made up.


async def test_it_is_on_the_screen() -> None:
    tmux = need("tmux")
    async with desk(knows(SHAPES + LINE + "\n")) as (nvim, _):
        client = [nvim.program, "--server", str(nvim.socket), "--remote-ui"]
        async with open_terminal(tmux, nvim.home, client, nvim.home.project) as terminal:
            await terminal.shows("def perimeter")
            await terminal.types("Goret")
            await terminal.shows(LINE)
            assert await nvim.text() == f"{SHAPES}    ret", "what is on the screen is not in the file yet"
            await terminal.presses("Tab")
            await nvim.until_text(SHAPES + LINE)
            await terminal.shows(LINE)


@pytest.mark.parametrize("typed", ["Goreturn ", "Go", "ggOimport "])
async def test_a_real_model_writes_into_a_real_editor(llama_server: LlamaServer, typed: str) -> None:
    with new_home() as home:
        home.settle(
            '[completion]\nmodel = "llamacpp/tiny-q8_0"\nfallback = "none"\npatienceMs = 10000\n'
            f'[backends.llamacpp]\nbaseUrl = "{llama_server.url}"\n'
        )
        async with neovim(home) as nvim:
            await nvim.press_in_insert(typed)
            await take_ghost(nvim)


async def test_without_a_model_the_open_file_is_learnt_from() -> None:
    tests = [f"def test_{name}(client):\n    reply = client.get('/{name}')\n    assert reply.ok\n" for name in "abcd"]
    with new_home() as home:
        # Nothing listens at this port.
        home.settle('[backends.ollama]\nbaseUrl = "http://127.0.0.1:9"\n')
        async with neovim(home, "\n\n".join(tests)) as nvim:
            await nvim.press_in_insert("Godef test_e(client):<CR>reply = client.get('/e')<CR>assert re")
            assert (await take_ghost(nvim)).startswith("ply")
            assert await nvim.messages() == "", "nobody who has no model needs to be told so"


async def take_ghost(nvim: Neovim) -> str:
    """Wait for a ghost text, take it, and wait until the buffer has exactly that more at the cursor."""
    lines = (await nvim.text()).split("\n")
    line = await nvim.lua("return vim.fn.line('.') - 1")
    ghost = await nvim.take_ghost()
    lines[line] += ghost
    await nvim.until_text("\n".join(lines))
    assert (await nvim.doctor())["accepted"] == 1
    return ghost
