"""What is not committed: the files as they are now, against those of a commit, line by line.

The same as `git diff HEAD` and `git ls-files --others --exclude-standard` say, but that lines are compared without
their ends, so that neither `core.autocrlf` nor an attribute makes a change of one; and no program is started for it.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path

from tierlsp.actions.ports import Gathered
from tierlsp.actions.types import Document, LineRange, Portion
from tierlsp.assemble.chosen import MOST_BYTES, NO_TEXT, Files, checked
from tierlsp.assemble.untracked import untracked_files
from tierlsp.repository.bounds import Bounds
from tierlsp.repository.index import Entry, Index, read_index
from tierlsp.repository.objects import ObjectMissing, Objects, ObjectTooLarge
from tierlsp.repository.place import Location, find_repository
from tierlsp.repository.revisions import commit_of, head_of, parting_of, tree_of
from tierlsp.repository.trees import TreeFile, files_of
from tierlsp.text.disk import read_plain, text_of
from tierlsp.text.line_diff import differences

_KEPT_ELSEWHERE = "version https://git-lfs.github.com/spec/"
"""The beginning of what git keeps in place of a file that Git LFS has."""


def uncommitted(files: Files, bounds: Bounds, revision: str = "") -> Gathered:
    """Return the files that are not as they were committed, each with its changes, and new ones as a whole.

    Args:
        files: reads the files of the workspace; what lies outside of it is not looked at.
        bounds: of the look at the repository.
        revision: compare with where the branch left this one; empty for the last commit.

    Raises:
        RepositoryError: there is no repository, or it cannot be read.
        TierlspError: these are too many files.
    """
    place = find_repository(files.root)
    with Objects(place.common / "objects", bounds) as objects:
        commit = _base(place, objects, revision)
        base = files_of(objects, tree_of(objects, commit), bounds) if commit is not None else {}
        return _Comparison(files, place, objects, base, bounds).gathered()


def _base(place: Location, objects: Objects, revision: str) -> str | None:
    head = head_of(place)
    if not revision or revision == "HEAD" or head is None:
        return head
    return parting_of(objects, head, commit_of(place, objects, revision))


@dataclass(slots=True)
class _Comparison:
    """One comparison of a workspace with a commit."""

    files: Files
    place: Location
    objects: Objects
    base: dict[str, TreeFile]
    bounds: Bounds
    portions: list[Portion] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    def gathered(self) -> Gathered:
        """Return all that differs."""
        index = read_index(self.place.own / "index", self.bounds)
        real_root = Path(os.path.realpath(self.files.root))
        within = "" if real_root == self.place.top else f"{real_root.relative_to(self.place.top).as_posix()}/"
        others = 0
        for path, entry in sorted(index.entries.items()):
            self.bounds.step()
            if not path.startswith(within):
                continue
            others += entry.mode & 0o170000 == 0o160000
            if entry.is_file and not entry.is_skipped:
                self._tracked(path, self.files.root / path[len(within) :], entry, index)
        if others:
            what = "1 submodule" if others == 1 else f"{others} submodules"
            self.left_out.append(f"{what}: a repository of its own, which is looked at where its folder is open")
        for name in untracked_files(self.files.root, self.place, index.entries, within, self.bounds, self.left_out):
            self._compare(within + name, self.files.root / name)
        return checked(self.portions, self.left_out)

    def _tracked(self, path: str, file: Path, entry: Entry, index: Index) -> None:
        if file not in self.files.opened:
            try:
                now = file.lstat()
            except OSError:
                # It is gone: there is nothing to look at.
                return
            base = self.base.get(path)
            is_old = now.st_mtime_ns < index.written_ns
            if base is not None and base.name == entry.name and is_old and entry.is_as_added(now):
                return
        self._compare(path, file)

    def _compare(self, path: str, file: Path) -> None:
        """Keep a file if it is not as it was."""
        self.bounds.check()
        base = self.base.get(path)
        base = base if base is not None and base.is_file else None
        raw = None if file in self.files.opened else read_plain(file, MOST_BYTES)
        if raw is not None and base is not None and _blob_name(raw) == base.name:
            return
        why = self.files.why_not(file)
        document = None if why else self.files.document(file)
        if document is None:
            self.left_out.append(f"{self.files.name(file)}: {why or NO_TEXT}")
            return
        if base is None:
            self.portions.append(Portion(document, (LineRange(0, len(document.lines)),)))
            return
        old = self._old_lines(base, document)
        if isinstance(old, str):
            self.left_out.append(f"{self.files.name(file)}: {old}")
        elif changes := changes_between(old, document.lines):
            self.portions.append(Portion(document, changes))

    def _old_lines(self, base: TreeFile, document: Document) -> tuple[str, ...] | str:
        """Return the lines that a file had; or why they cannot be told, in a few words."""
        try:
            raw = self.objects.read(base.name, "blob")
        except ObjectTooLarge:
            return "what it was before is too large"
        except ObjectMissing as error:
            return str(error)
        text = text_of(raw) if len(raw) <= MOST_BYTES else None
        is_pointer = text is not None and text.lines[0].startswith(_KEPT_ELSEWHERE)
        if text is None or (is_pointer and not document.lines[0].startswith(_KEPT_ELSEWHERE)):
            return "git keeps it in another form than text, so what changed cannot be told"
        return text.lines


def changes_between(old: tuple[str, ...], new: tuple[str, ...]) -> tuple[LineRange, ...]:
    """Return what was changed from `old` to `new`: lines of the new text, and those that stood there."""
    was, now = _ended(old), _ended(new)
    return tuple(LineRange(start, stop, was[first:end]) for first, end, start, stop in differences(was, now))


def _ended(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Return `lines` without the empty one behind the last line end."""
    return lines[:-1] if len(lines) > 1 and not lines[-1] else lines


def _blob_name(raw: bytes) -> str:
    """Return the name that git has for a file of these bytes."""
    return hashlib.sha1(b"blob %d\0" % len(raw) + raw, usedforsecurity=False).hexdigest()
