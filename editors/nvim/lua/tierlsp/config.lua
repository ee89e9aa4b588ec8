--- What a person can set. Settings of the server go to `settings`, in its own words (`tierlsp config show`).

local M = {}

---@class tierlsp.Options
---@field ghost 'plugin'|'builtin'|'off' who shows ghost text: this plugin, Neovim's `vim.lsp.inline_completion`, nobody
---@field keys tierlsp.Keys keys of insert mode; none is taken unless it is set
---@field pages 'float'|'split' where explanations and answers are shown
---@field progress boolean show how far an action is in the message line
---@field restart boolean start the server again when it has ended by accident, at most 3 times in 5 minutes
---@field cmd string[]? how to start the server, in place of `tierlsp` from PATH
---@field filetypes string[]? the kinds of files that it is started for; all of them unless set
---@field settings table? the server's settings, as in its `config.toml`

---@class tierlsp.Keys
---@field accept string?
---@field accept_word string?
---@field accept_line string?
---@field dismiss string?
---@field ask string? ask for a ghost text now

---@type tierlsp.Options
M.defaults = {
  ghost = 'plugin',
  keys = {},
  pages = 'float',
  progress = true,
  restart = true,
}

---@type tierlsp.Options
M.options = M.defaults

---@param options? tierlsp.Options
function M.set(options)
  options = options or {}
  vim.validate('ghost', options.ghost, function(value)
    return value == nil or vim.list_contains({ 'plugin', 'builtin', 'off' }, value)
  end, "'plugin', 'builtin' or 'off'")
  vim.validate('keys', options.keys, 'table', true)
  vim.validate('settings', options.settings, 'table', true)
  for name in pairs(options) do
    if M.defaults[name] == nil and not vim.list_contains({ 'cmd', 'filetypes', 'settings' }, name) then
      vim.notify(('tierlsp: there is no option %q; see :help tierlsp-options'):format(name), vim.log.levels.WARN)
    end
  end
  M.options = vim.tbl_deep_extend('force', M.defaults, options)
end

return M
