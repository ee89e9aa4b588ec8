--- Actions: what a person asks for, how far it is, how it ends, and the questions on the way.

local status = require('tierlsp.status')

local M = {}

--- The argument of `tierlsp.run`.
---@class tierlsp.Argument
---@field action string
---@field uri string
---@field range lsp.Range
---@field diagnostics lsp.Diagnostic[]?
---@field instruction string?
---@field choice string?
---@field needsInstruction boolean?
---@field tier string?
---@field model string?
---@field maxUsd number?

--- The end of a run.
---@class tierlsp.Finished
---@field runId string
---@field action string
---@field outcome string
---@field tier string?
---@field model string?
---@field usd number?
---@field reason string
---@field message string
---@field nextTier string?
---@field nextModel string? which of that tier's models, where the tier alone would begin with one on this machine
---@field choices string[]?
---@field edited { uri: string, version: integer, range: lsp.Range }? where an edit stands that was about problems

---@class tierlsp.Run
---@field client vim.lsp.Client
---@field argument tierlsp.Argument
---@field bufnr integer

---@type table<string, tierlsp.Run>
local running = {}
---@type table<string, tierlsp.Finished> ends that were told of before the beginning was
local early = {}

---@type string? the last that was said, whole
M.last = nil

--- Tell the person something.
---
--- Neovim's own message line wants a key pressed for whatever does not fit; there it is cut, and `:Tierlsp status` has
--- the whole. A plugin that shows messages gets them whole.
---@param words string
---@param level? integer
function M.say(words, level)
  M.last = words
  words = 'tierlsp: ' .. words
  local source = debug.getinfo(vim.notify, 'S').source
  -- Neovim's own code is built in without the names of its files.
  local is_own = source:find('?', 1, true) ~= nil or source:find('vim/_core', 1, true) ~= nil
  if is_own and vim.fn.strdisplaywidth(words) > vim.v.echospace then
    words = vim.fn.strcharpart(words, 0, vim.v.echospace - 1) .. '…'
  end
  vim.notify(words, level or vim.log.levels.INFO)
end

---@param client vim.lsp.Client
---@param command string
---@param argument any
---@param bufnr integer
---@param on_result? fun(result: any)
function M.command(client, command, argument, bufnr, on_result)
  client:request('workspace/executeCommand', { command = command, arguments = { argument } }, function(err, result)
    if err then
      M.say(err.message, vim.log.levels.ERROR)
    elseif on_result then
      on_result(result)
    end
  end, bufnr)
end

--- Begin a run.
---@param client vim.lsp.Client
---@param argument tierlsp.Argument
---@param bufnr integer
function M.start(client, argument, bufnr)
  M.command(client, 'tierlsp.run', argument, bufnr, function(result)
    running[result.runId] = { client = client, argument = argument, bufnr = bufnr }
    local finished = early[result.runId]
    if finished then
      early[result.runId] = nil
      M.on_finished(finished)
    end
  end)
end

--- Begin what was picked from a menu of code actions; ask for the words that it needs first.
---@param client vim.lsp.Client
---@param argument tierlsp.Argument
---@param bufnr integer
function M.from_menu(client, argument, bufnr)
  argument = vim.deepcopy(argument)
  if not argument.needsInstruction then
    M.start(client, argument, bufnr)
    return
  end
  argument.needsInstruction = nil
  vim.ui.input({ prompt = ('tierlsp %s: '):format(argument.action) }, function(words)
    if words and vim.trim(words) ~= '' then
      argument.instruction = words
      M.start(client, argument, bufnr)
    end
  end)
end

--- Begin an action by its name: its price is shown, and holds.
---@param client vim.lsp.Client
---@param argument tierlsp.Argument
---@param bufnr integer
function M.by_name(client, argument, bufnr)
  M.command(client, 'tierlsp.explainRoute', argument, bufnr, function(route)
    if type(route.model) == 'string' then
      local most = route.maxUsd == 0 and 'free' or '≤ ' .. status.dollars(route.maxUsd)
      M.say(('%s · %s · %s · %s'):format(argument.action, route.tier, route.model, most))
    end
    if type(route.maxUsd) == 'number' then
      argument.maxUsd = route.maxUsd
    end
    M.start(client, argument, bufnr)
  end)
