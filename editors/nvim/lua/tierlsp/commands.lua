--- `:Tierlsp`: one row for each word that may follow it.

local runs = require('tierlsp.runs')

local M = {}

---@class tierlsp.Command
---@field does string
---@field words? string[] what may follow
---@field run fun(words: string, context: tierlsp.Context)

---@class tierlsp.Context
---@field client vim.lsp.Client
---@field bufnr integer
---@field range lsp.Range

--- The argument of an action at the cursor or the given lines.
---@param action string
---@param context tierlsp.Context
---@return tierlsp.Argument
local function argument_of(action, context)
  local first, last = context.range.start.line, context.range['end'].line
  local found = require('tierlsp.server').diagnostics(context.bufnr, first, last)
  return {
    action = action,
    uri = vim.uri_from_bufnr(context.bufnr),
    range = context.range,
    diagnostics = #found > 0 and found or nil,
  }
end

--- An action. Words behind it are an instruction, or one of its choices.
---@param action string
---@param does string
---@param more? { needs_words: boolean?, choices: string[]? }
---@return tierlsp.Command
local function acts(action, does, more)
  more = more or {}
  local function run(words, context)
    local argument = argument_of(action, context)
    local is_choice = vim.list_contains(more.choices or {}, words)
    argument[is_choice and 'choice' or 'instruction'] = words ~= '' and words or nil
    if words ~= '' or not more.needs_words then
      runs.by_name(context.client, argument, context.bufnr)
      return
    end
    vim.ui.input({ prompt = ('tierlsp %s: '):format(action) }, function(typed)
      if typed and vim.trim(typed) ~= '' then
        argument.instruction = typed
        runs.by_name(context.client, argument, context.bufnr)
      end
    end)
  end
  return { does = does, words = more.choices, run = run }
end

---@param command string
---@param says string
local function sends(command, says)
  return function(_, context)
    runs.command(context.client, command, nil, context.bufnr, function()
      require('tierlsp.ghost').hide()
      vim.notify('tierlsp: ' .. says)
    end)
  end
end

--- Show a value of the server's as a page.
---@param title string
---@param value any
local function show(title, value)
  local lines = vim.split(vim.json.encode(value, { indent = '  ' }), '\n')
  require('tierlsp.page').open(vim.list_extend({ '```json' }, vim.list_extend(lines, { '```' })), title)
end

