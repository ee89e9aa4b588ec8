"""What stands before the cursor, as the index compares it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tierlsp.completion.lookup.document import MAX_GAP_LINES
from tierlsp.completion.lookup.tape import MAX_LINE_CHARS, TAIL_TOKENS, Keys, keys_of
from tierlsp.completion.lookup.tokens import PAD, indent_chars, indent_step, last_word, token_id, token_ids
from tierlsp.text.cursor import Cursor

MAX_MATCH_TOKENS = 32
"""Tokens before the cursor that are compared: about three lines. A longer match says nothing more."""


@dataclass(frozen=True, slots=True)
class Probe:
    """The keys of one position, and how many real tokens they cover (the rest is `PAD`)."""

    keys: Keys
    tokens: int


@dataclass(frozen=True, slots=True)
class Context:
    """The tokens before the cursor, and what has been typed of the one at the cursor."""

    nearest_first: tuple[int, ...]
    """Ids before the cursor, without the word that is being typed; `MAX_MATCH_TOKENS` or fewer."""
    probe: Probe
    """Where to look for the position after them."""
    word: str
    """The word left of the cursor, if the cursor stands in or behind one; else `""`."""
    word_probe: Probe | None
    """Where to look for the position after the word, should the word be finished."""
    is_after_blank: bool
    """Whether the line is empty left of the cursor, or ends in a blank there."""


def context_at(cursor: Cursor) -> Context | None:
    """Return the context of `cursor`, or `None` where its line is too long to be read on every key."""
    prefix = cursor.prefix
    if len(prefix) + len(cursor.suffix) > MAX_LINE_CHARS:
        return None
    word = last_word(prefix)
    lines = _lines_above(cursor)
    above = next(lines, "")
    # With no line above, a line is compared with the margin, as the tape does it.
    on_line = [indent_step(indent_chars(prefix), indent_chars(above))]
    on_line += token_ids(prefix[: len(prefix) - len(word)])
    nearest_first = on_line[::-1]
    tail = on_line
    while above and len(nearest_first) < MAX_MATCH_TOKENS:
        ids = token_ids(above)
        higher = next(lines, "")
        ids.insert(0, indent_step(indent_chars(above), indent_chars(higher)))
        nearest_first += ids[::-1]
        if tail is on_line:
            tail = ids[-TAIL_TOKENS:] + on_line
        above = higher
    return Context(
        nearest_first=tuple(nearest_first[:MAX_MATCH_TOKENS]),
        probe=_probe(tail),
        word=word,
        word_probe=_probe([*tail, token_id(word)]) if word else None,
        is_after_blank=not prefix or prefix[-1].isspace(),
    )


def _probe(tail: list[int]) -> Probe:
    last = tail[-TAIL_TOKENS - 1 :]
    return Probe(keys_of([PAD] * (TAIL_TOKENS + 1 - len(last)) + last), len(last))


def _lines_above(cursor: Cursor) -> Iterator[str]:
    """Yield the lines above that are linked as neighbours of each other, nearest first."""
    gap = 0
    for line in reversed(cursor.above):
        if not line or line.isspace():
            gap += 1
            if gap > MAX_GAP_LINES:
                return
        elif len(line) > MAX_LINE_CHARS:
            return
        else:
            gap = 0
            yield line
