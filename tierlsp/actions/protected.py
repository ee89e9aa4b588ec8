"""Files that no answer of a model may change: they run programs, hold keys or switch checks off.

Compared as file systems may compare, on every system: `.VSCode`, `.vscode.` and `.vscode::$DATA` are all `.vscode`.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

_DIRECTORIES = frozenset(
    {
        ".vscode", ".vscode-insiders", ".idea", ".cursor", ".claude", ".zed", ".helix", ".nvim", ".git", ".husky",
        ".devcontainer", ".circleci", ".buildkite", ".tierlsp", ".ssh", ".gnupg",
    }
)  # fmt: skip
"""Names that protect whatever is below them."""

_FILES = frozenset(
    {
        ".envrc", ".nvimrc", ".nvim.lua", ".exrc", ".vimrc", ".gitmodules", ".gitattributes", ".gitlab-ci.yml",
        ".pre-commit-config.yaml", "agents.md", "claude.md", ".cursorrules", ".tierlsp.toml", ".netrc", ".npmrc",
        ".pypirc", "package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "poetry.lock", "uv.lock",
        "pipfile.lock", "pdm.lock", "cargo.lock", "go.sum", "gemfile.lock", "composer.lock", "flake.lock",
    }
)  # fmt: skip

_ENDINGS = (".code-workspace",)

_PAIRS = frozenset({(".github", "workflows"), (".github", "actions"), (".github", "copilot-instructions.md")})
"""A name and the one directly below it."""

_SHORT = re.compile(r"(?:git|vscode|github|husky|envrc|devcon|idea|claude|cursor)~\d+", re.IGNORECASE)
"""Names of eight letters that Windows makes of longer ones."""

_OVERLOOKED_ENDS = re.compile(r"[\s.\x00-\x1f\x7f]+\Z")


def why_protected(path: Path | None, own: Sequence[Path] = ()) -> str | None:
    """Return why the file at `path` may not be changed, as a sentence; `None` if it may.

    Args:
        path: As the editor names it. Where it really leads is looked up too.
        own: The directories and files that hold this program's own settings and state.
    """
    if path is None:
        return None
    try:
        real = Path(os.path.realpath(path))
        mine = [Path(os.path.realpath(each)) for each in own]
    except (OSError, ValueError):
        return "where this file really is cannot be found out, so nothing is changed in it"
    for way in (path, real):
        name = _protected_name(way)
        if name is not None:
            return (
                f"{name} can run programs or loosen checks, so it is not changed by a model's answer; edit it by hand"
            )
    if any(real == each or real.is_relative_to(each) for each in mine):
        return "this file belongs to tierlsp's own settings, so no model's answer changes it; edit it by hand"
    return None


def _protected_name(path: Path) -> str | None:
    """Return the part of `path` that protects it."""
    parts = path.parts[1:] if path.is_absolute() else path.parts
    names = [name for part in parts for name in re.split(r"[\\/]", part)]
    folded = [_fold(name) for name in names]
    for name, key in zip(names, folded, strict=True):
        if key in _DIRECTORIES or _SHORT.fullmatch(key):
            return name
    last = folded[-1] if folded else ""
    if last in _FILES or last.endswith(_ENDINGS) or last.startswith(".nvim"):
        return names[-1]
    for index, pair in enumerate(pairwise(folded)):
        if pair in _PAIRS:
            return f"{names[index]}/{names[index + 1]}"
    return None


def _fold(name: str) -> str:
    """Return `name` as a file system may read it that overlooks case, marks, ends, streams and what has no width."""
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
    visible = "".join(char for char in folded if unicodedata.category(char) != "Cf")
    visible = visible[:1] + visible[1:].partition(":")[0]
    return _OVERLOOKED_ENDS.sub("", visible) or name
