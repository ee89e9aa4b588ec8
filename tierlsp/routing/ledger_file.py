"""The ledger's file: an SQLite database in the user's state directory, shared by every editor that is open.

Everything here blocks, for up to `BUSY_S` where another process writes, so it runs on the ledger's own thread.
WAL with FULL: what is committed survives a killed process and a power cut. `BEGIN IMMEDIATE`: a transaction that
begins by reading and goes on to write would fail at once where another writes, whatever the timeout.
"""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import TypeVar

from tierlsp.errors import LedgerError
from tierlsp.settings.paths import make_private_dir

T = TypeVar("T")

logger = logging.getLogger(__name__)

FILE_NAME = "ledger.db"
"""In the user's state directory."""

SCHEMA_VERSION = 1

BUSY_S = 5.0
"""How long to wait for another process's write. Eight that race to write wait for 0.2 s at most."""

_LOCK_PAUSE_S = 0.01
"""Between two tries to lock."""

_MODE = 0o600

_SCHEMA = """
CREATE TABLE IF NOT EXISTS calls (
    id INTEGER PRIMARY KEY,        -- random, so that a row keeps its number in another file
    at INTEGER NOT NULL,           -- microseconds since 1970, UTC, as the clock said
    day TEXT NOT NULL,             -- the UTC date on which it counts: the clock's, or a later one already used
    run TEXT NOT NULL,
    kind TEXT NOT NULL,
    tier TEXT NOT NULL,
    model TEXT NOT NULL,
    state TEXT NOT NULL,           -- open, booked, released
    reserved_nano INTEGER,         -- the highest price; NULL where none is known
    cost_nano INTEGER,             -- what it took
    cost_source TEXT NOT NULL,
    is_estimate INTEGER NOT NULL,
    is_escalation INTEGER NOT NULL,
    input_tokens INTEGER NOT NULL,
    cached_tokens INTEGER NOT NULL,
    cache_write_5m_tokens INTEGER NOT NULL,
    cache_write_1h_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    reasoning_tokens INTEGER NOT NULL,
    answered_by TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS calls_by_day ON calls (day);
CREATE INDEX IF NOT EXISTS calls_by_run ON calls (run);
CREATE TABLE IF NOT EXISTS completions (
    day TEXT NOT NULL,
    model TEXT NOT NULL,
    shown INTEGER NOT NULL,
    accepted INTEGER NOT NULL,
    input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    cost_nano INTEGER,             -- NULL as soon as one of them has no price
    PRIMARY KEY (day, model)
);
"""


class LedgerFile:
    """An open database. One thread uses it. Every method raises `LedgerError` and nothing else."""

    def __init__(self, path: Path, now: Callable[[], datetime]) -> None:
        self.path = path
        self.moved_to: Path | None = None
        """Where the last file that was broken lies now."""
        self._now = now
        self._connection: sqlite3.Connection | None = None
        self._inode: tuple[int, int] | None = None

    def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do `work` as one transaction with the only right to write; nothing of it is kept if it raises.

        A file that is broken is moved aside, and `work` is done once more in a new one.
        """
        return self._do(work, "BEGIN IMMEDIATE")

    def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do `work` on one state of the file, without keeping anybody from writing."""
        return self._do(work, "BEGIN")

    def _do(self, work: Callable[[sqlite3.Connection], T], begin: str) -> T:
        try:
            return self._transaction(work, begin)
        except (sqlite3.Error, OSError) as error:
            self.close()
            if not _is_broken(error):
                raise self._unusable(error) from error
            reason = error
        try:
            with _lock(self.path):
                self._move_aside(reason)
            return self._transaction(work, begin)
        except (sqlite3.Error, OSError) as error:
            self.close()
            raise self._unusable(error) from error

    def close(self) -> None:
        """Close the file; the next transaction opens it again."""
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
        self._connection = None

    def _transaction(self, work: Callable[[sqlite3.Connection], T], begin: str) -> T:
        connection = self._ready()
        connection.execute(begin)
        try:
            result = work(connection)
            connection.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            raise
        return result

    def _ready(self) -> sqlite3.Connection:
        if self._connection is not None and self._inode != _inode_of(self.path):
            # Deleted or moved away under us: what is written there now, nobody would see.
            self.close()
        return self._open() if self._connection is None else self._connection

    def _open(self) -> sqlite3.Connection:
        make_private_dir(self.path.parent)
        with _lock(self.path):
            # SQLite gives its other files, -wal and -shm, the mode of this one.
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, _MODE))
            self.path.chmod(_MODE)
            self._connection = _connect(self.path)
            self._inode = _inode_of(self.path)
        return self._connection

    def _move_aside(self, error: Exception) -> None:
        """Move a broken file away, unless another process has done so: then the file is sound."""
        if _is_sound(self.path):
            return
        stamp = self._now().strftime("%Y%m%dT%H%M%S")
        kept = self.path.with_name(f"{self.path.name}.broken-{stamp}-{os.getpid()}")
        for suffix in ("-wal", "-shm"):
            with suppress(FileNotFoundError):
                self.path.with_name(self.path.name + suffix).replace(kept.with_name(kept.name + suffix))
        self.path.replace(kept)
        self.moved_to = kept
        logger.warning("The ledger was broken (%s): it is kept as %s, and a new one begins at zero.", error, kept)

    def _unusable(self, error: BaseException) -> LedgerError:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        return LedgerError(
            f"The ledger {self.path} cannot be used ({why}), so nothing that costs money is sent; "
            "make room or mend its permissions."
        )


def connect_to_read(path: Path) -> sqlite3.Connection | None:
    """Open a ledger to read it, `None` where there is none. Nothing is made or changed.

    Raises:
        LedgerError: it cannot be read.
    """
    if not path.exists():
        return None
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", timeout=BUSY_S, uri=True)
        _refuse_newer(connection)
        connection.execute("SELECT 1 FROM calls LIMIT 1")
    except sqlite3.Error as error:
        if "no such table" in str(error):
            return None
        raise LedgerError(f"The ledger {path} cannot be read: {error}.") from error
    return connection


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
    try:
        _refuse_newer(connection)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        if connection.execute("PRAGMA user_version").fetchone()[0] < SCHEMA_VERSION:
            connection.executescript(f"BEGIN IMMEDIATE;{_SCHEMA}PRAGMA user_version = {SCHEMA_VERSION};COMMIT;")
    except BaseException:
        connection.close()
        raise
    return connection


def _refuse_newer(connection: sqlite3.Connection) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > SCHEMA_VERSION:
        connection.close()
        raise LedgerError("The ledger was written by a newer tierlsp; update this one. Until then nothing is paid.")


def _is_sound(path: Path) -> bool:
    try:
        connection = _connect(path)
    except sqlite3.DatabaseError as error:
        return not _is_broken(error)
    try:
        return bool(connection.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok")
    except sqlite3.DatabaseError:
        return False
    finally:
        connection.close()


def _is_broken(error: Exception) -> bool:
    """Whether the file itself is at fault, and not its place, its lock or its disk."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _inode_of(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    """Let one process at a time make the file or move it aside; it is held for milliseconds.

    Raises:
        BlockingIOError: another process has held it for `BUSY_S`: it is stopped, and nobody waits for it.
    """
    descriptor = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _MODE)
    try:
        pause = Event()
        for _ in range(int(BUSY_S / _LOCK_PAUSE_S)):
            with suppress(BlockingIOError):
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            pause.wait(_LOCK_PAUSE_S)
        else:
            raise BlockingIOError(errno.EWOULDBLOCK, "another process holds it")
        yield
    finally:
        os.close(descriptor)
