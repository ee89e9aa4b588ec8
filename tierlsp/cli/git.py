"""What git says of a repository, for a command that the person typed: the one program that a command starts.

The server never comes here: a message of an editor, a setting or a repository can start no program. What is started is
fixed, is looked up on the search path alone, and is told to run nothing that the repository names.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tierlsp.errors import TierlspError

TIMEOUT_S = 60.0
"""For one question; a diff of a large repository takes some seconds on a cold disk."""

MOST_BYTES = 20_000_000
"""Of an answer; more is no change that anybody reviews."""

_QUIET = ("-c", "core.fsmonitor=false", "-c", "core.quotePath=false", "-c", "diff.external=", "--no-pager")
"""Keeps git from starting what a repository's settings name, and from asking for a terminal."""


def git_text(arguments: Sequence[str], directory: Path) -> str:
    """Return what git prints for `arguments` in `directory`.

    Raises:
        TierlspError: there is no git, it refuses, or it says too much.
    """
    program = shutil.which("git")
    if program is None or not Path(program).is_absolute():
        raise TierlspError("git is not installed; give the diff on standard input with `--changes -`")
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    try:
        done = subprocess.run(
            [program, *_QUIET, *arguments],
            cwd=directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise TierlspError("git did not answer in a minute; give the diff on standard input") from error
    except OSError as error:
        raise TierlspError(f"git cannot be started: {error.strerror}") from error
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip().partition("\n")[0]
        raise TierlspError(f"git says: {said or 'it failed'}")
    if len(done.stdout) > MOST_BYTES:
        raise TierlspError("the changes are too many to be reviewed at once; name a nearer revision")
    return done.stdout.decode("utf-8", "surrogateescape")


def repository_of(directory: Path) -> Path:
    """Return the top of the repository that `directory` is in.

    Raises:
        TierlspError: it is in none.
    """
    return Path(git_text(("rev-parse", "--show-toplevel"), directory).rstrip("\n")).resolve()


def changes_since(revision: str, root: Path) -> str:
    """Return the diff from where the branch left `revision` to the files as they are, without new files.

    Raises:
        TierlspError: there is no such revision.
    """
    if revision.startswith("-") or ".." in revision:
        raise TierlspError(f"{revision!r} is not one revision; name the one to compare the files with, such as main")
    options = ("diff", "--no-ext-diff", "--no-textconv", "--no-color", "--unified=3", "--find-renames")
    base = () if revision == "HEAD" else ("--merge-base",)
    return git_text((*options, "--src-prefix=a/", "--dst-prefix=b/", *base, revision, "--"), root)


def new_files(root: Path) -> list[str]:
    """Return the files that git does not know yet and does not ignore, below `root`."""
    said = git_text(("ls-files", "--others", "--exclude-standard", "-z"), root)
    return [name for name in said.split("\0") if name]
