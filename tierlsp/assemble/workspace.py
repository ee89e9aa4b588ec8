"""Reads a workspace for actions: what the crawl of the embedded completer finds, and no more.

It respects `.gitignore` and `privacy.exclude`, follows no link, opens nothing but plain files, works in a thread, and
ends after a bounded time whatever the disk does. What is open in the editor is taken from there.
"""

from __future__ import annotations

import asyncio
import os
import re
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tierlsp.actions.excerpts import chosen, excerpts_of
from tierlsp.actions.import_paths import is_imported
from tierlsp.actions.types import ActionRequest, Document
from tierlsp.actions.workspace import (
    CONFIG_FILES,
    CONVENTION_FILES,
    Excerpt,
    Sample,
    Wanted,
    is_test_path,
    nearness,
    pattern_of,
)
from tierlsp.clock import Clock
from tierlsp.completion.lookup.walk import newest_files
from tierlsp.privacy.exclude import Exclusion
from tierlsp.text.disk import read_plain, read_text
from tierlsp.text.language_ids import language_id_of

MOST_MS = 4_000.0
"""How long is looked for what an action cannot do without; a person waits for it."""

SPARE_MS = 2_000.0
"""How long for what only helps."""

MOST_READ_BYTES = 48_000_000
"""Read in all: some 5,000 files."""

MOST_FILE_BYTES = 400_000
"""Of one file; longer ones are made by machines."""

MOST_RULE_BYTES = 64_000
"""Of a file that says how code is to be written, or tests are run."""

MOST_FOLDERS = 32
"""Above the file at hand in which such files are looked for."""

MOST_TESTS = 6
"""Files of tests that are read: the one for the file at hand, and some whose style can be followed."""

_WORD = re.compile(rb"[\w\x80-\xff]{2,}")
"""Words, in bytes of UTF-8: five times as fast as an expression with some hundred names in it."""

FEW_WORDS = 32
"""Up to here it is faster to look for each of them first."""

MOST_FILES_WITH = 200
"""Files that have a name before it is too common to say anything."""

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
        is_needed = bool(wanted.words or wanted.folder or wanted.tests_for)
        self.until_ms = self.clock.now_ms() + (MOST_MS if is_needed else SPARE_MS)
        conventions = self._nearest(CONVENTION_FILES) if wanted.has_conventions else ()
        if not is_needed and not wanted.names:
            return Sample(conventions=conventions)
        configs = self._named(CONFIG_FILES) if wanted.tests_for else ()
        paths = self._paths(wanted.folder or self.root)
        names = {path: self._name(path) for path in paths}
        tests = self._tests(wanted, names) if wanted.tests_for else ()
        return Sample(
            files=self._files(wanted, paths),
            tests=tests,
            conventions=conventions,
            excerpts=self._excerpts(wanted, names) if wanted.names else (),
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

    def _nearest(self, names: Sequence[str]) -> tuple[Document, ...]:
        """Return of each name the file nearest to the one at hand: in its folder, or one above up to the root."""
        found = []
        for name in names:
            read = (self._read(folder / name, MOST_RULE_BYTES) for folder in self._folders())
            found += [each for each in [next((each for each in read if each is not None), None)] if each is not None]
        return tuple(found)

    def _folders(self) -> Sequence[Path]:
        """Return the folder of the file at hand and those above, up to the root."""
        if self.at_hand is None or not self.at_hand.is_relative_to(self.root):
            return [self.root]
        above = [each for each in self.at_hand.parents if each.is_relative_to(self.root)]
        return above[:MOST_FOLDERS] if self.root in above[:MOST_FOLDERS] else [*above[:MOST_FOLDERS], self.root]

    def _excerpts(self, wanted: Wanted, names: Mapping[Path, str]) -> tuple[Excerpt, ...]:
        """Return what files say of the names that are wanted: imported ones are looked at first, then the newest."""
        order = sorted(names, key=lambda path: not is_imported(names[path], wanted.imported))
        new = [path for path in self.opened if path not in names and self._is_inside(path) and not path.exists()]
        counts = dict.fromkeys((word.encode() for word in wanted.names), 0)
        found: list[Excerpt] = []
        for path in (*order, *new):
            if self._is_over():
                break
            there = self._words_in(path, counts, folds=bool(wanted.tables)) if path != self.at_hand else frozenset()
            document = self._read(path, MOST_FILE_BYTES) if there else None
            if document is None:
                continue
            found += excerpts_of(document, names.get(path) or self._name(path), wanted, there)
            for word in (each.encode() for each in there):
                counts[word] += 1
                if counts[word] >= MOST_FILES_WITH:
                    del counts[word]
        return chosen(found, wanted)

    def _words_in(self, path: Path, words: Collection[bytes], *, folds: bool) -> frozenset[str]:
        """Return which of `words` a file has. Most have none, and need no more than their bytes to be read."""
        held = self.opened.get(path)
        if held is not None:
            data: bytes | None = "\n".join(held.lines).encode("utf-8", "surrogatepass")
        elif self.exclusion.excludes(path, self.root):
            return frozenset()
        else:
            data = read_plain(path, MOST_FILE_BYTES)
        if data is None:
            return frozenset()
        self.left_bytes -= len(data)
        data = data.lower() if folds else data
        if len(words) <= FEW_WORDS and not any(word in data for word in words):
            return frozenset()
        return frozenset(word.decode() for word in frozenset(_WORD.findall(data)).intersection(words))

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
