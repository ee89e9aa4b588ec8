"""Files that a command works on: named on the command line, read whole, with the workspace that they are in."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tierlsp.errors import TierlspError

if TYPE_CHECKING:
    from tierlsp.actions.types import Document

STDIN = "-"
"""What stands for what is piped in."""


@dataclass(frozen=True, slots=True)
class Target:
    """`FILE[:A[-B]]`: a file, or lines of it."""

    file: Path
    first: int | None
    """The first line, from 1; `None` for the whole file."""
    last: int | None
    """The last line, which is included."""


@dataclass(frozen=True, slots=True)
class Text:
    """A file's text."""

    path: Path
    """Where it really is."""
    root: Path
    """The workspace: the nearest directory above that holds `.git`, else the file's own."""
    lines: list[str]
    ends: list[str]


def target_of(text: str) -> Target:
    """Read `FILE`, `FILE:A` or `FILE:A-B`; a file whose name looks like that is taken as it is.

    Raises:
        argparse.ArgumentTypeError: the lines make no sense.
    """
    name, colon, lines = text.rpartition(":")
    if not colon or not name or not lines or Path(text).exists():
        return Target(Path(text), None, None)
    first, _, last = lines.partition("-")
    if not first.isdecimal() or not (last or first).isdecimal():
        return Target(Path(text), None, None)
    target = Target(Path(name), int(first), int(last or first))
    if not 1 <= int(first) <= int(last or first):
        raise argparse.ArgumentTypeError(f"{text!r} is not FILE:A-B with lines from 1 and A not after B")
    return target


def read_text(file: Path) -> Text:
    """Read a file.

    Raises:
        TierlspError: it cannot be read, in a sentence that says why.
    """
    from tierlsp.text.lines import split_lines

    try:
        path = file.resolve()
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise TierlspError(f"{file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise TierlspError(f"{file} is not UTF-8 text") from error
    lines, ends = split_lines(text)
    return Text(path, root_of(path), lines, ends)


def read_stdin() -> Text:
    """Read what is piped in, as a file of the directory that the command runs in.

    Raises:
        TierlspError: it is no text.
    """
    from tierlsp.text.lines import split_lines

    try:
        text = sys.stdin.buffer.read().decode("utf-8", "replace")
    except OSError as error:
        raise TierlspError(f"what is piped in cannot be read: {error.strerror}") from error
    lines, ends = split_lines(text)
    path = Path.cwd() / STDIN
    return Text(path, root_of(path), lines, ends)


def root_of(path: Path) -> Path:
    """Return the workspace of `path`."""
    return next((parent for parent in path.parents if (parent / ".git").exists()), path.parent)


def document_of(text: Text) -> Document:
    """Return a file's text as a document."""
    from tierlsp.actions.types import Document
    from tierlsp.text.language_ids import language_id_of
    from tierlsp.text.lines import usual_end

    return Document(
        uri=text.path.as_uri(),
        path=text.path,
        language=language_id_of(text.path.name),
        version=None,
        lines=tuple(text.lines),
        line_end=usual_end(text.ends),
    )
