"""An answer's lines brought to the indentation of the lines that they replace.

Models write a method as if it stood at the left margin, or with blanks where the file has tabs. Both are put right only
where more lines then agree with what was there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import gcd

from tierlsp.text.lines import indent_of, is_blank


def restyled(new: Sequence[str], old: Sequence[str]) -> tuple[str, ...]:
    """Return the lines of `new` with the indentation of `old`, or as they are where that brings nothing."""
    best = tuple(new)
    for attempt in (_with_tabs(best, old), _shifted(best, old), _shifted(_with_tabs(best, old), old)):
        if _agreement(attempt, old) > _agreement(best, old):
            best = attempt
    return best


def _agreement(new: Sequence[str], old: Sequence[str]) -> int:
    """Return how many lines with something on them both have."""
    have = Counter(line for line in old if not is_blank(line))
    return sum((Counter(line for line in new if not is_blank(line)) & have).values())


def _shifted(new: tuple[str, ...], old: Sequence[str]) -> tuple[str, ...]:
    """Return `new` moved to the right or left so that its first line stands where that of `old` stands."""
    theirs, ours = _first_indent(new), _first_indent(old)
    if theirs == ours:
        return new
    if ours.startswith(theirs):
        more = ours[len(theirs) :]
        return tuple(line if is_blank(line) else more + line for line in new)
    if theirs.startswith(ours):
        less = theirs[len(ours) :]
        if all(is_blank(line) or line.startswith(less) for line in new):
            return tuple(line.removeprefix(less) for line in new)
    return new


def _first_indent(lines: Sequence[str]) -> str:
    return next((indent_of(line) for line in lines if not is_blank(line)), "")


def _with_tabs(new: tuple[str, ...], old: Sequence[str]) -> tuple[str, ...]:
    """Return `new` indented by tabs, where `old` is and `new` is indented by spaces alone."""
    ours = {indent_of(line) for line in old if not is_blank(line)} - {""}
    theirs = [indent_of(line) for line in new if not is_blank(line) and line[0] in " \t"]
    if not ours or not theirs or any(" " in indent for indent in ours) or any("\t" in indent for indent in theirs):
        return new
    step = gcd(*map(len, theirs))
    return tuple("\t" * (len(indent_of(line)) // step) + line.lstrip(" ") if line[:1] == " " else line for line in new)
