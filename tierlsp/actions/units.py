"""The pieces of code that a review looks at: whole functions and what stands between them.

A piece is what is remembered from one review to the next, so it must not change when another one does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tierlsp.actions.enclosing import scope_of_line
from tierlsp.actions.key_blocks import key_blocks
from tierlsp.actions.types import Document, Portion
from tierlsp.text.language import Language
from tierlsp.text.languages import language_of
from tierlsp.text.lines import indent_width, is_blank

MOST_LINES = 160
"""Of a piece that is left whole: a long function. A longer one is split where something inside of it is defined."""

NEAR = 12
"""Lines shown above and below a change that no function is around."""


@dataclass(frozen=True, slots=True)
class Unit:
    """Some lines of a document, from `first` to `end`, the latter not included."""

    document: Document
    first: int
    end: int
    changed: tuple[int, ...] = ()
    """The lines that a change touched, counted from 0 in the document; empty where all lines are meant alike."""
    removed: tuple[str, ...] = ()
    """Lines that a change took away here."""

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines themselves."""
        return self.document.lines[self.first : self.end]

    @property
    def chars(self) -> int:
        """How many characters they have."""
        return sum(len(line) + 1 for line in self.lines) + sum(len(line) + 1 for line in self.removed)

    @property
    def digest(self) -> str:
        """What stays the same as long as nothing in the piece changes, wherever it stands."""
        told = [self.document.language, *self.lines, "\x1e", *self.removed, "\x1e"]
        told += [str(line - self.first) for line in self.changed]
        return hashlib.sha256("\n".join(told).encode("utf-8", "surrogatepass")).hexdigest()


def units_of(document: Document, first: int, end: int) -> Iterator[Unit]:
    """Yield the pieces of the lines `first` to `end`, in order; blank ones are left out."""
    for start, stop in _pieces(document.lines, first, end, language_of(document.language)):
        while start < stop and is_blank(document.lines[start]):
            start += 1
        while stop > start and is_blank(document.lines[stop - 1]):
            stop -= 1
        if start < stop:
            yield Unit(document, start, stop)


def units_of_portion(portion: Portion) -> Iterator[Unit]:
    """Yield the pieces of a document that a change touched, each with its changes; without changes all pieces."""
    document = portion.document
    count = len(document.lines)
    if portion.changes is None:
        yield from units_of(document, 0, count)
        return
    pieces = [(unit.first, unit.end) for unit in units_of(document, 0, count)]
    touched: dict[tuple[int, int], list[int]] = {}
    gone: dict[tuple[int, int], list[str]] = {}
    for change in portion.changes:
        first, end = min(change.first, count - 1), min(max(change.end, change.first + 1), count)
        places = _around(document, first, end, pieces)
        for place in places:
            touched.setdefault(place, []).extend(range(max(change.first, place[0]), min(change.end, place[1])))
        gone.setdefault(places[0], []).extend(change.removed)
    for first, end in _joined(touched):
        inside = [place for place in touched if first <= place[0] and place[1] <= end]
        changed = sorted({line for place in inside for line in touched[place]})
        removed = [line for place in inside for line in gone.get(place, ())]
        if any(not is_blank(line) for line in (*document.lines[first:end], *removed)):
            yield Unit(document, first, end, tuple(changed), _whole_keys_only(removed))


