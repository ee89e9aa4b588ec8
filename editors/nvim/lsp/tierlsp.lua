---@brief
---
--- tierlsp: inline completion and code actions from three tiers of models: one on this machine, a cheap and a premium
--- one in the cloud. Works without any of them, less well.
---
--- Install: `pipx install tierlsp` (or `pip install tierlsp`). Needs Neovim 0.12.
---
--- ```lua
--- vim.lsp.enable('tierlsp')
--- ```
---
--- Beside the plugin of the same repository (`editors/nvim`), that one shows the ghost text. Without it, Neovim's own
--- `vim.lsp.inline_completion` does; to accept with <Tab>:
---
--- ```lua
--- vim.keymap.set('i', '<Tab>', function()
---   return vim.lsp.inline_completion.get() and '' or '<Tab>'
--- end, { expr = true, desc = 'Accept the ghost text' })
--- ```
---
--- Settings go to `settings.tierlsp`, or to the user's `config.toml` (`tierlsp config path` says where that is):
---
--- ```lua
--- vim.lsp.config('tierlsp', { settings = { tierlsp = { completion = { multiline = 'never' } } } })
--- ```

--- Whether the plugin is there: it shows ghost text, asks for consent and restarts the server.
---@return boolean
local function has_plugin()
  return vim.g.loaded_tierlsp == true
end

---@type vim.lsp.Config
return {
  cmd = { 'tierlsp', '--stdio' },
  root_markers = { '.tierlsp.toml', '.git' },
  before_init = function(params)
    if has_plugin() then
      require('tierlsp.server').before_init(params)
    end
  end,
  on_attach = function(client, bufnr)
    if not has_plugin() and client:supports_method('textDocument/inlineCompletion', bufnr) then
      vim.lsp.inline_completion.enable(true, { bufnr = bufnr })
    end
  end,
  on_exit = function(code, signal, client_id)
    if has_plugin() then
      require('tierlsp.server').on_exit(code, signal, client_id)
    end
  end,
}
