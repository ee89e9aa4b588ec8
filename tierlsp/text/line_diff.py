"""Where two texts differ, line by line, in a time that hardly depends on what they hold."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

SMALL_LINES = 400
"""Lines on both sides together up to which all lines are paired up, in time with the product of both sides; 3 ms for
200 lines of 40 kinds on each.

Above, lines that stand once on each side hold the texts together (the patience diff of Bram Cohen), and what is between
them is looked at again.
"""

MOST_DEPTH = 32
"""Times that it is looked at again; real texts need three."""

Stretch = tuple[int, int, int, int]
"""First and end line on the old side, and on the new."""


def differences(old: Sequence[str], new: Sequence[str]) -> list[Stretch]:
    """Return the stretches in which `new` differs from `old`, in order and apart from each other."""
    found: list[Stretch] = []
    for each in _between((0, len(old), 0, len(new)), old, new, 0):
        last = found[-1] if found else None
        if last is not None and last[1] == each[0] and last[3] == each[2]:
            found[-1] = (last[0], each[1], last[2], each[3])
        else:
            found.append(each)
    return found


def _between(stretch: Stretch, old: Sequence[str], new: Sequence[str], depth: int) -> Iterator[Stretch]:
    first, end, start, stop = stretch
    while first < end and start < stop and old[first] == new[start]:
        first, start = first + 1, start + 1
    while first < end and start < stop and old[end - 1] == new[stop - 1]:
        end, stop = end - 1, stop - 1
    if first == end and start == stop:
        return
    if first == end or start == stop:
        yield first, end, start, stop
    elif end - first + stop - start <= SMALL_LINES:
        matcher = SequenceMatcher(None, old[first:end], new[start:stop], autojunk=False)
        for tag, *at in matcher.get_opcodes():
            if tag != "equal":
                yield first + at[0], first + at[1], start + at[2], start + at[3]
    else:
        anchors = _anchors((first, end, start, stop), old, new) if depth < MOST_DEPTH else []
        if not anchors:
            yield first, end, start, stop
            return
        for left, right in [*anchors, (end, stop)]:
            yield from _between((first, left, start, right), old, new, depth + 1)
            first, start = left + 1, right + 1


def _anchors(stretch: Stretch, old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Return the longest row of lines that stand once on each side and in the same order on both."""
    first, end, start, stop = stretch
    here, there = Counter(old[first:end]), Counter(new[start:stop])
    places = {new[at]: at for at in range(start, stop) if there[new[at]] == 1}
    pairs = [(at, places[old[at]]) for at in range(first, end) if here[old[at]] == 1 and old[at] in places]
    # The longest rising row by patience sorting: each pair remembers the one before it on the pile to its left.
    tops: list[int] = []
    rows: list[int] = []
    before: list[int] = []
    for number, (_, right) in enumerate(pairs):
        pile = bisect_left(tops, right)
        before.append(rows[pile - 1] if pile else -1)
        tops[pile : pile + 1] = [right]
        rows[pile : pile + 1] = [number]
    found: list[tuple[int, int]] = []
    number = rows[-1] if rows else -1
    while number >= 0:
        found.append(pairs[number])
        number = before[number]
    return found[::-1]
