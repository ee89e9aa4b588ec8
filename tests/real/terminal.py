"""A terminal of its own for a program that needs a screen: a tmux server on a socket of its own."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.real.home import Home, run
from tests.real.waiting import eventually

COLUMNS, LINES = 100, 30


class Terminal:
    """A screen and a keyboard."""

    def __init__(self, tmux: str, home: Home) -> None:
        self.home = home
        self._tmux = tmux
        self._socket = home.root / "tmux.sock"

    async def screen(self) -> str:
        """Return the text on the screen."""
        return await self.tmux("capture-pane", "-p")

    async def shows(self, text: str) -> str:
        """Wait until `text` is on the screen, and return the screen."""
        return await eventually(self.screen, lambda screen: text in screen, f"{text!r} on the screen", self.describe)

    async def hides(self, text: str) -> str:
        """Wait until `text` is not on the screen any more, and return the screen."""
        return await eventually(self.screen, lambda seen: text not in seen, f"{text!r} to go", self.describe)

    async def types(self, text: str) -> None:
        """Type a text, letter by letter as far as the program can tell."""
        await self.tmux("send-keys", "-l", "--", text)

    async def presses(self, *keys: str) -> None:
        """Press keys by tmux's names: `Enter`, `Escape`, `C-n`.

        After `Escape`, wait for what it does before the next key: a program reads the two as one with Alt.
        """
        await self.tmux("send-keys", *keys)

    async def is_open(self) -> bool:
        """Whether the program still runs."""
        return "dead" not in await self.tmux("list-panes", "-F", "#{?pane_dead,dead,open}")

    async def process_id(self) -> int:
        """Return the program's process id."""
        return int(await self.tmux("list-panes", "-F", "#{pane_pid}"))

    async def closes(self) -> None:
        """Wait until the program has ended."""
        await eventually(self.is_open, lambda is_open: not is_open, "the program to end", self.describe)

    async def describe(self) -> str:
        return f"the screen:\n{await self.screen()}\n{await self.home.log()}"

    async def tmux(self, *arguments: str) -> str:
        return await run(self._tmux, "-S", str(self._socket), *arguments, environ=self.home.environ)


@asynccontextmanager
async def open_terminal(tmux: str, home: Home, command: list[str], directory: Path) -> AsyncIterator[Terminal]:
    """Run `command` on a screen of its own, and end it afterwards."""
    terminal = Terminal(tmux, home)
    # The screen stays after the program's end, so that its last words can be read.
    settings = home.write(home.root / "tmux.conf", "set -g remain-on-exit on\nset -s escape-time 0\n")
    await terminal.tmux(
        "-f", str(settings),
        "new-session", "-d", "-x", str(COLUMNS), "-y", str(LINES), "-c", str(directory), shlex.join(command),
    )  # fmt: skip
    try:
        yield terminal
    finally:
        await asyncio.shield(terminal.tmux("kill-server"))
