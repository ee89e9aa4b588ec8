--- How far an action is, in the message line.

local config = require('tierlsp.config')

local M = {}

---@type table<lsp.ProgressToken, string> titles of what runs
local titles = {}

---@param params lsp.ProgressParams
function M.show(params)
  local value, token = params.value, params.token
  if not config.options.progress or type(value) ~= 'table' then
    return
  end
  if value.kind == 'begin' then
    titles[token] = value.title
  end
  local title = titles[token]
  if not title then
    return
  end
  local is_over = value.kind == 'end'
  -- How it ended is told by `runs.lua`. More than a line would have to be confirmed by a key.
  local room = math.max(0, vim.v.echospace - #title - 10)
  local message = is_over and '' or vim.fn.strcharpart(value.message or '', 0, room)
  vim.api.nvim_echo({ { message } }, false, {
    id = 'tierlsp.' .. token,
    kind = 'progress',
    source = 'tierlsp',
    title = title,
    status = is_over and 'success' or 'running',
    percent = is_over and 100 or value.percentage,
  })
  if is_over then
    titles[token] = nil
  end
end

return M
