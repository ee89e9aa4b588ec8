"""How much of a source line fits before text that already stands right of the cursor."""

from __future__ import annotations

from collections.abc import Sequence

from tierlsp.completion.lookup.tokens import token_id, token_ids

_OPENING = frozenset(token_id(bracket) for bracket in "([{")
_CLOSING = frozenset(token_id(bracket) for bracket in ")]}")

MAX_SUFFIX_TOKENS = 64
"""Tokens of the suffix that are compared."""


def tokens_before(rest: Sequence[int], suffix: Sequence[int]) -> int | None:
    """Return how many tokens of `rest` come before the place where it goes on as `suffix` does.

    A rest of line that ends in the suffix is cut there. Else it is cut where the suffix first appears outside of
    brackets that the rest opens itself; this is what an editor's automatic closing bracket needs, which is the
    whole suffix while the source line goes on behind its own.

    Returns:
        `None` if the suffix does not appear, so that nothing can be said.
    """
    size = len(suffix)
    if size <= len(rest) and list(rest[len(rest) - size :]) == list(suffix):
        return len(rest) - size
    depth = 0
    for at in range(len(rest) - size + 1):
        if depth == 0 and list(rest[at : at + size]) == list(suffix):
            return at
        if rest[at] in _OPENING:
            depth += 1
        elif rest[at] in _CLOSING:
            depth -= 1
            if depth < 0:
                return None
    return None


def suffix_tokens(suffix: str) -> list[int]:
    """Return the tokens to look for, of the text right of the cursor."""
    return token_ids(suffix)[:MAX_SUFFIX_TOKENS]
