"""The open documents: indexed at once where they are small, by the worker where they are not."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from tierlsp.completion.lookup.building import Building, Edit
from tierlsp.completion.lookup.document import OpenDocument

INLINE_LINES = 128
"""The largest text that is indexed at once, on the loop: about 1 ms. A larger one goes to the worker."""

INLINE_CHARS = 6_000
"""The same in characters."""

INLINE_REMOVED_LINES = 1_000
"""The most lines that are taken out at once, on the loop: about 1 ms."""

MAX_COMPARED_LINES = 2_000
"""The largest document whose new full text is compared with the old one, to index the difference only: 1 ms."""

_TOKENS_PER_LINE = 10
"""Tokens of a line of source code, blank lines included (8 to 11 in the trees of `bench/lookup.py`)."""


@dataclass(slots=True)
class _Entry:
    """An open document.

    With `document` alone it is ready. With `building` alone the worker has it. With both, the worker writes it anew
    while the old tape answers; every edit then goes to both.
    """

    document: OpenDocument | None = None
    building: Building | None = None


class Documents:
    """What is open in the editor. All methods are for the loop's thread.

    Args:
        submit: Gives a task to the worker.
        hand_back: Makes the loop call something when it next comes by; called on the worker's thread.
    """

    def __init__(
        self,
        submit: Callable[[Iterator[None]], None],
        hand_back: Callable[[Callable[[], None]], None],
        max_bytes: int,
    ) -> None:
        self._submit = submit
        self._hand_back = hand_back
        self._max_bytes = max_bytes
        # The one that was asked about last comes last.
        self._entries: OrderedDict[str, _Entry] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def is_building(self) -> bool:
        """Whether the worker has one of them."""
        return any(entry.building is not None for entry in self._entries.values())

    def ready(self) -> Iterator[OpenDocument]:
        """Yield the documents that can be asked, the one asked about last first."""
        for entry in reversed(self._entries.values()):
            if entry.document is not None:
                yield entry.document

    def get(self, uri: str) -> OpenDocument | None:
        """Return a document if it can be asked, and remember that it was."""
        entry = self._entries.get(uri)
        if entry is None:
            return None
        self._entries.move_to_end(uri)
        return entry.document

    def open(self, uri: str, lines: Sequence[str]) -> None:
        """Take in a document, or replace all its lines."""
        entry = self._entries.get(uri)
        if entry is not None and entry.document is not None:
            edit = _difference(entry.document, lines)
            if edit is not None:
                self.change(uri, *edit)
                return
        self.close(uri)
        entry = self._entries[uri] = _Entry()
        document = OpenDocument(expected_tokens=_TOKENS_PER_LINE * len(lines))
        self._carry_out(uri, entry, document, [Edit(0, 0, tuple(lines))])

    def change(self, uri: str, start: int, removed: int, added: Sequence[str]) -> None:
        """Take over that the lines `[start, start + removed)` became `added`."""
        entry = self._entries.get(uri)
        if entry is None:
            return
        edit = Edit(start, removed, tuple(added))
        if entry.building is not None:
            entry.building.edits.append(edit)
        if entry.document is None:
            return
        if _is_small(edit):
            entry.document.change(*edit)
            if entry.building is None and entry.document.is_worn:
                self._write_anew(uri, entry, entry.document)
            return
        document, entry.document = entry.document, None
        if entry.building is None:
            self._build(uri, entry, document, [edit])

    def close(self, uri: str) -> None:
        """Forget a document."""
        entry = self._entries.pop(uri, None)
        if entry is not None and entry.building is not None:
            entry.building.is_cancelled = True

    def shrink(self) -> int:
        """Forget the tapes of documents asked about longest ago while all take too much; return what is left."""
        size = sum(document.size_bytes for document in self.ready())
        for entry in self._entries.values():
            if size <= self._max_bytes:
                break
            if entry.document is not None:
                size -= entry.document.size_bytes
                entry.document = None
        return size

    def _carry_out(self, uri: str, entry: _Entry, document: OpenDocument, edits: Sequence[Edit]) -> None:
        """Carry out `edits` at once as far as they are small, and leave the rest to the worker."""
        for done, edit in enumerate(edits):
            if not _is_small(edit):
                self._build(uri, entry, document, edits[done:])
                return
            document.change(*edit)
        entry.document = document
        entry.building = None

    def _build(self, uri: str, entry: _Entry, document: OpenDocument, edits: Sequence[Edit]) -> None:
        """Give `document` to the worker, with edits to carry out."""
        entry.building = Building(document, edits, self._max_bytes)
        self._submit(entry.building.steps(lambda building: self._hand_back(partial(self._take, uri, building))))

    def _write_anew(self, uri: str, entry: _Entry, document: OpenDocument) -> None:
        """Have the worker write a fresh tape, without what is dead on the old one."""
        lines = document.snapshot()
        self._build(uri, entry, OpenDocument(expected_tokens=document.live_tokens), [Edit(0, 0, lines)])

    def _take(self, uri: str, building: Building) -> None:
        """Take a document back from the worker, with the edits that came in since its last look."""
        entry = self._entries.get(uri)
        if entry is None or entry.building is not building:
            return
        if building.is_given_up:
            entry.building = entry.document = None
            return
        self._carry_out(uri, entry, building.document, list(building.edits))


def _is_small(edit: Edit) -> bool:
    """Whether the edit can be carried out on the loop."""
    return (
        edit.removed <= INLINE_REMOVED_LINES
        and len(edit.added) <= INLINE_LINES
        and sum(map(len, edit.added)) <= INLINE_CHARS
    )


def _difference(document: OpenDocument, lines: Sequence[str]) -> Edit | None:
    """Return the edit that makes `lines` of a document, or `None` where finding it takes too long."""
    count = document.line_count
    if max(count, len(lines)) > MAX_COMPARED_LINES:
        return None
    old = document.snapshot()
    shorter = min(count, len(lines))
    head = 0
    while head < shorter and _is_same(old[head], lines[head]):
        head += 1
    tail = 0
    while tail < shorter - head and _is_same(old[count - 1 - tail], lines[len(lines) - 1 - tail]):
        tail += 1
    return Edit(head, count - head - tail, lines[head : len(lines) - tail])


def _is_same(old: str, new: str) -> bool:
    """Whether a line is what the tape has of it; it does not have the blanks of blank lines."""
    return old == new or (not old and new.isspace())