def shortened(unit: Unit, most_chars: int) -> Iterator[Unit]:
    """Yield `unit` in parts that have at most about `most_chars` characters; a single line is never parted."""
    removed = _first_of(unit.removed, most_chars // 2)
    if sum(len(line) + 1 for line in unit.lines) + sum(len(line) + 1 for line in removed) <= most_chars:
        yield replace(unit, removed=removed)
        return
    blocks = key_blocks(unit.document.lines, unit.first, unit.end)
    first, size = unit.first, sum(len(line) + 1 for line in removed)
    for number in range(unit.first, unit.end):
        length = len(unit.document.lines[number]) + 1
        is_in_key = any(start < number < stop for start, stop in blocks)
        if size + length > most_chars and number > first and not is_in_key:
            yield _part(unit, first, number, removed)
            first, size, removed = number, 0, ()
        size += length
    yield _part(unit, first, unit.end, removed)


def _part(unit: Unit, first: int, end: int, removed: tuple[str, ...]) -> Unit:
    return Unit(unit.document, first, end, tuple(line for line in unit.changed if first <= line < end), removed)


def _first_of(lines: tuple[str, ...], chars: int) -> tuple[str, ...]:
    kept: list[str] = []
    for line in lines:
        chars -= len(line) + 1
        if chars < 0:
            break
        kept.append(line)
    return tuple(kept)


def _around(document: Document, first: int, end: int, pieces: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the lines that must be seen to judge a change: the functions that it touches, of long ones a part."""
    found = []
    for start, stop in pieces:
        if start < end and stop > first:
            if stop - start > MOST_LINES:
                near = max(start, first - NEAR), min(stop, end + NEAR)
                start, stop = _with_whole_blocks(document.lines, *near)
            found.append((start, stop))
    if found:
        return found
    # Blank lines, or the end: what was removed there is judged by what stands around.
    return [_with_whole_blocks(document.lines, max(0, first - NEAR), min(len(document.lines), end + NEAR))]


def _with_whole_blocks(lines: Sequence[str], first: int, end: int) -> tuple[int, int]:
    """Return `first` and `end` moved outwards so that they split no key: half of one the gate would not know."""
    for start, stop in key_blocks(lines, first, end):
        if start < end and stop > first:
            first, end = min(first, start), max(end, stop)
    return first, end


def _joined(places: dict[tuple[int, int], list[int]]) -> list[tuple[int, int]]:
    """Return `places` in order, those that overlap as one."""
    found: list[tuple[int, int]] = []
    for first, end in sorted(places):
        if found and first < found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((first, end))
    return found


def _whole_keys_only(lines: list[str]) -> tuple[str, ...]:
    """Return removed lines without those that could be part of a key."""
    if any("-----BEGIN " in line or "-----END " in line for line in lines):
        return ()
    return tuple(lines)


def _pieces(lines: Sequence[str], first: int, end: int, language: Language) -> Iterator[tuple[int, int]]:
    """Yield the first and the end line of each piece."""
    if end - first <= 1:
        yield first, end
        return
    margin = min((indent_width(line) for line in lines[first:end] if not is_blank(line)), default=0)
    cuts = _cuts(lines, first, end, margin, language)
    for start, stop in zip(cuts, [*cuts[1:], end], strict=True):
        if stop - start <= MOST_LINES:
            yield start, stop
        elif len(cuts) > 1 or start > first:
            yield from _pieces(lines, start, stop, language)
        else:
            yield from _inside(lines, start, stop, language)


def _inside(lines: Sequence[str], first: int, end: int, language: Language) -> Iterator[tuple[int, int]]:
    """Yield the pieces of one long definition: its head, and what is defined inside of it."""
    deeper = [at for at in range(first + 1, end) if not is_blank(lines[at]) and scope_of_line(lines[at], language)]
    if not deeper:
        yield first, end
        return
    head = min(deeper)
    margin = min(indent_width(lines[at]) for at in deeper)
    cuts = [first, *(at for at in _cuts(lines, head, end, margin, language) if at > first)]
    yield from zip(cuts, [*cuts[1:], end], strict=True)


def _cuts(lines: Sequence[str], first: int, end: int, margin: int, language: Language) -> list[int]:
    """Return the lines at which pieces begin: definitions at `margin`, with what stands directly above them."""
    found = [first]
    blocks = key_blocks(lines, first, end)
    for number in range(first + 1, end):
        line = lines[number]
        if is_blank(line) or indent_width(line) != margin or scope_of_line(line, language) is None:
            continue
        start = number
        while start > found[-1] + 1 and not is_blank(lines[start - 1]) and indent_width(lines[start - 1]) == margin:
            if not lines[start - 1].lstrip().startswith(("@", "#", "//", "/*", "*", "--", "[")):
                break
            start -= 1
        if start > found[-1] and not any(begin < start < stop for begin, stop in blocks):
            found.append(start)
    return found
