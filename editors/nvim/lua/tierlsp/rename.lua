--- A name that was chosen, given by the rename of another server: it knows the other files.
---
--- Nothing is said here: the server says how it went at the end of the run.

local server = require('tierlsp.server')

local M = {}

--- What the server asks for.
---@class tierlsp.Rename
---@field runId string
---@field textDocument lsp.VersionedTextDocumentIdentifier
---@field position lsp.Position
---@field oldName string
---@field newName string

---@class tierlsp.Renamed
---@field outcome 'renamed'|'none'|'refused'
---@field by string? whose rename it was
---@field places integer?
---@field files integer?
---@field reason string? why it was refused

---@type table<string, boolean> runs that wait for a name to be given
local waiting = {}

---@param reason string
---@return tierlsp.Renamed
local function refused(reason)
  return { outcome = 'refused', reason = reason }
end

--- Ask a server, and wait for its answer while the editor goes on.
---@param client vim.lsp.Client
---@param method string
---@param params table
---@param bufnr integer
---@return lsp.ResponseError?, any
local function ask(client, method, params, bufnr)
  local co = assert(coroutine.running(), 'the editor waits for no answer outside a coroutine')
  local is_sent = client:request(method, params, function(err, result)
    coroutine.resume(co, err, result)
  end, bufnr)
  if not is_sent then
    return { code = 0, message = 'it has ended' }
  end
  return coroutine.yield()
end

--- Return a position of one server's as another one counts it.
---@param bufnr integer
---@param position lsp.Position
---@param from string
---@param to string
---@return lsp.Position
local function position_in(bufnr, position, from, to)
  local line = vim.api.nvim_buf_get_lines(bufnr, position.line, position.line + 1, false)[1] or ''
  local byte = vim.str_byteindex(line, from, position.character, false)
  return { line = position.line, character = vim.str_utfindex(line, to, byte, false) }
end

--- Return how many places of how many files an edit changes.
---@param edit lsp.WorkspaceEdit
---@return integer places
---@return integer files
function M.reach(edit)
  local places, uris = 0, {}
  for uri, edits in pairs(edit.changes or {}) do
    places, uris[uri] = places + #edits, #edits > 0 or nil
  end
  for _, change in ipairs(edit.documentChanges or {}) do
    if change.edits and #change.edits > 0 then
      places, uris[change.textDocument.uri] = places + #change.edits, true
    end
  end
  return places, vim.tbl_count(uris)
end

--- Have one other server rename.
---@param other vim.lsp.Client
---@param encoding string that of the position
---@param params tierlsp.Rename
---@param bufnr integer
---@return tierlsp.Renamed
local function by(other, encoding, params, bufnr)
  local there = {
    textDocument = { uri = vim.uri_from_bufnr(bufnr) },
    position = position_in(bufnr, params.position, encoding, other.offset_encoding),
  }
  if other:supports_method('textDocument/prepareRename', bufnr) then
    local err, range = ask(other, 'textDocument/prepareRename', there, bufnr)
    if err or not range then
      return refused(('%s: %s'):format(other.name, err and err.message or 'nothing to rename'))
    end
  end
  there.newName = params.newName
  local err, edit = ask(other, 'textDocument/rename', there, bufnr)
  local places, files = M.reach(edit or {})
  if err or places == 0 then
    return refused(('%s: %s'):format(other.name, err and err.message or 'nothing to rename'))
  elseif not waiting[params.runId] then
    return refused('the action has ended')
  elseif server.is_outdated(params.textDocument) then
    return refused('the file has changed meanwhile')
  end
  local why = server.why_not(edit)
  if why then
    return refused(why)
  end
  vim.lsp.util.apply_workspace_edit(edit, other.offset_encoding)
  return { outcome = 'renamed', by = other.name, places = places, files = files }
end

--- Give a name by the first other server that renames there.
---@param params tierlsp.Rename
---@param client_id integer
---@return tierlsp.Renamed
function M.give(params, client_id)
  local encoding = assert(vim.lsp.get_client_by_id(client_id)).offset_encoding
  local bufnr = vim.uri_to_bufnr(params.textDocument.uri)
  local answer = { outcome = 'none' }
  if server.is_outdated(params.textDocument) then
    return refused('the file has changed meanwhile')
  end
  waiting[params.runId] = true
  for _, other in ipairs(vim.lsp.get_clients({ bufnr = bufnr, method = 'textDocument/rename' })) do
    if other.id ~= client_id then
      local said = by(other, encoding, params, bufnr)
      if said.outcome == 'renamed' then
        answer = said
        break
      end
      -- The first is who the editor would have asked.
      answer = answer.outcome == 'none' and said or answer
    end
  end
  waiting[params.runId] = nil
  return answer
end

--- A run has ended, maybe because somebody cancelled it: what comes for it now is too late.
---@param run_id string
function M.ended(run_id)
  waiting[run_id] = nil
end

return M
