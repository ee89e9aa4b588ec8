"""Reasons not to ask at all, decided before anything else and from what is at hand.

Law: a gated request costs nothing and is answered at once with nothing.
"""

from __future__ import annotations

from enum import StrEnum

from tierlsp.text.cursor import Cursor
from tierlsp.text.lines import is_blank, is_word

MAX_LINE_CHARS = 20_000
"""Longer lines are data or minified code: no person types there, and a prompt cannot hold them."""

MAX_DOCUMENT_CHARS = 16_000_000
"""Larger documents are generated. The bound protects memory (the index), not time: work per key does not grow."""


class Gate(StrEnum):
    """Why a request is not followed up."""

    DISABLED = "completion is switched off"
    PAUSED = "tierlsp is paused"
    EXCLUDED = "the file is excluded by `privacy.exclude`"
    DESYNCED = "the document is out of step with the editor until it sends the full text"
    TOO_LARGE = "the document or the line is too large"
    MANUAL = "`completion.trigger` is manual, and the editor asked by itself"
    INSIDE_WORD = "the cursor stands inside a word"
    SELECTED_OTHERWISE = "the entry selected in the editor's list goes another way"
    NO_CONTEXT = "there is no text to go on"


def gate_place(cursor: Cursor, *, is_manual: bool) -> Gate | None:
    """Return why nothing should be offered at `cursor`, or `None`.

    Inside a word an automatic request is never right: whatever is inserted splits what the person has written.
    """
    if len(cursor.prefix) + len(cursor.suffix) > MAX_LINE_CHARS:
        return Gate.TOO_LARGE
    if not is_manual and cursor.suffix and is_word(cursor.suffix[0]):
        return Gate.INSIDE_WORD
    if is_blank(cursor.prefix) and all(is_blank(line) for line in cursor.above) and is_blank(cursor.suffix):
        return Gate.NO_CONTEXT
    return None
