"""Text as a model's tokeniser might cut it: near enough to count what is read and what is written.

Byte-pair vocabularies of code models give three to four characters a token on code. Here a word goes in pieces of at
most five letters with the blank before it, digits go in threes, signs one by one or in common pairs, a line end takes
the indentation behind it along, and a special token is one token.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

_TOKEN = re.compile(
    r"<\|\w+\|>|\[(?:SUFFIX|PREFIX|MIDDLE)\]"  # special tokens
    r"|\n[ \t]*"  # a line end and the indentation behind it
    r"|[ ]?[^\W\d_]{1,5}|[ ]?\d{1,3}|_+"  # words in pieces
    r"|[ ]{2,}|\t+"
    r"|==|!=|<=|>=|->|=>|\+=|-=|::|//|\(\)|\[\]|\{\}|\):|\);|\"\"\""  # common pairs
    r"|[ ]?[^\w\s]|\s",
)


@lru_cache(maxsize=256)
def tokens_of(text: str) -> tuple[str, ...]:
    """Return the tokens of `text`; joined they are the text."""
    return tuple(_TOKEN.findall(text))


def common_tokens(one: Sequence[str], other: Sequence[str]) -> int:
    """Return how many tokens the two have in common from their beginning."""
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count
