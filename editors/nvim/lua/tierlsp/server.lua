--- The connection to the server: what this plugin tells it, and what it does at its beginning and its end.

local config = require('tierlsp.config')

local M = {}

local MOST_RESTARTS = 3
local RESTARTS_WITHIN_MS = 5 * 60 * 1000

---@type table<integer, boolean> clients that have served a buffer
local served = {}
---@type number[] when the server was started again
local restarts = {}

--- Announce what this plugin can do.
---@param params lsp.InitializeParams
function M.before_init(params)
  local can = { status = true, lookAgain = true, rename = true, refresh = config.options.ghost == 'plugin' }
  -- All of an edit or nothing: `workspace/applyEdit` below looks at everything before it changes anything.
  params.capabilities.workspace.workspaceEdit.failureHandling = 'transactional'
  params.capabilities.experimental =
    vim.tbl_deep_extend('force', params.capabilities.experimental or {}, { tierlsp = can })
end

--- Whether an open file is not the one any more that an edit was made for.
---
--- Neovim looks at this itself, but not for a file that was never changed before (its version is 0), and it leaves out
--- what is outdated, applies the rest and says that all was applied.
---@param document lsp.OptionalVersionedTextDocumentIdentifier
---@return boolean
function M.is_outdated(document)
  local bufnr = vim.uri_to_bufnr(document.uri)
  local version = vim.lsp.util.buf_versions[bufnr]
  return type(document.version) == 'number' and version ~= nil and version ~= document.version
end

---@param uri string
---@return string
local function name_of(uri)
  return vim.fs.basename(vim.uri_to_fname(uri))
end

--- Whether nobody may change the buffer of a file.
---@param uri string
---@return boolean
local function is_locked(uri)
  local bufnr = vim.uri_to_bufnr(uri)
  return vim.fn.bufexists(bufnr) == 1 and not vim.bo[bufnr].modifiable
end

--- Return why an edit cannot be made as a whole, `nil` if it can.
---@param edit lsp.WorkspaceEdit
---@return string?
function M.why_not(edit)
  for _, change in ipairs(edit.documentChanges or {}) do
    local uri = change.kind == 'create' and change.uri or change.textDocument and change.textDocument.uri
    local name = uri and name_of(uri)
    if change.kind == 'create' and vim.uv.fs_stat(vim.uri_to_fname(uri)) and not (change.options or {}).overwrite then
      return name .. ' is there already'
    elseif change.textDocument and M.is_outdated(change.textDocument) then
      return name .. ' has changed meanwhile'
    elseif change.textDocument and is_locked(uri) then
      return name .. ' cannot be modified'
    end
  end
  for uri in pairs(edit.changes or {}) do
    if is_locked(uri) then
      return name_of(uri) .. ' cannot be modified'
    end
  end
end

--- Take away the empty line that Neovim leaves at the end of a file that an edit has made: saved, it would be one more.
---@param edit lsp.WorkspaceEdit
local function trim_new_files(edit)
  for _, change in ipairs(edit.documentChanges or {}) do
    local bufnr = change.kind == 'create' and vim.fn.bufnr(vim.uri_to_fname(change.uri)) or -1
    if bufnr ~= -1 and vim.api.nvim_buf_line_count(bufnr) > 1 and vim.bo[bufnr].fixendofline then
      if vim.api.nvim_buf_get_lines(bufnr, -2, -1, true)[1] == '' then
        vim.api.nvim_buf_set_lines(bufnr, -2, -1, true, {})
      end
    end
  end
end

