"""From a place in a document to the request that a model gets.

A model server keeps what it has read of the last prompt and reads again only from the first difference on. So the
prompt's head must stay the same from one key to the next: the window begins at a line that moves in large steps, and
where the family allows it, what is being typed stands last.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from tierlsp.backends.base import FimRequest
from tierlsp.backends.families import Family, Order, neutralise
from tierlsp.completion.site import Site
from tierlsp.completion.supply import Serving

Layout = Literal["auto", "native", "lineAfterMiddle"]

PREFIX_CHARS = 3_600
"""Text above and left of the cursor, in code points: about 1,000 tokens.

Continue's measured default is 1,024 tokens in all; a laptop's CPU reads as many in three seconds when nothing of them
is in its cache.
"""

SUFFIX_CHARS = 1_200
"""Text right of and below the cursor, in code points: about 350 tokens. More of it helps little."""

STEP_LINES = 32
"""The window begins at a multiple of this many lines.

A window that moved with every line would change the prompt's head, and the server would read all of it again.
"""

LINE_AFTER_MIDDLE_FAMILIES = frozenset({"qwen-coder"})
"""Families whose models go on well from a line that stands after the middle token (llama.cpp pull request 9787)."""


class Window(NamedTuple):
    """The text that goes into a prompt."""

    above: str
    """Whole lines above the cursor's line, each with its line end."""
    line: str
    """The cursor's line, left of the cursor."""
    suffix: str
    """What stands right of the cursor and below."""


def build_request(site: Site, serving: Serving, layout: Layout, max_tokens: int, *, goes_on: bool) -> FimRequest:
    """Return what to ask `serving` at `site`; with `goes_on` the model may run on behind the line."""
    family = serving.family
    window = window_of(site)
    prompt = None
    stop: tuple[str, ...] = ()
    if family is not None:
        window = Window(*(neutralise(part, family) for part in window))
        prompt = lay_out(window, family, layout)
        stop = family.stop
    if not site.is_multiline and not goes_on:
        # The server stops by itself at the line's end: the connection stays whole, and nothing is generated in vain.
        stop = ("\n", *stop)
    return FimRequest(
        model=serving.model,
        prefix=window.above + window.line,
        suffix=window.suffix,
        prompt=prompt,
        stop=stop,
        max_tokens=max_tokens,
    )


def lay_out(window: Window, family: Family, layout: Layout) -> str:
    """Return the raw prompt in the order that `family` was trained for, or with the typed line last.

    With the line after the middle token a key press changes the prompt's end alone. In the native order of most
    families the whole suffix stands behind it and is read again at every key.
    """
    is_line_last = layout == "lineAfterMiddle" or (layout == "auto" and family.name in LINE_AFTER_MIDDLE_FAMILIES)
    head, tail = (window.above, window.line) if is_line_last else (window.above + window.line, "")
    if family.order is Order.SUFFIX_FIRST:
        return f"{family.suffix_token}{window.suffix}{family.prefix_token}{head}{family.middle_token}{tail}"
    return f"{family.prefix_token}{head}{family.suffix_token}{window.suffix}{family.middle_token}{tail}"


def window_of(site: Site) -> Window:
    """Return the text around `site`, bounded by `PREFIX_CHARS` and `SUFFIX_CHARS`."""
    cursor = site.cursor
    line = cursor.prefix[-PREFIX_CHARS:]
    start = _first_line(cursor.above, cursor.line, PREFIX_CHARS - len(line))
    above = "".join([f"{text}\n" for text in cursor.above[start:]])
    suffix = "\n".join([cursor.suffix, *cursor.below[: _count_below(cursor.below, SUFFIX_CHARS)]])
    return Window(above, line, suffix[:SUFFIX_CHARS])


def _first_line(above: Sequence[str], line: int, budget_chars: int) -> int:
    """Return the index in `above` of the first line that fits, at a multiple of `STEP_LINES` of the document.

    Where the lines are so long that no such step fits, as many as fit are taken.
    """
    start = len(above)
    while start and budget_chars > len(above[start - 1]):
        start -= 1
        budget_chars -= len(above[start]) + 1
    first = line - len(above) + start
    if not first:
        return start
    step = start + -first % STEP_LINES
    return step if step < len(above) else start


def _count_below(below: Sequence[str], budget_chars: int) -> int:
    """Return how many of the lines below are looked at for the suffix."""
    count = 0
    while count < len(below) and budget_chars > 0:
        budget_chars -= len(below[count]) + 1
        count += 1
    return count
