"""The `.gitignore` files of a tree, nested ones too."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from tierlsp.text.disk import read_plain
from tierlsp.text.globs import Glob, parse_glob

MAX_RULES_BYTES = 100_000
"""A larger `.gitignore` is no such thing."""

MAX_PATTERNS = 1_000
"""Patterns read of one file. Each is tried on each file below, at 0.3 µs and more; hand-written lists have some
hundreds at most."""

STEP_CHARS = 1_000
"""Length of the patterns that are tried between two pauses.

Those are some hundred ordinary ones, 0.03 ms; or four that somebody made to be slow, each 0.5 ms on the deepest path.
"""


@dataclass(frozen=True, slots=True)
class Rules:
    """What one `.gitignore` says of the paths below its directory."""

    directory: str
    globs: tuple[tuple[Glob, ...], ...]
    """Its patterns, the last one first, in groups of about `STEP_CHARS`."""

    def verdict(self, path: str, *, is_directory: bool) -> Generator[None, None, bool | None]:
        """Return whether `path`, which lies below the directory, is ignored; `None` if no pattern fits. In steps.

        The directories that `path` lies in are not looked at: whoever asks comes from above and has asked about them.
        """
        names = path[len(self.directory) :].strip("/").split("/")
        for group in self.globs:
            for glob in group:
                if glob.matches(names, is_directory=is_directory):
                    return not glob.is_negated
            yield
        return None


def is_ignored(rules: tuple[Rules, ...], path: str, *, is_directory: bool) -> Generator[None, None, bool]:
    """Return whether `path` is ignored by `rules`, outermost first. In steps.

    The innermost that has a say decides, as in git.
    """
    for rule in reversed(rules):
        verdict = yield from rule.verdict(path, is_directory=is_directory)
        if verdict is not None:
            return verdict
    return False


def rules_in(directory: str) -> Generator[None, None, Rules | None]:
    """Read the `.gitignore` of `directory`, one pattern a step.

    Returns:
        Its rules, or `None` if there are none.
    """
    return (yield from rules_from(Path(directory, ".gitignore"), directory))


def rules_from(path: Path, directory: str) -> Generator[None, None, Rules | None]:
    """Read a file of rules for what is below `directory`, one pattern a step; `None` if there are none."""
    data = read_plain(path, MAX_RULES_BYTES)
    if data is None:
        return None
    globs: list[Glob] = []
    # A name is compared as Python has it: bytes that are no UTF-8 are lone surrogates there.
    text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")
    for line in text.split("\n"):
        yield
        try:
            globs.append(parse_glob(_without_blanks_at_end(line)))
        except ValueError:
            # A comment; what git would not accept either, such as a lone `!`; what nobody means; what is too long.
            continue
        if len(globs) == MAX_PATTERNS:
            break
    return Rules(directory, _grouped(globs[::-1])) if globs else None


def _without_blanks_at_end(line: str) -> str:
    """Return `line` without the carriage return and the spaces at its end; a space behind a backslash stays."""
    line = line.removesuffix("\r")
    kept = line.rstrip(" ")
    backslashes = len(kept) - len(kept.rstrip("\\"))
    return kept + " " if backslashes % 2 and len(kept) < len(line) else kept


def _grouped(globs: list[Glob]) -> tuple[tuple[Glob, ...], ...]:
    """Return `globs` in their order, in groups of about `STEP_CHARS`."""
    groups: list[list[Glob]] = []
    room = 0
    for glob in globs:
        if room <= 0:
            groups.append([])
            room = STEP_CHARS
        groups[-1].append(glob)
        room -= len(glob.text)
    return tuple(map(tuple, groups))


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
        if (yield from is_ignored(found, str(inner), is_directory=True)):
            return ()
    return found
