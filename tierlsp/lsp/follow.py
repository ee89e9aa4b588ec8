"""What is typed into a document while a run on it is under way, so that its edit can be moved.

**Law:** work per key press does not grow with the file: a document that no run is under way on is not recorded, and a
record has an end.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

MOST_CHANGES = 10_000
"""Recorded for one run: an hour of fast typing in ever other lines, at 100 bytes each."""

MOST_TEXTS = 2_000
"""Changes that are kept with their text while an edit is on its way: the edit's own, and two seconds of typing."""


class LineChange(NamedTuple):
    """Which lines a change replaced: `removed` lines from `start` on became `added`."""

    start: int
    removed: int
    added: list[str]
    cursor: tuple[int, int] | None = None
    """Line and column where the cursor is most likely now, `None` if the whole document was replaced."""


class Follower(Protocol):
    """Is told of what changes in one document."""

    uri: str

    def note(self, changes: Sequence[LineChange]) -> None:
        """Take changes, in their order."""

    def lose(self) -> None:
        """The document was closed, opened anew, or nobody can tell what was done to it."""


class ChangeLog:
    """The changes of one document since a moment."""

    def __init__(self, uri: str) -> None:
        self.uri = uri
        self.is_lost = False
        """Whether the document was closed, opened anew, or changed too often since."""
        self._changes: list[tuple[int, int, int]] = []
        self._fixed = 0
        self._texts: list[LineChange] | None = None
        """The changes since the last mark with their text, as long as that is wanted."""

    def note(self, changes: Sequence[LineChange]) -> None:
        """Take changes, in their order."""
        if self.is_lost:
            return
        if self._texts is not None:
            self._texts += changes
            if len(self._texts) > MOST_TEXTS:
                self._texts = None
        for change in changes:
            entry = (change.start, change.removed, len(change.added))
            known = self._changes
            if entry[1:] == (1, 1) and len(known) > self._fixed and known[-1] == entry:
                # The next key on the same line.
                continue
            known.append(entry)
        if len(self._changes) > MOST_CHANGES:
            self.lose()

    def lose(self) -> None:
        """Give up: nobody can tell any more where a line went."""
        self.is_lost = True
        self._changes.clear()
        self._texts = None

    def mark(self) -> int:
        """Return a number for this moment, for `since`."""
        self._fixed = len(self._changes)
        self._texts = [] if not self.is_lost else None
        return self._fixed

    def shows(self, old: Sequence[str], new: Sequence[str]) -> bool:
        """Whether the first changes since the last mark made the lines `new` of `old`.

        An editor that makes an edit only in the version that it is for makes it before anything else.
        """
        lines, wanted = list(old), list(new)
        for change in self._texts or ():
            lines[change.start : change.start + change.removed] = change.added
            if len(lines) == len(wanted) and lines == wanted:
                return True
        return False

    def since(self, mark: int = 0) -> tuple[tuple[int, int, int], ...]:
        """Return the changes since a moment, by default all of them: first line, lines before, lines after."""
        return tuple(self._changes[mark:])
