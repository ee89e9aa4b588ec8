"""Each kind of action in a real Neovim with the plugin, by command and from the menu: what comes of it in the end."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.real.neovim import Neovim
from tests.real.test_neovim_actions import ALLOWED, HOOKS, MENDED, TEXT, actor, asked, ends, menu
from tests.real.waiting import eventually
from tests.servers.fake_chat import FakeChat

pytestmark = pytest.mark.real


def fenced(code: str) -> str:
    """Return an answer whose code is `code`."""
    return f"Here it is.\n\n```python\n{code}\n```\n"


SHORT = "def area(radius):\n    return math.pi * radius * radius"
DESCRIBED = 'def area(radius):\n    """Return the area of a circle."""\n    return math.pi * raduis ** 2'
OWN = '[actions.shorten]\ntitle = "Make it shorter"\nprompt = "Make it shorter."\nanswer = "edit"\n'
QUERY = 'QUERY = "SELECT a FROM b, c WHERE b.x = c.x"'
JOINED = QUERY.replace("b, c WHERE", "b JOIN c ON")
TESTS = "from area import area\n\n\ndef test_area():\n    assert area(0) == 0\n"
DIFF = "\n# the message\ndiff --git a/b.py b/b.py\n--- a/b.py\n+++ b/b.py\n@@ -1 +1 @@\n-a\n+b\n"
HOLE = (
    json.dumps(
        {
            "severity": "high",
            "category": "security",
            "cwe": "CWE-704",
            "confidence": 80,
            "file": "area.py",
            "line": 5,
            "evidence": "    return math.pi * raduis ** 2",
            "message": "nobody looks at what the caller hands over",
        }
    )
    + "\nEND"
)


def with_function(code: str) -> str:
    """Return the file with another text of its one function."""
    head, _, tail = TEXT.partition("def area")
    return f"{head}{code}{tail[tail.index(chr(10) * 3) :]}"


@dataclass
class Script:
    """What the provider says next."""

    reply: str = ""
    questions: list[dict[str, Any]] = field(default_factory=list)

    def __call__(self, body: dict[str, Any]) -> str:
        self.questions.append(body)
        return self.reply


@asynccontextmanager
async def acting() -> AsyncIterator[tuple[Neovim, FakeChat, Script]]:
    """Neovim as for the other actions, and a provider whose next answer the test writes down as it goes."""
    script = Script()
    async with actor(script, lua=HOOKS, more=f"{ALLOWED}{OWN}") as (nvim, provider):
        yield nvim, provider, script


async def done(nvim: Neovim, count: int, action: str) -> dict[str, Any]:
    """Wait until the run number `count` has ended well, and return its end."""
    end = (await ends(nvim, count))[count - 1]
    assert (end["action"], end["outcome"]) == (action, "done"), f"{end}\n{await nvim.describe()}"
    return end


async def test_each_edit_of_one_file_is_made_and_is_one_undo_step() -> None:
    edits = (
        (":Tierlsp refactor no power<CR>", "refactor", SHORT, "no power"),
        (":Tierlsp refactor simplify<CR>", "refactor", SHORT, ""),
        (":Tierlsp docs<CR>", "docs", DESCRIBED, ""),
        (menu("Make it shorter"), "shorten", SHORT, "Make it shorter."),
        (menu("Refactor this function"), "refactor", SHORT, "Is it a circle?"),
    )
    async with acting() as (nvim, _, script):
        for number, (how, action, code, said) in enumerate(edits, 1):
            script.reply = fenced(code)
            await (nvim.keys(how) if how.startswith(":") else nvim.lua(how))
            await nvim.until_text(with_function(code))
            await done(nvim, number, action)
            assert said in json.dumps(script.questions[-1])
            await nvim.keys("u")
            await nvim.until_text(TEXT)
            await nvim.keys("5G21|")


async def test_sql_is_improved_and_the_reason_told() -> None:
    async with acting() as (nvim, _, script):
        await nvim.keys(f"Go{QUERY}<Esc>")
        await nvim.until_text(f"{TEXT}\n{QUERY}")
        script.reply = "WHY: a join says what belongs together\n" + fenced(JOINED)
        await nvim.keys("0f,:Tierlsp sql<CR>")
        await nvim.until_text(f"{TEXT}\n{JOINED}")
        assert "a join says what belongs together" in (await done(nvim, 1, "sql"))["message"]


async def test_a_name_is_chosen_and_given_without_asking_again() -> None:
    async with acting() as (nvim, provider, script):
        await nvim.lua("_G.answers = { 'Ask the cheap tier', 'metres' }")
        await nvim.lua("vim.api.nvim_buf_set_text(0, 4, 21, 4, 27, { 'radius' })")
        await nvim.until_text(MENDED)
        script.reply = "length\nmetres"
        await nvim.keys("4G10|:Tierlsp names<CR>")
        await nvim.until_text(MENDED.replace("radius", "metres"))
        # No model here could do it, then the names, then the one that was taken.
        end = await done(nvim, 3, "names")
        assert end["usd"] == 0
        assert len(provider.questions) == 1
        assert len(await asked(nvim)) == 2


async def test_tests_go_into_a_new_file_that_is_there_to_be_saved() -> None:
    async with acting() as (nvim, _, script):
        script.reply = fenced(TESTS)
        await nvim.keys(":Tierlsp tests<CR>")
        await done(nvim, 1, "tests")
        await nvim.until_text(TEXT)
        await nvim.keys(":wall<CR>")
        (made,) = await eventually(lambda: _found(nvim, "test_area.py"), bool, "the new file", nvim.describe)
        await eventually(lambda: _read(made), lambda seen: seen == TESTS, "the new file's text", nvim.describe)


async def _found(nvim: Neovim, name: str) -> list[Path]:
    return list(nvim.home.project.rglob(name))


async def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


async def test_a_plan_is_a_page_and_an_audit_a_diagnostic() -> None:
    async with acting() as (nvim, _, script):
        script.reply = "1. Read it from a file.\n"
        await nvim.keys(":Tierlsp plan read it from a file<CR>")
        await eventually(nvim.text, lambda seen: "1. Read it from a file." in seen, "the plan", nvim.describe)
        await done(nvim, 1, "plan")
        script.reply = HOLE
        await nvim.keys("q:%Tierlsp audit<CR>")
        await done(nvim, 2, "audit")
        await eventually(nvim.text, lambda seen: "nobody looks at" in seen, "the summary", nvim.describe)
        await nvim.keys("q")
        await nvim.until_text(TEXT)

        async def found() -> str:
            return str(await nvim.lua("return vim.inspect(vim.diagnostic.get(0))"))

        await eventually(found, lambda seen: "CWE-704" in seen, "the finding at its line", nvim.describe)


@pytest.mark.parametrize("how", [":Tierlsp commit<CR>", menu("Write the message")], ids=["command", "menu"])
async def test_the_message_of_a_commit_is_written_above_what_git_says(how: str) -> None:
    async with acting() as (nvim, _, script):
        message = nvim.home.write(nvim.home.project / ".git" / "COMMIT_EDITMSG", DIFF)
        script.reply = "Name it right\n\nWhy not"
        await nvim.keys(f":edit {message}<CR>")
        await nvim.until_text(DIFF.removesuffix("\n"))
        await eventually(
            lambda: nvim.lua("return #vim.lsp.get_clients({ name = 'tierlsp', bufnr = 0 })"),
            bool,
            "the buffer to be served",
            nvim.describe,
        )
        await (nvim.keys(how) if how.startswith(":") else nvim.lua(how))
        await nvim.until_text(f"Name it right\n\nWhy not\n{DIFF}".removesuffix("\n"))
        await done(nvim, 1, "commit")
