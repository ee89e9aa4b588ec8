"""From new lines to the smallest edit of one version of one document, and back.

Unchanged lines are not touched, so they keep their line ends, their blanks and whatever else the editor knows of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from tierlsp.actions.types import Document, FileEdit, Place, Span, TextEdit
from tierlsp.errors import TierlspError
from tierlsp.text.lines import is_blank, split_lines

MOST_LINES = 20_000
"""Lines that an edit may leave in a file: longer ones are made by machines, and editors take seconds over them."""

MOST_CHARS = 5_000_000
"""Characters that an edit may write."""

_DIFF_LINES = 4_000
"""Lines on both sides together up to which lines are paired up; above, one edit spans all that differs.

`SequenceMatcher` takes time with the product of both sides in the worst case: a tenth of a second at this size.
"""

BOM = "\ufeff"


class EditError(TierlspError):
    """An edit that cannot be made or must not be applied."""


@dataclass(frozen=True, slots=True)
class Change:
    """New lines in place of the lines `first` to `end`, the latter not included."""

    first: int
    end: int
    lines: tuple[str, ...]


def lines_after(lines: Sequence[str], changes: Sequence[Change]) -> tuple[str, ...]:
    """Return `lines` with all `changes` made.

    Raises:
        EditError: changes overlap, or lie outside of the lines.
    """
    result: list[str] = []
    done = 0
    for change in sorted(changes, key=lambda change: (change.first, change.end)):
        if change.first < done:
            raise EditError("two changes of the answer overlap, so none is made")
        if change.end < change.first or change.end > len(lines):
            raise EditError("a change of the answer lies outside of the file, so none is made")
        result += lines[done : change.first]
        result += change.lines
        done = change.end
    result += lines[done:]
    return tuple(result)


def file_edit(document: Document, changes: Sequence[Change]) -> FileEdit:
    """Return the smallest edit by whole lines that makes `changes`, for the version of `document`.

    Raises:
        EditError: changes overlap, lie outside of the document, or are too large.
    """
    new = _with_mark(document.lines, lines_after(document.lines, changes))
    if len(new) > MOST_LINES or sum(map(len, new)) > MOST_CHARS:
        raise EditError(f"the edit would leave a file of more than {MOST_LINES:,} lines or 5 MB, so it is not made")
    edits = tuple(_text_edit(document, each.first, each.end, each.lines) for each in changes_of(document.lines, new))
    return FileEdit(document, edits)


def changes_of(old: Sequence[str], new: Sequence[str]) -> list[Change]:
    """Return the changes that make `new` of `old`, apart from each other and in order."""
    return [Change(first, end, tuple(new[start:stop])) for first, end, start, stop in _differences(old, new)]


def apply_edit(edit: FileEdit) -> tuple[str, ...]:
    """Return the lines of the document after `edit`.

    Raises:
        EditError: the edits are out of order, overlap, or lie outside of the document.
    """
    lines, line_end = edit.document.lines, edit.document.line_end
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + len(line_end))
    text = line_end.join(lines)
    pieces: list[str] = []
    done = 0
    for each in edit.edits:
        begin, finish = (_offset(place, lines, starts) for place in (each.span.start, each.span.end))
        if begin < done or finish < begin:
            raise EditError("the edits of a file overlap or are out of order, so none is made")
        pieces += (text[done:begin], each.text)
        done = finish
    pieces.append(text[done:])
    return tuple(split_lines("".join(pieces))[0])


def trimmed(new: Sequence[str], old: Sequence[str]) -> tuple[str, ...]:
    """Return `new` without the blank lines around it that `old` does not have."""
    first, end = 0, len(new)
    if old and not is_blank(old[0]):
        while first < end and is_blank(new[first]):
            first += 1
    if old and not is_blank(old[-1]):
        while end > first and is_blank(new[end - 1]):
            end -= 1
    return tuple(new[first:end])


def _offset(place: Place, lines: Sequence[str], starts: Sequence[int]) -> int:
    """Return where `place` is in the text, each of whose lines begins at one of `starts`."""
    if not (0 <= place.line < len(lines) and 0 <= place.column <= len(lines[place.line])):
        raise EditError("an edit lies outside of its file, so none is made")
    return starts[place.line] + place.column


def _with_mark(old: Sequence[str], new: tuple[str, ...]) -> tuple[str, ...]:
    """Return `new` with the byte order mark that `old` begins with, and with none that it does not have."""
    if not new:
        return ("",)
    first = new[0].removeprefix(BOM)
    return ((BOM + first if old and old[0].startswith(BOM) else first), *new[1:])


def _differences(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int, int, int]]:
    """Return the stretches that differ: first and end line on the old side, and on the new."""
    shorter = min(len(old), len(new))
    head = next((index for index in range(shorter) if old[index] != new[index]), shorter)
    rest = shorter - head
    tail = next((index for index in range(rest) if old[-1 - index] != new[-1 - index]), rest)
    left, right = old[head : len(old) - tail], new[head : len(new) - tail]
    if not left and not right:
        return []
    if len(left) + len(right) > _DIFF_LINES:
        return [(head, len(old) - tail, head, len(new) - tail)]
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    return [
        (head + first, head + end, head + start, head + stop)
        for tag, first, end, start, stop in matcher.get_opcodes()
        if tag != "equal"
    ]


def _text_edit(document: Document, first: int, end: int, new: Sequence[str]) -> TextEdit:
    """Return the edit that puts `new` in place of the lines `first` to `end`."""
    lines, line_end = document.lines, document.line_end
    if end < len(lines):
        return TextEdit(Span(Place(first, 0), Place(end, 0)), "".join(line + line_end for line in new))
    last = Place(len(lines) - 1, len(lines[-1]))
    if first > 0:
        # The last line has no end of its own: what is written brings the end of the line before.
        start = Place(first - 1, len(lines[first - 1]))
        return TextEdit(Span(start, last), "".join(line_end + line for line in new))
    return TextEdit(Span(Place(0, 0), last), line_end.join(new))
