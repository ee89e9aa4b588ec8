--- Ghost text of our own, in place of Neovim's `vim.lsp.inline_completion`.
---
--- That one waits 200 ms before it asks and shows nothing for what is typed along. This one asks at the key, keeps what
--- agrees with what is typed, and lets go of the rest. There is one state, since there is one cursor in insert mode.

local fit = require('tierlsp.ghost.fit')
local view = require('tierlsp.ghost.view')

local M = {}

local api = vim.api
local METHOD = 'textDocument/inlineCompletion'

--- A question to the server, with what the buffer was like.
---@class tierlsp.Question
---@field bufnr integer
---@field tick integer
---@field row integer
---@field col integer
---@field line string
---@field client vim.lsp.Client
---@field kind lsp.InlineCompletionTriggerKind
---@field step integer? which of the answers is wanted, counted from the one that is shown
---@field id integer? while it waits for its answer

---@type table<integer, integer> the client's id, by buffer
local clients = {}
---@type tierlsp.Question? the newest
local question
---@type tierlsp.Text? what may be shown
local text
---@type { row: integer, text: string }? a text that the person sent away
local dismissed

--- Return what is left of the text at the cursor, in the buffer as it is now.
---@return string? rest
---@return string replaced
local function left()
  local cursor = api.nvim_win_get_cursor(0)
  local row, col = cursor[1] - 1, cursor[2]
  if not text or not question or question.bufnr ~= api.nvim_get_current_buf() then
    return nil, ''
  end
  if row < text.row or (row == text.row and col < text.start) or text.row >= api.nvim_buf_line_count(0) then
    return nil, ''
  end
  local first = api.nvim_buf_get_lines(0, text.row, text.row + 1, true)[1]
  if #first < text.start then
    return nil, ''
  end
  local typed = table.concat(api.nvim_buf_get_text(0, text.row, text.start, row, col, {}), '\n')
  return fit.rest(text, typed, api.nvim_get_current_line():sub(col + 1))
end

--- Show what is left, or nothing.
local function draw()
  local rest, replaced = left()
  local bufnr = api.nvim_get_current_buf()
  if not rest then
    text = nil
    view.hide(bufnr)
    return
  end
  local cursor = api.nvim_win_get_cursor(0)
  view.show(bufnr, cursor[1] - 1, cursor[2], rest, replaced)
end

--- Withdraw the question that waits.
local function cancel()
  if question and question.id then
    local id = question.id
    question.id = nil
    question.client:cancel_request(id)
  end
end

--- Return the text of an answer's item.
---@param asked tierlsp.Question
---@param item lsp.InlineCompletionItem?
---@return tierlsp.Text?
local function text_of(asked, item)
  if type(item) ~= 'table' or type(item.insertText) ~= 'string' then
    return nil
  end
  local first, last = asked.col, asked.col
  local range = item.range
  if range then
    if range.start.line ~= asked.row or range['end'].line ~= asked.row then
      return nil
    end
    local encoding = asked.client.offset_encoding
    first = vim.str_byteindex(asked.line, encoding, range.start.character, false)
    last = vim.str_byteindex(asked.line, encoding, range['end'].character, false)
  end
  return {
    row = asked.row,
    start = first,
    text = item.insertText,
    tail = asked.line:sub(last + 1),
    command = item.command,
  }
end

--- Whether ghost text is wanted in a buffer now.
---@param bufnr integer
---@return boolean
local function is_wanted(bufnr)
  return M.enabled and vim.b[bufnr].tierlsp_enabled ~= false and vim.startswith(api.nvim_get_mode().mode, 'i')
end

