"""The files that a review or a change of several files is about, whoever asks: those of a folder, and how each is read.

Nothing is left out without a sentence about it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tierlsp.actions.ports import Gathered
from tierlsp.actions.types import Document, Portion
from tierlsp.completion.lookup.walk import newest_files
from tierlsp.errors import TierlspError
from tierlsp.privacy.exclude import Exclusion
from tierlsp.repository.bounds import Bounds
from tierlsp.text.disk import DiskText, read_plain, text_of
from tierlsp.text.language_ids import language_id_of

MOST_FILES = 300
"""Of a folder or a change; more is work for several reviews."""

MOST_BYTES = 1_000_000
"""Of a file; larger ones are data."""

MADE = ("*.lock", "*-lock.json", "*-lock.yaml", "*.min.js", "*.min.css", "*.map", "*.snap", "go.sum", "*.svg")
"""Files that programs write: nobody reviews them line by line, and they are long."""

_NO_CODE = ("plaintext", "markdown", "diff")
"""What of a folder is not looked at: it has no language that code is written in."""

NO_TEXT = "it is no text"


@dataclass(frozen=True, slots=True)
class Files:
    """Reads the files of one workspace, from the editor where they are open there."""

    root: Path
    exclusion: Exclusion
    opened: Mapping[Path, Document] = field(default_factory=dict)

    def why_not(self, path: Path) -> str | None:
        """Return why a file is not looked at, in a few words."""
        real = Path(os.path.realpath(path))
        if not real.is_relative_to(os.path.realpath(self.root)):
            return "it is outside of the workspace"
        if self.exclusion.excludes(path, self.root) or self.exclusion.excludes(real, self.root):
            return "privacy.exclude keeps it from models"
        if any(path.match(pattern) for pattern in MADE):
            return "a program wrote it"
        if not real.is_file() and path not in self.opened:
            return "it is no file"
        return "it is too large" if real.is_file() and real.stat().st_size > MOST_BYTES else None

    def document(self, path: Path) -> Document | None:
        """Return a file's text as it is now; `None` if it has none."""
        held = self.opened.get(path)
        if held is not None:
            return held
        raw = read_plain(path, MOST_BYTES)
        text = None if raw is None else text_of(raw)
        return None if text is None else document_of(path, text)

    def name(self, path: Path) -> str:
        """Return how a file is called in a sentence."""
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else path.name


def document_of(path: Path, text: DiskText) -> Document:
    """Return a file that is not open as a document."""
    language = language_id_of(path.name)
    return Document(path.as_uri(), path, language, None, text.lines, text.line_end, text.digest)


def folder_files(folder: Path, files: Files, bounds: Bounds) -> Gathered:
    """Return the files below `folder` whole, but for what git ignores and what is no code.

    Raises:
        TierlspError: they are too many, it took too long, or nobody waits any more.
    """
    paths = sorted(_below(folder, bounds))
    return whole(paths, files, bounds)


def whole(paths: Iterable[Path], files: Files, bounds: Bounds) -> Gathered:
    """Return files as a whole.

    Raises:
        TierlspError: they are too many, it took too long, or nobody waits any more.
    """
    portions: list[Portion] = []
    left_out: list[str] = []
    for path in paths:
        if len(portions) > MOST_FILES:
            break
        bounds.check()
        why = files.why_not(path)
        document = None if why else files.document(path)
        if document is None:
            left_out.append(f"{files.name(path)}: {why or NO_TEXT}")
        else:
            portions.append(Portion(document))
    return checked(portions, left_out)


def checked(portions: Sequence[Portion], left_out: Sequence[str]) -> Gathered:
    """Return what was found.

    Raises:
        TierlspError: these are too many files.
    """
    if len(portions) > MOST_FILES:
        raise TierlspError(f"these are more than {MOST_FILES} files, the most that are looked at at once; name fewer")
    return Gathered(tuple(portions), tuple(left_out))


def _below(folder: Path, bounds: Bounds) -> list[Path]:
    """Return the files of known languages below `folder`, without links and what git ignores."""
    walk = newest_files([folder])
    while True:
        # A step is some entries of a folder, or some of a file of patterns.
        bounds.check()
        try:
            next(walk)
        except StopIteration as end:
            found = (Path(each.path) for each in end.value)
            return [path for path in found if language_id_of(path.name) not in _NO_CODE]
