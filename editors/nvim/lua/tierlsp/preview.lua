--- Changes to several files, shown as one diff before they are made, with one question.
---
--- Neovim by itself asks for each file without showing anything, and says that all was applied after a "no".

local M = {}

---@param uri string
---@return integer bufnr
local function loaded(uri)
  local bufnr = vim.uri_to_bufnr(uri)
  vim.fn.bufload(bufnr)
  return bufnr
end

---@param edits lsp.TextEdit[]
---@param lines string[]
---@param encoding string
---@return string[]
local function edited(edits, lines, encoding)
  local scratch = vim.api.nvim_create_buf(false, true)
  vim.api.nvim_buf_set_lines(scratch, 0, -1, false, lines)
  vim.lsp.util.apply_text_edits(vim.deepcopy(edits), scratch, encoding)
  local new = vim.api.nvim_buf_get_lines(scratch, 0, -1, false)
  vim.api.nvim_buf_delete(scratch, { force = true })
  return new
end

--- Return the changes as the lines of a diff.
---@param edit lsp.WorkspaceEdit
---@param encoding string
---@return string[]
function M.lines(edit, encoding)
  local found = {}
  for _, change in ipairs(edit.documentChanges or {}) do
    if change.edits then
      local bufnr = loaded(change.textDocument.uri)
      local old = vim.api.nvim_buf_get_lines(bufnr, 0, -1, false)
      local new = edited(change.edits, old, encoding)
      local name = vim.fn.fnamemodify(vim.uri_to_fname(change.textDocument.uri), ':.')
      vim.list_extend(found, { '--- ' .. name, '+++ ' .. name })
      local text = vim.text.diff(table.concat(old, '\n') .. '\n', table.concat(new, '\n') .. '\n', { ctxlen = 3 })
      vim.list_extend(found, vim.split(vim.trim(text --[[@as string]]), '\n'))
    end
  end
  return found
end

--- Take the marks for questions out of an edit, so that nobody asks again.
---@param edit lsp.WorkspaceEdit
local function unmark(edit)
  edit.changeAnnotations = nil
  for _, change in ipairs(edit.documentChanges or {}) do
    change.annotationId = nil
    for _, one in ipairs(change.edits or {}) do
      one.annotationId = nil
    end
  end
end

--- Show lines of a diff in a tab of their own, and wait until the person has said what to do, however long they read.
---@param lines string[]
---@param question string
---@return boolean
local function ask(lines, question)
  local co = assert(coroutine.running(), 'the editor waits for no answer outside a coroutine')
  local bufnr = vim.api.nvim_create_buf(false, true)
  vim.api.nvim_buf_set_lines(bufnr, 0, -1, false, lines)
  vim.bo[bufnr].modifiable, vim.bo[bufnr].bufhidden, vim.bo[bufnr].syntax = false, 'wipe', 'diff'
  vim.cmd.stopinsert()
  vim.cmd('tab split')
  vim.api.nvim_win_set_buf(0, bufnr)
  -- A `%` would be read as a command of the bar.
  vim.wo.winbar = ' a applies · q leaves it · ' .. question:gsub('%%', '%%%%')
  local is_said = false
  local function say(is_yes)
    if is_said then
      return
    end
    is_said = true
    vim.schedule(function()
      pcall(vim.api.nvim_buf_delete, bufnr, { force = true })
      coroutine.resume(co, is_yes)
    end)
  end
  for key, is_yes in pairs({ a = true, q = false, ['<Esc>'] = false }) do
    vim.keymap.set('n', key, function()
      say(is_yes)
    end, { buffer = bufnr, nowait = true, desc = is_yes and 'tierlsp: apply' or 'tierlsp: leave it' })
  end
  vim.api.nvim_create_autocmd('BufWipeout', {
    buffer = bufnr,
    callback = function()
      say(false)
    end,
  })
  return coroutine.yield()
end

--- Show the changes of an edit that wants to be looked at first, and ask whether to make them.
---@param edit lsp.WorkspaceEdit its marks for questions are taken out
---@param encoding string
---@return boolean
function M.may_apply(edit, encoding)
  local question
  for _, annotation in pairs(edit.changeAnnotations or {}) do
    question = annotation.needsConfirmation and annotation.label or question
  end
  unmark(edit)
  return not question or ask(M.lines(edit, encoding), question)
end

return M
