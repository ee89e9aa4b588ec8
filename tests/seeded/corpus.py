"""The 40 seeded bugs: one file each in `cases/LANGUAGE/`, written like a diff.

A file begins with lines `key: value` and an empty line; then comes the source, with a mark before each line:

    blank   stays as it is
    ^       stays as it is, and the problem is reported here
    -       the bug; without a line `^` the problem is reported on the first of them
    +       the right mend of the lines `-` above
    !       in place of the lines `+` above: what can be parsed and mends nothing
    ?       in place of the lines `+` above: what cannot be parsed
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Literal

FOLDER = Path(__file__).with_name("cases")
LANGUAGES = ("python", "javascript", "go", "rust")

Version = Literal["buggy", "mended", "useless", "broken"]
"""The source as it is; with the right mend; with one that can be parsed; with one that cannot."""

_MARK_OF: dict[Version, str] = {"buggy": "-", "mended": "+", "useless": "!", "broken": "?"}


@dataclass(frozen=True)
class Hunk:
    """One place that changes."""

    first: int
    """Its first line in the buggy source, from 0."""
    lines: dict[str, tuple[str, ...]]
    """By mark; a mark that has no lines is not there."""

    def of(self, version: Version) -> tuple[str, ...]:
        """The lines that stand here in a version; where that has none of its own, the right ones."""
        mark = _MARK_OF[version]
        return self.lines.get(mark, () if version == "buggy" else self.lines.get("+", ()))


@dataclass(frozen=True)
class Case:
    """One bug."""

    name: str
    """`language/bug`."""
    language: str
    bug: str
    path: str
    """Below the workspace."""
    tool: str
    severity: Literal["error", "warning"]
    message: str
    difficulty: int
    """1 for what a glance shows, 2 for what must be read, 3 for what must be understood."""
    buggy: tuple[str, ...]
    """The source's lines."""
    hunks: tuple[Hunk, ...]
    line: int
    """Where the problem is reported, …"""
    columns: tuple[int, int]

    def source(self, version: Version) -> tuple[str, ...]:
        """The whole source in a version."""
        lines = list(self.buggy)
        for hunk in reversed(self.hunks):
            lines[hunk.first : hunk.first + len(hunk.of("buggy"))] = hunk.of(version)
        return tuple(lines)

    def has(self, version: Version) -> bool:
        """Whether some place has lines of its own for a version."""
        return any(_MARK_OF[version] in hunk.lines for hunk in self.hunks)


@cache
def cases() -> tuple[Case, ...]:
    """All of them, by language."""
    return tuple(read_case(path) for language in LANGUAGES for path in sorted((FOLDER / language).glob("*.case")))


LONG_LINES = 130
"""More than the lines up to which a model is asked for the whole text again: it then answers with blocks."""


@cache
def long_cases() -> tuple[Case, ...]:
    """Those bugs that stand in a function's body, in functions that are too long to be written again."""
    return tuple(_lengthened(case) for case in cases() if case.buggy[case.line][:1] in (" ", "\t"))


def _lengthened(case: Case) -> Case:
    """Return the case with a long remark above the line of the problem."""
    line = case.buggy[case.line]
    mark = f"{line[: len(line) - len(line.lstrip())]}{'#' if case.language == 'python' else '//'}"
    remark = tuple(f"{mark} {number}. What was said of this by whom, and when." for number in range(LONG_LINES))

    def moved(at: int) -> int:
        return at + LONG_LINES if at >= case.line else at

    return replace(
        case,
        name=f"{case.name} (long)",
        buggy=(*case.buggy[: case.line], *remark, *case.buggy[case.line :]),
        hunks=tuple(replace(hunk, first=moved(hunk.first)) for hunk in case.hunks),
        line=moved(case.line),
    )


def read_case(path: Path) -> Case:
    """Read one file."""
    head, _, body = path.read_text(encoding="utf-8").partition("\n\n")
    keys = dict(line.split(": ", 1) for line in head.splitlines())
    marked = [(line[:1] or " ", line[1:]) for line in body.removesuffix("\n").split("\n")]
    assert all(mark in " ^-+!?" for mark, _ in marked), path
    buggy = tuple(text for mark, text in marked if mark in " ^-")
    here = [mark for mark, _ in marked if mark in " ^-"]
    line = here.index("^") if "^" in here else here.index("-")
    start = buggy[line].index(keys["at"])
    severity = keys["severity"]
    assert severity in ("error", "warning"), path
    return Case(
        name=f"{path.parent.name}/{path.stem}",
        language=path.parent.name,
        bug=keys["bug"],
        path=keys["path"],
        tool=keys["tool"],
        severity="error" if severity == "error" else "warning",
        message=keys["message"],
        difficulty=int(keys["difficulty"]),
        buggy=buggy,
        hunks=tuple(_hunks(marked)),
        line=line,
        columns=(start, start + len(keys["at"])),
    )


def _hunks(marked: list[tuple[str, str]]) -> list[Hunk]:
    found: list[Hunk] = []
    number = 0
    lines: dict[str, tuple[str, ...]] = {}
    first = 0
    for mark, text in [*marked, (" ", "")]:
        if mark in " ^" or (mark == "-" and lines.keys() - {"-"}):
            if lines:
                found.append(Hunk(first, lines))
            lines = {}
        if mark not in " ^":
            first = number if not lines else first
            lines[mark] = (*lines.get(mark, ()), text)
        number += mark in " ^-"
    return found
