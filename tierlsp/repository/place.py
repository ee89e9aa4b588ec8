"""Where a repository is, and whether it can be read as it is.

A `.git` that points elsewhere counts only if that place names this folder in return, as those of worktrees and of
submodules do: else a folder from anywhere could have the private repository of somebody read in its stead.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from tierlsp.errors import RepositoryError
from tierlsp.repository.bounds import BY_GIT, guarded
from tierlsp.text.disk import read_plain

MOST_CONFIG_BYTES = 1_000_000
"""Of a repository's settings; git writes some hundred bytes."""

_MOST_POINTER_BYTES = 4_096
"""Of a file that holds one path; as long as a path can be on Linux."""

_HARMLESS = frozenset(("noop", "preciousobjects", "partialclone", "worktreeconfig", "relativeworktrees"))
"""Extensions of the format that change nothing of what is read here (git's `Documentation/config/extensions`)."""

Setting = Callable[[str, str], str]
"""Gives the value of a setting by section and name, empty where it is not set."""


@dataclass(frozen=True, slots=True)
class Location:
    """Where the parts of a repository are. All paths are real ones."""

    top: Path
    """The folder that the files of the repository are in."""
    own: Path
    """What belongs to this worktree: `HEAD` and the index."""
    common: Path
    """What all worktrees share: branches and objects. The same as `own` but for worktrees."""


def find_repository(folder: Path) -> Location:
    """Return the repository that `folder` is in.

    Raises:
        RepositoryError: it is in none, or in one that cannot be read.
    """
    real = Path(os.path.realpath(folder))
    top = next((each for each in (real, *real.parents) if os.path.lexists(each / ".git")), None)
    if top is None:
        raise RepositoryError(f"{folder.name or folder} is in no git repository, so there is nothing to compare with")
    git = top / ".git"
    if git.is_symlink():
        raise RepositoryError(f"the .git of {top.name} is a link, which is not followed; make it a folder")
    own = git if git.is_dir() else _pointed_at(git)
    common = _common_of(own)
    setting = _settings_of(common / "config")
    _check_format(setting)
    _check_pair(git, own, setting)
    for each in (common / "objects", common / "refs", own / "HEAD"):
        if os.path.realpath(each) != str(each):
            raise RepositoryError(f"the {each.name} of the repository is a link, which is not followed")
    return Location(top, own, common)


def _pointed_at(git: Path) -> Path:
    """Return the folder that a `.git` file names."""
    said = _pointer(git)
    if not said.startswith("gitdir: "):
        raise RepositoryError(f"{git} is no git repository, so there is nothing to compare with")
    own = Path(os.path.realpath(git.parent / said.removeprefix("gitdir: ")))
    if not own.is_dir():
        raise RepositoryError(f"{git} names a repository that is not there; `git worktree repair` may mend it")
    return own


def _common_of(own: Path) -> Path:
    """Return the folder that a worktree shares with the others."""
    said = _pointer(own / "commondir")
    if not said:
        return own
    common = Path(os.path.realpath(own / said))
    if own.parent.name != "worktrees" or own.parent.parent != common:
        raise RepositoryError("the worktree's shared folder is not where git puts it, so it is not read")
    return common


def _check_pair(git: Path, own: Path, setting: Setting) -> None:
    """See that the folder and its repository name each other.

    Raises:
        RepositoryError: they do not.
    """
    worktree = setting("core", "worktree")
    if worktree and os.path.realpath(own / worktree) != str(git.parent):
        raise RepositoryError("the repository's core.worktree names another folder, so it is not read")
    back = _pointer(own / "gitdir")
    if own == git or worktree or (back and os.path.realpath(own / back) == str(git)):
        return
    raise RepositoryError(
        f"the .git of {git.parent.name} points to a repository that does not name this folder, so it is not read; "
        "`git worktree repair` or `git config core.worktree` may mend it"
    )


def _check_format(setting: Setting) -> None:
    """See that the repository is in a form that is known.

    Raises:
        RepositoryError: it is not.
    """
    if setting("core", "bare").lower() in ("true", "yes", "on", "1"):
        raise RepositoryError("the repository is a bare one, without files to look at")
    if setting("core", "repositoryformatversion") not in ("", "0", "1"):
        raise RepositoryError(f"the repository is of a newer format than tierlsp can read; {BY_GIT}")
    if setting("extensions", "objectformat").lower() not in ("", "sha1"):
        raise RepositoryError(f"the repository names its objects by SHA-256, which tierlsp cannot read; {BY_GIT}")
    if setting("extensions", "refstorage").lower() not in ("", "files"):
        raise RepositoryError(
            "the repository keeps its branches in a form that tierlsp cannot read (reftable); "
            f"`git refs migrate --ref-format=files` changes that, or {BY_GIT}"
        )
    unknown = setting("extensions", "")
    if unknown:
        raise RepositoryError(f"the repository uses the extension {unknown}, which tierlsp cannot read; {BY_GIT}")


def _settings_of(path: Path) -> Setting:
    """Return what gives the settings of a repository. No file that it includes is read.

    Asked for no name of a section, it gives the names of the extensions that are not known.
    """
    from dulwich.config import ConfigFile

    raw = read_plain(path, MOST_CONFIG_BYTES)
    if raw is None:
        raise RepositoryError("the repository has no settings that could be read, so it is no git repository")
    with guarded("the configuration"):
        config = ConfigFile.from_file(BytesIO(raw), expand_includes=False)
        has_extensions = config.has_section((b"extensions",))
        names = [name for name, _ in config.items((b"extensions",))] if has_extensions else []
    known = _HARMLESS | {"objectformat", "refstorage"}
    unknown = {name.lower().decode("ascii", "replace") for name in names} - known

    def setting(section: str, name: str) -> str:
        if not name:
            return ", ".join(sorted(unknown))
        try:
            return config.get((section.encode(),), name.encode()).decode("utf-8", "surrogateescape")
        except KeyError:
            return ""

    return setting


def _pointer(path: Path) -> str:
    """Return the one line of a file; empty if it has none."""
    raw = read_plain(path, _MOST_POINTER_BYTES)
    return "" if raw is None or b"\0" in raw else os.fsdecode(raw.rstrip(b"\r\n"))


def repository_of_message(message: Path) -> Location:
    """Return the repository of the file in which git waits for the message of a commit.

    Raises:
        RepositoryError: there is none that the file belongs to.
    """
    own = Path(os.path.realpath(message.parent))
    back = _pointer(own / "gitdir")
    if own.name == ".git":
        top = own.parent
    elif back:
        top = Path(os.path.realpath(own / back)).parent
    else:
        worktree = _settings_of(own / "config")("core", "worktree")
        top = Path(os.path.realpath(own / worktree))
    found = find_repository(top)
    if found.own != own:
        raise RepositoryError(f"{message.name} belongs to no repository that can be found, so there is no diff")
    return found
