"""Whether one line is wanted at a cursor, or several."""

from __future__ import annotations

from typing import Literal

from tierlsp.text.blocks import opens_block
from tierlsp.text.brackets import CLOSERS, CODE, is_only, scan
from tierlsp.text.cursor import Cursor
from tierlsp.text.languages import language_of
from tierlsp.text.lines import is_blank


def is_multiline(cursor: Cursor, setting: Literal["auto", "always", "never"]) -> bool:
    """Whether a completion at `cursor` may have several lines.

    | at the cursor | `auto` | `always` | because |
    |---|---|---|---|
    | code right of it | no | no | lines in between would tear the line in two |
    | closing brackets right of it, `,` and `;` behind them | as below | yes | they move down with the last line |
    | in a line comment | no | yes | a sentence ends with its line more often than not |
    | in a string on this line | no | no | a line end would break the string |
    | prose | no | yes | paragraphs are not predicted, their next words are |
    | nothing on the line but blanks | yes | yes | a statement begins here, and may be a block |
    | the line opens a block, bracket or branch | yes | yes | what follows stands on lines of its own |
    | in the middle of a statement | no | yes | the rest of it is what is wanted, and soon |
    """
    language = language_of(cursor.language)
    mode = scan(cursor.prefix, language).mode
    if setting == "never" or not _has_only_closers(cursor.suffix) or (mode != CODE and not mode.is_comment):
        return False
    if setting == "always":
        return True
    if mode.is_comment or language.is_prose:
        return False
    return is_blank(cursor.prefix) or opens_block(cursor.prefix, language)


def _has_only_closers(suffix: str) -> bool:
    """Whether nothing but closing brackets stands there, with the punctuation that may follow them."""
    text = suffix.strip()
    return not text or (text[0] in CLOSERS and is_only(text, f"{CLOSERS},;"))
