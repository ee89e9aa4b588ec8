"""The workspace's files: finished tapes, and which of them holds which file."""

from __future__ import annotations

from collections.abc import Iterator

from tierlsp.completion.lookup.crawl import Batch, FileSpan
from tierlsp.completion.lookup.tape import Tape
from tierlsp.completion.lookup.walk import FoundFile

MAX_REREAD = 32
"""Tapes of files that were read again one by one, before they are put on one: each tape is asked on every key."""


class Library:
    """Tapes in the order in which they are asked: files closed last, then files changed last.

    **Law:** a path is alive on one tape at most, and on none while the file is open in the editor.
    """

    def __init__(self) -> None:
        self._reread: list[Batch] = []
        self._crawled: list[Batch] = []
        self._files: dict[str, tuple[Batch, FileSpan]] = {}
        self._alive: dict[int, int] = {}
        self._bytes = 0

    @property
    def size_bytes(self) -> int:
        """Memory held by the tapes."""
        return self._bytes

    def tapes(self) -> Iterator[Tape]:
        """Yield the tapes, the most useful first."""
        for batch in self._reread:
            yield batch.tape
        for batch in self._crawled:
            yield batch.tape

    def spans(self) -> Iterator[FileSpan]:
        """Yield the files that are alive."""
        for _, span in self._files.values():
            yield span

    def holds(self, found: FoundFile) -> bool:
        """Whether exactly this version of a file is alive here. May be asked by another thread."""
        held = self._files.get(found.path)
        return held is not None and (held[1].modified_ns, held[1].size_bytes) == (found.modified_ns, found.size_bytes)

    def add(self, batch: Batch, *, is_reread: bool) -> None:
        """Take a finished tape; files that an older tape holds are taken over."""
        for span in batch.files:
            self.hide(span.path)
            self._files[span.path] = (batch, span)
        self._alive[id(batch)] = len(batch.files)
        self._bytes += batch.tape.size_bytes
        if is_reread:
            self._reread.insert(0, batch)
        else:
            self._crawled.append(batch)

    def scattered(self) -> list[str]:
        """Return the files to be read again onto one tape, if there are too many tapes of single ones."""
        if len(self._reread) <= MAX_REREAD:
            return []
        return [path for path, (batch, _) in self._files.items() if batch in self._reread]

    def hide(self, path: str) -> None:
        """Make a file's text match nothing."""
        held = self._files.pop(path, None)
        if held is None:
            return
        batch, span = held
        batch.tape.kill_span(span.start, span.end)
        self._alive[id(batch)] -= 1
        if not self._alive[id(batch)]:
            (self._reread if batch in self._reread else self._crawled).remove(batch)
            self._drop(batch)

    def shrink(self, max_bytes: int) -> None:
        """Drop the least useful tapes until all take at most `max_bytes`."""
        while self._bytes > max_bytes and (self._crawled or self._reread):
            self._drop((self._crawled or self._reread).pop())

    def _drop(self, batch: Batch) -> None:
        """Forget a tape that is in neither list any more."""
        del self._alive[id(batch)]
        self._bytes -= batch.tape.size_bytes
        for span in batch.files:
            held = self._files.get(span.path)
            if held is not None and held[0] is batch:
                del self._files[span.path]
