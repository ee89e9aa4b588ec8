"""Text as token ids: how the index reads a line, in any language.

A token is a run of word characters or one other visible character. Blanks are not tokens, so that matching does not
see them; where they stood is read again from the source line when a completion is restored. Each line is a *record*:

    STEP  token … token  END_OF_LINE

where `STEP` is one of three ids that say whether the line is indented as far as the one above it, deeper, or less.

An id is 32 bits of the token's hash. No table of words is kept, so that dropping a file frees everything it brought;
two different words share an id once in two milliards of pairs, and the cost of that is one wrong guess.
"""

from __future__ import annotations

import re

PAD = 0
"""Stands for a token before the beginning of what a key can see."""
DEAD = 1
"""Overwrites the tokens of a record that is no longer part of its document; equal to no token."""
END_OF_LINE = 2
"""Closes a record."""
SAME_INDENT = 3
"""Opens a record whose line begins in the same column as the line above."""
DEEPER = 4
"""Opens a record whose line begins further right than the line above."""
SHALLOWER = 5
"""Opens a record whose line begins further left than the line above."""

_FIRST_WORD = 8
"""This bit is set in every id of a real token, which keeps them apart from the ids above."""

_TOKEN = re.compile(r"\w+|[^\w\s]")
_LAST_WORD = re.compile(r"\w+\Z")


def token_id(token: str) -> int:
    """Return the id of one token."""
    return hash(token) & 0xFFFFFFFF | _FIRST_WORD


def token_ids(text: str) -> list[int]:
    """Return the ids of the tokens of `text`, in order."""
    return [hash(token) & 0xFFFFFFFF | _FIRST_WORD for token in _TOKEN.findall(text)]


def token_spans(text: str) -> list[tuple[int, int]]:
    """Return where each token of `text` begins and ends."""
    return [match.span() for match in _TOKEN.finditer(text)]


def last_word(text: str) -> str:
    """Return the word that `text` ends in, or `""` if it ends in anything else."""
    match = _LAST_WORD.search(text[-MAX_WORD_CHARS:])
    return match.group() if match else ""


MAX_WORD_CHARS = 256
"""The longest word that is looked at before the cursor. Longer ones are data, and the search must stay short."""


def indent_chars(line: str) -> int:
    """Return how many blanks `line` begins with. A tab counts as one: lines are compared with their neighbours."""
    return len(line) - len(line.lstrip())


def indent_step(indent: int, above: int) -> int:
    """Return the id that opens a record: how a line that begins at `indent` lies to the one above it."""
    if indent == above:
        return SAME_INDENT
    return DEEPER if indent > above else SHALLOWER
