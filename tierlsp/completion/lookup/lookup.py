"""The embedded completer as the engine sees it."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tierlsp.clock import Clock
from tierlsp.completion.lookup.context import context_at
from tierlsp.completion.lookup.crawl import Batch, Filing, crawl, reread
from tierlsp.completion.lookup.documents import Documents
from tierlsp.completion.lookup.gather import OPEN_WEIGHT, OWN_WEIGHT, Source, Words, gather
from tierlsp.completion.lookup.guess import Guess
from tierlsp.completion.lookup.library import Library
from tierlsp.completion.lookup.vote import NEAR_LINES, vote
from tierlsp.completion.lookup.walk import FoundFile
from tierlsp.completion.lookup.worker import Runner, Worker
from tierlsp.text.cursor import Cursor
from tierlsp.text.lines import is_word
from tierlsp.text.uris import path_of

DEFAULT_MAX_BYTES = 64_000_000
"""Room for some 15 MB of source: `bench/lookup.py` measures about four bytes for each byte read."""

_MAX_TAKEN = 8
"""Results of the worker that one call takes over; the rest waits for the next."""


@dataclass(frozen=True, slots=True)
class Stats:
    """How much is indexed."""

    files: int
    """Files read from disk."""
    documents: int
    """Documents open in the editor."""
    lines: int
    """Lines of both, without those that are blank."""
    tokens: int
    size_bytes: int
    """Memory held, about."""
    is_crawling: bool
    """Whether files or documents are still being read."""


class Lookup:
    """An index over open documents and the workspace's files, and the guesses that come of it.

    All methods are for the event loop's thread, return at once, and never raise for what a text or a file holds.
    Large texts and all files are read on a worker thread, and count from when that is done.

    Args:
        clock: Times the worker's slices.
        is_excluded: Whether a file must not be learnt from. Called on both threads.
        max_bytes: How much memory the index may take, about. The files written longest ago are left out.
        runner: What carries out background work; a `Worker` unless a test or a bench steps it by hand.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        is_excluded: Callable[[Path], bool],
        max_bytes: int = DEFAULT_MAX_BYTES,
        runner: Runner | None = None,
    ) -> None:
        self._max_bytes = max_bytes
        self._runner = runner if runner is not None else Worker(clock)
        # Calls that the worker wants the loop to make, when it next comes by.
        self._handed: deque[Callable[[], None]] = deque()
        self._library = Library()
        self._words = Words()
        self._documents = Documents(partial(self._runner.submit, is_urgent=True), self._handed.append, max_bytes)
        self._documents_bytes = 0
        self._open_paths: dict[str, str] = {}
        self._roots: list[Path] = []
        self._filing = Filing(is_excluded, self._is_known, self._room_bytes)
        self._tasks = 0
        # Each is written by one thread only; the difference is what still lies in `_handed`.
        self._delivered_bytes = 0
        self._taken_bytes = 0

    def open(self, uri: str, lines: Sequence[str]) -> None:
        """Index a document, or replace all its lines. It shadows the file at its path."""
        self._take_over()
        file = path_of(uri)
        if file is not None:
            path = os.path.normpath(file)
            if self._filing.forbids(path):
                self.close(uri)
                return
            self._open_paths[uri] = path
            self._library.hide(path)
        self._documents.open(uri, lines)
        self._shrink()

    def change(self, uri: str, start: int, removed: int, added: Sequence[str]) -> None:
        """Take over that the lines `[start, start + removed)` of a document became `added`."""
        self._take_over()
        self._documents.change(uri, start, removed, added)

    def close(self, uri: str) -> None:
        """Forget a document. The file at its path, as it is now, is read if it lies in the workspace."""
        self._take_over()
        self._documents.close(uri)
        path = self._open_paths.pop(uri, None)
        if path is not None and path not in self._open_paths.values():
            self._reread([path])

    def crawl(self, roots: Sequence[Path]) -> None:
        """Read the workspace's files in the background, those written last first.

        May be called again: files that have not changed since are not read twice.
        """
        self._roots = [*self._roots, *(root for root in roots if root not in self._roots)]
        self._submit(crawl(roots, self._filing, partial(self._deliver, is_reread=False)))

    def guess(self, cursor: Cursor) -> Guess | None:
        """Return how the cursor's line most likely goes on, shown or not; `None` if nothing is known.

        A cursor inside a word gets none.
        """
        self._take_over()
        context = context_at(cursor)
        if context is None or (context.word and cursor.suffix and is_word(cursor.suffix[0])):
            return None
        candidates = gather(self._sources(cursor), context, self._words)
        return vote(candidates, context, cursor.suffix) if candidates else None

    def stop(self) -> None:
        """End background work."""
        self._runner.stop()

    @property
    def stats(self) -> Stats:
        """How much is indexed at present."""
        self._take_over()
        documents = list(self._documents.ready())
        spans = list(self._library.spans())
        return Stats(
            files=len(spans),
            documents=len(self._documents),
            lines=sum(span.records for span in spans) + sum(document.live_lines for document in documents),
            tokens=sum(span.end - span.start for span in spans) + sum(doc.live_tokens for doc in documents),
            size_bytes=self._library.size_bytes + sum(document.size_bytes for document in documents),
            is_crawling=self._tasks > 0 or self._documents.is_building,
        )

    def _sources(self, cursor: Cursor) -> list[Source]:
        """Return where to look, the cursor's document first."""
        own = self._documents.get(cursor.uri)
        sources: list[Source] = []
        for document in self._documents.ready():
            if document is own:
                # What stands in the cursor's line behind it is no evidence, so the line is not written yet.
                document.settle(but_not=cursor.line)
                near = document.records_near(cursor.line, NEAR_LINES)
                record, below = document.record_of(cursor.line), document.record_below(cursor.line)
                sources.insert(0, Source(document.tape, OWN_WEIGHT, record, below, near))
            else:
                document.settle()
                sources.append(Source(document.tape, OPEN_WEIGHT))
        sources += self._library.sources()
        return sources

    def _reread(self, paths: Sequence[str]) -> None:
        self._submit(reread(paths, self._roots, self._filing, partial(self._deliver, is_reread=True)))

    def _submit(self, task: Iterator[None]) -> None:
        """Give a task to the worker, and count it until it is done."""
        self._tasks += 1
        self._runner.submit(self._and_report(task), is_urgent=False)

    def _and_report(self, task: Iterator[None]) -> Iterator[None]:
        try:
            yield from task
        finally:
            self._handed.append(self._end_task)

    def _end_task(self) -> None:
        self._tasks -= 1

    def _deliver(self, batch: Batch, *, is_reread: bool) -> None:
        """Hand a finished tape to the loop. On the worker's thread."""
        self._delivered_bytes += batch.tape.size_bytes
        self._handed.append(partial(self._take_batch, batch, is_reread))

    def _take_batch(self, batch: Batch, is_reread: bool) -> None:
        self._taken_bytes += batch.tape.size_bytes
        self._library.add(batch, is_reread=is_reread)
        for path in self._open_paths.values():
            self._library.hide(path)
        if is_reread and (scattered := self._library.scattered()):
            self._reread(scattered)

    def _take_over(self) -> None:
        """Make the calls that the worker has handed over."""
        count = min(_MAX_TAKEN, len(self._handed))
        for _ in range(count):
            self._handed.popleft()()
        if count:
            self._shrink()

    def _shrink(self) -> None:
        """Keep within the memory: files make room for documents."""
        self._documents_bytes = self._documents.shrink()
        self._library.shrink(max(0, self._max_bytes - self._documents_bytes))

    def _is_known(self, found: FoundFile) -> bool:
        """Whether a file need not be read. On the worker's thread."""
        return self._library.holds(found)

    def _room_bytes(self) -> int:
        """How much more may be read. On the worker's thread."""
        in_between = self._delivered_bytes - self._taken_bytes
        return self._max_bytes - self._documents_bytes - self._library.size_bytes - in_between
