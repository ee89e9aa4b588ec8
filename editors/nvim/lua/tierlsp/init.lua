--- What key maps, status lines and an `init.lua` call. The rest is loaded when it is needed.

local M = {}

---@return boolean
local function is_builtin()
  return require('tierlsp.config').options.ghost == 'builtin'
end

--- Set options, and start the server for files. Without it, `vim.lsp.enable('tierlsp')` does the second alone.
---@param options? tierlsp.Options
function M.setup(options)
  local config = require('tierlsp.config')
  config.set(options)
  local set = config.options
  vim.lsp.config('tierlsp', {
    cmd = set.cmd,
    filetypes = set.filetypes,
    settings = set.settings and { tierlsp = set.settings } or nil,
  })
  for name, key in pairs(set.keys) do
    if not M[name] then
      error(('tierlsp: there is no key %q; see :help tierlsp-keys'):format(name))
    end
    vim.keymap.set('i', key, function()
      return M[name]() and '' or key
    end, { expr = true, desc = 'tierlsp: ' .. name:gsub('_', ' ') })
  end
  vim.lsp.enable('tierlsp')
end

--- Take the ghost text, as an undo step of its own.
---@return boolean # `false` if there is none: let the key do what it does otherwise
function M.accept()
  return is_builtin() and require('tierlsp.builtin').accept() or require('tierlsp.ghost').accept('all')
end

--- Take the first word of the ghost text.
---@return boolean
function M.accept_word()
  return require('tierlsp.ghost').accept('word')
end

--- Take the first line of the ghost text.
---@return boolean
function M.accept_line()
  return require('tierlsp.ghost').accept('line')
end

--- Send the ghost text away, until something else is typed.
---@return boolean
function M.dismiss()
  return require('tierlsp.ghost').dismiss()
end

--- Ask for a ghost text now: what `completion.trigger = "manual"` waits for.
---@return boolean
function M.ask()
  -- Not within an `expr` mapping: the question sends the text's changes.
  vim.schedule(function()
    require('tierlsp.ghost').again()
  end)
  return true
end

---@param step integer
---@return boolean # `false` if no text is shown
local function cycle(step)
  local is_shown = M.is_visible()
  if is_shown then
    vim.schedule(function()
      require('tierlsp.ghost').again(step)
    end)
  end
  return is_shown
end

--- Show the next text that is known for the place, in place of the one that is shown.
---@return boolean
function M.next()
  return cycle(1)
end

--- Show the one before.
---@return boolean
function M.previous()
  return cycle(-1)
end

--- Switch ghost text off or on, in every buffer. (`vim.b.tierlsp_enabled = false` does it for one.)
---@param enable? boolean the other of what it is, unless set
function M.toggle(enable)
  local ghost = require('tierlsp.ghost')
  if enable == nil then
    enable = not ghost.enabled
  end
  ghost.enabled = enable
  if not enable then
    ghost.hide()
  end
end

--- Return whether a ghost text is shown.
---@return boolean
function M.is_visible()
  return require('tierlsp.ghost').shown() ~= nil
end

--- Return a few words on the models, the running actions and the money, for a status line; empty without a server.
---@return string
function M.statusline()
  return require('tierlsp.status').line()
end

--- Change settings of the running server, until it is started anew.
---@param settings table as in `config.toml`: `{ completion = { multiline = 'never' } }`
function M.configure(settings)
  for _, client in ipairs(vim.lsp.get_clients({ name = 'tierlsp' })) do
    client.settings = vim.tbl_deep_extend('force', client.settings or {}, { tierlsp = settings })
    client:notify('workspace/didChangeConfiguration', { settings = client.settings })
  end
end

return M
