---@brief
---
--- tierlsp: inline completion from a local model (Ollama, llama.cpp), or without one from the open files.
---
--- Install: `pipx install tierlsp` (or `pip install tierlsp`). Needs Neovim 0.12.
---
--- Put the folder `editors/nvim` on the runtimepath and switch the server on:
---
--- ```lua
--- vim.opt.runtimepath:append('/path/to/tierlsp/editors/nvim')
--- vim.lsp.enable('tierlsp')
--- ```
---
--- Settings go to `settings.tierlsp`, or to the user's `config.toml` (`tierlsp config path` says where that is):
---
--- ```lua
--- vim.lsp.config('tierlsp', { settings = { tierlsp = { completion = { multiline = 'never' } } } })
--- ```
---
--- Ghost text appears by itself; no key is taken. To accept with <Tab>:
---
--- ```lua
--- vim.keymap.set('i', '<Tab>', function()
---   return require('tierlsp').accept() and '' or '<Tab>'
--- end, { expr = true, desc = 'tierlsp: accept the ghost text' })
--- ```

---@type vim.lsp.Config
return {
  cmd = { 'tierlsp', '--stdio' },
  root_markers = { '.tierlsp.toml', '.git' },
  on_attach = function(client, bufnr)
    if vim.lsp.inline_completion and client:supports_method('textDocument/inlineCompletion', bufnr) then
      vim.lsp.inline_completion.enable(true, { bufnr = bufnr })
    end
  end,
}
