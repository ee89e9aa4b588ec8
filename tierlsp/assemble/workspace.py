"""Reads a workspace for actions: what the crawl of the embedded completer finds, and no more.

It respects `.gitignore` and `privacy.exclude`, follows no link, opens nothing but plain files, works in a thread, and
ends after a bounded time whatever the disk does. What is open in the editor is taken from there.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tierlsp.actions.types import ActionRequest, Document
from tierlsp.actions.workspace import (
    CONFIG_FILES,
    CONVENTION_FILES,
    Sample,
    Wanted,
    is_test_path,
    nearness,
    pattern_of,
)
from tierlsp.clock import Clock
from tierlsp.completion.lookup.walk import newest_files
from tierlsp.privacy.exclude import Exclusion
from tierlsp.text.disk import read_text
from tierlsp.text.language_ids import language_id_of

MOST_MS = 4_000.0
"""How long is looked; a person waits for it."""

MOST_READ_BYTES = 48_000_000
"""Read in all: some 5,000 files."""

MOST_FILE_BYTES = 400_000
"""Of one file; longer ones are made by machines."""

MOST_RULE_BYTES = 64_000
"""Of a file that says how code is to be written, or tests are run."""

MOST_TESTS = 6
"""Files of tests that are read: the one for the file at hand, and some whose style can be followed."""

_STEPS = 64
"""Steps of the walk between two looks at the clock."""

Opened = Callable[[str], Sequence[Document]]
"""Gives the documents that are open in the editor, for a run."""


def nothing_open(run: str) -> Sequence[Document]:
    """There is no editor."""
    return ()


class WorkspaceFiles:
    """Reads one workspace (`actions.workspace.Reads`)."""

    def __init__(self, exclusion: Exclusion, clock: Clock, opened: Opened = nothing_open) -> None:
        self._exclusion = exclusion
        self._clock = clock
        self._opened = opened

    async def __call__(self, request: ActionRequest, wanted: Wanted) -> Sample:
        """Return what is wanted of the workspace of `request`."""
        root = request.root
        if root is None:
            return Sample()
        opened = {each.path: each for each in self._opened(request.run) if each.path is not None}
        look = _Look(self._exclusion, self._clock, root, opened, request.document.path)
        try:
            return await asyncio.to_thread(look.sample, wanted)
        finally:
            look.stopped.set()


@dataclass(slots=True)
class _Look:
    """One look at a workspace, in a thread."""

    exclusion: Exclusion
    clock: Clock
    root: Path
    opened: Mapping[Path, Document]
    at_hand: Path | None
    stopped: threading.Event = field(default_factory=threading.Event)
    until_ms: float = 0.0
    left_bytes: int = MOST_READ_BYTES
    is_cut: bool = False

    def sample(self, wanted: Wanted) -> Sample:
        """Return what is wanted."""
        self.until_ms = self.clock.now_ms() + MOST_MS
        conventions = self._named(CONVENTION_FILES)
        configs = self._named(CONFIG_FILES)
        paths = self._paths(wanted.folder or self.root)
        names = {path: self._name(path) for path in paths}
        tests = self._tests(wanted, names) if wanted.tests_for else ()
        return Sample(
            files=self._files(wanted, paths),
            tests=tests,
            conventions=conventions,
            configs=configs,
            paths=tuple(names.values()),
            is_cut=self.is_cut,
        )

    def _is_over(self) -> bool:
        over = self.stopped.is_set() or self.left_bytes <= 0 or self.clock.now_ms() > self.until_ms
        self.is_cut |= over
        return over

    def _named(self, names: Sequence[str]) -> tuple[Document, ...]:
        """Return the files of these names at the top of the workspace."""
        found = (self._read(self.root / name, MOST_RULE_BYTES) for name in names)
        return tuple(each for each in found if each is not None)

    def _paths(self, top: Path) -> list[Path]:
        """Return the files below `top`, the newest first."""
        if top != self.root and not self._is_inside(top):
            return []
        walk = newest_files([top])
        steps = 0
        while True:
            try:
                next(walk)
            except StopIteration as end:
                return [Path(found.path) for found in reversed(end.value)]
            steps += 1
            if steps % _STEPS == 0 and self._is_over():
                return []

    def _files(self, wanted: Wanted, paths: Sequence[Path]) -> tuple[Document, ...]:
        """Return the files with the words that are wanted, or all of a folder."""
        pattern = pattern_of(wanted.words)
        if pattern is None and wanted.folder is None:
            return ()
        found: list[tuple[int, Document]] = []
        for path in paths:
            if self._is_over():
                break
            document = None if path == self.at_hand else self._read(path, MOST_FILE_BYTES)
            if document is None:
                continue
            count = len(set(pattern.findall("\n".join(document.lines)))) if pattern is not None else 1
            if count or wanted.folder is not None:
                found.append((count, document))
        found.sort(key=lambda each: -each[0])
        self.is_cut |= len(found) > wanted.most_files
        return tuple(document for _, document in found[: wanted.most_files])

    def _tests(self, wanted: Wanted, names: Mapping[Path, str]) -> tuple[Document, ...]:
        """Return the test files nearest to the file at hand."""
        beside = self._name(self.at_hand) if self.at_hand is not None else ""
        suffix = self.at_hand.suffix if self.at_hand is not None else ""
        chosen = [path for path, name in names.items() if path.suffix == suffix and is_test_path(name)]
        chosen.sort(key=lambda path: nearness(names[path], wanted.tests_for, beside))
        read = (self._read(path, MOST_FILE_BYTES) for path in chosen[:MOST_TESTS])
        return tuple(each for each in read if each is not None)

    def _read(self, path: Path, most_bytes: int) -> Document | None:
        """Return the text of a file, from the editor where it is open there."""
        if self.exclusion.excludes(path, self.root) or not self._is_inside(path):
            return None
        held = self.opened.get(path)
        if held is not None:
            return held
        text = read_text(path, most_bytes)
        if text is None:
            return None
        self.left_bytes -= sum(map(len, text.lines))
        language = language_id_of(path.name)
        return Document(path.as_uri(), path, language, None, text.lines, text.line_end, text.digest)

    def _is_inside(self, path: Path) -> bool:
        """Whether a path really lies in the workspace."""
        try:
            return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(self.root))
        except (OSError, ValueError):
            return False

    def _name(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else path.name
