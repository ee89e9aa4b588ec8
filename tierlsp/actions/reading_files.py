"""What a model answered to a request for edits of several files.

    FILE F2
    search and replace blocks, as in `reading.py`
    NEW FILE src/shapes/circle.py
    its whole text, in one fence
    END

Files are named by the identifiers of the list that was sent: a model that makes up a path makes up nothing else.

**Law:** an answer is used whole or not at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tierlsp.actions.reading import (
    NothingToDo,
    ReplyError,
    Rewrite,
    is_block_mark,
    nothing_in,
    read_blocks,
    without_thoughts,
)
from tierlsp.text.lines import is_blank, split_lines

MOST_NEW_FILES = 20
"""New files in one answer; more is no refactoring that a person reads through."""

_FILE = re.compile(r"\s*(?:#+\s*)?\**FILE:?\**\s+\**`?(?P<name>F\d{1,4})`?\**(?:[\s:(—-].*)?\Z")
_ANY_FILE = re.compile(r"\s*(?:#+\s*)?\**(?:NEW\s+)?FILE\b:?\**\s*(?P<rest>\S.*)?\Z")
_NEW = re.compile(r"\s*(?:#+\s*)?\**NEW FILE:?\**\s+\**`?(?P<path>[^`*]+?)`?\**\s*\Z")
_END = re.compile(r"\s*END\.?\s*\Z")
_OPENS = re.compile(r"\s*<{5,9} ?SEARCH\s*\Z")
_CLOSES = re.compile(r"\s*>{5,9} ?REPLACE\s*\Z")
_FENCE = re.compile(r" {0,3}(?P<marks>`{3,}|~{3,})(?P<info>[^`]*)\Z")

Restore = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class FilesAnswer:
    """What is to become of files."""

    rewrites: Mapping[str, Rewrite]
    """By identifier: the whole lines of the file, and imports to add."""
    new: Mapping[str, tuple[str, ...]]
    """By the path as it was written."""


@dataclass(slots=True)
class _Section:
    """What stands below one mark."""

    name: str
    is_new: bool
    lines: list[str] = field(default_factory=list)


def read_files(
    reply: str, old: Mapping[str, Sequence[str]], *, restore: Callable[[str | None], Restore]
) -> FilesAnswer | NothingToDo:
    """Return what `reply` makes of the files `old`.

    Args:
        reply: the whole answer.
        old: the lines of each file that was sent, by identifier.
        restore: gives, for an identifier, what puts that file's secrets back; for `None` what a new file may have.

    Raises:
        ReplyError: it cannot be used; the sentence says why.
        AlteredPlaceholder: what stands for a secret is changed, or in another file.
    """
    lines = split_lines(without_thoughts(reply))[0]
    sections, outside = _sections(lines)
    if not sections:
        nothing = nothing_in(outside)
        if nothing is not None and not any(map(is_block_mark, lines)):
            return nothing
        raise ReplyError("the answer names no file of the list")
    rewrites: dict[str, Rewrite] = {}
    new: dict[str, tuple[str, ...]] = {}
    for section in _joined(sections):
        if section.is_new:
            if section.name in new:
                raise ReplyError(f"the answer makes {section.name[:80]} twice")
            new[section.name] = _new_text(section, restore(None))
        elif section.name not in old:
            raise ReplyError(f"the answer changes {section.name}, which is not in the list")
        else:
            rewrites[section.name] = _rewrite(section, old[section.name], restore(section.name))
    if len(new) > MOST_NEW_FILES:
        raise ReplyError(f"the answer makes {len(new)} files, and {MOST_NEW_FILES} are the most")
    return FilesAnswer(rewrites, new)


def _sections(lines: Sequence[str]) -> tuple[list[_Section], list[str]]:
    """Return the sections, and the lines before the first.

    Raises:
        ReplyError: the last line is missing, or a mark names no file.
    """
    said = [line for line in lines if not is_blank(line) and not _FENCE.match(line)]
    sections: list[_Section] = []
    outside: list[str] = []
    is_quoted = _Quote()
    for line in lines:
        if not is_quoted.takes(line, is_new=bool(sections) and sections[-1].is_new):
            if _END.match(line):
                continue
            if mark := _mark(line):
                sections.append(mark)
                continue
        (sections[-1].lines if sections else outside).append(line)
    if sections and (not said or not _END.match(said[-1])):
        raise ReplyError("the answer has no last line END, so part of it may be missing")
    return sections, outside


def _mark(line: str) -> _Section | None:
    """Return the section that `line` begins."""
    if match := _NEW.match(line):
        return _Section(match["path"].strip(), is_new=True)
    if match := _FILE.match(line):
        return _Section(match["name"], is_new=False)
    if (match := _ANY_FILE.match(line)) and line.lstrip().lstrip("#* ").startswith(("FILE", "NEW FILE")):
        raise ReplyError(f"the answer names a file in another way than by the list: “{(match['rest'] or '')[:60]}”")
    return None


class _Quote:
    """Whether a line belongs to code, where no mark counts."""

    def __init__(self) -> None:
        self._is_in_block = False
        self._fence = ""

    def takes(self, line: str, *, is_new: bool) -> bool:
        """Take the next line; return whether it is code."""
        if self._is_in_block:
            self._is_in_block = not _CLOSES.match(line)
            return True
        match = _FENCE.match(line)
        if self._fence:
            if match and match["marks"].startswith(self._fence) and is_blank(match["info"]):
                self._fence = ""
            return True
        if is_new and match:
            self._fence = match["marks"]
            return True
        self._is_in_block = bool(_OPENS.match(line))
        return self._is_in_block


def _joined(sections: Sequence[_Section]) -> list[_Section]:
    """Return the sections, those of one file in the list together."""
    found: dict[str, _Section] = {}
    result: list[_Section] = []
    for section in sections:
        if not section.is_new and section.name in found:
            found[section.name].lines += section.lines
            continue
        if not section.is_new:
            found[section.name] = section
        result.append(section)
    return result


def _rewrite(section: _Section, old: Sequence[str], restore: Restore) -> Rewrite:
    if not any(_OPENS.match(line) for line in section.lines):
        raise ReplyError(f"the answer has no search and replace block for {section.name}")
    try:
        return read_blocks([*section.lines, "END"], old, restore)
    except ReplyError as error:
        raise ReplyError(f"{section.name}: {error}") from error


def _new_text(section: _Section, restore: Restore) -> tuple[str, ...]:
    """Return the lines of a new file: what stands in the one fence."""
    bodies: list[list[str]] = []
    fence = ""
    for line in section.lines:
        match = _FENCE.match(line)
        if fence:
            if match and match["marks"].startswith(fence) and is_blank(match["info"]):
                fence = ""
            else:
                bodies[-1].append(line)
        elif match:
            fence = match["marks"]
            bodies.append([])
        elif not is_blank(line):
            raise ReplyError(f"the answer has words around the text of {section.name[:80]}")
    if fence or len(bodies) != 1:
        raise ReplyError(f"the answer has not exactly one whole fence for {section.name[:80]}")
    return tuple(split_lines(restore("\n".join(bodies[0])))[0])
