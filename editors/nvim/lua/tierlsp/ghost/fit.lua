--- How a ghost text fits the line as it is now: pure functions on strings.

local M = {}

--- A text for a place. It stays true while the person types along it, goes back, or has a bracket closed by a plugin.
---@class tierlsp.Text
---@field row integer the line it begins on, from 0
---@field start integer the byte of that line where it begins; what was typed behind it is its beginning
---@field text string all of it
---@field tail string what of the line stays as it is, behind it
---@field is_chosen boolean? whether the person took it in place of the first
---@field command lsp.Command? what the server wants to be told when it is taken

--- The characters of a text, as strings.
---@param text string
---@return fun(): string?
local function characters(text)
  return text:gmatch('[%z\1-\127\194-\253][\128-\191]*')
end

--- Cut `text` where the characters of `given` occur in it, in order.
---
--- A text often writes again what a plugin has put behind the cursor, a `)`. What is drawn then stands around it, and
--- what is taken replaces it.
---@param text string
---@param given string
---@return string[]? # one piece more than `given` has characters; `nil` if they do not all occur
function M.around(text, given)
  local pieces, from = {}, 1
  for char in characters(given) do
    local first, last = text:find(char, from, true)
    if not first then
      return nil
    end
    pieces[#pieces + 1] = text:sub(from, first - 1)
    from = last + 1
  end
  pieces[#pieces + 1] = text:sub(from)
  return pieces
end

--- Return how many bytes of `given` the beginning `piece` of a text replaces.
---@param piece string
---@param given string
---@return integer
function M.replaced_by(piece, given)
  local from, bytes = 1, 0
  for char in characters(given) do
    local _, last = piece:find(char, from, true)
    if not last then
      break
    end
    from, bytes = last + 1, bytes + #char
  end
  return bytes
end

--- Return what is left of a text behind what was typed.
---@param text tierlsp.Text
---@param typed string from the text's beginning to the cursor
---@param behind string the rest of the cursor's line
---@return string? rest `nil` if the text goes another way, or nothing is left
---@return string replaced what of `behind` it replaces
function M.rest(text, typed, behind)
  if not vim.startswith(text.text, typed) or not vim.endswith(behind, text.tail) then
    return nil, ''
  end
  local rest = text.text:sub(#typed + 1)
  local replaced = behind:sub(1, #behind - #text.tail)
  if rest == '' or rest == replaced or not M.around(rest:match('^[^\n]*'), replaced) then
    return nil, ''
  end
  return rest, replaced
end

--- Return the text that comes so many steps behind the one that is shown, round and round.
---@param texts tierlsp.Text[] the first is the one that comes by itself
---@param shown tierlsp.Text
---@param step integer
---@return tierlsp.Text? # `nil` if there is no other
function M.following(texts, shown, step)
  local at = 1
  for index, each in ipairs(texts) do
    at = each.text == shown.text and index or at
  end
  local to = (at - 1 + step) % math.max(1, #texts) + 1
  if to ~= at then
    texts[to].is_chosen = to > 1
    return texts[to]
  end
end

--- Return the first word of a text, with the blanks and line ends before it.
---@param rest string
---@return string
function M.word(rest)
  -- In a string, `\S` would match a line end too.
  local word = vim.fn.matchstr(rest, [[\v^\_s*(\k+|%(\k@![^[:space:]\n])+)]])
  return word ~= '' and word or rest
end

--- Return the first line of a text; the line end comes first where a line was taken before.
---@param rest string
---@return string
function M.line(rest)
  return rest:match('^\n?[^\n]*')
end

return M
