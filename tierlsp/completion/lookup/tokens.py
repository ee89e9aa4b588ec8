"""Text as token ids: how the index reads a line, in any language.

A token is a run of word characters or one other visible character. Blanks are not tokens, so that matching does not
see them; where they stood is read again from the source line when a completion is restored. Each line is a *record*:

    STEP  token … token  END_OF_LINE

where `STEP` is one of three ids that say whether the line is indented as far as the one above it, deeper, or less.

An id is 23 bits of the token's hash below 8 bits of its first character. No table of words is kept, so that dropping
a file frees everything it brought. Two words with the same beginning share an id once in eight million pairs; what
that costs is one wrong guess. Hashes differ from run to run, so ids are never stored.
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

_WORD_BIT = 8
"""This bit is set in every id of a real token, which keeps them apart from the ids above."""

_TOKEN = re.compile(r"\w+|[^\w\s]")
_LAST_WORD = re.compile(r"\w+\Z")


def token_id(token: str) -> int:
    """Return the id of one token."""
    return token_ids(token)[0]


def token_ids(text: str) -> list[int]:
    """Return the ids of the tokens of `text`, in order."""
    return [(ord(token[0]) & 0xFF) << 24 | hash(token) & 0xFFFFFF | _WORD_BIT for token in _TOKEN.findall(text)]


def initial_of(token: int) -> int:
    """Return what an id tells of the token's first character: equal for tokens that begin alike."""
    return token >> 24


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
