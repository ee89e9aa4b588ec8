"""A real Neovim without a screen, driven by its own remote interface."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.real.home import Home, run
from tests.real.waiting import eventually

GHOST = """
local all = vim.api.nvim_get_namespaces()
local ours, builtin = all['tierlsp.ghost'], all['nvim.lsp.inline_completion']
local function marks(of) return of and vim.api.nvim_buf_get_extmarks(0, of, 0, -1, { details = true }) or {} end
if #marks(ours) > 0 and #marks(builtin) > 0 then return 'two ghost texts' end
local lines, right = {}, ''
for _, mark in ipairs(#marks(ours) > 0 and marks(ours) or marks(builtin)) do
  for _, chunk in ipairs(mark[4].virt_text or {}) do right = right .. chunk[1] end
  for _, line in ipairs(mark[4].virt_lines or {}) do table.insert(lines, line[1][1]) end
end
table.insert(lines, 1, right)
return table.concat(lines, '\\n')
"""
"""The ghost text on the screen, right of the cursor and below: the plugin's, or Neovim's own."""


class Neovim:
    """One Neovim with one file."""

    def __init__(self, program: str, home: Home, process: asyncio.subprocess.Process) -> None:
        self.program = program
        self.home = home
        self.process = process
        self.socket = home.root / "nvim.sock"

    async def lua(self, code: str) -> Any:
        """Run Lua code and return what it returns; the values are those of JSON."""
        quoted = code.replace("'", "''")
        # A string's value comes back whole only as JSON: `--remote-expr` would end it at a NUL and lose its type.
        expression = f"json_encode(luaeval('(function() ' . '{quoted}' . ' end)()'))"
        return json.loads(await self._remote("--remote-expr", expression))

    async def keys(self, keys: str) -> None:
        """Press keys, in Neovim's notation (`<Esc>`, `<lt>`)."""
        await self._remote("--remote-send", keys)

    async def mode(self) -> str:
        return str(await self.lua("return vim.api.nvim_get_mode().mode"))

    async def press_in_insert(self, keys: str) -> None:
        """Press keys that end in insert mode, and wait until they are through."""
        await self.keys(keys)
        await self.until_mode("i")

    async def escape(self) -> None:
        """Leave insert mode."""
        await self.keys("<Esc>")
        await self.until_mode("n")

    async def until_mode(self, mode: str) -> None:
        await eventually(self.mode, lambda seen: seen == mode, f"mode {mode!r}", self.describe)

    async def text(self) -> str:
        """Return the whole buffer."""
        return str(await self.lua("return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, true), '\\n')"))

    async def until_text(self, text: str) -> None:
        """Wait until the buffer is `text`."""
        await eventually(self.text, lambda seen: seen == text, f"the buffer to be {text!r}", self.describe)

    async def ghost(self) -> str:
        """Return the ghost text that is shown, empty if none is."""
        return str(await self.lua(GHOST))

    async def until_ghost(self, text: str) -> None:
        """Wait until exactly `text` is shown."""
        await eventually(self.ghost, lambda seen: seen == text, f"the ghost text {text!r}", self.describe)

    async def some_ghost(self) -> str:
        """Wait until any ghost text is shown, and return it."""
        return await eventually(self.ghost, bool, "a ghost text", self.describe)

    async def take_ghost(self) -> str:
        """Press Tab as soon as any ghost text is shown, and return the text that was shown at the key.

        A text may grow at any moment, so looking and pressing are one.
        """
        tab = "vim.api.nvim_feedkeys(vim.keycode('<Tab>'), 'm', false)"
        code = f"local shown = (function() {GHOST} end)() if shown ~= '' then {tab} end return shown"
        return str(await eventually(lambda: self.lua(code), bool, "a ghost text", self.describe))

    async def attached(self) -> None:
        """Wait until the server is there."""
        code = "local c = vim.lsp.get_clients({ name = 'tierlsp' })[1]; return c ~= nil and c.initialized == true"
        await eventually(lambda: self.lua(code), bool, "the server to attach", self.describe)

    async def doctor(self) -> dict[str, Any]:
        """Return what the server has seen."""
        answer = await self.lua(
            "local c = vim.lsp.get_clients({ name = 'tierlsp' })[1];"
            "return c:request_sync('workspace/executeCommand', { command = 'tierlsp.doctor' }, 20000, 0)"
        )
        assert answer is not None, await self.describe()
        result: dict[str, Any] = answer["result"]
        return result

    async def messages(self) -> str:
        """Return what Neovim has told the person."""
        return str(await self.lua("return vim.fn.execute('messages')")).strip()

    async def quit(self) -> None:
        """Leave Neovim as a person does, and wait until it has gone."""
        await self.keys("<C-\\><C-n>:qall!<CR>")
        async with asyncio.timeout(20):
            await self.process.wait()

    async def describe(self) -> str:
        if self.process.returncode is not None:
            return f"Neovim ended with {self.process.returncode}\n{await self.home.log()}"
        return (
            f"mode: {await self.mode()}\nbuffer:\n{await self.text()}\nghost: {await self.ghost()!r}\n"
            f"messages: {await self.messages()}\n{await self.home.log()}"
        )

    async def _remote(self, *arguments: str) -> str:
        return await run(self.program, "--server", str(self.socket), *arguments, environ=self.home.environ)


@asynccontextmanager
async def open_neovim(program: str, home: Home, file: Path) -> AsyncIterator[Neovim]:
    """Start Neovim with the `init.lua` of `home` and a file, and end it afterwards."""
    socket = home.root / "nvim.sock"
    process = await asyncio.create_subprocess_exec(
        program, "--headless", "--listen", str(socket), str(file),
        env=home.environ,
        cwd=home.project,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    nvim = Neovim(program, home, process)

    async def is_there() -> bool:
        if process.returncode is not None:
            return True
        try:
            # The file is there a moment before anybody listens.
            _, writer = await asyncio.open_unix_connection(socket)
        except OSError:
            return False
        writer.close()
        return True

    try:
        await eventually(is_there, bool, "Neovim's socket", home.log)
        yield nvim
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
