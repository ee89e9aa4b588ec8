--- What a key map needs. The server itself is configured in `lsp/tierlsp.lua`.

local M = {}

--- Stretch an item's range over what was typed since the server was asked.
---
--- Expected: accepting a ghost text replaces the characters typed along it. Neovim 0.12.4 inserts at the old range, so
--- that they stay behind the insertion (repaired upstream in neovim/neovim#41434). On a version with the repair the
--- range already ends at the cursor, and nothing is changed here.
---@param item vim.lsp.inline_completion.Item
---@return vim.lsp.inline_completion.Item?
local function over_what_was_typed(item)
  local range, text = item.range, item.insert_text
  if not range or type(text) ~= 'string' then
    return item
  end
  local cursor = vim.api.nvim_win_get_cursor(0)
  local row, col = cursor[1] - 1, cursor[2]
  local start_row, start_col, end_row, end_col = range:to_extmark()
  if end_row ~= row or col <= end_col then
    return item
  end
  local typed = vim.api.nvim_buf_get_text(0, start_row, start_col, row, col, {})
  if not vim.startswith(text, table.concat(typed, '\n')) then
    return nil
  end
  item.range = vim.range.extmark(0, start_row, start_col, row, col)
  return item
end

--- Accept the ghost text that is on screen, as an undo step of its own.
---@return boolean # `false` if there is none
function M.accept()
  if not vim.lsp.inline_completion then
    return false
  end
  return vim.lsp.inline_completion.get({
    on_accept = function(item)
      -- A step of its own: one undo takes back the ghost text and leaves what was typed.
      vim.o.undolevels = vim.o.undolevels
      return over_what_was_typed(item)
    end,
  })
end

return M