---@param asked tierlsp.Question
---@param err lsp.ResponseError?
---@param result any
local function on_answer(asked, err, result)
  local is_newest = asked == question
  asked.id = nil
  if asked.bufnr ~= api.nvim_get_current_buf() or not is_wanted(asked.bufnr) or (text and not is_newest) then
    -- An older answer is of use only where nothing is shown yet.
    return
  end
  if text and text.is_chosen and not asked.step then
    -- What the person has chosen stays as long as it fits.
    return
  end
  local texts = {}
  for _, item in ipairs(not err and type(result) == 'table' and (result.items or result) or {}) do
    texts[#texts + 1] = text_of(asked, item)
  end
  local new = asked.step and text and fit.following(texts, text, asked.step) or texts[1]
  if new and dismissed and dismissed.row == new.row and vim.startswith(new.text, dismissed.text) then
    -- It was sent away, and with more behind it it is the same.
    return
  end
  if new or (is_newest and not err) then
    text = new
    draw()
  end
end

--- Ask the server for the cursor's place.
---@param client vim.lsp.Client
---@param bufnr integer
---@param kind lsp.InlineCompletionTriggerKind
---@param step integer?
local function ask(client, bufnr, kind, step)
  local cursor = api.nvim_win_get_cursor(0)
  local line = api.nvim_get_current_line()
  ---@type tierlsp.Question
  local new = {
    bufnr = bufnr,
    tick = api.nvim_buf_get_changedtick(bufnr),
    row = cursor[1] - 1,
    col = cursor[2],
    line = line,
    client = client,
    kind = kind,
    step = step,
  }
  -- No cancelling of the last one: the server lets go of it when it reads this, and keeps what the model has written.
  question = new
  local _, id = client:request(METHOD, {
    textDocument = { uri = vim.uri_from_bufnr(bufnr) },
    position = { line = new.row, character = vim.str_utfindex(line, client.offset_encoding, new.col, false) },
    context = { triggerKind = kind },
  }, function(err, result)
    on_answer(new, err, result)
  end, bufnr)
  new.id = id
end

---@param bufnr integer
---@return vim.lsp.Client?
local function client_of(bufnr)
  local client = clients[bufnr] and vim.lsp.get_client_by_id(clients[bufnr])
  return client and not client:is_stopped() and client or nil
end

--- Whether the place is the one that was asked for last.
---@param bufnr integer
---@return boolean
local function is_asked(bufnr)
  if not question or question.bufnr ~= bufnr or question.tick ~= api.nvim_buf_get_changedtick(bufnr) then
    return false
  end
  local cursor = api.nvim_win_get_cursor(0)
  return question.row == cursor[1] - 1 and question.col == cursor[2]
end

--- The text or the cursor has changed: show what still fits, and ask.
local function update()
  local bufnr = api.nvim_get_current_buf()
  local client = client_of(bufnr)
  if not client or not is_wanted(bufnr) or is_asked(bufnr) then
    return
  end
  draw()
  if vim.fn.pumvisible() == 1 and vim.fn.complete_info({ 'selected' }).selected ~= -1 then
    -- An entry of the menu is in the text for now.
    M.hide()
  elseif vim.fn.reg_executing() == '' and not (text and text.is_chosen) then
    ask(client, bufnr, vim.lsp.protocol.InlineCompletionTriggerKind.Automatic)
  end
end

--- Ghost text at all, in every buffer.
M.enabled = true

--- Show ghost text of a client in a buffer.
---@param client vim.lsp.Client
---@param bufnr integer
function M.attach(client, bufnr)
  -- Whoever switched the built-in on for all clients would see every text twice.
  vim.lsp.inline_completion.enable(false, { client_id = client.id })
  clients[bufnr] = client.id
  local group = api.nvim_create_augroup('tierlsp.ghost.' .. bufnr, {})
  local function on(events, callback)
    api.nvim_create_autocmd(events, { group = group, buffer = bufnr, callback = callback })
  end
  on({ 'TextChangedI', 'TextChangedP', 'CursorMovedI' }, update)
  -- The mode changes, and the cursor takes its place, after the event.
  on('InsertEnter', vim.schedule_wrap(update))
  on({ 'InsertLeave', 'BufLeave' }, function()
    M.hide()
    question, dismissed = nil, nil
  end)
end

--- Show no ghost text in a buffer any more.
---@param bufnr integer
function M.detach(bufnr)
  clients[bufnr] = nil
  pcall(api.nvim_del_augroup_by_name, 'tierlsp.ghost.' .. bufnr)
  view.hide(bufnr)
end

--- Ask anew for the place of the cursor, as the person wants it: also for a text that they sent away.
---@param step integer? which of the answers is wanted, counted from the one that is shown
function M.again(step)
  local bufnr = api.nvim_get_current_buf()
  local client = client_of(bufnr)
  if client and is_wanted(bufnr) then
    dismissed = nil
    ask(client, bufnr, vim.lsp.protocol.InlineCompletionTriggerKind.Invoked, step)
  end
end

--- The server has a better answer than the one it gave.
---@param params { uri: string, version: integer, position: lsp.Position }
function M.on_refresh(params)
  local bufnr = api.nvim_get_current_buf()
  if question and vim.uri_from_bufnr(bufnr) == params.uri and is_asked(bufnr) and is_wanted(bufnr) then
    -- In the same way as before: where nothing is shown unless it was asked for, an automatic question has no answer.
    ask(question.client, bufnr, question.kind)
  end
end

--- Hide the text and withdraw the question.
function M.hide()
  cancel()
  text = nil
  view.hide(api.nvim_get_current_buf())
end

--- Send the text away: it does not come back while what is typed leads to it.
---@return boolean # `false` if there is none
function M.dismiss()
  if not left() then
    return false
  end
  dismissed = text and { row = text.row, text = text.text }
  M.hide()
  return true
end

--- Return the text that is shown, `nil` for none.
---@return string?
function M.shown()
  return (left())
end

--- Take a part of the text, now.
---@param part 'all'|'word'|'line'
function M.take(part)
  local rest, replaced = left()
  if not rest or not text or not question then
    return
  end
  local piece = part == 'all' and rest or fit[part](rest)
  local taken, cursor = text, api.nvim_win_get_cursor(0)
  local row, col = cursor[1] - 1, cursor[2]
  local lines = vim.split(piece, '\n', { plain = true })
  local gone = #piece == #rest and #replaced or fit.replaced_by(piece, replaced)
  api.nvim_buf_set_text(0, row, col, row, col + gone, lines)
  api.nvim_win_set_cursor(0, { row + #lines, (#lines == 1 and col or 0) + #lines[#lines] })
  if left() then
    draw()
    return
  end
  local client = question.client
  M.hide()
  if taken.command then
    client:exec_cmd(taken.command, { bufnr = api.nvim_get_current_buf() })
  end
end

--- Take a part of the text that is shown, as an undo step of its own.
---
--- It is done by keys that come before all that are typed already: in order, and from an `expr` mapping too.
---@param part 'all'|'word'|'line'
---@return boolean # `false` if there is none
function M.accept(part)
  if not left() then
    return false
  end
  local keys = ('<C-g>u<Cmd>lua require("tierlsp.ghost").take(%q)<CR><C-g>u'):format(part)
  api.nvim_feedkeys(vim.keycode(keys), 'ni', false)
  return true
end

return M
