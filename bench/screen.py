"""A real Neovim with a screen that a program can read: what is drawn, in which highlight, and when."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgpack

COLUMNS, LINES = 100, 30

PATIENCE_S = 20.0
"""A screen that does not come within this will not come."""

REQUEST, RESPONSE, NOTIFICATION = 0, 1, 2
"""Kinds of messages in MessagePack-RPC."""


class Screen:
    """Neovim with a user interface attached: the rows as they are after each `flush`, as a terminal would draw them."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._rows = [[" "] * COLUMNS for _ in range(LINES)]
        self._next_id = 0
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._flushed = asyncio.Condition()
        self._flushed_s = 0.0
        self._reader = asyncio.get_running_loop().create_task(self._read())

    @property
    def text(self) -> str:
        """The rows as they are now."""
        return "\n".join("".join(row).rstrip() for row in self._rows)

    async def call(self, method: str, *arguments: Any) -> Any:
        """Call a function of Neovim's API."""
        self._next_id += 1
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._answers[self._next_id] = future
        self._send([REQUEST, self._next_id, method, arguments])
        async with asyncio.timeout(PATIENCE_S):
            return await future

    def press(self, keys: str) -> float:
        """Press keys, and return when that was, in seconds."""
        pressed_s = time.perf_counter()
        self._next_id += 1
        self._send([REQUEST, self._next_id, "nvim_input", [keys]])
        return pressed_s

    async def until(self, is_it: Callable[[str], bool], what: str) -> float:
        """Wait until the screen is as `is_it` says, and return when it was drawn, in seconds."""
        try:
            async with asyncio.timeout(PATIENCE_S), self._flushed:
                await self._flushed.wait_for(lambda: is_it(self.text))
        except TimeoutError:
            raise AssertionError(f"waited {PATIENCE_S:g} s for {what}; on the screen:\n{self.text}") from None
        return self._flushed_s

    async def quiet(self, seconds: float = 0.4) -> None:
        """Wait until nothing was drawn for a while."""
        while True:
            seen = self._flushed_s
            await asyncio.sleep(seconds)
            if self._flushed_s == seen:
                return

    def _send(self, message: list[Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(msgpack.packb(message))

    async def _read(self) -> None:
        assert self._process.stdout is not None
        unpacker = msgpack.Unpacker(strict_map_key=False)
        while data := await self._process.stdout.read(1 << 16):
            unpacker.feed(data)
            for message in unpacker:
                await self._take(message)

    async def _take(self, message: list[Any]) -> None:
        if message[0] == RESPONSE:
            future = self._answers.pop(message[1], None)
            if future is not None and message[2]:
                future.set_exception(RuntimeError(str(message[2])))
            elif future is not None:
                future.set_result(message[3])
        elif message[0] == NOTIFICATION and message[1] == "redraw":
            for name, *calls in message[2]:
                for call in calls:
                    await self._draw(name, call)

    async def _draw(self, name: str, call: list[Any]) -> None:
        if name == "grid_line":
            _, row, column, cells, *_ = call
            for cell in cells:
                for _ in range(cell[2] if len(cell) > 2 else 1):
                    self._rows[row][column] = cell[0]
                    column += 1
        elif name == "grid_scroll":
            _, top, bottom, _, _, count, _ = call
            rows = self._rows[top:bottom]
            # What is scrolled in is drawn afterwards, so it does not matter what stands there until then.
            self._rows[top:bottom] = [list(row) for row in rows[count:] + rows[:count]]
        elif name == "grid_clear":
            self._rows = [[" "] * COLUMNS for _ in range(LINES)]
        elif name == "flush":
            async with self._flushed:
                self._flushed_s = time.perf_counter()
                self._flushed.notify_all()


@asynccontextmanager
async def open_screen(nvim: str, environ: Mapping[str, str], directory: Path, *arguments: str) -> AsyncIterator[Screen]:
    """Start Neovim with a screen, and end it afterwards."""
    process = await asyncio.create_subprocess_exec(
        nvim, "--embed", *arguments,
        env=environ,
        cwd=directory,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    screen = Screen(process)
    try:
        await screen.call("nvim_ui_attach", COLUMNS, LINES, {"rgb": True, "ext_linegrid": True})
        yield screen
    finally:
        process.kill()
        await process.wait()
