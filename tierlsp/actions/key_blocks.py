"""Keys that run over lines (PEM): the gate knows them by their ends, so they are sent whole or not at all.

**Law:** no part of a prompt begins or ends inside of such a block.
"""

from __future__ import annotations

from collections.abc import Sequence

_BEGIN = "-----BEGIN "
_END = "-----END "

MOST_LINES = 200
"""Lines of a block: the longest keys and chains in use have some 100. A block without an end is taken to be so long."""


def key_blocks(lines: Sequence[str], first: int, end: int) -> list[tuple[int, int]]:
    """Return the first and the end line of every block that may hold one of the lines `first` to `end`."""
    # No block that begins further up can reach so far.
    top = max(0, first - MOST_LINES)
    if not any(_BEGIN in line for line in lines[top:end]):
        return []
    found: list[tuple[int, int]] = []
    begin: int | None = None
    stop = min(len(lines), end + MOST_LINES)
    for number in range(top, stop):
        line = lines[number]
        if begin is not None and number - begin >= MOST_LINES:
            found.append((begin, number))
            begin = None
        if begin is None and _BEGIN in line:
            begin = number
        if begin is not None and _END in line:
            found.append((begin, number + 1))
            begin = None
    if begin is not None:
        found.append((begin, stop))
    return found


def splits_a_block(lines: Sequence[str], first: int, end: int) -> bool:
    """Whether the lines `first` to `end` hold part of a block and not all of it."""
    return any(
        start < end and stop > first and not (first <= start and stop <= end)
        for start, stop in key_blocks(lines, first, end)
    )


def without_split_blocks(lines: Sequence[str], first: int, end: int) -> tuple[int, int]:
    """Return `first` and `end` moved inwards so that they split no block."""
    for start, stop in key_blocks(lines, first, end):
        if start < first < stop:
            first = stop
        if start < end < stop:
            end = start
    return first, max(first, end)
