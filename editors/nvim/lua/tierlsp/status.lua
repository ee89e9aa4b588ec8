--- What the tiers, the running actions and the money are like: for the status line, and for whoever asks.

local M = {}

---@class tierlsp.TierState
---@field state 'ready'|'loading'|'down'|'off'|'unconfigured'
---@field model string?
---@field detail string

---@class tierlsp.Status
---@field tiers table<'local'|'cheap'|'premium', tierlsp.TierState>
---@field runs { runId: string, action: string, percent: integer? }[]
---@field usd { day: number, month: number, cap: number }
---@field paused boolean

---@type table<integer, tierlsp.Status> by client
local known = {}

---@param params tierlsp.Status
---@param client_id integer
function M.on_status(params, client_id)
  known[client_id] = params
  vim.api.nvim_exec_autocmds('User', { pattern = 'TierlspStatus', modeline = false })
  vim.cmd.redrawstatus()
end

---@param client_id integer
function M.on_exit(client_id)
  known[client_id] = nil
  vim.cmd.redrawstatus()
end

--- Return the last state that the server has told of, `nil` if none.
---@return tierlsp.Status?
function M.current()
  local client = vim.lsp.get_clients({ name = 'tierlsp', bufnr = 0 })[1] or vim.lsp.get_clients({ name = 'tierlsp' })[1]
  return client and known[client.id]
end

--- Return an amount as people write it.
---@param usd number?
---@return string
function M.dollars(usd)
  if not usd or usd == vim.NIL then
    return 'price unknown'
  end
  return usd > 0 and usd < 0.01 and ('$%.4f'):format(usd) or ('$%.2f'):format(usd)
end

--- Return a model's name without its server's.
---@param model string?
---@return string?
local function short(model)
  return type(model) == 'string' and model:gsub('^[^/]*/', '') or nil
end

--- Return the words for a status line.
---@return string
function M.line()
  local status = M.current()
  if not status then
    return #vim.lsp.get_clients({ name = 'tierlsp' }) > 0 and 'tierlsp' or ''
  end
  local words = { status.paused and 'tierlsp paused' or short(status.tiers['local'].model) or 'tierlsp' }
  for _, run in ipairs(status.runs) do
    words[#words + 1] = run.percent and ('%s %d%%'):format(run.action, run.percent) or run.action
  end
  if status.usd.month > 0 then
    words[#words + 1] = M.dollars(status.usd.month)
  end
  -- A `%` would be read as a command of the status line.
  return (table.concat(words, ' · '):gsub('%%', '%%%%'))
end

--- Return the whole state as lines of Markdown.
---@return string[]
function M.lines()
  local status = M.current()
  if not status then
    return { 'The server has not told its state yet.' }
  end
  local lines = { '# tierlsp' .. (status.paused and ' (paused)' or ''), '' }
  for _, name in ipairs({ 'local', 'cheap', 'premium' }) do
    local tier = status.tiers[name]
    local model = type(tier.model) == 'string' and tier.model or 'no model'
    local detail = tier.detail ~= '' and ': ' .. tier.detail or ''
    lines[#lines + 1] = ('- **%s**: %s, %s%s'):format(name, model, tier.state, detail)
  end
  local usd = status.usd
  lines[#lines + 1] = ''
  lines[#lines + 1] = ('Spent: %s today, %s this month, of at most %s.'):format(
    M.dollars(usd.day),
    M.dollars(usd.month),
    M.dollars(usd.cap)
  )
  local last = require('tierlsp.runs').last
  if last then
    vim.list_extend(lines, { '', 'Last: ' .. last })
  end
  return lines
end

return M