M.handlers = {
  ['tierlsp/status'] = function(_, params, ctx)
    require('tierlsp.status').on_status(params, ctx.client_id)
  end,
  ['tierlsp/runFinished'] = function(_, params)
    require('tierlsp.rename').ended(params.runId)
    require('tierlsp.runs').on_finished(params)
  end,
  ['tierlsp/rename'] = function(_, params, ctx)
    return require('tierlsp.rename').give(params, ctx.client_id)
  end,
  ['tierlsp/inlineCompletion/refresh'] = function(_, params)
    require('tierlsp.ghost').on_refresh(params)
  end,
  ['workspace/applyEdit'] = function(err, params, ctx)
    local encoding = vim.lsp.get_client_by_id(ctx.client_id).offset_encoding
    if not require('tierlsp.preview').may_apply(params.edit, encoding) then
      return { applied = false, failureReason = 'you chose to leave it' }
    end
    local why = M.why_not(params.edit)
    if why then
      return { applied = false, failureReason = why }
    end
    local result = vim.lsp.handlers['workspace/applyEdit'](err, params, ctx)
    trim_new_files(params.edit)
    return result
  end,
  ['window/showDocument'] = function(err, params, ctx)
    if not params.external and not params.selection and vim.endswith(params.uri, '.md') then
      return require('tierlsp.page').show(params.uri)
    end
    return vim.lsp.handlers['window/showDocument'](err, params, ctx)
  end,
}

--- Have questions for code actions tell of the diagnostics of every server and linter.
---
--- Neovim tells each server of its own diagnostics only, and there are none of ours: nothing could be mended.
---@param client vim.lsp.Client
local function share_diagnostics(client)
  local request = client.request
  client.request = function(self, method, params, handler, bufnr)
    if method == 'textDocument/codeAction' then
      params = vim.deepcopy(params)
      local range = params.range
      params.context.diagnostics = M.diagnostics(bufnr, range.start.line, range['end'].line)
    end
    return request(self, method, params, handler, bufnr)
  end
end

--- Return all diagnostics on some lines of a buffer, as the protocol has them.
---@param bufnr integer?
---@param first integer from 0
---@param last integer
---@return lsp.Diagnostic[]
function M.diagnostics(bufnr, first, last)
  return vim.lsp.diagnostic.from(vim.tbl_filter(function(diagnostic)
    return diagnostic.lnum <= last and (diagnostic.end_lnum or diagnostic.lnum) >= first
  end, vim.diagnostic.get(vim._resolve_bufnr(bufnr))))
end

--- A client serves a buffer.
---@param client vim.lsp.Client
---@param bufnr integer
function M.on_attach(client, bufnr)
  if not served[client.id] then
    served[client.id] = true
    share_diagnostics(client)
  end
  for method, handler in pairs(M.handlers) do
    client.handlers[method] = client.handlers[method] or handler
  end
  client.commands['tierlsp.run'] = client.commands['tierlsp.run']
    or function(command, ctx)
      require('tierlsp.runs').from_menu(client, command.arguments[1], ctx.bufnr)
    end
  if not client:supports_method('textDocument/inlineCompletion', bufnr) then
    return
  end
  if config.options.ghost == 'plugin' then
    require('tierlsp.ghost').attach(client, bufnr)
  elseif config.options.ghost == 'builtin' then
    vim.lsp.inline_completion.enable(true, { bufnr = bufnr })
  end
end

--- The server has ended. It is started again unless somebody wanted it to end.
---@param code integer
---@param signal integer
---@param client_id integer
function M.on_exit(code, signal, client_id)
  local has_served = served[client_id]
  served[client_id] = nil
  vim.schedule(function()
    require('tierlsp.status').on_exit(client_id)
    if vim.v.exiting == vim.NIL then
      require('tierlsp.runs').on_exit(client_id)
    end
    if code == 0 and signal == 0 or not has_served or not config.options.restart then
      return
    end
    if vim.v.exiting ~= vim.NIL or not vim.lsp.is_enabled('tierlsp') then
      return
    end
    local now = vim.uv.now()
    restarts = vim.tbl_filter(function(at)
      return now - at < RESTARTS_WITHIN_MS
    end, restarts)
    if #restarts >= MOST_RESTARTS then
      vim.notify('tierlsp ended again and is left alone now; `:Tierlsp log` says why', vim.log.levels.WARN)
      return
    end
    restarts[#restarts + 1] = now
    vim.lsp.enable('tierlsp')
  end)
end

return M
