"""Which text of a document a prompt is made of, so that it changes as little as possible from one key to the next.

A model server reads a prompt again from the first difference on. A window that slid along with the cursor would change
its head at every line, and the whole prompt would be read again. So three places are anchored, and move in steps:

    the start    the window's first line, found again by its text
    the split    the line up to which the text counts as what stood there before; below it stands what was just typed
    the suffix   what follows the cursor, frozen while the document goes on with it

`next_window` is the only rule for all three: from the last window and the cursor to the next one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tierlsp.completion.window_size import WindowSize
from tierlsp.text.cursor import WINDOW_ABOVE, WINDOW_BELOW, Cursor

ANCHOR_LINES = 3
"""Lines by which a window's start is found again. One would be mistaken for the many that hold a lone `}`.

An edit in these lines voids the server's cache from there on, so that a new window then costs nothing more.
"""

GOAL_SHARE = 0.6
"""How full of text above a new window is: it is read once in full, and then grows by the rest without being moved.

With 40 % left, a window of 1,000 tokens moves about every 30 typed lines. A lower share would move it less often, and
show the model less.
"""

LEAST_SHARE = 0.1
"""Below this share a cursor that moved up has left the window: there is too little above it to go on from."""

SETTLED_LEAST_SHARE = 0.3
"""The same at rest, where the text above can be read without anybody waiting for it."""

SETTLED_MOST_SHARE = 0.85
"""At rest a window this full moves ahead of time, so that it seldom has to at a key."""

TYPED_LINES = 16
"""Lines that may be typed below the split before it moves to the cursor without a rest.

People rest sooner: half a second's pause comes every few lines. A move costs one reading of the suffix and of the
typed lines; without a bound a model would take a whole screen for what it has written itself.
"""

TYPED_CHARS = 1_000
"""The same in characters, for a pasted block."""

ADDED_LINES = 3
"""Lines that the editor may have put between the cursor and the frozen suffix: Enter between brackets adds one."""

ADDED_CHARS = 200
"""The same in characters: a few brackets and the indentation before them."""

_ADDED_BY_EDITOR = re.compile(r"(?!\s*\n\s*\Z)(?:[)\]}>\"'`\s]|\*/|-->|</[\w.:-]*>)*")
"""What editors put right of the cursor by themselves when the opening half is typed; never blank lines alone."""


@dataclass(frozen=True, slots=True)
class Window:
    """The text of a document that goes into a prompt, in four parts that follow each other.

    `above`, `typed` and `line` are the document's text up to the cursor, without a gap.
    """

    uri: str
    first: int
    """The number of the window's first line in the document, from 0. A hint: the line is found by its text."""
    above: tuple[str, ...]
    """Whole lines from the start to the split, without their ends."""
    typed: tuple[str, ...]
    """Whole lines from the split to the cursor's line, without their ends."""
    line: str
    """The cursor's line, left of the cursor; cut on the left only where it is longer than the window."""
    right: str
    """What followed the cursor on its line when the suffix was frozen, without what an editor closes by itself."""
    below: tuple[str, ...]
    """Whole lines below the cursor when the suffix was frozen."""
    is_whole_below: bool
    """Whether `below` reached the document's end when it was frozen."""

    @property
    def suffix(self) -> str:
        """The text that follows the cursor, as the prompt has it."""
        return "\n".join((self.right, *self.below))

    @property
    def head(self) -> tuple[str, ...]:
        """The lines by which the window's start is found again; fewer where the cursor is close to it."""
        return (self.above + self.typed)[:ANCHOR_LINES]


def next_window(previous: Window | None, cursor: Cursor, size: WindowSize, *, is_settled: bool = False) -> Window:
    """Return the window at `cursor`: as much of `previous` as still holds, and the rest anew.

    Args:
        previous: the last window of the same document; `None`, or one of another document, if there is none.
        cursor: where a completion is wanted.
        size: how much text the window may hold. A size that has changed takes effect when the window moves.
        is_settled: whether nobody is waiting (the document was opened, the cursor rests), so that everything is put
            where it belongs. What changes by it has to be read by the model: the caller warms its cache.
    """
    old = previous if previous is not None and previous.uri == cursor.uri else None
    start = _start(old, cursor, size, is_settled=is_settled)
    if old is not None and not is_settled and len(old.suffix) <= size.suffix_chars and _is_followed(old, cursor):
        right, below, is_whole_below = old.right, old.below, old.is_whole_below
        split = _split(old, cursor, start)
    else:
        right, below = _suffix(cursor, size)
        is_whole_below = cursor.is_last_line_below and len(below) == len(cursor.below)
        split = len(cursor.above)
    return Window(
        uri=cursor.uri,
        first=cursor.line - len(cursor.above) + start,
        above=cursor.above[start:split],
        typed=cursor.above[split:],
        line=cursor.prefix[_cut_chars(len(cursor.prefix), size.prefix_chars) :],
        right=right,
        below=below,
        is_whole_below=is_whole_below,
    )


# ---------------------------------------------------------------------- the start


