"""What left this machine: one line for each time that text was released to a model elsewhere.

A line tells when, to whom, how much and from which files; never what. It is written before the text is released:
**Law:** nothing leaves without its line. If the line cannot be written, nothing is sent. A line stands as well for a
call that then failed, so the file may tell of too much and never of too little.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tierlsp.errors import NotAllowed, SettingsError
from tierlsp.privacy.state_file import locked, why_not_private
from tierlsp.settings.paths import make_private_dir, state_dir

FILE_NAME = "audit.jsonl"

MAX_BYTES = 4_000_000
"""The size at which a new file is begun: some 10,000 lines."""

KEPT_FILES = 4
"""Older files that are kept beside the one that is written."""

MAX_LISTED_FILES = 50
"""Files named in one line; the number of all is told, too."""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One release of text."""

    at: str
    """In UTC, as ISO 8601 with milliseconds."""
    run: str
    workspace: str
    backend: str
    host: str
    model: str
    chars: int
    tokens: int
    """Estimated."""
    redactions: int
    """Secrets replaced."""
    files: tuple[str, ...]
    """Relative to the workspace, absolute for those outside it; at most `MAX_LISTED_FILES`."""
    file_count: int


class AuditLog:
    """The file that is written. Blocking, so it is called from a thread; safe from several threads and processes."""

    def __init__(self, path: Path | None, max_bytes: int = MAX_BYTES) -> None:
        """`path` is `None` where the user has no directory for state: then nothing may be sent."""
        self._path = path
        self._max_bytes = max_bytes

    def write(self, entry: AuditEntry) -> None:
        """Add a line.

        Raises:
            NotAllowed: it cannot be written; what it tells of must not be sent.
        """
        if self._path is None:
            raise NotAllowed(
                "There is no home directory to keep the record of what is sent in, so nothing is sent; set HOME."
            )
        try:
            make_private_dir(self._path.parent)
            self._append(self._path, json.dumps(asdict(entry), separators=(",", ":")).encode("ascii") + b"\n")
        except OSError as error:
            raise NotAllowed(
                f"The record of what is sent cannot be written to {self._path} ({error.strerror}), so nothing is sent."
            ) from None

    def _append(self, path: Path, line: bytes) -> None:
        """Add `line` in one write, which other processes cannot come between.

        Raises:
            OSError: it was not written, or the file is not the user's alone.
        """
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0)
        descriptor = os.open(path, flags, 0o600)
        try:
            why_not = why_not_private(os.fstat(descriptor))
            if why_not:
                raise OSError(0, f"the file {why_not}")
            size = os.fstat(descriptor).st_size
            if size and os.pread(descriptor, 1, size - 1) != b"\n":
                # A line was cut off by a full disk or the end of its process; this one must not be lost with it.
                line = b"\n" + line
            if os.write(descriptor, line) != len(line):
                raise OSError(0, "the disk is full")
        finally:
            os.close(descriptor)
        if size + len(line) > self._max_bytes:
            self._rotate(path)

    def _rotate(self, path: Path) -> None:
        """Begin a new file. Whoever has the old one open writes its line there, where it is kept as well."""
        try:
            with locked(path.with_name(f".{FILE_NAME}.lock"), is_patient=False) as is_mine:
                if not is_mine or path.stat().st_size <= self._max_bytes:
                    return
                for number in range(KEPT_FILES, 0, -1):
                    newer = _numbered(path, number - 1)
                    if newer.exists():
                        newer.replace(_numbered(path, number))
        except OSError:
            # The line is written; that the file grows on is no reason to stop.
            return


def open_audit_log() -> AuditLog:
    """Return the file in the user's state directory."""
    try:
        return AuditLog(state_dir() / FILE_NAME)
    except SettingsError:
        return AuditLog(None)


def audit_file() -> Path:
    """Return where the file is.

    Raises:
        SettingsError: the user has no home directory.
    """
    return state_dir() / FILE_NAME


@dataclass(frozen=True, slots=True)
class AuditRead:
    """What the files hold."""

    entries: tuple[AuditEntry, ...]
    """The oldest first."""
    broken_lines: int
    """Lines that could not be read: a disk was full, or somebody wrote in them."""


def read_audit(path: Path, *, month: str = "") -> AuditRead:
    """Read what left, from all files that are kept. A file that is not there holds nothing.

    Args:
        path: The file that is written now.
        month: Such as `2026-11`; empty for everything.

    Raises:
        SettingsError: a file cannot be read.
    """
    entries: list[AuditEntry] = []
    broken = 0
    for number in range(KEPT_FILES, -1, -1):
        for line in _lines(_numbered(path, number)):
            entry = _entry(line)
            broken += entry is None
            if entry and entry.at.startswith(month):
                entries.append(entry)
    entries.sort(key=lambda entry: entry.at)
    return AuditRead(tuple(entries), broken)


def listed(files: Sequence[str]) -> tuple[tuple[str, ...], int]:
    """Return the first of `files`, in order and each once, and how many there are."""
    distinct = sorted(set(files))
    return tuple(distinct[:MAX_LISTED_FILES]), len(distinct)


def _numbered(path: Path, number: int) -> Path:
    """Return the file that was written `number` files ago."""
    return path if number == 0 else path.with_name(f"{path.stem}.{number}{path.suffix}")


def _lines(path: Path) -> Iterator[bytes]:
    """Yield the lines of a file that have something in them.

    Raises:
        SettingsError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            for line in file:
                if line.strip():
                    yield line
    except FileNotFoundError:
        return
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}.") from None


def _entry(line: bytes) -> AuditEntry | None:
    """Return what a line tells, `None` if it is none of ours."""
    try:
        tree: Mapping[str, Any] = json.loads(line)
        entry = AuditEntry(**{**tree, "files": tuple(tree["files"])})
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    texts = (entry.at, entry.run, entry.workspace, entry.backend, entry.host, entry.model, *entry.files)
    numbers = (entry.chars, entry.tokens, entry.redactions, entry.file_count)
    is_sound = all(isinstance(text, str) for text in texts) and all(type(number) is int for number in numbers)
    return entry if is_sound else None
