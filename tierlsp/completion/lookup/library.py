"""The workspace's files: finished tapes, and which of them holds which file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tierlsp.completion.lookup.crawl import Batch, FileSpan
from tierlsp.completion.lookup.gather import FILE_WEIGHT, Source
from tierlsp.completion.lookup.walk import FoundFile

MAX_REREAD = 32
"""Tapes of files that were read again one by one, before they are put on one: each tape is asked on every key."""


@dataclass(slots=True, eq=False)
class _Shelf:
    """A tape with what is alive on it."""

    source: Source
    batch: Batch
    size_bytes: int
    alive: int


class Library:
    """Tapes in the order in which they are asked: files closed last, then files written last.

    **Law:** a path is alive on one tape at most, and on none while the file is open in the editor.
    """

    def __init__(self) -> None:
        self._reread: list[_Shelf] = []
        self._crawled: list[_Shelf] = []
        self._files: dict[str, tuple[_Shelf, FileSpan]] = {}
        self._bytes = 0

    @property
    def size_bytes(self) -> int:
        """Memory held by the tapes."""
        return self._bytes

    def sources(self) -> Iterator[Source]:
        """Yield the tapes, the most useful first."""
        for shelf in self._reread:
            yield shelf.source
        for shelf in self._crawled:
            yield shelf.source

    def spans(self) -> Iterator[FileSpan]:
        """Yield the files that are alive."""
        for _, span in self._files.values():
            yield span

    def holds(self, found: FoundFile) -> bool:
        """Whether exactly this version of a file is alive here. May be asked by another thread."""
        held = self._files.get(found.path)
        return held is not None and (held[1].modified_ns, held[1].size_bytes) == (found.modified_ns, found.size_bytes)

    def add(self, batch: Batch, *, is_reread: bool) -> None:
        """Take a finished tape. Its files replace what older tapes have of them."""
        shelf = _Shelf(Source(batch.tape, FILE_WEIGHT), batch, batch.tape.size_bytes, len(batch.files))
        for span in batch.files:
            self.hide(span.path)
            self._files[span.path] = (shelf, span)
        self._bytes += shelf.size_bytes
        if is_reread:
            self._reread.insert(0, shelf)
        else:
            self._crawled.append(shelf)

    def scattered(self) -> list[str]:
        """Return the files to be read again onto one tape, if there are too many tapes of single ones."""
        if len(self._reread) <= MAX_REREAD:
            return []
        return [span.path for shelf in self._reread for span in shelf.batch.files if self._is_on(shelf, span)]

    def hide(self, path: str) -> None:
        """Make a file's text match nothing."""
        held = self._files.pop(path, None)
        if held is None:
            return
        shelf, span = held
        shelf.batch.tape.kill_span(span.start, span.end)
        shelf.alive -= 1
        if not shelf.alive:
            (self._reread if shelf in self._reread else self._crawled).remove(shelf)
            self._bytes -= shelf.size_bytes

    def shrink(self, max_bytes: int) -> None:
        """Drop the least useful tapes until all take at most `max_bytes`."""
        while self._bytes > max_bytes and (self._crawled or self._reread):
            shelf = (self._crawled or self._reread).pop()
            self._bytes -= shelf.size_bytes
            for span in shelf.batch.files:
                if self._is_on(shelf, span):
                    del self._files[span.path]

    def _is_on(self, shelf: _Shelf, span: FileSpan) -> bool:
        """Whether a file is alive on this very tape."""
        held = self._files.get(span.path)
        return held is not None and held[0] is shelf
