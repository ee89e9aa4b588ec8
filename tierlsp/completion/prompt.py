"""From a window of text to the request that a model gets.

A model server keeps what it has read of the last prompt and reads again only from the first difference on. The window
(`window.py`) keeps its text the same from key to key; here it is put in an order that lets what is typed stand last.
Nothing is put in front of it: a file's path or a repository's name would change a prompt that is otherwise the same.
"""

from __future__ import annotations

from typing import Literal

from tierlsp.backends.base import FimRequest
from tierlsp.backends.families import Family, Order, neutralise
from tierlsp.completion.supply import Serving
from tierlsp.completion.window import Window

Layout = Literal["auto", "native", "lineAfterMiddle"]

LINE_AFTER_MIDDLE_FAMILIES = frozenset({"qwen-coder"})
"""Families that `auto` gives the typed line after the middle token.

There is evidence that Qwen's models go on well from there (llama.cpp pull request 9787), and none for the others.
"""

WARM_UP_TOKENS = 1
"""What a warm-up generates. Some versions of llama.cpp generate one token even where none is asked for."""


def build_request(
    window: Window, serving: Serving, layout: Layout, max_tokens: int, *, is_multiline: bool = True
) -> FimRequest:
    """Return what to ask `serving` for what follows `window`.

    Args:
        window: the text.
        serving: the model. Where its family is not known, the server builds the prompt by itself.
        layout: the setting `completion.layout`.
        max_tokens: the most that the model may write.
        is_multiline: whether more than one line is wanted; if not, the model stops at the line's end.
    """
    family = serving.family
    suffix = window.suffix
    head = "".join([f"{text}\n" for text in window.above])
    tail = "".join([f"{text}\n" for text in window.typed]) + window.line
    prompt = None
    stop: tuple[str, ...] = ()
    if family is not None:
        # The parts meet at line ends, which no token holds, so none can come into being where they are joined.
        head, tail, suffix = (neutralise(text, family) for text in (head, tail, suffix))
        prompt = _lay_out(head, tail, suffix, family, layout)
        stop = family.stop
    if not is_multiline:
        # The server stops by itself at the line's end: the connection stays whole, and nothing is generated in vain.
        stop = ("\n", *stop)
    return FimRequest(serving.model, head + tail, suffix, prompt, stop, max_tokens)


def warm_up_request(window: Window, serving: Serving, layout: Layout) -> FimRequest:
    """Return a request that has `serving` read the prompt of `window` into its cache and do no more.

    Its prompt is the one that `build_request` makes of the same window. If the last request had that prompt, there is
    nothing to warm.
    """
    return build_request(window, serving, layout, WARM_UP_TOKENS)


def puts_line_last(family: Family, layout: Layout) -> bool:
    """Whether what is typed stands after the middle token."""
    return layout == "lineAfterMiddle" or (layout == "auto" and family.name in LINE_AFTER_MIDDLE_FAMILIES)


def _lay_out(head: str, tail: str, suffix: str, family: Family, layout: Layout) -> str:
    """Return the raw prompt in the order that `family` was trained with, or with `tail` after the middle token.

    With `tail` last, a key press changes the prompt's end alone. In the native order of most families the whole suffix
    stands behind what is typed and is read again at every key.
    """
    before, after = (head, tail) if puts_line_last(family, layout) else (head + tail, "")
    left = f"{family.prefix_token}{before}"
    right = f"{family.suffix_token}{suffix}"
    order = (right, left) if family.order is Order.SUFFIX_FIRST else (left, right)
    return "".join((*order, family.middle_token, after))
