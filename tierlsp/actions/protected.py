"""Files that no answer of a model may change, and files that it may change only with the person's yes.

Compared as file systems may compare, on every system: `.VSCode`, `.vscode.` and `.vscode::$DATA` are all `.vscode`.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from tierlsp.actions.hidden import hidden_in, name_of


@dataclass(frozen=True, slots=True)
class Protection:
    """Why a file is not changed like any other."""

    file: str
    """How it is called where a person reads it: in quotes, on one line, with nothing hidden in it."""
    does: str
    """What the file can do, as the rest of a sentence about it."""
    may_ask: bool
    """Whether a person's yes is enough; else it is not changed at all."""

    @property
    def told(self) -> str:
        """The file and what it can do, as a sentence."""
        return f"{self.file} {self.does}"

    @property
    def refusal(self) -> str:
        """Why it is not changed, as a sentence."""
        return f"{self.told}, so no model's answer changes it; edit it by hand"


@dataclass(frozen=True, slots=True)
class _Row:
    """Names that protect a file for one reason. All of them are folded (`_fold`)."""

    does: str
    may_ask: bool = True
    directories: tuple[str, ...] = ()
    """They protect whatever is below them."""
    files: tuple[str, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    """A name and the one directly below it."""
    beginnings: tuple[str, ...] = ()
    endings: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All whole names."""
        return (*self.directories, *self.files, *(first for first, _ in self.pairs))


_ROWS = (
    _Row("is git's own, and can hold programs that git runs", may_ask=False, directories=(".git",)),
    _Row(
        "can hold keys",
        may_ask=False,
        directories=(".ssh", ".gnupg"),
        files=(".netrc", ".npmrc", ".pypirc", ".git-credentials", "id_rsa", "id_dsa", "id_ecdsa", "id_ed25519"),
        endings=(".pem", ".key", ".p12", ".pfx", ".jks", ".keystore"),
    ),
    _Row("says what tierlsp may do", may_ask=False, directories=(".tierlsp",), files=(".tierlsp.toml",)),
    _Row(
        "can have an editor run programs or loosen its checks",
        directories=(".vscode", ".vscode-insiders", ".idea", ".zed", ".helix", ".nvim"),
        files=(".exrc", ".vimrc", ".dir-locals.el"),
        beginnings=(".nvim",),
        endings=(".code-workspace", ".sublime-project"),
    ),
    _Row(
        "tells AI assistants what to do, and some of them what to run",
        directories=(".cursor", ".claude"),
        files=("agents.md", "claude.md", "gemini.md", ".cursorrules", ".windsurfrules"),
        pairs=((".github", "copilot-instructions.md"),),
    ),
    _Row(
        "decides what build servers run, with the secrets that they have",
        directories=(".circleci", ".buildkite", ".woodpecker"),
        files=(
            ".gitlab-ci.yml", ".travis.yml", ".appveyor.yml", "appveyor.yml", ".cirrus.yml", ".drone.yml",
            ".woodpecker.yml", "jenkinsfile", "azure-pipelines.yml", "bitbucket-pipelines.yml", "cloudbuild.yaml",
        ),
        pairs=(
            (".github", "workflows"), (".github", "actions"), (".gitea", "workflows"), (".forgejo", "workflows"),
        ),
    ),
    _Row(
        "decides what git runs on this machine",
        directories=(".husky",),
        files=(".gitmodules", ".gitattributes", ".pre-commit-config.yaml", "lefthook.yml"),
    ),
    _Row(
        "is run when its folder or its container is opened",
        directories=(".devcontainer",),
        files=(".envrc", ".devcontainer.json"),
    ),
    _Row(
        "decides which packages are installed, and from where",
        files=(
            "package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "go.sum", "go.work.sum", "packages.lock.json",
            "package.resolved", "gradle.lockfile", "conda-lock.yml", "bun.lockb", ".terraform.lock.hcl",
        ),
        endings=(".lock",),
    ),
)  # fmt: skip
"""What may never be changed comes first: a file is what its first row says."""

_SHORT = re.compile(r"(?P<stem>[^~.]{1,6})~\d+(?:\..*)?\Z")
"""A name of eight letters, as Windows makes it of a longer one."""

_OVERLOOKED_ENDS = re.compile(r"[\s.\x00-\x1f\x7f]+\Z")

_NAME_CHARS = 120
"""Of a path in a question: who asks must not be drowned out by what is asked about. The end of it says most."""


def protection_of(path: Path | None, own: Sequence[Path] = (), root: Path | None = None) -> Protection | None:
    """Return why the file at `path` is not changed like any other, `None` if it is. Looks at the disk.

    Args:
        path: As the editor names it. Where it really leads is looked up too.
        own: The directories and files that hold this program's own settings and state.
        root: The workspace. A link from inside of it to the outside is not followed.
    """
    if path is None:
        return None
    try:
        real = Path(os.path.realpath(path))
        mine = [Path(os.path.realpath(each)) for each in own]
        top = Path(os.path.realpath(root)) if root is not None else None
    except (OSError, ValueError):
        return Protection(_shown(path, root), "is somewhere that cannot be found out", may_ask=False)
    file = _shown(path, root)
    if any(real == each or real.is_relative_to(each) for each in mine):
        return Protection(file, "belongs to tierlsp's own settings", may_ask=False)
    if root is not None and top is not None and path.is_relative_to(root) and not real.is_relative_to(top):
        return Protection(file, "is a link that leads out of the workspace", may_ask=False)
    below = path.relative_to(root) if root is not None and path.is_relative_to(root) else path
    really = real.relative_to(top) if top is not None and real.is_relative_to(top) else real
    if really != below and root is not None:
        file += f", a link to {_shown(real, top)},"
    rows = [row for row in (_row_of(path), _row_of(real)) if row is not None]
    if not rows:
        return None
    row = min(rows, key=lambda row: row.may_ask)
    return Protection(file, row.does, row.may_ask)


def why_protected(path: Path | None, own: Sequence[Path] = (), root: Path | None = None) -> str | None:
    """Return why the file at `path` may not be changed without a question, as a sentence; `None` if it may."""
    protection = protection_of(path, own, root)
    return protection.refusal if protection is not None else None


def _row_of(path: Path) -> _Row | None:
    """Return the first row by which a name in `path` protects it."""
    parts = path.parts[1:] if path.is_absolute() else path.parts
    names = [_fold(name) for part in parts for name in re.split(r"[\\/]", part)]
    if not names:
        return None
    return next((row for row in _ROWS if _is_named(row, names)), None)


def _is_named(row: _Row, names: Sequence[str]) -> bool:
    last = names[-1]
    return (
        any(name in row.directories or _is_short_for(row, name) for name in names)
        or last in row.files
        or any(pair in row.pairs for pair in pairwise(names))
        or (bool(row.beginnings) and last.startswith(row.beginnings))
        or (bool(row.endings) and last.endswith(row.endings))
    )


def _is_short_for(row: _Row, name: str) -> bool:
    """Whether `name` is what Windows makes of a longer one of the row's, which then protects whatever is below it."""
    match = _SHORT.fullmatch(name)
    return match is not None and any(
        match["stem"] == each.lstrip(".").partition(".")[0].replace(" ", "")[:6] for each in row.names
    )


def _fold(name: str) -> str:
    """Return `name` as a file system may read it that overlooks case, marks, ends, streams and what has no width."""
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
    visible = "".join(char for char in folded if unicodedata.category(char) != "Cf")
    visible = visible[:1] + visible[1:].partition(":")[0]
    return _OVERLOOKED_ENDS.sub("", visible) or name


def _shown(path: Path, root: Path | None) -> str:
    """Return how a file is called in a question: nothing in it turns the reading direction around or ends the quote."""
    name = path.relative_to(root).as_posix() if root is not None and path.is_relative_to(root) else str(path)
    hidden = hidden_in(name)
    seen = []
    for char in name:
        if char in hidden or char in "\t\n\r" or unicodedata.category(char) in ("Zl", "Zp", "Co", "Cn"):
            seen.append(f"[{name_of(char)}]")
        else:
            seen.append({"“": "'", "”": "'", '"': "'"}.get(char, char))
    text = "".join(seen)
    return f"“{text if len(text) <= _NAME_CHARS else f'…{text[-_NAME_CHARS:]}'}”"
