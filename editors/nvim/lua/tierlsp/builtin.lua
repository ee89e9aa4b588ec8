--- Neovim's own ghost text (`vim.lsp.inline_completion`), with its accept repaired: for `ghost = 'builtin'`.

local M = {}

--- Whether all characters of `some` occur in `text` in the same order.
---@param some string
---@param text string
---@return boolean
local function is_within(some, text)
  local from = 1
  for char in some:gmatch('.') do
    local at = text:find(char, from, true)
    if not at then
      return false
    end
    from = at + 1
  end
  return true
end

--- Return the byte at which what the ghost text leaves as it is begins in the cursor's line.
---@param item vim.lsp.inline_completion.Item
---@param line string
---@return integer? # `nil` if the server does not say
local function end_in(item, line)
  local arguments = item.command and item.command.arguments
  local keeps = type(arguments) == 'table' and type(arguments[1]) == 'table' and arguments[1].keeps
  if type(keeps) ~= 'number' then
    return nil
  end
  return vim.str_byteindex(line, 'utf-32', math.max(0, vim.fn.strchars(line) - keeps))
end

--- Fit an item's range to what was typed, deleted or closed by a plugin since the server was asked.
---
--- Expected: accepting a ghost text replaces the characters typed along it. Neovim 0.12.4 replaces what the server was
--- asked for, so that they stay behind the insertion, and after a deletion it is an error (repaired upstream in
--- neovim/neovim#41434 and #41435, for text left of the cursor). How many characters of the line stand behind the range
--- stays true whatever is typed before them, so the server says that with each item.
---@param item vim.lsp.inline_completion.Item
---@return vim.lsp.inline_completion.Item? # `nil` if the text goes another way by now
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
  local line = vim.api.nvim_get_current_line()
  local new_end = end_in(item, line) or (row == end_row and math.min(math.max(col, end_col), #line)) or col
  local rest = text:sub(#typed + 1):match('^[^\n]*')
  if new_end < col or not is_within(line:sub(col + 1, new_end), rest) then
    return nil
  end
  item.range = vim.range.extmark(0, start_row, start_col, row, new_end)
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
