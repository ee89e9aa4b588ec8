"""From a name to a commit: `HEAD`, branches, tags, and where two of them parted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from heapq import heappop, heappush
from io import BytesIO

from tierlsp.errors import RepositoryError
from tierlsp.repository.bounds import guarded
from tierlsp.repository.objects import ObjectMissing, Objects
from tierlsp.repository.place import Location
from tierlsp.text.disk import read_plain

MOST_LINKS = 5
"""References that name another one, as git follows them."""

MOST_COMMITS = 50_000
"""Looked at for where two branches parted; the largest projects make some thousands a month."""

MOST_PACKED_BYTES = 50_000_000
"""Of the file that holds most branches and tags: half a million of them."""

_NAME = re.compile(r"[0-9a-f]{40}\Z")
_FIELD = re.compile(rb"(tree|parent|object) ([0-9a-f]{40})\n")
_TIME = re.compile(rb"\ncommitter [^\n]*?> (\d{1,12}) ")


def head_of(place: Location) -> str | None:
    """Return the name of the commit that is checked out; `None` before the first one.

    Raises:
        RepositoryError: it cannot be read.
    """
    return _resolved(place, "HEAD", must_be=True)


def commit_of(place: Location, objects: Objects, revision: str) -> str:
    """Return the name of the commit that a person calls `revision`: a branch, a tag, or 40 digits.

    Raises:
        RepositoryError: there is none.
    """
    if _NAME.match(revision):
        return _peeled(objects, revision)
    for start in ("", "refs/", "refs/tags/", "refs/heads/", "refs/remotes/"):
        if not start and revision != "HEAD":
            continue
        found = _resolved(place, start + revision)
        if found is not None:
            return _peeled(objects, found)
    raise RepositoryError(f"there is no branch, tag or commit {revision!r}; name one in full, such as origin/main")


def tree_of(objects: Objects, commit: str) -> str:
    """Return the name of the tree of a commit.

    Raises:
        RepositoryError: it cannot be read.
    """
    for kind, name in _FIELD.findall(objects.read(commit, "commit").partition(b"\n\n")[0] + b"\n"):
        if kind == b"tree":
            return str(name, "ascii")
    raise RepositoryError(f"the commit {commit[:12]} of the repository is broken; run `git fsck`")


def parting_of(objects: Objects, one: str, other: str) -> str:
    """Return the commit in which the histories of two commits parted: the newest that both have.

    Raises:
        RepositoryError: they have none in common, as far as was looked.
    """
    seen: dict[str, int] = {}
    queue: list[tuple[int, str, int]] = []
    for name, side in ((one, 1), (other, 2)):
        heappush(queue, (-_time_of(objects, name), name, side))
    for _ in range(MOST_COMMITS):
        if not queue:
            break
        _, name, sides = heappop(queue)
        known = seen.get(name, 0)
        if known | sides == known:
            continue
        seen[name] = known | sides
        if seen[name] == 3:
            return name
        for parent in _parents(objects, name):
            if seen.get(parent, 0) | seen[name] != seen.get(parent, 0):
                heappush(queue, (-_time_of(objects, parent), parent, seen[name]))
    raise RepositoryError("the two revisions have no commit in common, as far as was looked; name a nearer one")


def _parents(objects: Objects, commit: str) -> Iterator[str]:
    head = objects.read(commit, "commit").partition(b"\n\n")[0] + b"\n"
    yield from (str(name, "ascii") for kind, name in _FIELD.findall(head) if kind == b"parent")


def _time_of(objects: Objects, commit: str) -> int:
    """Return when a commit was made, in seconds; 0 for one that is beyond the end of a shallow copy."""
    try:
        found = _TIME.search(objects.read(commit, "commit").partition(b"\n\n")[0])
    except ObjectMissing:
        return 0
    return int(found[1]) if found else 0


def _peeled(objects: Objects, name: str) -> str:
    """Return the commit that an annotated tag is of; a commit is its own."""
    for _ in range(MOST_LINKS):
        try:
            objects.read(name, "commit")
        except ObjectMissing:
            raise
        except RepositoryError:
            found = _FIELD.match(objects.read(name, "tag"))
            if found is None:
                break
            name = str(found[2], "ascii")
        else:
            return name
    raise RepositoryError("this names no commit; name a branch, a tag or a commit")


def _resolved(place: Location, name: str, *, must_be: bool = False) -> str | None:
    """Return the object that a reference names in the end; `None` if there is no such reference."""
    with guarded("a branch"):
        for _ in range(MOST_LINKS):
            said = _said(place, name)
            if said is None:
                if must_be and name == "HEAD":
                    raise RepositoryError("the repository has no HEAD, so it is no git repository")
                return None
            if not said.startswith("ref: "):
                if not _NAME.match(said):
                    raise RepositoryError(f"the branch {name} of the repository is broken; run `git fsck`")
                return said
            name = said.removeprefix("ref: ").strip()
    raise RepositoryError("the branches of the repository name each other in a circle; run `git fsck`")


def _said(place: Location, name: str) -> str | None:
    """Return what the file of a reference says, or the file of all packed ones."""
    from dulwich.refs import Ref, check_ref_format

    if name != "HEAD" and not (name.startswith("refs/") and check_ref_format(Ref(name.removeprefix("refs/").encode()))):
        return None
    folder = place.own if name == "HEAD" else place.common
    raw = read_plain(folder / name, 4_096)
    if raw is not None:
        return raw.decode("utf-8", "surrogateescape").strip()
    return None if name == "HEAD" else _packed(place, name)


def _packed(place: Location, name: str) -> str | None:
    from dulwich.refs import read_packed_refs_with_peeled

    raw = read_plain(place.common / "packed-refs", MOST_PACKED_BYTES)
    wanted = name.encode("utf-8", "surrogateescape")
    if raw is None or wanted not in raw:
        return None
    found = (sha for sha, ref, _ in read_packed_refs_with_peeled(BytesIO(raw)) if ref == wanted)
    return next((str(sha, "ascii") for sha in found), None)