end

--- Return the folder whose consent counts for a buffer: the innermost of the workspace, else the file's own.
---@param client vim.lsp.Client
---@param bufnr integer
---@return string
function M.root(client, bufnr)
  local path = vim.api.nvim_buf_get_name(bufnr)
  local best
  for _, folder in ipairs(client.workspace_folders or {}) do
    local root = vim.uri_to_fname(folder.uri)
    if vim.fs.relpath(root, path) and (not best or #root > #best) then
      best = root
    end
  end
  return best or vim.fs.dirname(path)
end

--- Ask whether cloud models may read the workspace, and go on accordingly.
---@param run tierlsp.Run
---@param finished tierlsp.Finished
local function ask_consent(run, finished)
  local answers = {
    ['Allow for this workspace'] = 'allow',
    ['Never for this workspace'] = 'never',
  }
  local titles = { 'Allow for this workspace', 'Not now', 'Never for this workspace' }
  vim.ui.select(titles, { prompt = 'tierlsp: ' .. finished.message, kind = 'tierlsp.consent' }, function(title)
    local answer = answers[title]
    if not answer then
      return
    end
    local argument = { root = M.root(run.client, run.bufnr), answer = answer }
    M.command(run.client, 'tierlsp.consent', argument, run.bufnr, function()
      if answer == 'allow' then
        M.start(run.client, run.argument, run.bufnr)
      end
    end)
  end)
end

--- Ask whether the next tier shall be asked.
---@param run tierlsp.Run
---@param finished tierlsp.Finished
local function ask_next(run, finished)
  local yes = 'Ask ' .. (finished.nextModel or ('the %s tier'):format(finished.nextTier))
  local options = { prompt = 'tierlsp: ' .. finished.message, kind = 'tierlsp.next' }
  vim.ui.select({ yes, 'Leave it' }, options, function(title)
    if title == yes then
      local argument = vim.deepcopy(run.argument)
      argument.tier, argument.model, argument.maxUsd = finished.nextTier, finished.nextModel, nil
      M.start(run.client, argument, run.bufnr)
    end
  end)
end

--- Ask which of the answers is taken. Taking one asks no model.
---@param run tierlsp.Run
---@param finished tierlsp.Finished
local function ask_choice(run, finished)
  local options = { prompt = 'tierlsp: ' .. finished.message, kind = 'tierlsp.choice' }
  vim.ui.select(finished.choices, options, function(choice)
    if choice then
      local argument = vim.deepcopy(run.argument)
      argument.choice, argument.instruction = choice, nil
      M.start(run.client, argument, run.bufnr)
    end
  end)
end

--- A run has ended.
---@param finished tierlsp.Finished
function M.on_finished(finished)
  local run = running[finished.runId]
  if not run then
    early[finished.runId] = finished
    return
  end
  running[finished.runId] = nil
  vim.api.nvim_exec_autocmds('User', { pattern = 'TierlspFinished', modeline = false, data = finished })
  if finished.edited then
    require('tierlsp.again').watch(run, finished)
  end
  if type(finished.nextTier) == 'string' then
    vim.schedule_wrap(ask_next)(run, finished)
  elseif finished.choices then
    vim.schedule_wrap(ask_choice)(run, finished)
  elseif finished.outcome == 'needs-consent' then
    vim.schedule_wrap(ask_consent)(run, finished)
  else
    local is_good = vim.list_contains({ 'done', 'nothing', 'cancelled' }, finished.outcome)
    local cost = ''
    if type(finished.model) == 'string' and finished.usd ~= 0 then
      cost = (' (%s)'):format(status.dollars(finished.usd))
    end
    M.say(finished.message .. cost, is_good and vim.log.levels.INFO or vim.log.levels.WARN)
  end
end

--- The server has ended, and with it what it was doing: each run has one end all the same.
---@param client_id integer
function M.on_exit(client_id)
  for id, run in pairs(running) do
    if run.client.id == client_id then
      local action = run.argument.action
      require('tierlsp.progress').show({ token = id, value = { kind = 'end' } })
      M.on_finished({
        runId = id,
        action = action,
        outcome = 'failed',
        reason = '',
        message = ('the server has ended, so %s was not finished and nothing was changed'):format(action),
      })
    end
  end
end

return M
