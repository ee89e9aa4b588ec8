"""What is typed: a stretch of lines in the middle of a real file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

OPENERS = (":", "{", "(", "[")
"""What an editor indents after."""

SOON_LINES = 120
"""How far the beginning of a block is looked for."""


@dataclass(frozen=True, slots=True)
class Material:
    """A file and the stretch of it that the typist writes; the rest is there from the beginning."""

    name: str
    language: str
    lines: tuple[str, ...]
    first: int
    """The first line to type, from 0."""
    last: int
    """The last line to type."""
    unit: str
    """One level of indentation."""

    @property
    def uri(self) -> str:
        return f"file:///replay/{self.name}"

    def missing(self, line: int, typed: str) -> str | None:
        """Return what is still to come behind `typed` on `line`, to the stretch's end; `None` if `typed` is wrong.

        Blanks that an editor put on a line that is to stay empty are not wrong; what comes is the line end then.
        """
        target = self.lines[line]
        if target.startswith(typed):
            rest = target[len(typed) :]
        elif not typed.strip() and not target:
            rest = ""
        else:
            return None
        return "\n".join([rest, *self.lines[line + 1 : self.last + 1]])


def material_of(name: str, language: str, text: str, chars: int, start: float = 0.4) -> Material:
    """Return the stretch of about `chars` that begins at a block near the share `start` of `text` and ends with one.

    Half of a call or of a block above its other half is a text that nobody writes.
    """
    lines = (
        tuple(line.rstrip() for line in text.expandtabs(8).splitlines())
        if "\t" in text and language == "python"
        else tuple(line.rstrip() for line in text.splitlines())
    )
    first = _block_start(lines, int(len(lines) * start))
    return Material(name, language, lines, first, _block_end(lines, first, chars), _unit_of(lines))


def _block_start(lines: tuple[str, ...], near: int) -> int:
    """Return a line soon behind `near` that follows an empty one and is not empty: the first of the least indented."""
    soon = range(max(1, near), min(len(lines), near + SOON_LINES))
    starts = [index for index in soon if lines[index] and not lines[index - 1]]
    return min(starts, key=lambda index: _indent(lines[index]), default=near)


def _block_end(lines: tuple[str, ...], first: int, chars: int) -> int:
    """Return the line at which what begins on `first` has an end: the one where nearest to `chars` are written."""
    ends: list[tuple[int, int]] = []
    written = 0
    for index in range(first, len(lines) - 2):
        written += len(lines[index]) + 1
        is_set_apart = bool(lines[index]) and not lines[index + 1]
        following = next((line for line in lines[index + 1 :] if line), "")
        if is_set_apart and _indent(following) <= _indent(lines[first]):
            ends.append((abs(written - chars), index))
    return min(ends)[1] if ends else len(lines) - 2


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _unit_of(lines: tuple[str, ...]) -> str:
    """Return the indentation that the file's shallowest indented lines have."""
    indents = [match[0] for line in lines if (match := re.match(r"\t|[ ]+", line)) and line.strip()]
    if not indents or "\t" in indents:
        return "\t" if indents else "    "
    return " " * min(8, max(2, min(len(indent) for indent in indents if len(indent) > 1)))


def read_material(path: Path, language: str, chars: int) -> Material:
    """Return the stretch of a file."""
    return material_of(path.name, language, path.read_text(encoding="utf-8", errors="replace"), chars)
