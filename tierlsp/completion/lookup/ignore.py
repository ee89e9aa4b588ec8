"""The `.gitignore` files of a tree, nested ones too."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

MAX_RULES_BYTES = 100_000
"""A larger `.gitignore` is no such thing."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What one `.gitignore` says of the paths below its directory."""

    directory: str
    spec: GitIgnoreSpec

    def verdict(self, path: str, *, is_directory: bool) -> bool | None:
        """Whether `path`, which lies below the directory, is ignored; `None` if no pattern fits."""
        relative = path[len(self.directory) :].replace("\\", "/").lstrip("/")
        return self.spec.check_file(relative + "/" if is_directory else relative).include


def is_ignored(rules: tuple[Rules, ...], path: str, *, is_directory: bool) -> bool:
    """Whether `path` is ignored by `rules`, outermost first. The innermost that has a say decides, as in git."""
    for rule in reversed(rules):
        verdict = rule.verdict(path, is_directory=is_directory)
        if verdict is not None:
            return verdict
    return False


def rules_in(directory: str) -> Generator[None, None, Rules | None]:
    """Read the `.gitignore` of `directory`, one pattern a step.

    Returns:
        Its rules, or `None` if there are none.
    """
    try:
        with Path(directory, ".gitignore").open("rb") as file:
            data = file.read(MAX_RULES_BYTES + 1)
    except OSError:
        return None
    if not data or len(data) > MAX_RULES_BYTES:
        return None
    # Imported here, on the worker's thread, since it takes 40 ms and many workspaces need none of it.
    from pathspec import GitIgnoreSpec

    # The pattern's type has another name in each major version of pathspec.
    patterns: list[Any] = []
    for line in data.decode("utf-8", "replace").splitlines():
        yield
        try:
            patterns += GitIgnoreSpec.from_lines([line]).patterns
        except ValueError:
            # A pattern that git would not accept either, such as a lone `!`.
            continue
    return Rules(directory, GitIgnoreSpec(patterns))


def rules_above(root: str) -> Generator[None, None, tuple[Rules, ...]]:
    """Read the `.gitignore` files between the top of the repository that `root` lies in and `root`, outermost first.

    `root` itself is left out. A root in no repository has none above; nor has one that they ignore, such as an
    installed package in a virtual environment: who opens that wants to see it.
    """
    below = Path(root)
    parents: list[Path] = []
    while not (below / ".git").exists():
        if below.parent == below:
            return ()
        below = below.parent
        parents.append(below)
    found: tuple[Rules, ...] = ()
    for directory in reversed(parents):
        rules = yield from rules_in(str(directory))
        if rules is not None:
            found = (*found, rules)
        inner = directory / Path(root).relative_to(directory).parts[0]
        if is_ignored(found, str(inner), is_directory=True):
            return ()
    return found