---@type table<string, tierlsp.Command>
M.table = {
  explain = acts('explain', 'explain the lines'),
  fix = acts('fix', 'mend what the diagnostics say'),
  ask = acts('ask', 'ask a question about the lines', { needs_words = true }),
  refactor = acts('refactor', 'change the lines, by words or a choice', {
    needs_words = true,
    choices = { 'simplify', 'extract', 'inline', 'modernise', 'types', 'errors' },
  }),
  files = acts('refactorFiles', 'change the code and the files that use it', { needs_words = true }),
  docs = acts('docs', 'describe the code'),
  tests = acts('tests', 'write tests'),
  review = acts('review', 'review the lines'),
  names = acts('names', 'find better names'),
  sql = acts('sql', 'improve a statement of SQL'),
  plan = acts('plan', 'plan a change, without making it', { needs_words = true }),
  audit = acts('audit', 'look for holes in the security of the lines'),
  commit = acts('commit', "write the message in git's own buffer for it"),
  route = {
    does = 'say who would do an action, why, and at what price',
    words = { 'explain', 'ask', 'fix', 'refactor', 'refactorFiles', 'docs', 'tests', 'review', 'audit' },
    run = function(words, context)
      local argument = argument_of(words ~= '' and words or 'explain', context)
      runs.command(context.client, 'tierlsp.explainRoute', argument, context.bufnr, function(route)
        show('tierlsp route', route)
      end)
    end,
  },
  again = {
    does = 'have the tier above try what still stands after an edit',
    run = function()
      require('tierlsp.again').try()
    end,
  },
  cancel = {
    does = 'end all running actions',
    run = function(_, context)
      runs.command(context.client, 'tierlsp.cancel', {}, context.bufnr)
    end,
  },
  consent = {
    does = 'say whether cloud models may read this workspace',
    words = { 'allow', 'ask', 'never' },
    run = function(words, context)
      local argument = { root = runs.root(context.client, context.bufnr), answer = words }
      runs.command(context.client, 'tierlsp.consent', argument, context.bufnr, function(result)
        vim.notify(('tierlsp: %s for %s'):format(result.answer, result.root))
      end)
    end,
  },
  pause = { does = 'complete nothing for now', run = sends('tierlsp.pause', 'paused') },
  resume = { does = 'complete again', run = sends('tierlsp.resume', 'completing again') },
  toggle = {
    does = 'switch ghost text off or on',
    run = function()
      require('tierlsp').toggle()
      vim.notify('tierlsp: ghost text is ' .. (require('tierlsp.ghost').enabled and 'on' or 'off'))
    end,
  },
  status = {
    does = 'show the tiers, the models and the money',
    run = function()
      require('tierlsp.page').open(require('tierlsp.status').lines(), 'tierlsp status')
    end,
  },
  usage = {
    does = 'show what was spent this month',
    run = function(_, context)
      runs.command(context.client, 'tierlsp.usage', {}, context.bufnr, function(usage)
        show('tierlsp usage', usage)
      end)
    end,
  },
  doctor = {
    does = 'show what this session has seen',
    run = function(_, context)
      runs.command(context.client, 'tierlsp.doctor', nil, context.bufnr, function(seen)
        show('tierlsp doctor', seen)
      end)
    end,
  },
  log = {
    does = "open Neovim's log of language servers",
    run = function()
      vim.cmd.tabedit(vim.fn.fnameescape(vim.lsp.log.get_filename()))
    end,
  },
  restart = {
    does = 'start the server anew',
    run = function()
      vim.cmd('lsp restart tierlsp')
    end,
  },
}

---@param options vim.api.keyset.create_user_command.command_args
---@return lsp.Range
local function range_of(options, encoding)
  local last = options.line2 - 1
  if options.range > 0 then
    local line = vim.api.nvim_buf_get_lines(0, last, last + 1, true)[1]
    return {
      start = { line = options.line1 - 1, character = 0 },
      ['end'] = { line = last, character = vim.str_utfindex(line, encoding) },
    }
  end
  local at = vim.lsp.util.make_position_params(0, encoding).position
  return { start = at, ['end'] = at }
end

local NEEDS_NO_SERVER = { log = true, restart = true, toggle = true, status = true }

--- Run `:Tierlsp …`.
---@param options vim.api.keyset.create_user_command.command_args
function M.run(options)
  local name, words = options.args:match('^%s*(%S*)%s*(.-)%s*$')
  name = name ~= '' and name or 'status'
  local command = M.table[name]
  if not command then
    vim.notify(('tierlsp: there is no :Tierlsp %s; press <Tab> behind :Tierlsp to see what there is'):format(name), 4)
    return
  end
  local client = vim.lsp.get_clients({ name = 'tierlsp', bufnr = 0 })[1]
  if not client and not NEEDS_NO_SERVER[name] then
    vim.notify('tierlsp: no server serves this buffer; `:checkhealth tierlsp` says why', vim.log.levels.ERROR)
    return
  end
  command.run(words, {
    client = client,
    bufnr = vim.api.nvim_get_current_buf(),
    range = client and range_of(options, client.offset_encoding),
  })
end

--- Complete `:Tierlsp …`.
---@param lead string
---@param line string
---@return string[]
function M.complete(lead, line)
  local name = line:match('Tierlsp!?%s+(%S+)%s')
  local command = name and M.table[name]
  local words = command and (command.words or {}) or vim.tbl_keys(M.table)
  words = vim.tbl_filter(function(word)
    return vim.startswith(word, lead)
  end, words)
  table.sort(words)
  return words
end

return M
