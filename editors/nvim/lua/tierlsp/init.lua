--- What a key map needs. The server itself is configured in `lsp/tierlsp.lua`.

local M = {}

--- Fit an item's range to what was typed or deleted since the server was asked.
---
--- Expected: accepting a ghost text replaces the characters typed along it. Neovim 0.12.4 replaces what the server was
--- asked for, so that they stay behind the insertion, and what was deleted since is an error (repaired upstream in
--- neovim/neovim#41434 and #41435). The server says how many bytes of the line stand behind the range, which stays true
--- whatever is typed before them, on a version with the repair too.
---@param item vim.lsp.inline_completion.Item
---@return vim.lsp.inline_completion.Item? # `nil` if what was typed goes another way
local function fitted(item)
  local range, text = item.range, item.insert_text
  if not range or type(text) ~= 'string' then
    return item
  end
  local start_row, start_col, end_row, end_col = range:to_extmark()
  local cursor = vim.api.nvim_win_get_cursor(0)
  local row, col = cursor[1] - 1, cursor[2]
  if row < start_row or (row == start_row and col < start_col) then
    return nil
  end
  local typed = table.concat(vim.api.nvim_buf_get_text(0, start_row, start_col, row, col, {}), '\n')
  if not vim.startswith(text, typed) then
    return nil
  end
  if row ~= end_row or col > end_col then
    item.range = vim.range.extmark(0, start_row, start_col, row, col)
  end
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
      -- Ends the undo step: one undo takes back the ghost text and leaves what was typed. (`vim.o` would set the
      -- option for every buffer.)
      vim.bo.undolevels = vim.bo.undolevels
      return fitted(item)
    end,
  })
end

return M
