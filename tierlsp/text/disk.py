"""Reading files that others wrote: bounded, and nothing but plain files."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from tierlsp.text.lines import split_lines, usual_end


@dataclass(frozen=True, slots=True)
class DiskText:
    """A file's text as it was when it was read."""

    lines: tuple[str, ...]
    line_end: str
    """The line end of most lines."""
    digest: str
    """SHA-256 of its bytes."""


def open_plain(path: Path, most_bytes: int) -> BinaryIO | None:
    """Return a file, open for reading; `None` if it is no plain file, is larger than `most_bytes`, or cannot be opened.

    A link as the last name is not followed, and opening a pipe or a device does not wait.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags)
    except (OSError, ValueError):
        return None
    try:
        state = os.fstat(descriptor)
        if stat.S_ISREG(state.st_mode) and state.st_size <= most_bytes:
            return os.fdopen(os.dup(descriptor), "rb")
        return None
    except OSError:
        return None
    finally:
        os.close(descriptor)


def read_plain(path: Path, most_bytes: int) -> bytes | None:
    """Return the bytes of a file; `None` if `open_plain` gives nothing, or it cannot be read."""
    file = open_plain(path, most_bytes)
    if file is None:
        return None
    try:
        with file:
            found = file.read(most_bytes + 1)
        return found if len(found) <= most_bytes else None
    except OSError:
        return None


def read_text(path: Path, most_bytes: int) -> DiskText | None:
    """Return the text of a file in UTF-8; `None` if `read_plain` gives nothing, or it is no such text."""
    found = read_plain(path, most_bytes)
    return None if found is None else text_of(found)


def text_of(found: bytes) -> DiskText | None:
    """Return the text that the bytes of a file are; `None` if they are none in UTF-8."""
    if b"\x00" in found:
        return None
    try:
        text = found.decode("utf-8")
    except UnicodeDecodeError:
        return None
    lines, ends = split_lines(text)
    return DiskText(tuple(lines), usual_end(ends), hashlib.sha256(found).hexdigest())


def digest_of(path: Path, most_bytes: int = 50_000_000) -> str:
    """Return the SHA-256 of a file's bytes; empty if it cannot be read."""
    found = read_plain(path, most_bytes)
    return "" if found is None else hashlib.sha256(found).hexdigest()
