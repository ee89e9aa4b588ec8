"""The files that a review in a terminal is about: those of a change, those named, those of a folder."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tierlsp.cli.files import read_text
from tierlsp.errors import TierlspError

if TYPE_CHECKING:
    from tierlsp.actions.types import Document, Portion
    from tierlsp.privacy.exclude import Exclusion
    from tierlsp.text.unified_diff import FileDiff

MOST_FILES = 300
"""Of a folder or a change; more is work for several reviews."""

MOST_BYTES = 1_000_000
"""Of a file; larger ones are data."""

MADE = ("*.lock", "*-lock.json", "*-lock.yaml", "*.min.js", "*.min.css", "*.map", "*.snap", "go.sum", "*.svg")
"""Files that programs write: nobody reviews them line by line, and they are long."""

_SKIPPED = frozenset(
    ("node_modules", "vendor", "dist", "build", "target", "out", "coverage", "__pycache__", "venv", "site-packages")
)
"""Folders of a project that hold what others wrote, or what programs did."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is reviewed, and what is not."""

    portions: tuple[Portion, ...]
    left_out: tuple[str, ...] = ()
    """A sentence for each file that is not looked at although it is meant."""


def changed_files(files: Iterable[FileDiff], root: Path, exclusion: Exclusion) -> Chosen:
    """Return the files of a diff as they are on disk, each with its changes.

    Raises:
        TierlspError: the diff is of other texts than those on disk, or of too many.
    """
    from tierlsp.actions.types import LineRange, Portion

    portions: list[Portion] = []
    left_out: list[str] = []
    for file in files:
        path = root / file.path
        why = _why_not(path, root, exclusion)
        document = None if why else _document(path)
        if document is None:
            left_out.append(f"{file.path}: {why or 'it is no text'}")
            continue
        for change in file.changes:
            if document.lines[change.first : change.end] != change.added:
                raise TierlspError(f"{file.path} is not as the diff says; make the diff anew, of the files as they are")
        ranges = (LineRange(change.first, change.end, change.removed) for change in file.changes)
        portions.append(Portion(document, tuple(ranges)))
    return _checked(portions, left_out)


def new_portions(names: Iterable[str], root: Path, exclusion: Exclusion) -> Chosen:
    """Return files that are new as a whole."""
    from tierlsp.actions.types import LineRange, Portion

    portions: list[Portion] = []
    left_out: list[str] = []
    for name in names:
        path = root / name
        why = _why_not(path, root, exclusion)
        document = None if why else _document(path)
        if document is None:
            left_out.append(f"{name}: {why or 'it is no text'}")
        else:
            portions.append(Portion(document, (LineRange(0, len(document.lines)),)))
    return _checked(portions, left_out)


def whole_files(paths: Iterable[Path], root: Path, exclusion: Exclusion) -> Chosen:
    """Return whole files, those of a folder with what is below it.

    Raises:
        TierlspError: one is not there, or they are too many.
    """
    from tierlsp.actions.types import Portion

    portions: list[Portion] = []
    left_out: list[str] = []
    for path in paths:
        if not path.is_dir():
            text = read_text(path)
            if exclusion.excludes(text.path, root):
                raise TierlspError(f"{path} is excluded by privacy.exclude, so no model reads it")
            document = _document(text.path)
            assert document is not None, "it was read just now"
            portions.append(Portion(document))
            continue
        for found in _below(path.resolve()):
            why = _why_not(found, root, exclusion)
            document = None if why else _document(found)
            if document is None:
                left_out.append(f"{found.name}: {why or 'it is no text'}")
            else:
                portions.append(Portion(document))
    return _checked(portions, left_out)


def diff_from_stdin() -> str:
    """Return the diff that is given on standard input.

    Raises:
        TierlspError: nobody gives one.
    """
    if sys.stdin.isatty():
        raise TierlspError("--changes - reads a diff from standard input, as in `git diff | tierlsp run review …`")
    return sys.stdin.buffer.read().decode("utf-8", "surrogateescape")


def _below(folder: Path) -> Iterator[Path]:
    """Yield the files of known languages below `folder`, in order. No link is followed."""
    from tierlsp.text.language_ids import language_id_of

    for directory, folders, names in os.walk(folder):
        folders[:] = sorted(each for each in folders if not each.startswith(".") and each not in _SKIPPED)
        for name in sorted(names):
            path = Path(directory, name)
            if not path.is_symlink() and language_id_of(name) not in ("plaintext", "markdown", "diff"):
                yield path


def _why_not(path: Path, root: Path, exclusion: Exclusion) -> str | None:
    """Return why a file is not looked at, in a few words."""
    real = Path(os.path.realpath(path))
    if not real.is_relative_to(os.path.realpath(root)):
        return "it is outside of the workspace"
    if exclusion.excludes(path, root) or exclusion.excludes(real, root):
        return "privacy.exclude keeps it from models"
    if any(path.match(pattern) for pattern in MADE):
        return "a program wrote it"
    if not real.is_file():
        return "it is no file"
    return "it is too large" if real.stat().st_size > MOST_BYTES else None


def _document(path: Path) -> Document | None:
    """Return a file's text; `None` if it has none."""
    from tierlsp.cli.acting import document_of

    try:
        text = read_text(path)
    except TierlspError:
        return None
    return None if any("\0" in line for line in text.lines) else document_of(text)


def _checked(portions: list[Portion], left_out: list[str]) -> Chosen:
    if len(portions) > MOST_FILES:
        raise TierlspError(f"these are {len(portions)} files, and {MOST_FILES} can be looked at at once; name fewer")
    return Chosen(tuple(portions), tuple(left_out))
