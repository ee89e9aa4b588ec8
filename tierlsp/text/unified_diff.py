"""A diff as `git diff` writes it, read: which lines of which files are new, and what stood there before."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_HUNK = re.compile(r"@@ -\d+(?:,(?P<old>\d+))? \+(?P<new>\d+)(?:,(?P<count>\d+))? @@")
_ESCAPE = re.compile(r'\\([0-7]{3}|[abfnrtv"\\])')
_CHARS = {"a": 7, "b": 8, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11, '"': 34, "\\": 92}


@dataclass(frozen=True, slots=True)
class Change:
    """Lines of the new file, from `first` (counted from 0) to `end`, the latter not included."""

    first: int
    end: int
    removed: tuple[str, ...]
    added: tuple[str, ...]


@dataclass(slots=True)
class FileDiff:
    """What a diff says of one file."""

    path: str
    """In the new tree, as git writes it: below the repository, with slashes."""
    changes: list[Change] = field(default_factory=list)


def read_diff(text: str) -> list[FileDiff]:
    """Return the files of a diff that are there afterwards, each with its changes; binary ones have none.

    Raises:
        ValueError: it is no unified diff.
    """
    # As git counts lines: a lone carriage return ends none.
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    files: list[FileDiff] = []
    number = 0
    while number < len(lines):
        line = lines[number]
        if line.startswith("+++ ") and number and lines[number - 1].startswith("--- "):
            path = _path_of(line[4:])
            files.append(FileDiff(path))
        elif match := _HUNK.match(line):
            if not files:
                raise ValueError("a hunk comes before the name of its file")
            body, number = _body(lines, number + 1, match)
            files[-1].changes += _changes(body, int(match["new"]) - 1)
            continue
        number += 1
    if not files and text.strip() and "diff --git " not in text:
        raise ValueError("it is no unified diff")
    return [each for each in files if each.path and each.changes]


def _path_of(name: str) -> str:
    """Return the path that a `+++` line names; empty where the file is gone."""
    name = name.partition("\t")[0]
    if name.startswith('"') and name.endswith('"') and len(name) > 1:
        raw = b"".join(_unquoted(name[1:-1]))
        name = raw.decode("utf-8", "replace")
    if name == "/dev/null":
        return ""
    return name[2:] if name[:2] in ("b/", "w/", "i/", "c/") else name


def _unquoted(text: str) -> Iterator[bytes]:
    position = 0
    for match in _ESCAPE.finditer(text):
        yield text[position : match.start()].encode("utf-8", "surrogatepass")
        code = match.group(1)
        yield bytes([_CHARS[code] if code in _CHARS else int(code, 8) & 0xFF])
        position = match.end()
    yield text[position:].encode("utf-8", "surrogatepass")


def _body(lines: list[str], number: int, match: re.Match[str]) -> tuple[list[str], int]:
    """Return the lines of a hunk and the number of the line behind it. The head says how many they are."""
    old = int(match["old"] or "1")
    new = int(match["count"] or "1")
    body: list[str] = []
    while number < len(lines) and (old > 0 or new > 0 or lines[number].startswith("\\")):
        line = lines[number]
        mark = line[:1] or " "
        if mark not in " +-\\":
            break
        old -= mark in " -"
        new -= mark in " +"
        body.append(line or " ")
        number += 1
    return body, number


def _changes(body: list[str], at: int) -> Iterator[Change]:
    """Yield the changes of a hunk whose first line is the line `at` of the new file."""
    removed: list[str] = []
    added: list[str] = []
    for line in [*body, " "]:
        if line[0] == "-":
            removed.append(line[1:])
        elif line[0] == "+":
            added.append(line[1:])
        elif line[0] == " ":
            if removed or added:
                yield Change(max(0, at), max(0, at) + len(added), tuple(removed), tuple(added))
                at += len(added)
                removed, added = [], []
            at += 1
