"""git's index: which files a repository knows, and as what they were added last."""

from __future__ import annotations

import os
import stat
import struct
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from tierlsp.errors import RepositoryError
from tierlsp.repository.bounds import BY_GIT, Bounds, guarded
from tierlsp.text.disk import read_plain

if TYPE_CHECKING:
    from dulwich.index import SerializedIndexEntry

MOST_INDEX_BYTES = 200_000_000
"""Of the file: a million entries with long names."""

MOST_PATH_BYTES = 4_094
"""Of a name in it. In the format's fourth version names are made from the one before, and could grow without an end."""

_ASSUMED_UNCHANGED = 0x8000
_NOT_CHECKED_OUT = 0x4000
"""Among the extended flags: the file is left out by a sparse checkout."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file as it was added last."""

    mode: int
    name: str
    """Of its blob, in hexadecimal; empty while a merge is not settled."""
    changed: tuple[int, int, int, int] = (0, 0, 0, 0)
    """When it was written and when its state changed, each in seconds and nanoseconds, as it was added."""
    size_bytes: int = 0
    is_skipped: bool = False
    """Whether the person told git not to look at the file."""

    @property
    def is_file(self) -> bool:
        """Whether it is a plain file, and no link and no other repository."""
        return stat.S_ISREG(self.mode)

    def is_as_added(self, now: os.stat_result) -> bool:
        """Whether a file is as it was added, by what the system says of it: without a look into it."""
        times = (*divmod(now.st_mtime_ns, 10**9), *divmod(now.st_ctime_ns, 10**9))
        return times == self.changed and now.st_size & 0xFFFFFFFF == self.size_bytes


@dataclass(frozen=True, slots=True)
class Index:
    """All entries by path, as git writes paths: below the repository, with slashes."""

    entries: dict[str, Entry]
    written_ns: int
    """When it was written. A file that was changed in that moment may look as it was added."""


def read_index(path: Path, bounds: Bounds) -> Index:
    """Return the index at `path`; an empty one if there is none yet.

    Raises:
        RepositoryError: it cannot be read, or is not whole in itself.
    """
    from dulwich import index as dulwich

    if not os.path.lexists(path):
        return Index({}, 0)
    raw = read_plain(path, MOST_INDEX_BYTES)
    if raw is None:
        raise RepositoryError("git's index is too large or no plain file, so it is not read")
    entries: dict[str, Entry] = {}
    with guarded("the index"):
        file = BytesIO(raw)
        for each in dulwich.read_index(file):
            bounds.step()
            name = _checked(each.name)
            old = entries.get(name)
            entries[name] = (
                _entry(each) if old is None and each.stage() is dulwich.Stage.NORMAL else Entry(each.mode, "")
            )
        _check_extensions(raw, file.tell())
        written_ns = path.lstat().st_mtime_ns
    return Index(entries, written_ns)


def _entry(raw: SerializedIndexEntry) -> Entry:
    times = [each if isinstance(each, tuple) else (int(each), 0) for each in (raw.mtime, raw.ctime)]
    is_skipped = bool(raw.flags & _ASSUMED_UNCHANGED or raw.extended_flags & _NOT_CHECKED_OUT)
    return Entry(raw.mode, raw.sha.decode("ascii"), (*times[0], *times[1]), raw.size, is_skipped)


def _checked(name: bytes) -> str:
    """Return a path of the index.

    Raises:
        RepositoryError: it leads out of the repository, into git's own files, or nowhere.
    """
    from dulwich.index import validate_path

    if not name:
        # The other half of a split index has them.
        raise _unreadable(b"link")
    if name.endswith(b"/"):
        # A folder, of whose files it says nothing.
        raise _unreadable(b"sdir")
    if len(name) > MOST_PATH_BYTES or not validate_path(name):
        raise RepositoryError("git's index has a path in it that git would not make, so it is not read")
    return os.fsdecode(name)


def _check_extensions(raw: bytes, at: int) -> None:
    """See that the index is whole.

    What it must not be read without has a name in small letters (git's `Documentation/gitformat-index`).

    Raises:
        RepositoryError: it is split in two files, or leaves folders out.
    """
    end = len(raw) - 20
    while at + 8 <= end:
        signature, length = struct.unpack_from(">4sL", raw, at)
        if not b"A" <= signature[:1] <= b"Z":
            raise _unreadable(signature)
        at += 8 + length


_UNREADABLE = {
    b"link": (
        "split in two (core.splitIndex)",
        "`git config core.splitIndex false` and `git update-index --no-split-index` make one of it",
    ),
    b"sdir": ("a sparse one (index.sparse)", "`git sparse-checkout reapply --no-sparse-index` makes it a whole one"),
}
"""What such an index is called, and what to do about it."""


def _unreadable(signature: bytes) -> RepositoryError:
    kind, mend = _UNREADABLE.get(signature, ("of a newer form", ""))
    return RepositoryError(f"git's index is {kind}, which tierlsp cannot read; {mend or BY_GIT}")
