"""An edit that was made for one text, moved to where its lines stand now.

Who types elsewhere while a model writes moves the edit; who types inside of it stops it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from tierlsp.actions.edits import EditError, apply_edit, changes_of, file_edit
from tierlsp.actions.types import Document, FileEdit

Move = tuple[int, int, int]
"""One change of a text: from which line on, how many lines there were, and how many they became."""


def moved_span(first: int, end: int, moves: Iterable[Move]) -> tuple[int, int] | None:
    """Return where the lines `first` to `end` are after `moves`; `None` if one of them changed a line of it.

    A place between two lines (`first == end`) is changed by what replaces lines on both sides of it.
    """
    for start, removed, added in moves:
        if start + removed <= first:
            first, end = first + added - removed, end + added - removed
        elif start < end:
            return None
    return first, end


def moved_edit(edit: FileEdit, moves: Iterable[Move], now: Document) -> FileEdit:
    """Return `edit` for the text that stands there `now`, after `moves`.

    Raises:
        EditError: somebody typed where it belongs, so it is not made.
    """
    old, moves = edit.document.lines, tuple(moves)
    spans = [(change.first, change.end) for change in changes_of(old, apply_edit(edit))]
    spans += [edit.within] if edit.within is not None else []
    places: dict[tuple[int, int], tuple[int, int]] = {}
    for first, end in spans:
        found = moved_span(first, end, moves)
        # Law: what is replaced is looked at again when it is replaced.
        if found is None or now.lines[found[0] : found[1]] != old[first:end]:
            raise EditError("it was typed into meanwhile")
        places[first, end] = found
    changes = [
        replace(change, first=places[change.first, change.end][0], end=places[change.first, change.end][1])
        for change in changes_of(old, apply_edit(edit))
    ]
    within = None if edit.within is None else places[edit.within]
    return replace(file_edit(now, changes), within=within)
