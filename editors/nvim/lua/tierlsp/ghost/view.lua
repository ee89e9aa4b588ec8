--- Draws a ghost text, with the highlight groups of Neovim's own.

local fit = require('tierlsp.ghost.fit')

local M = {}

local namespace = vim.api.nvim_create_namespace('tierlsp.ghost')

--- Show `rest` at the cursor.
---@param bufnr integer
---@param row integer from 0
---@param col integer a byte of the line, from 0
---@param rest string
---@param replaced string what of the line behind the cursor it replaces
function M.show(bufnr, row, col, rest, replaced)
  M.hide(bufnr)
  local lines = vim.split(rest, '\n', { plain = true })
  local below = {}
  local tab = (' '):rep(vim.bo[bufnr].tabstop)
  for index = 2, #lines do
    below[#below + 1] = { { (lines[index]:gsub('\t', tab)), 'ComplHint' } }
  end
  local at = col
  for index, piece in ipairs(fit.around(lines[1], replaced) or { lines[1] }) do
    if index > 1 then
      at = at + vim.str_utf_end(replaced, at - col + 1) + 1
    end
    if piece ~= '' or index == 1 then
      vim.api.nvim_buf_set_extmark(bufnr, namespace, row, at, {
        virt_text = { { (piece:gsub('\t', tab)), 'ComplHint' } },
        virt_text_pos = 'inline',
        virt_lines = index == 1 and #below > 0 and below or nil,
        hl_mode = 'combine',
        undo_restore = false,
      })
    end
  end
end

--- Show nothing.
---@param bufnr integer
function M.hide(bufnr)
  if vim.api.nvim_buf_is_valid(bufnr) then
    vim.api.nvim_buf_clear_namespace(bufnr, namespace, 0, -1)
  end
end

return M
