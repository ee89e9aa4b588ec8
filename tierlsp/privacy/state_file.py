"""Files of the user's state that decide what may leave: read only if nobody else can have written them."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tierlsp.settings.paths import make_private_dir

if sys.platform != "win32":
    import fcntl

_OTHERS = 0o077
"""What anybody but the owner may do to a file."""


def why_not_private(status: os.stat_result) -> str | None:
    """Return why others than its owner could have read or written a file, `None` if it is; the rest of a sentence."""
    if not stat.S_ISREG(status.st_mode):
        return "is no regular file"
    if sys.platform == "win32":
        return None
    if status.st_uid != os.geteuid():
        return "belongs to another user"
    if status.st_mode & _OTHERS:
        return "can be read or changed by other users"
    return None


@contextmanager
def locked(path: Path, *, is_patient: bool = True) -> Iterator[bool]:
    """Keep other processes and threads out that ask for the same `path`, which is a file beside what is guarded.

    Yields:
        Whether the lock was got; always true for one that waits.

    Raises:
        OSError: the file cannot be made.
    """
    make_private_dir(path.parent)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0), 0o600)
    try:
        yield _lock(descriptor, is_patient=is_patient)
    finally:
        # Closing gives the lock back.
        os.close(descriptor)


def _lock(descriptor: int, *, is_patient: bool) -> bool:
    """Lock an open file."""
    if sys.platform == "win32":
        # The replacement of a file stays atomic there; of two writers at once the later one wins.
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX if is_patient else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
