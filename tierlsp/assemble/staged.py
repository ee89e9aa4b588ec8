"""What is about to be committed, as a diff: the index against the last commit, both read from `.git`.

The same as `git diff --cached` says, but for renames, which are shown as a file that goes and one that comes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tierlsp.actions.types import Staged
from tierlsp.assemble.chosen import MOST_BYTES
from tierlsp.errors import RepositoryError
from tierlsp.privacy.exclude import Exclusion
from tierlsp.repository.bounds import Bounds
from tierlsp.repository.index import read_index
from tierlsp.repository.objects import ObjectMissing, Objects, ObjectTooLarge
from tierlsp.repository.place import Location, find_repository, repository_of_message
from tierlsp.repository.revisions import head_of, tree_of
from tierlsp.repository.trees import files_of
from tierlsp.text.disk import text_of
from tierlsp.text.line_diff import Stretch, differences

AROUND = 3
"""Lines shown around a change, as git does."""

_NEXT_INDEX = "next-index-*.lock"
"""git's index for a commit of some files only, while it waits for the message."""


@dataclass(frozen=True, slots=True)
class _Side:
    """A file before the commit or after it."""

    mode: int
    name: str


def staged(folder: Path, message: Path | None, exclusion: Exclusion, bounds: Bounds) -> Staged:
    """Return what is about to be committed.

    Args:
        folder: a folder of the repository.
        message: the file in which git waits for the message of this commit: then its repository counts, and the index
            that this commit is made of, be it of `git commit -a` or of some files only.
        exclusion: what is kept from models.
        bounds: of the look.

    Raises:
        RepositoryError: there is no repository, or it cannot be read.
    """
    place = find_repository(folder) if message is None else repository_of_message(message)
    with Objects(place.common / "objects", bounds) as objects:
        head = head_of(place)
        base = files_of(objects, tree_of(objects, head), bounds) if head is not None else {}
        index = read_index(_index_of(place, is_waiting=message is not None), bounds)
        lines: list[str] = []
        left_out: list[str] = []
        for path in sorted({*base, *index.entries}):
            bounds.step()
            was, now = base.get(path), index.entries.get(path)
            if was is not None and now is not None and (was.mode, was.name) == (now.mode, now.name):
                continue
            if exclusion.excludes(place.top / path, place.top):
                left_out.append(f"{path}: privacy.exclude keeps it from models")
                continue
            if now is not None and not now.name:
                raise RepositoryError(f"{path} has a conflict that is not settled; settle it and add the file")
            sides = [None if each is None else _Side(each.mode, each.name) for each in (was, now)]
            lines += _file_diff(path, sides[0], sides[1], objects)
    return Staged(tuple(lines), place.top, tuple(left_out))


def _index_of(place: Location, *, is_waiting: bool) -> Path:
    if is_waiting:
        partial = sorted(place.own.glob(_NEXT_INDEX))
        if len(partial) == 1:
            return partial[0]
        locked = place.own / "index.lock"
        if locked.is_file() and locked.stat().st_size:
            return locked
    return place.own / "index"


def _file_diff(path: str, was: _Side | None, now: _Side | None, objects: Objects) -> Iterator[str]:
    """Yield the lines about one file."""
    name = path if path.isprintable() else path.encode("unicode_escape", "surrogateescape").decode("ascii")
    yield f"diff --git a/{name} b/{name}"
    if was is None and now is not None:
        yield f"new file mode {now.mode:06o}"
    elif was is not None and now is None:
        yield f"deleted file mode {was.mode:06o}"
    elif was is not None and now is not None and was.mode != now.mode:
        yield f"old mode {was.mode:06o}"
        yield f"new mode {now.mode:06o}"
    if was is not None and now is not None and was.name == now.name:
        return
    old, new = (_lines_of(each, objects) for each in (was, now))
    if old is None or new is None:
        yield f"Binary files {name} differ"
        return
    yield f"--- a/{name}" if was is not None else "--- /dev/null"
    yield f"+++ b/{name}" if now is not None else "+++ /dev/null"
    yield from hunks(old, new)


def _lines_of(side: _Side | None, objects: Objects) -> tuple[str, ...] | None:
    """Return the lines of a file; `None` where it is not shown line by line."""
    if side is None:
        return ()
    if side.mode & 0o170000 == 0o160000:
        return (f"Subproject commit {side.name}",)
    try:
        raw = objects.read(side.name, "blob")
    except (ObjectMissing, ObjectTooLarge):
        return None
    text = text_of(raw) if len(raw) <= MOST_BYTES else None
    if text is None:
        return None
    return text.lines[:-1] if not text.lines[-1] else text.lines


def hunks(old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    """Yield the hunks of a unified diff."""
    groups: list[list[Stretch]] = []
    for each in differences(old, new):
        if groups and each[0] - groups[-1][-1][1] <= 2 * AROUND:
            groups[-1].append(each)
        else:
            groups.append([each])
    for group in groups:
        above = min(AROUND, group[0][0])
        below = min(AROUND, len(old) - group[-1][1])
        first, end = group[0][0] - above, group[-1][1] + below
        start, stop = group[0][2] - above, group[-1][3] + below
        yield f"@@ -{_counted(first, end)} +{_counted(start, stop)} @@"
        at = first
        for left, right, begin, finish in group:
            yield from (f" {line}" for line in old[at:left])
            yield from (f"-{line}" for line in old[left:right])
            yield from (f"+{line}" for line in new[begin:finish])
            at = right
        yield from (f" {line}" for line in old[at:end])


def _counted(first: int, end: int) -> str:
    """Return a range of lines as a diff has it."""
    count = end - first
    start = first + 1 if count else first
    return str(start) if count == 1 else f"{start},{count}"
