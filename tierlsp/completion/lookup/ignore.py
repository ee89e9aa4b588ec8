"""The `.gitignore` files of a tree, nested ones too."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec, Pattern

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

    patterns: list[Pattern] = []
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

    `root` itself is left out; so is everything if it lies in no repository.
    """
    parents: list[Path] = []
    for directory in (Path(root), *Path(root).parents):
        if directory != Path(root):
            parents.append(directory)
        if (directory / ".git").exists():
            break
    else:
        return ()
    found = []
    for directory in reversed(parents):
        rules = yield from rules_in(str(directory))
        if rules is not None:
            found.append(rules)
    return tuple(found)
