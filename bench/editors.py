"""Real Neovim with the plugin: from a key to the ghost text on the screen, and what the plugin costs at the start.

    PATH="$PWD/.parts/bin:$PATH" python -m bench.editors [--rounds N] [--json]

Beside the plugin, in the same run and in turn with it, Neovim's own `vim.lsp.inline_completion`. The model is a
stand-in that needs 50 ms for its first token; the server, the pipes and the screen are real. The person takes each
text; in a session of their own, nobody ever takes one, which has the server wait until typing rests.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import statistics
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bench.screen import Screen, open_screen
from tests.real.by_heart import shown
from tests.real.home import REPOSITORY, Home, new_home
from tests.real.waiting import eventually
from tests.servers.fake_ollama import FakeOllama

FIRST_TOKEN_MS = 50.0

START_ROUNDS = 31
"""Starts of Neovim, of which the median counts."""

SETTLE_S = 2.0
"""The server finds its model and imports what it needs meanwhile."""

WAYS = ("plugin", "builtin")

INIT = """
vim.opt.runtimepath:append('{clone}/editors/nvim')
require('tierlsp').setup({{
  ghost = '{way}', cmd = {{ '{clone}/.venv/bin/tierlsp' }}, keys = {{ accept = '<Tab>' }},
}})
vim.o.autoindent = false
vim.api.nvim_create_autocmd('FileType', {{ callback = function() vim.bo.indentexpr = '' end }})
"""


def answer(request: dict[str, Any]) -> str:
    """Go on with a line such as `area_7 = wid`."""
    line = shown(request)[0].rpartition("\n")[2]
    name, _, rest = line.partition(" = ")
    return f"th * height + {name}_offset" if rest == "wid" else ""


def line_of(number: int) -> str:
    """Return the line that stands on the screen once the ghost text is there."""
    return f"area_{number} = width * height + area_{number}_offset"


@asynccontextmanager
async def desk(way: str) -> AsyncIterator[Screen]:
    """Neovim with an empty file, the server, and a model that takes its time."""
    nvim = shutil.which("nvim")
    if nvim is None:
        raise SystemExit("nvim is not on PATH; tests/real/real-parts.sh unpacks one")
    with new_home() as home:
        async with FakeOllama(answer, first_ms=FIRST_TOKEN_MS) as ollama:
            home.settle(f'[completion]\nfallback = "none"\n[backends.ollama]\nbaseUrl = "{ollama.url}"\n')
            home.write(home.config / "nvim" / "init.lua", INIT.format(clone=home.clone, way=way))
            file = home.write(home.project / "shapes.py", "height = 1\nwidth = 2\n")
            async with open_screen(nvim, home.environ, home.project, str(file)) as screen:
                await attached(screen)
                screen.press("Go")
                await screen.quiet()
                yield screen


async def attached(screen: Screen) -> None:
    """Wait until the server is there and has found its model."""
    code = """
    local client = vim.lsp.get_clients({ name = 'tierlsp' })[1]
    return client ~= nil and client.initialized == true
    """

    async def look() -> bool:
        return bool(await screen.call("nvim_exec_lua", code, []))

    async def describe() -> str:
        return screen.text

    await eventually(look, bool, "the server", describe)
    await asyncio.sleep(SETTLE_S)


async def from_model(screen: Screen, number: int) -> float:
    """Type a line that the model was not asked about; return milliseconds from the last key to the ghost text."""
    await screen.quiet()
    start_s = screen.press(f"<CR>area_{number} = wid")
    end_s = await screen.until(lambda text: line_of(number) in text, f"the ghost text of line {number}")
    return (end_s - start_s) * 1000


async def from_candidates(screen: Screen, number: int) -> float:
    """Go another way and come back; return milliseconds from the key that leads back to the ghost text."""
    await screen.quiet()
    screen.press("z")
    await screen.until(lambda text: line_of(number) not in text, "the ghost text to go")
    await screen.quiet()
    start_s = screen.press("<BS>")
    end_s = await screen.until(lambda text: line_of(number) in text, f"the ghost text of line {number} again")
    return (end_s - start_s) * 1000


async def take(screen: Screen, number: int) -> None:
    """Take the text that is shown."""
    await screen.quiet()
    screen.press("<Tab>")

    async def line() -> str:
        return str(await screen.call("nvim_get_current_line"))

    async def describe() -> str:
        return screen.text

    await eventually(line, lambda seen: seen == line_of(number), "the text to be taken", describe)


def spread(values: list[float]) -> dict[str, float]:
    """Return the median and the 95th percentile of milliseconds."""
    ordered = sorted(values)
    return {
        "p50": round(statistics.median(ordered), 1),
        "p95": round(ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))], 1),
    }


async def measure_ghost(rounds: int) -> dict[str, Any]:
    """Measure both ways in turn, so that what else the machine does hits both."""
    found: dict[str, dict[str, list[float]]] = {way: {source: [] for source in SOURCES} for way in WAYS}
    async with desk("plugin") as plugin, desk("builtin") as builtin:
        for number in range(rounds):
            for way, screen in zip(WAYS, (plugin, builtin), strict=True):
                found[way]["model"].append(await from_model(screen, number))
                found[way]["candidates"].append(await from_candidates(screen, number))
                await take(screen, number)
    async with desk("plugin") as plugin, desk("builtin") as builtin:
        for number in range(rounds):
            for way, screen in zip(WAYS, (plugin, builtin), strict=True):
                found[way]["unwanted"].append(await from_model(screen, number))
    return {way: {source: spread(values) for source, values in by.items()} for way, by in found.items()}


SOURCES = {
    "candidates": "known to the server",
    "model": f"a model of {FIRST_TOKEN_MS:.0f} ms",
    "unwanted": "the same, none ever taken",
}


STARTS = {
    "nothing": "",
    "another server": "vim.lsp.config('other', {{ cmd = {{ 'other' }} }}) vim.lsp.enable('other')",
    "the folder": "vim.opt.runtimepath:append('{folder}')",
    "enabled": "vim.opt.runtimepath:append('{folder}') vim.lsp.enable('tierlsp')",
    "set up": "vim.opt.runtimepath:append('{folder}') require('tierlsp').setup({{ keys = {{ accept = '<Tab>' }} }})",
}
"""What is in `init.lua`, by its name."""


def measure_start(rounds: int = START_ROUNDS) -> dict[str, Any]:
    """Return milliseconds of Neovim's start with each of `STARTS`, in turn: the median, and the best of all."""
    nvim = str(shutil.which("nvim"))
    totals: dict[str, list[float]] = {name: [] for name in STARTS}
    with tempfile.TemporaryDirectory() as directory:
        home = Home(Path(directory))
        log, init = home.root / "startup", home.root / "init.lua"
        for _ in range(rounds):
            for name, lua in STARTS.items():
                log.unlink(missing_ok=True)
                home.write(init, lua.format(folder=REPOSITORY / "editors" / "nvim"))
                command = [nvim, "--headless", "-i", "NONE", "-u", str(init), "--startuptime", str(log), "+qall"]
                subprocess.run(command, env=home.environ, check=True, capture_output=True)
                lines = log.read_text(encoding="utf-8").splitlines()
                totals[name].append(float(next(line for line in reversed(lines) if line[:1].isdigit()).split()[0]))
    return {
        name: {"p50": round(statistics.median(values), 1), "best": round(min(values), 1)}
        for name, values in totals.items()
    }


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    ghost = asyncio.run(measure_ghost(options.rounds))
    start = measure_start()
    if options.json:
        print(json.dumps({"ghost_ms": ghost, "start_ms": start}, indent=2))
        return 0
    print("from a key to the ghost text on the screen, ms (p50, p95):")
    for source, words in SOURCES.items():
        for way in WAYS:
            print(f"  {words:25} {way:8} {ghost[way][source]['p50']:7.1f} {ghost[way][source]['p95']:7.1f}")
    print("Neovim's start with this in init.lua, ms (p50, best):")
    for name, values in start.items():
        print(f"  {name:31} {values['p50']:7.1f} {values['best']:7.1f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
