"""Files that are kept from every model and from the embedded completer.

**Law:** a file is excluded if any way of looking at its path is: as it was given or where it really leads, in
any case, with or without what some file systems overlook, itself or a directory above it. What cannot be
looked at is excluded.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from tierlsp.settings.layers import Problem
from tierlsp.settings.wording import shown
from tierlsp.text.globs import Glob, is_matched, parse_glob

_REMEMBERED_PATHS = 20_000
"""Verdicts kept, at some 300 bytes each: as many as a walk of a workspace gives at most, so that the next one need not
ask the disk again."""

_MOST_NAMES = 128
"""Names in the longest path that is looked at; what lies deeper is excluded.

Far deeper than any source tree, and it bounds the time that a hostile list of patterns can take on a hostile path.
"""

_OVERLOOKED_ENDS = re.compile(r"[\s.\x00-\x1f\x7f]+\Z")
"""What Windows overlooks at the end of a name (blanks, dots), and what nobody can see there (controls)."""

_Names = tuple[str, ...]


class Exclusion:
    """Patterns as in a `.gitignore`, and the verdicts on the paths asked about so far.

    A verdict is kept as long as the object lives. Where a link leads is looked up once, so whoever reads
    files on its own account must not follow links that were made since.
    """

    def __init__(self, patterns: Iterable[str]) -> None:
        globs: list[Glob] = []
        problems: list[Problem] = []
        for pattern in patterns:
            try:
                globs.append(parse_glob(_fold(pattern.strip())))
            except ValueError as error:
                message = f"privacy.exclude holds {shown(pattern)}, which {error} and is left out."
                problems.append(Problem("privacy.exclude", message, "privacy.exclude"))
        self._globs = tuple(globs)
        self._problems = tuple(problems)
        self._verdicts: dict[tuple[Path, Path | None], bool] = {}

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The patterns that were left out, and why."""
        return self._problems

    def excludes(self, path: Path, root: Path | None) -> bool:
        """Whether the file at `path` is excluded.

        Args:
            path: Where the file is; it need not exist. A relative one is taken from `root`.
            root: The project's directory, from which patterns with a slash count; `None` for the file
            system's root.
        """
        asked = (path, root)
        verdict = self._verdicts.get(asked)
        if verdict is None:
            if len(self._verdicts) >= _REMEMBERED_PATHS:
                self._verdicts.clear()
            verdict = self._verdicts[asked] = self._judge(path, root)
        return verdict

    def _judge(self, path: Path, root: Path | None) -> bool:
        """Look at `path` in every way."""
        if not self._globs:
            return False
        try:
            ways = _ways_of(path, root)
        except (OSError, ValueError):
            # No such path can exist (a NUL, a lone surrogate), or the system will not say where it leads.
            return True
        return any(len(names) > _MOST_NAMES or is_matched(self._globs, names) for names in ways)


def _ways_of(path: Path, root: Path | None) -> set[_Names]:
    """Return the different sequences of folded names that stand for `path` below `root`.

    Raises:
        OSError: where it leads cannot be found out.
        ValueError: it is no path.
    """
    given = (path if root is None else root / path).absolute()
    above = Path("/") if root is None else root.absolute()
    ways = {
        # `..` after a symbolic link is read in both possible ways: as it is written, and as the system goes.
        _names_below(os.path.normpath(given), os.path.normpath(above)),
        _names_below(os.path.realpath(given), os.path.realpath(above)),
    }
    return ways | {tuple(_without_overlooked(name) for name in names) for names in ways}


def _names_below(path: str, root: str) -> _Names:
    """Return the folded names of `path` from `root` on, or all of them if it is not below `root`."""
    names = _folded_names(path)
    above = _folded_names(root)
    return names[len(above) :] if names[: len(above)] == above else names


def _folded_names(path: str) -> _Names:
    """Return the names in an absolute path, folded."""
    return tuple(_fold(name) for name in Path(path).parts[1:])


def _fold(text: str) -> str:
    """Return `text` in the form in which names that a file system may take for the same are equal."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def _without_overlooked(name: str) -> str:
    """Return `name` as a file system may read it that overlooks parts of names.

    Windows drops blanks and dots at the end and what comes after a colon (a stream); HFS+ drops characters
    without width. A name that consists of nothing else stays.
    """
    visible = "".join(char for char in name if unicodedata.category(char) != "Cf")
    visible = visible[:1] + visible[1:].partition(":")[0]
    return _OVERLOOKED_ENDS.sub("", visible) or name
