"""How much of a source line fits before text that already stands right of the cursor."""

from __future__ import annotations

from tierlsp.completion.lookup.tokens import token_id

_OPENING = frozenset(token_id(bracket) for bracket in "([{")
_CLOSING = frozenset(token_id(bracket) for bracket in ")]}")


def tokens_before(rest: tuple[int, ...], suffix: tuple[int, ...]) -> int | None:
    """Return how many tokens of `rest` come before the place where it goes on as `suffix` does.

    A rest of line that ends in the suffix is cut there. Else it is cut where the suffix first appears outside of
    brackets that the rest opens itself: where an editor has put in the closing bracket, that is the whole suffix,
    while the source line goes on behind its own.

    Returns:
        `None` if the suffix does not appear, so that nothing can be said.
    """
    size = len(suffix)
    if size <= len(rest) and rest[len(rest) - size :] == suffix:
        return len(rest) - size
    depth = 0
    for at, token in enumerate(rest):
        if depth == 0 and token == suffix[0] and rest[at : at + size] == suffix:
            return at
        if token in _OPENING:
            depth += 1
        elif token in _CLOSING:
            depth -= 1
            if depth < 0:
                return None
    return None
