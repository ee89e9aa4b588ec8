"""The files of a commit."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass

from tierlsp.repository.bounds import Bounds, guarded
from tierlsp.repository.objects import Objects

MOST_DEPTH = 128
"""Folders in each other; source trees reach twenty."""


@dataclass(frozen=True, slots=True)
class TreeFile:
    """A file of a commit."""

    mode: int
    name: str
    """Of its blob, in hexadecimal."""

    @property
    def is_file(self) -> bool:
        """Whether it is a plain file, and no link and no other repository."""
        return stat.S_ISREG(self.mode)


def files_of(objects: Objects, tree: str, bounds: Bounds) -> dict[str, TreeFile]:
    """Return the files below a tree, by path with slashes.

    Raises:
        RepositoryError: it cannot be read, or the bounds are reached: a few objects can name each other so that they
            stand for more files than there are atoms.
    """
    from dulwich.objects import parse_tree

    found: dict[str, TreeFile] = {}
    pending = [("", tree, 0)]
    while pending:
        above, name, depth = pending.pop()
        raw = objects.read(name, "tree")
        with guarded("a folder"):
            for part, mode, sha in parse_tree(raw, 20):
                bounds.step()
                path = above + os.fsdecode(part)
                if not stat.S_ISDIR(mode):
                    found[path] = TreeFile(mode, sha.decode("ascii"))
                elif depth < MOST_DEPTH:
                    pending.append((f"{path}/", sha.decode("ascii"), depth + 1))
    return found
