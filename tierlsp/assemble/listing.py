"""The names of a project's files, for a plan. Names alone: no file is opened."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from tierlsp.privacy.exclude import Exclusion

MOST_FILES = 300
"""Names that are sent: some 3,000 tokens, and more say less."""

MOST_LOOKED_AT = 3_000
"""Entries of directories that are looked at; 20 ms."""

LINE_CHARS = 80
"""Of a path; longer ones are left out, so that a menu knows how long the list can be."""

_SKIPPED = frozenset(
    {"node_modules", "target", "build", "dist", "out", "venv", "vendor", "__pycache__", "site-packages", "coverage"}
)
"""Directories that hold what others wrote or what is made from the rest."""


def placeholder() -> tuple[str, ...]:
    """Return a list as long as one can be, for a price that is shown before anything is looked at."""
    return ("?" * LINE_CHARS,) * MOST_FILES


def listing_of(root: Path | None, exclusion: Exclusion) -> tuple[str, ...]:
    """Return the paths below `root` of files that models may know of, near the root first; empty for no root."""
    if root is None:
        return ()
    found: list[str] = []
    left = MOST_LOOKED_AT
    level = [root]
    while level and left > 0:
        below: list[Path] = []
        for directory in level:
            for entry in _entries(directory, left):
                left -= 1
                path = Path(entry.path)
                if entry.name.startswith(".") or entry.is_symlink() or exclusion.excludes(path, root):
                    continue
                if entry.is_dir():
                    below += [path] if entry.name not in _SKIPPED else []
                else:
                    found.append(path.relative_to(root).as_posix())
        level = below
    shown = [path for path in found if path.isprintable() and len(path) <= LINE_CHARS]
    return tuple(sorted(shown[:MOST_FILES]))


def _entries(directory: Path, most: int) -> Iterator[os.DirEntry[str]]:
    """Yield what is in `directory`, in order; nothing where it cannot be read."""
    if most <= 0:
        return
    try:
        with os.scandir(directory) as entries:
            yield from sorted(entries, key=lambda entry: entry.name)[:most]
    except OSError:
        return
