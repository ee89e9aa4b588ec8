--- Pages to read: explanations, answers, states.

local config = require('tierlsp.config')

local M = {}

---@param lines string[]
---@param title string
---@return integer bufnr
local function buffer(lines, title)
  local bufnr = vim.api.nvim_create_buf(false, true)
  vim.api.nvim_buf_set_lines(bufnr, 0, -1, false, lines)
  vim.bo[bufnr].bufhidden = 'wipe'
  vim.bo[bufnr].modifiable = false
  -- Without its parser, Neovim's own file type plugin would fail.
  local has_parser = vim.treesitter.language.add('markdown')
  vim.bo[bufnr][has_parser and 'filetype' or 'syntax'] = 'markdown'
  vim.b[bufnr].tierlsp_page = title
  return bufnr
end

--- Open Markdown in a window of its own, which `q` closes.
---@param lines string[]
---@param title string
---@return integer win
function M.open(lines, title)
  vim.cmd.stopinsert()
  local bufnr = buffer(lines, title)
  local win
  if config.options.pages == 'split' then
    vim.cmd('botright split')
    win = vim.api.nvim_get_current_win()
    vim.api.nvim_win_set_buf(win, bufnr)
  else
    local width = math.max(20, math.min(96, vim.o.columns - 6))
    win = vim.api.nvim_open_win(bufnr, true, {
      relative = 'editor',
      width = width,
      height = 1,
      row = 1,
      col = math.floor((vim.o.columns - width) / 2) - 1,
      border = vim.o.winborder ~= '' and vim.o.winborder or 'rounded',
      title = (' %s '):format(title),
      footer = ' q closes ',
      style = 'minimal',
    })
  end
  vim.wo[win][0].wrap, vim.wo[win][0].linebreak, vim.wo[win][0].conceallevel = true, true, 2
  if config.options.pages ~= 'split' then
    local height = vim.api.nvim_win_text_height(win, {}).all
    vim.api.nvim_win_set_height(win, math.max(1, math.min(height, vim.o.lines - 6)))
  end
  for _, key in ipairs({ 'q', '<Esc>' }) do
    vim.keymap.set('n', key, '<Cmd>close<CR>', { buffer = bufnr, nowait = true, desc = 'tierlsp: close the page' })
  end
  return win
end

--- Show a page of the server's, as it asks for by `window/showDocument`.
---@param uri string
---@return { success: boolean }
function M.show(uri)
  local path = vim.uri_to_fname(uri)
  local file = io.open(path)
  if not file then
    return { success = false }
  end
  local lines = vim.split(file:read('*a'), '\r?\n')
  file:close()
  -- The name is the action's, with a number behind it that says nothing to a person.
  M.open(lines, 'tierlsp ' .. (vim.fs.basename(path):match('^(%a+)') or 'page'))
  return { success = true }
end

return M
