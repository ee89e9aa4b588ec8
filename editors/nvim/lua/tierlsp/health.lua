--- `:checkhealth tierlsp`

local M = {}

local health = vim.health

local ANSWER_MS = 10000 -- a server that has just been started on a busy machine is slow, and not broken

---@return string? # the program, if it can be started
local function check_program()
  local cmd = vim.lsp.config.tierlsp and vim.lsp.config.tierlsp.cmd
  local program = type(cmd) == 'table' and cmd[1] or 'tierlsp'
  if vim.fn.executable(program) == 0 then
    health.error(
      ('%s cannot be started'):format(program),
      { 'Install it: `pipx install tierlsp`, or set `cmd` in `require("tierlsp").setup{}`.' }
    )
    return nil
  end
  local said = vim.system({ program, '--version' }, { text = true, timeout = 10000 }):wait()
  if said.code ~= 0 then
    health.error(('%s does not start: %s'):format(program, vim.trim(said.stderr or '')))
    return nil
  end
  health.ok(('%s at %s'):format(vim.trim(said.stdout), vim.fn.exepath(program)))
  return program
end

local function check_neovim()
  health.start('tierlsp: Neovim')
  if vim.fn.has('nvim-0.12') == 0 then
    health.error('Neovim 0.12 is needed: earlier ones have no inline completion')
    return
  end
  health.ok('Neovim ' .. tostring(vim.version()))
  if not vim.g.loaded_tierlsp then
    health.warn('`plugin/tierlsp.lua` was not loaded, so Neovim itself shows the ghost text', {
      'Put the folder `editors/nvim` on the runtimepath before Neovim has started.',
    })
  end
  if not vim.lsp.is_enabled('tierlsp') then
    health.error('the server is not enabled', { 'Call `vim.lsp.enable("tierlsp")` or `require("tierlsp").setup()`.' })
  end
end

local function check_clients()
  health.start('tierlsp: server')
  local program = check_program()
  local clients = vim.lsp.get_clients({ name = 'tierlsp' })
  if #clients == 0 then
    health.info('no file is open that it serves')
  end
  for _, client in ipairs(clients) do
    local seen = client:request_sync('workspace/executeCommand', { command = 'tierlsp.doctor' }, ANSWER_MS, 0)
    if seen and seen.result then
      local count = vim.tbl_count(client.attached_buffers)
      health.ok(('serves %d buffers in %s'):format(count, client.root_dir or 'no folder'))
      health.info('since its start: ' .. vim.inspect(seen.result.outcomes or {}, { newline = ' ', indent = '' }))
    else
      health.error('it does not answer', { '`:Tierlsp log` says why; `:Tierlsp restart` starts it anew.' })
    end
  end
  return program
end

---@param program string
local function check_models(program)
  health.start('tierlsp: models, keys and settings')
  local said = vim.system({ program, 'doctor', '--json' }, { text = true, timeout = 20000 }):wait()
  local ok, report = pcall(vim.json.decode, said.stdout or '', { luanil = { object = true } })
  if not ok or type(report) ~= 'table' then
    health.error('`tierlsp doctor` says: ' .. vim.trim(said.stderr or ''))
    return
  end
  for _, finding in ipairs(report.findings) do
    local text = ('%s: %s'):format(finding.topic, finding.text)
    if finding.verdict == 'ok' then
      health.ok(text)
    elseif finding.verdict == 'note' then
      health.info(finding.mend and ('%s (%s)'):format(text, finding.mend) or text)
    else
      health.error(text, finding.mend and { finding.mend } or nil)
    end
  end
end

local function check_keys()
  health.start('tierlsp: keys and other plugins')
  local tab = vim.fn.maparg('<Tab>', 'i', false, true)
  if vim.tbl_isempty(tab) then
    health.info('nothing is mapped to <Tab> in insert mode; see :help tierlsp-keys')
  else
    health.info('<Tab> in insert mode: ' .. (tab.desc or tab.rhs or 'a Lua function'))
  end
  for name, words in pairs({
    ['blink.cmp'] = 'its own ghost text should be off; see :help tierlsp-blink',
    cmp = 'its experimental ghost text should be off; see :help tierlsp-cmp',
  }) do
    if package.loaded[name] then
      health.info(('%s is loaded: %s'):format(name, words))
    end
  end
  for _, client in ipairs(vim.lsp.get_clients({ method = 'textDocument/inlineCompletion' })) do
    if client.name ~= 'tierlsp' then
      health.warn(('%s offers ghost text too; both are shown where it is enabled'):format(client.name))
    end
  end
end

function M.check()
  check_neovim()
  local program = check_clients()
  if program then
    check_models(program)
  end
  check_keys()
end

return M
