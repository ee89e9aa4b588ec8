"""The files that a review in a terminal is about: those of a change, those named, those of a folder.

How they are read, and which are left out, is the same as in an editor (`assemble/chosen.py`).
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from tierlsp.cli.files import document_of, read_text
from tierlsp.clock import SystemClock
from tierlsp.errors import TierlspError

if TYPE_CHECKING:
    from tierlsp.actions.ports import Gathered
    from tierlsp.assemble.chosen import Files
    from tierlsp.text.unified_diff import FileDiff


def changed_files(changed: Iterable[FileDiff], files: Files) -> Gathered:
    """Return the files of a diff as they are on disk, each with its changes.

    Raises:
        TierlspError: the diff is of other texts than those on disk, or of too many.
    """
    from tierlsp.actions.types import LineRange, Portion
    from tierlsp.assemble.chosen import NO_TEXT, checked

    portions: list[Portion] = []
    left_out: list[str] = []
    for file in changed:
        path = files.root / file.path
        why = files.why_not(path)
        document = None if why else files.document(path)
        if document is None:
            left_out.append(f"{file.path}: {why or NO_TEXT}")
            continue
        for change in file.changes:
            if document.lines[change.first : change.end] != change.added:
                raise TierlspError(f"{file.path} is not as the diff says; make the diff anew, of the files as they are")
        ranges = (LineRange(change.first, change.end, change.removed) for change in file.changes)
        portions.append(Portion(document, tuple(ranges)))
    return checked(portions, left_out)


def new_portions(names: Iterable[str], files: Files) -> Gathered:
    """Return files that are new as a whole."""
    from tierlsp.actions.ports import Gathered
    from tierlsp.actions.types import LineRange, Portion
    from tierlsp.assemble.chosen import whole
    from tierlsp.repository.bounds import folder_bounds_from

    found = whole((files.root / name for name in names), files, folder_bounds_from(SystemClock()))
    new = (Portion(each.document, (LineRange(0, len(each.document.lines)),)) for each in found.portions)
    return Gathered(tuple(new), found.left_out)


def whole_files(paths: Iterable[Path], files: Files) -> Gathered:
    """Return whole files, those of a folder with what is below it.

    Raises:
        TierlspError: one is not there, or they are too many.
    """
    from tierlsp.actions.types import Portion
    from tierlsp.assemble.chosen import checked, folder_files
    from tierlsp.repository.bounds import folder_bounds_from

    portions: list[Portion] = []
    left_out: list[str] = []
    for path in paths:
        if path.is_dir():
            found = folder_files(path.resolve(), files, folder_bounds_from(SystemClock()))
            portions += found.portions
            left_out += found.left_out
            continue
        text = read_text(path)
        if files.exclusion.excludes(text.path, files.root):
            raise TierlspError(f"{path} is excluded by privacy.exclude, so no model reads it")
        portions.append(Portion(document_of(text)))
    return checked(portions, left_out)


def diff_from_stdin() -> str:
    """Return the diff that is given on standard input.

    Raises:
        TierlspError: nobody gives one.
    """
    if sys.stdin.isatty():
        raise TierlspError("--changes - reads a diff from standard input, as in `git diff | tierlsp run review …`")
    return sys.stdin.buffer.read().decode("utf-8", "surrogateescape")
