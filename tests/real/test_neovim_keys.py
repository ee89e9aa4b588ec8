"""A long session of typing in a real Neovim, with ghost texts taken on the way: nothing is lost, doubled or moved.

`TIERLSP_KEYS_PER_S=12` types as fast as a person does; without it, the test is in more of a hurry.
"""

from __future__ import annotations

import json
import os
import re
from typing import Any

import pytest

from tests.real.by_heart import knows
from tests.real.home import Home, run
from tests.real.programs import need
from tests.real.test_neovim import desk
from tests.real.waiting import eventually

pytestmark = pytest.mark.real

KEYS = 2_000
KEYS_PER_S = float(os.environ.get("TIERLSP_KEYS_PER_S", "150"))

STORY = "".join(
    f"def area_{number}(width, height):\n"
    f'    """Return the area of shape {number}."""\n'
    f"    sides = [width, height, {number}]\n"
    f"    total = sum(sides) * {number % 7}\n"
    f"    return total + width * height\n\n\n"
    for number in range(200)
)

TYPIST = (
    """
vim.api.nvim_create_autocmd('FileType', { callback = function()
  vim.bo.autoindent, vim.bo.indentexpr = false, ''
end })
_G.keys, _G.taken, _G.is_done = {}, {}, false
local ghost = require('tierlsp.ghost')
for key, part in pairs({ ['<M-1>'] = 'all', ['<M-2>'] = 'word', ['<M-3>'] = 'line' }) do
  vim.keymap.set('i', key, function()
    local shown = ghost.shown()
    table.insert(_G.taken, shown and ghost.accept(part) and { part, shown } or { part, '' })
    return ''
  end, { expr = true })
end

local seed = 7
local function chance()
  seed = (seed * 1103515245 + 12345) % 2147483648
  return seed / 2147483648
end

--- What a person who wants to write `story` presses next.
local function next_key(story)
  local text = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, true), '\\n')
  if story:sub(1, #text) ~= text then
    return '<BS>'
  end
  local roll = chance()
  if ghost.shown() and roll < 0.15 then
    return roll < 0.05 and '<M-1>' or roll < 0.1 and '<M-2>' or '<M-3>'
  elseif roll > 0.995 then
    return '<Esc>uGA'
  elseif roll > 0.96 then
    return 'q'
  end
  local char = story:sub(#text + 1, #text + 1)
  return char == '\\n' and '<CR>' or char == '<' and '<lt>' or char
end

function _G.type_story(story, count, interval_ms)
  local timer = vim.uv.new_timer()
  timer:start(0, interval_ms, vim.schedule_wrap(function()
    if #_G.keys >= count then
      if not timer:is_closing() then
        timer:close()
        _G.is_done = true
      end
      return
    end
    local key = next_key(story)
    table.insert(_G.keys, key)
    vim.api.nvim_input(key)
  end))
end
"""
).lstrip()

REPLAY = """
vim.o.autoindent = false
local keys = table.concat(vim.fn.readfile(vim.env.KEYS), '')
vim.api.nvim_feedkeys(vim.keycode('i' .. keys), 'ntx', false)
vim.fn.writefile(vim.api.nvim_buf_get_lines(0, 0, -1, true), vim.env.RESULT, 'b')
vim.cmd.qall({ bang = true })
"""
"""The same keys in an editor with nothing in it."""


def piece(part: str, shown: str) -> str:
    """Return what taking a part of a shown text inserts."""
    patterns = {"all": r"(?s).*", "line": r"\n?[^\n]*", "word": r"\s*(?:\w+|[^\w\s]+)|\s+"}
    found = re.match(patterns[part], shown)
    assert found is not None
    return found.group()


def by_hand(keys: list[str], texts: list[str]) -> str:
    """Return the keys with every text that was taken written out, as an undo step of its own."""
    left = iter(texts)
    written = []
    for key in keys:
        if not key.startswith("<M-"):
            written.append(key)
        elif text := next(left):
            written.append(f"<C-g>u{text.replace('<', '<lt>')}<C-g>u".replace("\n", "<CR>"))
    return "".join(written)


async def plain_editor(nvim: str, home: Home, keys: str) -> str:
    """Return what the keys make in an editor without plugins."""
    script = home.write(home.root / "replay.lua", REPLAY)
    result = home.root / "result.txt"
    environ = home.environ | {"KEYS": str(home.write(home.root / "keys", keys)), "RESULT": str(result)}
    await run(nvim, "--headless", "--clean", "-u", "NONE", "-i", "NONE", "-l", str(script), environ=environ)
    return result.read_text(encoding="utf-8")


async def test_two_thousand_keys_make_the_file_that_a_plain_editor_makes() -> None:
    need("nvim", (0, 12))
    by_heart = knows(STORY)
    asked = 0

    def answer(request: dict[str, Any]) -> Any:
        nonlocal asked
        asked += 1
        text = by_heart(request)
        return f"wrong_{asked}()\n    again()" if asked % 6 == 0 else text

    async with desk(answer, "", lua=TYPIST) as (nvim, _):
        story = json.dumps(STORY)
        await nvim.press_in_insert("i")
        await nvim.lua(f"_G.type_story(vim.json.decode([==[{story}]==]), {KEYS}, {1000 / KEYS_PER_S:.0f})")

        async def is_done() -> bool:
            return bool(await nvim.lua("return _G.is_done"))

        await eventually(is_done, bool, "the last key", nvim.describe, patience_s=60 + 2 * KEYS / KEYS_PER_S)
        await nvim.press_in_insert("!")
        keys = await nvim.lua("return _G.keys")
        taken = await nvim.lua("return _G.taken")
        texts = [piece(part, shown) if shown else "" for part, shown in taken]
        assert len([text for text in texts if text]) >= 20, "hardly anything was taken"
        assert {part for part, shown in taken if shown} == {"all", "word", "line"}
        assert await nvim.text() == await plain_editor(nvim.program, nvim.home, by_hand(keys, texts) + "!")
