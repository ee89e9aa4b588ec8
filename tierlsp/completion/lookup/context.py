"""What stands before the cursor, as the index compares it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tierlsp.completion.lookup.document import MAX_GAP_LINES
from tierlsp.completion.lookup.tape import MAX_LINE_CHARS, TAIL_TOKENS, Keys, keys_of
from tierlsp.completion.lookup.tokens import PAD, indent_chars, indent_step, last_word, token_id, token_ids
from tierlsp.text.cursor import Cursor

MAX_MATCH_TOKENS = 32
"""Tokens before the cursor that are compared. Beyond it a longer match says nothing more: `bench/lookup.py`."""


@dataclass(frozen=True, slots=True)
class Context:
    """The tokens before the cursor, and what has been typed of the one at the cursor."""

    nearest_first: tuple[int, ...]
    """Ids before the cursor, without the word that is being typed; up to about `MAX_MATCH_TOKENS`."""
    keys: Keys
    """The keys of the position after them."""
    key_tokens: int
    """How many real tokens the longest key covers; fewer than four near the top, and below a short line."""
    word: str
    """The word that the cursor stands in or behind, left of the cursor; `""` after anything else."""
    word_keys: Keys | None
    """The keys of the position after the word, if the word is taken as finished."""
    is_after_blank: bool
    """Whether the line is empty left of the cursor, or ends in a blank there."""


def context_at(cursor: Cursor) -> Context | None:
    """Return the context of `cursor`, or `None` where the line is too long to be read on every key."""
    prefix = cursor.prefix
    if len(prefix) > MAX_LINE_CHARS:
        return None
    word = last_word(prefix)
    ids = token_ids(prefix[: len(prefix) - len(word)])
    above = _lines_above(cursor)
    nearest = next(above, None)
    # A line that holds nothing but blanks is as far indented as the cursor stands.
    step = indent_step(min(indent_chars(prefix), len(prefix)), _indent(nearest))
    tail = _key_tail(nearest, cursor, above)
    ids.insert(0, step)
    return Context(())


def _indent(line: str | None) -> int:
    return 0 if line is None else indent_chars(line)


def _lines_above(cursor: Cursor) -> Iterator[str]:
    """Yield the lines above that are linked as neighbours of each other, nearest first."""
    gap = 0
    for line in reversed(cursor.above):
        if len(line) > MAX_LINE_CHARS:
            return
        if not line or line.isspace():
            gap += 1
            if gap > MAX_GAP_LINES:
                return
        else:
            gap = 0
            yield line
