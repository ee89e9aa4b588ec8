"""The tape of one open document, kept in step with its lines.

Work per edit does not grow with the document: the edited line is only remembered (it is *pending*) until another
line is edited or asked about. Then it is written to the tape as a new record, and so is the line below, whose keys
and indentation step look up at it; the line after that is linked anew. What is answered depends on the lines alone,
not on the edits that led to them.

**Law:** with no line pending, a record's keys and opening id were computed from the record it is linked to, and that
is the record of the nearest line above it. With one pending, this holds for all lines but the one below it; so a
match never crosses from the line below the cursor to the lines above (`match.py`).
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import overload

from tierlsp.completion.lookup.tape import BLANK, MAX_LINE_CHARS, OPAQUE, Tape

MAX_GAP_LINES = 64
"""Blank lines that may lie between two lines that are read as neighbours.

Bounds the search for a neighbour, which each edit makes; real text has two or three.
"""

STEP_CHARS = 300
"""Length of the lines written between two pauses of `OpenDocument.splice`: eight or so, about 0.1 ms. In characters,
since a line of the longest kind alone takes a millisecond."""

_COMPACT_FROM_TOKENS = 1 << 14
"""Dead tokens that are always tolerated: at 15 bytes each, a quarter of a megabyte."""

_NO_RECORD = -1


class Lines(Sequence[str]):
    """The lines that a document had at some time, read from its tape one by one.

    Blank lines come without their blanks, and lines that were too long for the tape as others of that kind.
    """

    def __init__(self, tape: Tape, records: array[int]) -> None:
        self._tape = tape
        self._records = records

    def __len__(self) -> int:
        return len(self._records)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        if isinstance(index, slice):
            return [self[at] for at in range(*index.indices(len(self)))]
        record = self._records[index]
        if record >= 0:
            return self._tape.line(record)
        return "" if record == BLANK else " " * (MAX_LINE_CHARS + 1)


class OpenDocument:
    """A document's tape, with the record of each line.

    Args:
        expected_tokens: About how many tokens it will hold, so that the tape's first block fits.
    """

    def __init__(self, *, expected_tokens: int = 0) -> None:
        self.tape = Tape(with_singles=True, expected_tokens=expected_tokens)
        self._records = array("i")
        self._live_tokens = 0
        self._live_lines = 0
        self._pending: tuple[int, str] | None = None

    @property
    def line_count(self) -> int:
        """How many lines the document has."""
        return len(self._records)

    @property
    def live_tokens(self) -> int:
        """Tokens of lines that are still part of the document."""
        return self._live_tokens

    @property
    def live_lines(self) -> int:
        """Lines with a record."""
        return self._live_lines

    @property
    def size_bytes(self) -> int:
        """Memory held."""
        return self.tape.size_bytes + 4 * len(self._records)

    @property
    def is_worn(self) -> bool:
        """Whether so much of the tape is dead that writing it again is worth the work."""
        return len(self.tape.tokens) > 2 * self._live_tokens + _COMPACT_FROM_TOKENS

    def change(self, start: int, removed: int, added: Sequence[str]) -> None:
        """Replace the lines from `start`, `removed` of them, by `added`."""
        for _ in self.splice(start, removed, added):
            pass

    def splice(self, start: int, removed: int, added: Sequence[str]) -> Iterator[None]:
        """Do as `change` does, in steps of about 0.1 ms. Nothing else may be asked before the last step is done."""
        start = min(start, len(self._records))
        removed = min(removed, len(self._records) - start)
        pending = self._pending
        if pending is not None and not start <= pending[0] < start + removed:
            self.settle()
        self._pending = None
        for record in self._records[start : start + removed]:
            self._kill(record)
        if removed != 1 or len(added) != 1:
            self._records[start : start + removed] = array("i", [BLANK]) * len(added)
        else:
            self._records[start] = BLANK
        chars = 0
        for at, line in enumerate(islice(added, max(0, len(added) - 1)), start):
            self._write(at, line)
            chars += len(line) + 1
            if chars >= STEP_CHARS:
                chars = 0
                yield
        if added:
            # The last line is most often the one that is being typed.
            self._pending = (start + len(added) - 1, added[-1])
        else:
            self._rejoin(start)

    def settle(self, but_not: int = -1) -> None:
        """Write the pending line to the tape, unless it is the line `but_not`."""
        if self._pending is None or self._pending[0] == but_not:
            return
        at, line = self._pending
        self._pending = None
        self._write(at, line)
        self._rejoin(at + 1)

    def record_of(self, line: int) -> int:
        """Return the record of `line`, or a negative number if it has none."""
        return self._records[line] if 0 <= line < len(self._records) else _NO_RECORD

    def record_below(self, line: int) -> int:
        """Return the record of the nearest line below `line` that is not blank, or a negative number."""
        at = self._next_line(line + 1)
        return self._records[at] if at >= 0 else _NO_RECORD

    def records_near(self, line: int, reach: int) -> dict[int, int]:
        """Return the records up to `reach` lines from `line`, with their distance in lines."""
        first = max(0, line - reach)
        near = {record: abs(at - line) for at, record in enumerate(self._records[first : line + reach + 1], first)}
        near.pop(BLANK, None)
        near.pop(OPAQUE, None)
        return near

    def snapshot(self) -> Lines:
        """Return the lines as they are now, to be read later and on another thread."""
        self.settle()
        return Lines(self.tape, array("i", self._records))

    def _write(self, at: int, line: str) -> None:
        """Write the record of the line at `at`, which has none."""
        before = len(self.tape.tokens)
        record = self.tape.append(line, self._neighbour_above(at))
        self._records[at] = record
        if record >= 0:
            self._live_lines += 1
            self._live_tokens += len(self.tape.tokens) - before

    def _kill(self, record: int) -> None:
        """Take a line's record, if it has one, out of the index."""
        if record >= 0:
            self._live_lines -= 1
            self._live_tokens -= self.tape.kill(record)

    def _rejoin(self, below: int) -> None:
        """Write the first line at or below `below` again, since the line above it is another one now."""
        at = self._next_line(below)
        if at < 0:
            return
        line = self.tape.line(self._records[at])
        self._kill(self._records[at])
        self._records[at] = BLANK
        self._write(at, line)
        after = self._next_line(at + 1)
        if after >= 0:
            self.tape.link(self._records[after], self._records[at])

    def _neighbour_above(self, at: int) -> int:
        """Return the record of the nearest line above `at` that is not blank, or a negative number."""
        for line in range(at - 1, max(-1, at - 2 - MAX_GAP_LINES), -1):
            if self._records[line] != BLANK:
                return self._records[line]
        return _NO_RECORD

    def _next_line(self, at: int) -> int:
        """Return the nearest line at or below `at` that has a record, within the gap; else a negative number."""
        for line in range(at, min(len(self._records), at + 1 + MAX_GAP_LINES)):
            record = self._records[line]
            if record != BLANK:
                return line if record >= 0 else -1
        return -1
