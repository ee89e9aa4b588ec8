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
  vim.api.nvim_echo({ { value.message or '' } }, false, {
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
