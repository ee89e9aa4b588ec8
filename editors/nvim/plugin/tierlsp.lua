-- What is there from the start; everything else is loaded when the server comes or `:Tierlsp` is used.

if vim.g.loaded_tierlsp or vim.fn.has('nvim-0.12') == 0 then
  return
end
vim.g.loaded_tierlsp = true

vim.api.nvim_create_user_command('Tierlsp', function(options)
  require('tierlsp.commands').run(options)
end, {
  nargs = '*',
  range = true,
  desc = 'tierlsp: explain, ask, fix, status …',
  complete = function(lead, line)
    return require('tierlsp.commands').complete(lead, line)
  end,
})

local group = vim.api.nvim_create_augroup('tierlsp', {})

vim.api.nvim_create_autocmd('LspAttach', {
  group = group,
  callback = function(event)
    local client = vim.lsp.get_client_by_id(event.data.client_id)
    if client and client.name == 'tierlsp' then
      require('tierlsp.server').on_attach(client, event.buf)
    end
  end,
})

vim.api.nvim_create_autocmd('LspDetach', {
  group = group,
  callback = function(event)
    local client = vim.lsp.get_client_by_id(event.data.client_id)
    if client and client.name == 'tierlsp' and package.loaded['tierlsp.ghost'] then
      require('tierlsp.ghost').detach(event.buf)
    end
  end,
})

vim.api.nvim_create_autocmd('LspProgress', {
  group = group,
  callback = function(event)
    local client = vim.lsp.get_client_by_id(event.data.client_id)
    if client and client.name == 'tierlsp' then
      require('tierlsp.progress').show(event.data.params)
    end
  end,
})
