"""A real Helix with the `languages.toml` of the README: the same completions as an entry of its menu."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.real.by_heart import knows, shown
from tests.real.home import new_home
from tests.real.programs import need
from tests.real.terminal import Terminal, open_terminal
from tests.real.waiting import eventually
from tests.servers.fake_ollama import Answer, FakeOllama

pytestmark = pytest.mark.real

SIZES = "width = 3\nheight = 4\n"
LINE = "area = width * height"
"""The line that the model knows to come next."""

FILE = "sizes.py"


@asynccontextmanager
async def helix(
    answer: Answer, text: str = SIZES, *, settings: str = ""
) -> AsyncIterator[tuple[Terminal, Path, FakeOllama]]:
    """Open a file in a Helix set up as the README says, with an Ollama that gives the answers of `answer`."""
    program, tmux = need("hx", (25, 7)), need("tmux")
    with new_home() as home:
        async with FakeOllama(answer) as ollama:
            home.settle(f'{settings}\n[backends.ollama]\nbaseUrl = "{ollama.url}"\n')
            home.write(home.config / "helix" / "languages.toml", home.from_readme("toml", "language-servers"))
            file = home.write(home.project / FILE, text)
            async with open_terminal(tmux, home, [program, "-v", str(file)], home.project) as terminal:
                await until_open(terminal)
                yield terminal, file, ollama


async def until_open(terminal: Terminal, times: int = 1, server: str = "tierlsp") -> None:
    """Wait until Helix has opened the file at a server: its completions are empty for what is typed before."""
    log = terminal.home.root / ".cache" / "helix" / "helix.log"

    async def is_open() -> bool:
        lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
        return sum(f" {server} -> " in line and '"textDocument/didOpen"' in line for line in lines) >= times

    await eventually(is_open, bool, "the file to be opened at the server", terminal.describe)


async def take_entry(terminal: Terminal, label: str) -> None:
    """Wait for our entry in the menu, choose it and take it."""
    await terminal.shows(f" {label} ")
    await terminal.presses("C-n")
    await terminal.shows("tierlsp · ")
    await terminal.presses("Enter")
    await terminal.hides("tierlsp · ")


async def save(terminal: Terminal, file: Path, text: str) -> None:
    """Save the file, and wait until it is `text`."""
    if " NOR " not in await terminal.screen():
        # In normal mode there is nothing that would show that the key was read, and it may become one with the next.
        await terminal.presses("Escape")
        await terminal.shows("NOR")
    await terminal.types(":write")
    await terminal.presses("Enter")

    async def look() -> str:
        try:
            return file.read_text(encoding="utf-8")
        except FileNotFoundError:
            # Helix moves the old file away before it writes the new one.
            return ""

    await eventually(look, lambda seen: seen == text, f"the file to be {text!r}", terminal.describe)
    # Until Helix knows that it has saved, it takes the file's new time for somebody else's, and does not save again.
    await terminal.hides("[+]")


async def until_shown(terminal: Terminal, ollama: FakeOllama, text: str) -> None:
    """Wait until the model was shown exactly `text`: then the server's document is the editor's."""

    async def look() -> str:
        return "".join(shown(ollama.requests[-1])) if ollama.requests else ""

    await eventually(look, lambda seen: seen == text, f"the model to be shown {text!r}", terminal.describe)


async def test_the_entry_of_the_menu_goes_into_the_file() -> None:
    async with helix(knows(f"{SIZES}{LINE}\n")) as (terminal, file, ollama):
        await terminal.types("geoarea = wi")
        await take_entry(terminal, "width * height")
        await save(terminal, file, f"{SIZES}{LINE}\n")
        await terminal.types("A + he")
        await until_shown(terminal, ollama, f"{SIZES}{LINE} + he\n")


async def test_the_server_follows_an_undo() -> None:
    async with helix(knows(f"{SIZES}{LINE}\n")) as (terminal, file, ollama):
        await terminal.types("geoarea = wi")
        await take_entry(terminal, "width * height")
        await terminal.presses("Escape")
        await terminal.shows("NOR")
        await terminal.types("u")
        await terminal.hides(LINE)
        await terminal.types("GeA + he")
        await until_shown(terminal, ollama, f"{SIZES}area = wi + he\n")
        await save(terminal, file, f"{SIZES}area = wi + he\n")


async def test_a_block_goes_into_the_file_whole() -> None:
    block = "for side in (width, height):\n    print(side)"
    async with helix(knows(f"{SIZES}{block}\n"), settings="[completion]\nbudgetMs = 5000\n") as (terminal, file, _):
        await terminal.types("geo")
        await terminal.presses("C-x")
        await take_entry(terminal, "for side in (width, height):")
        await save(terminal, file, f"{SIZES}{block}\n")


async def test_positions_count_bytes_where_letters_have_several() -> None:
    line = 'title = "👋🏽 wörld" + str(width)'
    async with helix(knows(f"{SIZES}{line}\n")) as (terminal, file, ollama):
        await terminal.types(f"geo{line[:-8]}")
        await take_entry(terminal, "str(width)")
        await save(terminal, file, f"{SIZES}{line}\n")
        await terminal.types("A + wö")
        await until_shown(terminal, ollama, f"{SIZES}{line} + wö\n")


async def test_a_bracket_that_helix_closes_is_not_closed_twice() -> None:
    line = "area = max(width, height)"
    async with helix(knows(f"{SIZES}{line}\n")) as (terminal, file, _):
        await terminal.types("geoarea = ma")
        await terminal.shows(" max(width, height) ")
        await terminal.types("x(wi")
        await take_entry(terminal, "width, height)")
        await save(terminal, file, f"{SIZES}{line}\n")


async def test_the_server_ends_with_the_editor() -> None:
    async with helix(knows()) as (terminal, _, _):
        assert len(terminal.home.servers()) == 1
        await terminal.types(":quit")
        await terminal.presses("Enter")
        await terminal.closes()
        await terminal.home.no_servers()


async def test_the_server_ends_when_the_editor_is_killed() -> None:
    async with helix(knows()) as (terminal, _, _):
        assert len(terminal.home.servers()) == 1
        os.kill(await terminal.process_id(), signal.SIGKILL)
        await terminal.home.no_servers()
