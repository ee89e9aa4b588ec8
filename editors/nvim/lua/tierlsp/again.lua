--- After an edit: whether the problem still stands, once the other tools have looked at the new text.

local M = {}

local WAIT_MS = 10000 -- for the first word of a tool; one that says nothing by then has nothing to say
local REST_MS = 400 -- between the last word of a tool and the question: several of them may speak

---@type { client: vim.lsp.Client, bufnr: integer, argument: tierlsp.Argument }? what could be tried
local offered

--- Ask the server what still stands where an edit was made, and say it.
---@param run tierlsp.Run
---@param finished tierlsp.Finished
---@param take fun(): boolean whether it is still to be said; it is not asked for again then
local function ask(run, finished, take)
  local edited = finished.edited
  local params = {
    textDocument = { uri = edited.uri },
    range = edited.range,
    context = { diagnostics = {}, only = { 'quickfix' }, triggerKind = 1 },
  }
  run.client:request('textDocument/codeAction', params, function(_, actions)
    for _, action in ipairs(actions or {}) do
      local argument = vim.tbl_get(action, 'command', 'arguments', 1)
      if type(argument) == 'table' and argument.after == finished.runId and take() then
        offered = { client = run.client, bufnr = run.bufnr, argument = argument }
        require('tierlsp.runs').say(('%s: `:Tierlsp again`'):format(action.title), vim.log.levels.WARN)
      end
    end
  end, run.bufnr)
end

--- An edit was made: say what still stands when the tools have looked.
---
--- A tool may take back what it said of the old text before it says what it finds in the new one, so each time that the
--- tools rest counts, until there is something to say or the wait is over.
---@param run tierlsp.Run
---@param finished tierlsp.Finished
function M.watch(run, finished)
  offered = nil
  local bufnr = vim.uri_to_bufnr(finished.edited.uri)
  local group = vim.api.nvim_create_augroup('tierlsp.again.' .. finished.runId, {})
  local wait, rest = assert(vim.uv.new_timer()), assert(vim.uv.new_timer())
  local function stop()
    if wait:is_closing() then
      return false
    end
    wait:close()
    rest:close()
    vim.api.nvim_del_augroup_by_id(group)
    return true
  end
  wait:start(WAIT_MS, 0, vim.schedule_wrap(stop))
  vim.api.nvim_create_autocmd('DiagnosticChanged', {
    group = group,
    buffer = bufnr,
    callback = function()
      rest:start(
        REST_MS,
        0,
        vim.schedule_wrap(function()
          ask(run, finished, stop)
        end)
      )
    end,
  })
end

--- Try what was offered last.
function M.try()
  if not offered then
    vim.notify('tierlsp: nothing is known to stand still after an edit; `:Tierlsp fix` mends what is at the cursor')
    return
  end
  local this = offered
  offered = nil
  require('tierlsp.runs').from_menu(this.client, this.argument, this.bufnr)
end

return M