def _start(old: Window | None, cursor: Cursor, size: WindowSize, *, is_settled: bool) -> int:
    """Return the index in `cursor.above` of the window's first line; past its end where only the line itself fits."""
    start = None if old is None else _find(old, cursor)
    if start is None:
        return _fresh_start(cursor, size)
    share = _chars(cursor, start) / size.prefix_chars
    if share > (SETTLED_MOST_SHARE if is_settled else 1.0):
        return _fresh_start(cursor, size)
    is_cramped = share < (SETTLED_LEAST_SHARE if is_settled else LEAST_SHARE)
    if is_cramped or is_settled:
        fresh = _fresh_start(cursor, size)
        # The cursor has moved up to the start, or lines were put in above a start that was the document's.
        if is_cramped or (fresh == 0 and cursor.starts_at_top):
            return min(start, fresh)
    return start


def _fresh_start(cursor: Cursor, size: WindowSize) -> int:
    """Return where a new window begins, with room to grow: in characters, and in the lines that a cursor holds."""
    above = cursor.above
    budget_chars = int(GOAL_SHARE * size.prefix_chars) - len(cursor.prefix)
    lowest = max(0, len(above) - int(GOAL_SHARE * WINDOW_ABOVE))
    start = len(above)
    while start > lowest and budget_chars > len(above[start - 1]):
        start -= 1
        budget_chars -= len(above[start]) + 1
    return start


def _find(window: Window, cursor: Cursor) -> int | None:
    """Return where the window begins now: where its first lines stand, the nearest place if there are several."""
    lines = (*cursor.above, cursor.prefix + cursor.suffix, *cursor.below)
    last = len(cursor.above)
    expected = window.first - (cursor.line - last)
    head = window.head
    if 0 <= expected <= last and _stands_at(lines, expected, head):
        return expected
    if len(head) < ANCHOR_LINES:
        return None
    places = [at for at in range(last + 1) if lines[at] == head[0] and _stands_at(lines, at, head)]
    return min(places, key=lambda at: abs(at - expected), default=None)


def _stands_at(lines: tuple[str, ...], at: int, head: tuple[str, ...]) -> bool:
    return lines[at : at + len(head)] == head


def _chars(cursor: Cursor, start: int) -> int:
    """Return how long the text from the line `start` up to the cursor is."""
    lines = cursor.above[start:]
    return sum(map(len, lines)) + len(lines) + len(cursor.prefix)


def _cut_chars(line_chars: int, most_chars: int) -> int:
    """Return how much of a line longer than the window is left out on its left: a multiple of a large step."""
    if line_chars <= most_chars:
        return 0
    step = max(1, int((1 - GOAL_SHARE) * most_chars))
    return -(-(line_chars - most_chars) // step) * step


# ---------------------------------------------------------------------- the split


def _split(old: Window, cursor: Cursor, start: int) -> int:
    """Return the index in `cursor.above` of the first line that counts as typed."""
    here = len(cursor.above)
    split = start + len(old.above)
    if cursor.above[start:split] != old.above:
        # The text before the split has changed, and the model reads everything from there on in any case.
        return here
    typed = cursor.above[split:]
    is_too_much = len(typed) > TYPED_LINES or sum(map(len, typed)) > TYPED_CHARS
    return here if is_too_much else split


# ---------------------------------------------------------------------- the suffix


def _suffix(cursor: Cursor, size: WindowSize) -> tuple[str, tuple[str, ...]]:
    """Return the rest of the cursor's line and the whole lines below it that fit.

    A rest that is nothing but closing signs is left out, whoever wrote it: when it is typed over, the suffix stays.
    """
    right = cursor.suffix[: size.suffix_chars]
    if _may_be_added(cursor.suffix):
        right = ""
    return right, cursor.below[: _count_below(cursor.below, size.suffix_chars - len(right))]


def _count_below(below: Sequence[str], budget_chars: int) -> int:
    """Return how many of the lines below fit; a few less than a cursor holds, so that they are seen after a shift."""
    count = 0
    while count < min(len(below), WINDOW_BELOW - ADDED_LINES) and budget_chars > len(below[count]):
        budget_chars -= len(below[count]) + 1
        count += 1
    return count


def _is_followed(window: Window, cursor: Cursor) -> bool:
    """Whether the text right of `cursor` is the frozen suffix, after nothing but what the editor may have added."""
    after = (cursor.suffix, *cursor.below)
    for count in range(min(ADDED_LINES, len(cursor.below)) + 1):
        end = count + 1 + len(window.below)
        if not after[count].endswith(window.right) or after[count + 1 : end] != window.below:
            continue
        if window.is_whole_below and not (cursor.is_last_line_below and len(after) == end):
            continue
        own = after[count][: len(after[count]) - len(window.right)]
        if _may_be_added("\n".join((*after[:count], own))):
            return True
    return False


def _may_be_added(text: str) -> bool:
    return len(text) <= ADDED_CHARS and _ADDED_BY_EDITOR.fullmatch(text) is not None
