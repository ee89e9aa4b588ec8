"""What can be known of a language: how comments and strings are marked, and how a block begins, goes on and ends.

These are rules of thumb for one line at a time, not grammars. Where a fact is missing the caller does less, so a
language that is not listed is served with fewer cuts and no wrong ones. The facts themselves are in `languages.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Blocks(StrEnum):
    """By what a block is recognised."""

    BRACES = "braces"
    INDENT = "indent"
    """By indentation alone: nothing marks its end."""
    WORDS = "words"
    """By words such as `do` and `end`."""
    TAGS = "tags"
    NONE = "none"


@dataclass(frozen=True, slots=True, eq=False)
class Language:
    """What is known of one language. Each is made once and compared as an object, which makes it a quick key."""

    name: str
    line_comments: tuple[str, ...] = ()
    """Marks that make a comment of the rest of the line."""
    block_comments: tuple[tuple[str, str], ...] = ()
    """Pairs of marks around a comment that may run over lines."""
    comments_need_blank: bool = False
    """Whether a line comment's mark counts only at the start of a line or after a blank, as `#` in a shell."""
    quotes: str = "\"'"
    """Characters that begin and end a string on one line."""
    long_strings: tuple[tuple[str, str], ...] = ()
    """Pairs of marks around a string that may run over lines."""
    has_char_literals: bool = False
    """Whether `'` stands around exactly one character, and alone means something else, as a lifetime in Rust."""
    blocks: Blocks = Blocks.NONE
    opener: re.Pattern[str] | None = None
    """Searched in a line without its indentation and comment: whether it opens a block by other means than an
    opening bracket at its end."""
    continuations: frozenset[str] = frozenset()
    """First words of a line that carries a block on at the level of the line that opened it, such as `else`; with
    the character that must follow, where the word alone says nothing, as in `public:`."""
    continuable: frozenset[str] = frozenset()
    """First words of the lines that can be carried on so; empty where any line can."""
    ends: frozenset[str] = frozenset()
    """First words of a line that ends a block, such as `end`."""
    is_prose: bool = False
    """Whether sentences, fences and lone brackets are what one writes in it."""
    has_tags: bool = False
    """Whether `<s>` is a tag in it."""
    has_code_brackets: bool = True
    """Whether every bracket outside of strings and comments has its partner."""
