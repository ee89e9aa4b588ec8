"""Finds the files of a workspace that are worth reading, newest first."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush, heappushpop
from pathlib import Path
from stat import S_ISREG

from tierlsp.completion.lookup.filetypes import SKIPPED_DIRECTORIES, is_wanted
from tierlsp.completion.lookup.ignore import Rules, is_ignored, rules_above, rules_in

MAX_FILES = 20_000
"""The newest files that are kept in mind: more than fit into the index at 1 KB each."""

MAX_ENTRIES = 500_000
"""Directory entries looked at before the walk gives up: somebody opened their whole disk."""

MAX_DEPTH = 64
"""Directories below the root. Source trees reach twenty; and it bounds the work of one pattern on one path."""

_MARKS_OF_NO_SOURCE = frozenset(("pyvenv.cfg", "CACHEDIR.TAG"))
"""A directory that holds one of these is a Python environment or a cache, whatever its name."""

_STEP_ENTRIES = 16
"""Directory entries looked at between two pauses."""


@dataclass(frozen=True, order=True, slots=True)
class FoundFile:
    """A file, ordered by the time it was last written."""

    modified_ns: int
    size_bytes: int
    path: str


@dataclass(slots=True)
class _Walk:
    """What a walk has found so far."""

    newest: list[FoundFile] = field(default_factory=list)
    """A heap, the oldest on top."""
    entries: int = 0

    def keep(self, found: FoundFile) -> None:
        """Add a file; the oldest goes when there are too many."""
        if len(self.newest) < MAX_FILES:
            heappush(self.newest, found)
        else:
            heappushpop(self.newest, found)


def newest_files(roots: Sequence[Path]) -> Generator[None, None, list[FoundFile]]:
    """Walk `roots` in small steps and return their files, the oldest first, so that `pop` gives the newest.

    Hidden, ignored and unreadable entries are left out; symbolic links are not followed.
    """
    walk = _Walk()
    for root in roots:
        top = _absolute(root)
        rules = yield from rules_above(top)
        yield from _walk(walk, top, rules)
    files: list[FoundFile] = []
    while walk.newest:
        found = heappop(walk.newest)
        # Roots may lie in each other.
        if not files or files[-1] != found:
            files.append(found)
        if len(files) % _STEP_ENTRIES == 0:
            yield
    return files


def find_file(path: str, roots: Sequence[Path]) -> Generator[None, None, FoundFile | None]:
    """Return the file at `path`, if a walk of `roots` would find it."""
    for top in map(_absolute, roots):
        if not Path(path).is_relative_to(top):
            continue
        parts = Path(path).relative_to(top).parts
        if len(parts) > MAX_DEPTH + 1:
            return None
        directory = top
        rules = yield from rules_above(top)
        for depth, part in enumerate(parts, 1):
            own = yield from rules_in(directory)
            rules = rules if own is None else (*rules, own)
            directory = str(Path(directory, part))
            if depth < len(parts) and not (yield from _is_walked(part, directory, rules)):
                return None
        return (yield from _found(Path(path), rules))
    return None


def _walk(walk: _Walk, top: str, above: tuple[Rules, ...]) -> Iterator[None]:
    """Look at everything below `top`."""
    pending = [(top, above, 0)]
    while pending:
        directory, rules, depth = pending.pop()
        listing = yield from _list(directory, MAX_ENTRIES - walk.entries)
        walk.entries += len(listing.entries)
        if listing.is_cut:
            return
        if directory != top and listing.has_mark:
            continue
        if listing.has_rules:
            own = yield from rules_in(directory)
            rules = rules if own is None else (*rules, own)
        for entry in listing.entries:
            yield
            if entry.is_dir(follow_symlinks=False):
                if depth < MAX_DEPTH and (yield from _is_walked(entry.name, entry.path, rules)):
                    pending.append((entry.path, rules, depth + 1))
            elif found := (yield from _found(entry, rules)):
                walk.keep(found)


@dataclass(slots=True)
class _Listing:
    """What stands in one directory."""

    entries: list[os.DirEntry[str]] = field(default_factory=list)
    """Without links; none where the directory cannot be read."""
    has_rules: bool = False
    """Whether it has a `.gitignore`."""
    has_mark: bool = False
    """Whether it has one of `_MARKS_OF_NO_SOURCE`."""
    is_cut: bool = False
    """Whether there is more than was asked for."""


def _list(directory: str, most: int) -> Generator[None, None, _Listing]:
    """List up to `most` entries of `directory`, in steps."""
    listing = _Listing()
    try:
        with os.scandir(directory) as scan:
            for count, entry in enumerate(scan, 1):
                if count > most:
                    listing.is_cut = True
                    break
                if count % _STEP_ENTRIES == 0:
                    yield
                if entry.is_symlink():
                    continue
                listing.entries.append(entry)
                listing.has_rules |= entry.name == ".gitignore"
                listing.has_mark |= entry.name in _MARKS_OF_NO_SOURCE
    except OSError:
        pass
    return listing


def _is_walked(name: str, path: str, rules: tuple[Rules, ...]) -> Generator[None, None, bool]:
    """Whether to look into a directory."""
    if name.startswith(".") or name.lower() in SKIPPED_DIRECTORIES:
        return False
    return not (yield from is_ignored(rules, path, is_directory=True))


def _found(entry: os.DirEntry[str] | Path, rules: tuple[Rules, ...]) -> Generator[None, None, FoundFile | None]:
    """Return what `entry` is if it is a file worth reading."""
    try:
        stat = entry.stat(follow_symlinks=False)
    except OSError:
        return None
    path = os.fspath(entry)
    if not S_ISREG(stat.st_mode) or not is_wanted(entry.name, stat.st_size):
        return None
    if (yield from is_ignored(rules, path, is_directory=False)):
        return None
    return FoundFile(stat.st_mtime_ns, stat.st_size, path)


def _absolute(root: Path) -> str:
    """Return `root` in the form that the paths of documents have, without asking the disk."""
    return os.path.normpath(root.absolute())
