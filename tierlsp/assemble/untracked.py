"""The files that git does not know yet and does not ignore."""

from __future__ import annotations

import os
from collections.abc import Collection, Generator, Iterator
from pathlib import Path, PurePosixPath
from typing import TypeVar

from tierlsp.completion.lookup.filetypes import SKIPPED_DIRECTORIES
from tierlsp.completion.lookup.ignore import Rules, is_ignored, rules_above, rules_from, rules_in
from tierlsp.errors import RepositoryError
from tierlsp.repository.bounds import Bounds
from tierlsp.repository.place import Location

MOST_DEPTH = 64
"""Folders below the workspace's."""

_Found = TypeVar("_Found")


def untracked_files(
    root: Path, place: Location, known: Collection[str], within: str, bounds: Bounds, left_out: list[str]
) -> Iterator[str]:
    """Yield the paths below `root` that are not in `known`, in order, with slashes.

    What `.gitignore` files, `.git/info/exclude` and the person's own `git/ignore` leave out is not among them, and no
    folder that is a link or a repository of its own. Folders of packages and of what is built are not looked into.

    Args:
        root: the workspace's folder.
        place: the repository that it is in.
        known: the paths that git knows, below the repository.
        within: how the workspace's folder is called there, with a slash behind it; empty for the repository itself.
        bounds: of the look; where they are reached, the rest is left out, and said so.
        left_out: takes a sentence for what is left out.
    """
    top = os.path.normpath(root.absolute())
    inhabited = _folders_of(known)
    pending: list[tuple[str, tuple[Rules, ...], int]] = [("", _outer_rules(top, place), 0)]
    try:
        while pending:
            below, rules, depth = pending.pop()
            own = _run(rules_in(str(Path(top, below))))
            rules = rules if own is None else (*rules, own)
            folders = []
            for entry in _entries(Path(top, below)):
                bounds.step()
                name = below + entry.name
                is_folder = entry.is_dir(follow_symlinks=False)
                if entry.name == ".git" or entry.is_symlink() or (not is_folder and within + name in known):
                    continue
                if _run(is_ignored(rules, str(Path(top, name)), is_directory=is_folder)):
                    continue
                if not is_folder:
                    yield name
                elif entry.name.lower() in SKIPPED_DIRECTORIES and within + name not in inhabited:
                    left_out.append(f"{name}: folders of packages and of what is built are not looked into")
                elif depth < MOST_DEPTH and not os.path.lexists(Path(top, name, ".git")):
                    folders.append((f"{name}/", rules, depth + 1))
            pending += reversed(folders)
    except RepositoryError as error:
        if bounds.stopped.is_set():
            raise
        left_out.append(f"new files that were not found until then: {error}")


def _folders_of(paths: Collection[str]) -> set[str]:
    """Return every folder that one of `paths` is below."""
    holding = {path.rpartition("/")[0] for path in paths}
    return {str(each) for folder in holding for each in (PurePosixPath(folder), *PurePosixPath(folder).parents)}


def _outer_rules(top: str, place: Location) -> tuple[Rules, ...]:
    """Return the rules that hold in the workspace's folder and stand outside of it."""
    outer = (_personal(top), _run(rules_from(place.common / "info" / "exclude", top)))
    return (*(each for each in outer if each is not None), *_run(rules_above(top)))


def _personal(top: str) -> Rules | None:
    """Return what the person has git ignore everywhere, where git looks for it by itself."""
    home = os.environ.get("XDG_CONFIG_HOME")
    # Often a link to where the person keeps such files.
    path = os.path.realpath((Path(home) if home else Path("~/.config").expanduser()) / "git" / "ignore")
    return _run(rules_from(Path(path), top))


def _entries(directory: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(directory) as found:
            return sorted(found, key=lambda entry: entry.name)
    except OSError:
        return []


def _run(steps: Generator[None, None, _Found]) -> _Found:
    """Return what `steps` come to, without a pause between them: this is not the event loop."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            found: _Found = end.value
            return found
