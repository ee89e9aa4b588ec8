"""Actions in a real Neovim with the plugin: commands and menu, questions, pages, edits, one end, the money."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.protocol.test_actions import config
from tests.real.by_heart import knows
from tests.real.home import new_home
from tests.real.neovim import Neovim
from tests.real.programs import need
from tests.real.terminal import open_terminal
from tests.real.test_neovim import LINE, SHAPES, desk, neovim, until_outcome
from tests.real.waiting import eventually
from tests.servers.fake_chat import Answer, FakeChat

pytestmark = pytest.mark.real

KEY = "sk-test-0123456789"
TEXT = "import math\n\n\ndef area(radius):\n    return math.pi * raduis ** 2\n\n\nprint(area(2))"
MENDED = TEXT.replace("raduis", "radius")
REPLY = "It is wrong.\n\n```python\ndef area(radius):\n    return math.pi * radius ** 2\n```\n"

HOOKS = """
_G.ends, _G.asked, _G.answers = {}, {}, {}
vim.api.nvim_create_autocmd('User', {
  pattern = 'TierlspFinished',
  callback = function(event) table.insert(_G.ends, event.data) end,
})
vim.ui.select = function(items, options, choose)
  table.insert(_G.asked, options.prompt)
  choose(_G.answers[#_G.asked] or items[#items - 1])
end
vim.ui.input = function(options, give)
  table.insert(_G.asked, options.prompt)
  give('Is it a circle?')
end
"""
"""Notes the ends of runs and the questions, and answers those with what the test says."""

PROBLEM = """
vim.diagnostic.set(vim.api.nvim_create_namespace('lint'), 0, {
  { lnum = 4, col = 21, end_col = 27, message = "undefined name 'raduis'", source = 'lint', severity = 1 },
})
"""

ALLOWED = '[privacy]\ncloud = "allow"\n'


@asynccontextmanager
async def actor(
    answer: Answer = lambda body: REPLY, *, lua: str = HOOKS, more: str = ALLOWED, file: str = "area.py"
) -> AsyncIterator[tuple[Neovim, FakeChat]]:
    """Neovim with a file that has a mistake on its fifth line, and a provider that gives the answers of `answer`."""
    with pytest.MonkeyPatch.context() as patch, new_home() as home:
        patch.setenv("WORK_KEY", KEY)
        async with FakeChat("litellm", answer) as provider:
            provider.key = KEY
            home.settle(config(provider, more))
            async with neovim(home, f"{TEXT}\n", lua=lua, file=file) as nvim:
                await nvim.lua(PROBLEM)
                await nvim.keys("5G21|")
                yield nvim, provider


async def ends(nvim: Neovim, count: int = 1) -> list[dict[str, Any]]:
    """Wait until `count` runs have ended, and return their ends."""

    async def look() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = await nvim.lua("return _G.ends")
        return found

    return await eventually(look, lambda seen: len(seen) >= count, f"{count} ends of runs", nvim.describe)


async def asked(nvim: Neovim) -> list[str]:
    questions: list[str] = await nvim.lua("return _G.asked")
    return questions


async def line(nvim: Neovim) -> str:
    return str(await nvim.lua("return require('tierlsp').statusline()"))


def menu(filter_: str) -> str:
    """Pick the code action whose title holds a text, as a person does with `gra`."""
    return (
        "vim.lsp.buf.code_action({ apply = true, filter = function(action) "
        f"return action.title:find('{filter_}', 1, true) ~= nil end }})"
    )


async def test_a_fix_from_the_menu_mends_the_file_and_is_one_undo_step() -> None:
    async with actor() as (nvim, provider):
        await nvim.lua(menu("Fix"))
        await nvim.until_text(MENDED)
        (end,) = await ends(nvim)
        assert (end["action"], end["outcome"], end["tier"], end["model"]) == ("fix", "done", "cheap", "work/small")
        assert end["usd"] > 0
        assert len(provider.questions) == 1
        await nvim.keys("u")
        await nvim.until_text(TEXT)


async def test_what_still_stands_after_an_edit_is_said_and_the_tier_above_can_try() -> None:
    useless = REPLY.replace("radius ** 2", "raduis ** 2.0")
    answers = iter([useless, REPLY])
    async with actor(lambda body: next(answers)) as (nvim, provider):
        await nvim.lua(menu("Fix"))
        await nvim.until_text(TEXT.replace("** 2\n", "** 2.0\n"))
        await ends(nvim)
        assert "still stands" not in await nvim.messages(), "no tool has looked yet"
        # A tool takes back its old words, and takes longer than the plugin rests to find new ones.
        await nvim.lua("vim.diagnostic.reset()")
        await nvim.lua("vim.wait(600)")
        await nvim.lua(PROBLEM)
        await eventually(nvim.messages, lambda seen: "still stands" in seen, "the word of it", nvim.describe)
        assert len(provider.questions) == 1
        await nvim.keys(":Tierlsp again<CR>")
        await nvim.until_text(MENDED)
        assert (await ends(nvim, 2))[1]["tier"] == "premium"
        # There is nothing more to try.
        await nvim.keys(":Tierlsp again<CR>")
        await eventually(nvim.messages, lambda seen: "nothing is known" in seen, "the word of it", nvim.describe)


async def test_the_menu_says_tier_model_and_highest_price() -> None:
    titles = """
    local found = vim.lsp.buf_request_sync(0, 'textDocument/codeAction', vim.tbl_extend('force',
      vim.lsp.util.make_range_params(0, 'utf-8'), { context = { diagnostics = {}, triggerKind = 1 } }), 20000)
    return vim.tbl_map(function(action) return action.title end, vim.tbl_values(found)[1].result)
    """
    async with actor() as (nvim, provider):
        found = await nvim.lua(titles)
        assert any(title.startswith("Explain") and "cheap" in title and "≤ $" in title for title in found), found
        assert provider.questions == []


async def test_an_explanation_opens_in_a_window_that_q_closes() -> None:
    async with actor(lambda body: "# Area\n\nIt multiplies.\n") as (nvim, _):
        await nvim.keys(":Tierlsp explain<CR>")
        await eventually(nvim.text, lambda seen: "It multiplies." in seen, "the page", nvim.describe)
        assert await nvim.lua("return vim.api.nvim_win_get_config(0).relative") == "editor"
        assert "markdown" in await nvim.lua("return vim.bo.filetype .. vim.bo.syntax")
        (end,) = await ends(nvim)
        assert end["outcome"] == "done"
        assert "≤ $" in await nvim.messages(), "the price is shown beforehand"
        await nvim.keys("q")
        await nvim.until_text(TEXT)


async def test_a_question_can_be_asked_in_the_command_or_is_asked_for() -> None:
    async with actor(lambda body: "Yes.") as (nvim, provider):
        await nvim.keys(":4,5Tierlsp ask Is it round?<CR>")
        await ends(nvim)
        assert "Is it round?" in json.dumps(provider.questions[-1])
        await nvim.keys("q:Tierlsp ask<CR>")
        await ends(nvim, 2)
        assert "Is it a circle?" in json.dumps(provider.questions[-1])
        await nvim.keys("q5G")
        await nvim.lua(menu("Ask"))
        await ends(nvim, 3)
        assert len(await asked(nvim)) == 2


async def test_an_action_can_be_cancelled() -> None:
    never = asyncio.Event()

    async def slowly() -> AsyncIterator[str]:
        yield "It "
        await never.wait()

    async with actor(lambda body: slowly()) as (nvim, provider):
        await nvim.keys(":Tierlsp explain<CR>")

        async def running() -> int:
            return provider.running

        await eventually(running, bool, "the provider to be asked", nvim.describe)
        await eventually(lambda: line(nvim), lambda seen: "explain" in seen, "it in the status line", nvim.describe)
        await nvim.keys(":Tierlsp cancel<CR>")
        (end,) = await ends(nvim)
        assert end["outcome"] == "cancelled"
        await eventually(running, lambda seen: not seen, "the provider to be left alone", nvim.describe)
        assert await nvim.text() == TEXT


async def test_nothing_is_sent_before_the_person_allows_it() -> None:
    async with actor(more="") as (nvim, provider):
        await nvim.lua("_G.answers = { 'Not now', 'Allow for this workspace' }")
        await nvim.lua(menu("Fix"))
        (end,) = await ends(nvim)
        assert end["outcome"] == "needs-consent"
        assert provider.questions == []
        await nvim.lua(menu("Fix"))
        await nvim.until_text(MENDED)
        assert len(await asked(nvim)) == 2
        assert "work/small" in (await asked(nvim))[0]


async def test_a_no_is_kept_for_the_workspace() -> None:
    async with actor(more="") as (nvim, provider):
        await nvim.lua("_G.answers = { 'Never for this workspace' }")
        await nvim.lua(menu("Fix"))
        await eventually(lambda: asked(nvim), bool, "the question", nvim.describe)
        await nvim.keys(":Tierlsp consent never<CR>")
        await nvim.keys(":Tierlsp explain<CR>")
        await ends(nvim, 2)
        assert provider.questions == []
        assert len(await asked(nvim)) == 1


async def test_consent_is_asked_for_on_the_screen() -> None:
    tmux = need("tmux")
    async with actor(more="", lua="") as (nvim, provider):
        client = [nvim.program, "--server", str(nvim.socket), "--remote-ui"]
        async with open_terminal(tmux, nvim.home, client, nvim.home.project) as terminal:
            await terminal.shows("def area")
            await terminal.types(":Tierlsp explain")
            await terminal.presses("Enter")
            await terminal.shows("1: Allow for this workspace")
            assert provider.questions == []
            await terminal.types("1")
            await terminal.presses("Enter")
            await terminal.shows("It is wrong.")


@pytest.mark.parametrize(
    ("keys", "typed", "both"),
    [
        ("ggO# new<Esc>", f"# new\n{TEXT}", f"# new\n{MENDED}"),
        ("5GA - 1<Esc>", TEXT.replace("** 2", "** 2 - 1"), None),
    ],
    ids=["elsewhere", "there"],
)
async def test_what_was_typed_meanwhile_is_never_written_over(keys: str, typed: str, both: str | None) -> None:
    may_answer = asyncio.Event()

    async def slowly() -> AsyncIterator[str]:
        await may_answer.wait()
        yield REPLY

    async with actor(lambda body: slowly()) as (nvim, provider):
        await nvim.lua(menu("Fix"))

        async def running() -> int:
            return provider.running

        await eventually(running, bool, "the provider to be asked", nvim.describe)
        await nvim.keys(keys)
        await nvim.until_text(typed)
        # Neovim gathers changes for a while, so the server may know of this one or not.
        may_answer.set()
        (end,) = await ends(nvim)
        if end["outcome"] == "done":
            assert await nvim.text() == both
        else:
            assert end["outcome"] in ("stale", "failed")
            assert await nvim.text() == typed


async def test_a_setting_forbids_the_cloud_while_it_runs() -> None:
    async with actor() as (nvim, provider):
        await nvim.lua("require('tierlsp').configure({ privacy = { cloud = 'never' } })")
        await nvim.doctor()
        await nvim.doctor()
        await nvim.keys(":Tierlsp explain<CR>")
        (end,) = await ends(nvim)
        assert end["outcome"] in ("not-allowed", "failed"), end
        assert provider.questions == []


async def test_the_money_is_in_the_status() -> None:
    async with actor(lambda body: "Yes.") as (nvim, _):

        async def state() -> Any:
            return await nvim.lua("return require('tierlsp.status').current()")

        told = await eventually(state, bool, "the state, before any action", nvim.describe)
        assert told["tiers"]["cheap"] == {"state": "ready", "model": "work/small", "detail": ""}
        await nvim.keys(":Tierlsp explain<CR>")
        await ends(nvim)
        await eventually(lambda: line(nvim), lambda seen: "$0.0" in seen, "the money in the status line", nvim.describe)
        await nvim.keys("q:Tierlsp status<CR>")
        page = await eventually(nvim.text, lambda seen: "Spent" in seen, "the page", nvim.describe)
        assert "work/large" in page
        await nvim.keys("q:Tierlsp usage<CR>")
        await eventually(nvim.text, lambda seen: '"unpricedCalls"' in seen, "what was spent", nvim.describe)
        await nvim.keys("q:Tierlsp route fix<CR>")
        await eventually(nvim.text, lambda seen: '"reasons"' in seen, "the reasons", nvim.describe)


async def test_pausing_completes_nothing_until_it_is_resumed() -> None:
    async with desk(knows(SHAPES + LINE + "\n")) as (nvim, ollama):
        await nvim.keys(":Tierlsp pause<CR>")
        await eventually(nvim.messages, lambda seen: "paused" in seen, "it to be paused", nvim.describe)
        await nvim.press_in_insert("Goret")
        await until_outcome(nvim, "gated")
        assert ollama.requests == []
        await nvim.keys("<Esc>:Tierlsp resume<CR>")
        await eventually(nvim.messages, lambda seen: "again" in seen, "it to be resumed", nvim.describe)
        await nvim.press_in_insert("A")
        await nvim.until_ghost("urn 2 * (width + height)")


async def test_a_server_that_was_killed_comes_back() -> None:
    async with desk(knows(SHAPES + LINE + "\n")) as (nvim, _):
        await nvim.press_in_insert("Goret")
        await nvim.until_ghost("urn 2 * (width + height)")
        (first,) = nvim.home.servers()
        os.kill(first, signal.SIGKILL)

        async def others() -> list[int]:
            return [pid for pid in nvim.home.servers() if pid != first]

        await eventually(others, bool, "another server", nvim.describe)
        await nvim.attached()
        await nvim.press_in_insert("u")
        await nvim.until_ghost("rn 2 * (width + height)")
        await nvim.keys("<Tab>")
        await nvim.until_text(SHAPES + LINE)
        # Neovim tells of the end; nothing of ours fails.
        await nvim.lua("vim.v.errmsg = ''")


async def test_words_behind_the_command_are_completed_and_checked() -> None:
    async with actor() as (nvim, _):
        assert "explain" in await nvim.lua("return vim.fn.getcompletion('Tierlsp ', 'cmdline')")
        assert await nvim.lua("return vim.fn.getcompletion('Tierlsp consent ', 'cmdline')") == ["allow", "ask", "never"]
        await nvim.keys(":Tierlsp nonsense<CR>")
        await eventually(nvim.messages, lambda seen: "no :Tierlsp nonsense" in seen, "a sentence", nvim.describe)
        await nvim.keys(":enew<CR>:Tierlsp fix<CR>")
        await eventually(nvim.messages, lambda seen: "no server serves" in seen, "a sentence", nvim.describe)
        await nvim.lua("vim.v.errmsg = ''")


async def test_checkhealth_finds_nothing_wrong() -> None:
    async with actor() as (nvim, _):
        await nvim.keys(":checkhealth tierlsp<CR>")
        report = await eventually(nvim.text, lambda seen: "keys and other plugins" in seen, "the report", nvim.describe)
        assert "ERROR" not in report
        assert "serves 1 buffers" in report
        assert "embedded completer" in report


async def test_every_command_and_option_is_in_the_help() -> None:
    async with actor() as (nvim, _):
        help_ = (nvim.home.clone / "editors" / "nvim" / "doc" / "tierlsp.txt").read_text(encoding="utf-8")
        commands = await nvim.lua("return vim.tbl_keys(require('tierlsp.commands').table)")
        assert [name for name in commands if f"Tierlsp {name}" not in help_] == []
        options = await nvim.lua("return vim.tbl_keys(require('tierlsp.config').defaults)")
        assert [name for name in options if f"    {name} " not in help_] == []


# Several files, and findings.

USER = "from area import area\n\nprint(area(3))\n"
SEVERAL = """FILE F1
<<<<<<< SEARCH
def area(radius):
=======
def disc_area(radius):
>>>>>>> REPLACE
<<<<<<< SEARCH
print(area(2))
=======
print(disc_area(2))
>>>>>>> REPLACE
FILE F2
<<<<<<< SEARCH
from area import area

print(area(3))
=======
from area import disc_area

print(disc_area(3))
>>>>>>> REPLACE
END
"""
RENAMED = TEXT.replace("def area", "def disc_area").replace("print(area", "print(disc_area")


@pytest.mark.parametrize("key", ["a", "q"])
async def test_changes_to_several_files_are_shown_first(key: str) -> None:
    tmux = need("tmux")
    async with actor(lambda body: SEVERAL, lua=HOOKS) as (nvim, _):
        user = nvim.home.write(nvim.home.project / "user.py", USER)
        client = [nvim.program, "--server", str(nvim.socket), "--remote-ui"]
        async with open_terminal(tmux, nvim.home, client, nvim.home.project) as terminal:
            await terminal.shows("def area")
            await terminal.types(":4Tierlsp files call it disc_area")
            await terminal.presses("Enter")
            screen = await terminal.shows("a applies · q leaves it")
            assert "-from area import area" in screen
            assert "+from area import disc_area" in screen
            await terminal.types(key)
            await terminal.hides("a applies")
            (end,) = await ends(nvim)
            if key == "a":
                assert end["outcome"] == "done", end
                await nvim.until_text(RENAMED)
                other = f"return table.concat(vim.fn.getbufline(vim.fn.bufnr('{user}'), 1, '$'), '\\n')"
                assert "disc_area(3)" in await nvim.lua(other)
            else:
                assert end["outcome"] != "done", end
                assert await nvim.text() == TEXT


FINDINGS = (
    json.dumps(
        {
            "severity": "error",
            "category": "bug",
            "confidence": 80,
            "file": "area.py",
            "line": 5,
            "evidence": "    return math.pi * raduis ** 2",
            "message": "the parameter is called radius, so every call fails",
            "fix": "    return math.pi * radius ** 2",
        }
    )
    + "\nEND"
)


async def test_a_review_shows_diagnostics_that_can_be_mended_and_sent_away() -> None:
    async with actor(lambda body: FINDINGS) as (nvim, _):

        async def findings() -> int:
            code = "return #vim.tbl_filter(function(d) return d.source == 'tierlsp' end, vim.diagnostic.get(0))"
            return int(await nvim.lua(code))

        await nvim.keys(":%Tierlsp review<CR>")
        await ends(nvim)
        await eventually(nvim.text, lambda seen: "every call fails" in seen, "the summary", nvim.describe)
        await nvim.keys("q5G21|")
        await eventually(findings, lambda seen: seen == 1, "the finding", nvim.describe)
        await nvim.lua(menu("Dismiss"))
        await eventually(findings, lambda seen: seen == 0, "it to go", nvim.describe)
        assert await nvim.text() == TEXT
