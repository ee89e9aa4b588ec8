"""The lines around a cursor that have something on them."""

from __future__ import annotations

import re
from functools import lru_cache

from tierlsp.text.cursor import Cursor
from tierlsp.text.languages import language_of
from tierlsp.text.lines import is_blank


def line_above(cursor: Cursor) -> str:
    """Return the nearest line above that is not blank, `""` if there is none."""
    return next((line for line in reversed(cursor.above) if not is_blank(line)), "")


def lines_above(cursor: Cursor, count: int) -> list[str]:
    """Return up to `count` of the nearest lines above that are not blank, nearest last."""
    found: list[str] = []
    for line in reversed(cursor.above):
        if len(found) == count:
            break
        if not is_blank(line):
            found.append(line)
    found.reverse()
    return found


def lines_below(cursor: Cursor, count: int) -> list[str]:
    """Return up to `count` of the nearest lines below that are not blank, nearest first."""
    found: list[str] = []
    for line in cursor.below:
        if len(found) == count:
            break
        if not is_blank(line):
            found.append(line)
    return found


def has_nearby(cursor: Cursor, pattern: re.Pattern[str]) -> bool:
    """Whether `pattern` is found on the cursor's line or on one of the lines kept around it."""
    if pattern.search(cursor.prefix) or pattern.search(cursor.suffix):
        return True
    return any(map(pattern.search, cursor.above)) or any(map(pattern.search, cursor.below))


@lru_cache(maxsize=4)
def is_in_long_string(cursor: Cursor) -> bool:
    """Whether the cursor stands in a string that runs over lines, as far as counting its marks above can tell.

    Only marks that begin and end alike are counted, and only where nothing else looks like them.
    """
    text = "\n".join((*cursor.above, cursor.prefix))
    marks = [begin for begin, end in language_of(cursor.language).long_strings if begin == end]
    return any(text.count(mark) % 2 for mark in marks)
