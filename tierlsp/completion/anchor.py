"""The place a completion was made for, recognised by its text and not by its line number.

An anchor survives whatever leaves the text around it as it was: typing along, undo, moving away and back, edits
elsewhere, a formatter that moves everything down. No list of positions has to be kept in step with the edits.
"""

from __future__ import annotations

from dataclasses import dataclass

from tierlsp.text.cursor import Cursor

ABOVE_LINES = 3
"""Lines above that must be the same.

One would confuse the many places that follow a lone `}` or a blank line. More would forget a completion because of
an edit that has nothing to do with it.
"""

AUTO_CLOSED = frozenset(")]}>\"'`")
"""What editors put behind the cursor by themselves when the opening half is typed."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """The text that stood around a cursor when a completion was asked for."""

    above: tuple[str, ...]
    prefix: str
    suffix: str
    below: str
    """The line right below, `""` at the end of the document."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What came between an anchor and a cursor that lies behind it."""

    text: str
    auto_closed: int = 0
    """Closing characters that now stand right of the cursor and were not there at the anchor."""


def anchor_of(cursor: Cursor) -> Anchor:
    """Return the anchor at `cursor`."""
    return Anchor(
        above=cursor.above[-ABOVE_LINES:],
        prefix=cursor.prefix,
        suffix=cursor.suffix,
        below=cursor.below[0] if cursor.below else "",
    )


def typed_since(anchor: Anchor, cursor: Cursor, max_lines: int, expected: str = "") -> Typed | None:
    """Return what was typed between `anchor` and `cursor`, `None` if the one does not lead to the other.

    Args:
        anchor: where a completion was made.
        cursor: where the person is now.
        max_lines: how many line ends the typed text may hold; each costs one comparison.
        expected: what may have been typed. Among lines that are all alike an anchor fits in several ways; the first
            that goes along `expected` is taken, else the shortest.
    """
    if anchor.below != (cursor.below[0] if cursor.below else ""):
        return None
    auto_closed = _auto_closed(anchor.suffix, cursor.suffix)
    if auto_closed is None:
        return None
    shortest: str | None = None
    for line_count in range(min(max_lines, len(cursor.above)) + 1):
        text = _typed_over(anchor, cursor, line_count)
        if text is not None:
            if expected.startswith(text):
                return Typed(text, auto_closed)
            shortest = text if shortest is None else shortest
    return None if shortest is None else Typed(shortest, auto_closed)


def _typed_over(anchor: Anchor, cursor: Cursor, line_count: int) -> str | None:
    """Return the typed text if the anchor lies exactly `line_count` lines above the cursor."""
    above = cursor.above
    split = len(above) - line_count
    first = above[split] if line_count else cursor.prefix
    if not first.startswith(anchor.prefix) or above[max(0, split - ABOVE_LINES) : split] != anchor.above:
        return None
    if not line_count:
        return first[len(anchor.prefix) :]
    return "\n".join([first[len(anchor.prefix) :], *above[split + 1 :], cursor.prefix])


def _auto_closed(then: str, now: str) -> int | None:
    """Return how many closing characters the editor has put before `then`; `None` if `now` is other text."""
    if then == now:
        return 0
    added = len(now) - len(then)
    if added > 0 and now.endswith(then) and AUTO_CLOSED.issuperset(now[:added]):
        return added
    return None
