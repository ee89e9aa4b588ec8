"""What models answer to a fix: right, wrong in the ways in which models are wrong, and what is to become of each.

What becomes of an answer is taken from docs/actions.md ("What is checked") and docs/reliability.md ("Who is asked
next"), and from a parser that is not ours. Nothing of the code under test decides it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from tests.seeded.corpus import Case, Version
from tests.seeded.parsers import parses


class Fate(StrEnum):
    """What is to become of an answer."""

    USED = "used"
    REFUSED = "refused"
    """Its form, shape or scope is not taken, or the file would not parse: it may be repaired."""
    FAILED = "failed"
    """It counts as none: the next model is asked."""
    NOTHING = "nothing"
    """The model says that there is nothing to do, and the run ends."""


@dataclass(frozen=True)
class Shown:
    """The lines of a case that a model was shown."""

    case: Case
    first: int
    end: int
    is_in_blocks: bool = False
    """Whether search and replace blocks are asked for, and not the whole text."""

    def lines(self, version: Version = "buggy") -> tuple[str, ...]:
        """These lines in a version."""
        found = list(self.case.buggy[self.first : self.end])
        for hunk in reversed(self.case.hunks):
            if self.first <= hunk.first < self.end:
                at = hunk.first - self.first
                found[at : at + len(hunk.of("buggy"))] = hunk.of(version)
        return tuple(found)

    def imports(self, version: Version) -> tuple[str, ...]:
        """What a version adds above these lines: import statements, in every case here."""
        outside = [hunk for hunk in self.case.hunks if not self.first <= hunk.first < self.end]
        return tuple(line for hunk in outside for line in hunk.of(version))

    @property
    def is_problem_on_signature(self) -> bool:
        """Whether the problem is about the line that defines the function."""
        return _DEFINITION.search(self.case.buggy[self.case.line]) is not None


@dataclass(frozen=True)
class Answer:
    """An answer to one case."""

    kind: str
    text: str
    fate: Fate
    file: tuple[str, ...] | None = None
    """The whole file as the answer means it, where it means one."""
    is_cut: bool = False
    """Whether the model came to its length limit."""

    @property
    def is_right(self) -> bool:
        return self.kind == "right"


_DEFINITION = re.compile(r"\b(?:def|function|func|fn)\b(?:\s*\([^)]*\))?\s+(?P<name>\w+)\s*\(")
_PUBLIC: Mapping[str, Callable[[str, str], bool]] = {
    "python": lambda name, line: not name.startswith("_"),
    "javascript": lambda name, line: "export" in line,
    "go": lambda name, line: name[0].isupper(),
    "rust": lambda name, line: "pub" in line,
}
_COMMENT = {"python": "#"}


def answer_of(kind: str, shown: Shown) -> Answer | None:
    """Return the answer of that kind, `None` where it makes no sense for the case."""
    return _KINDS[kind](shown)


def written(shown: Shown, lines: tuple[str, ...], imports: tuple[str, ...] = ()) -> str:
    """An answer in the form that is asked for."""
    added = "".join(f"ADD IMPORT: {line}\n" for line in imports)
    return added + (_in_blocks(shown.lines(), lines) if shown.is_in_blocks else _in_fence(shown, lines))


def _in_fence(shown: Shown, lines: tuple[str, ...]) -> str:
    return f"```{shown.case.language}\n" + "\n".join(lines) + "\n```\n"


def _in_blocks(old: tuple[str, ...], new: tuple[str, ...]) -> str:
    """Return a block for each place that differs, with as much around it as makes it stand only once."""
    blocks = []
    for _, start, end, new_start, new_end in _differences(old, new):
        while start == end or _count(old, old[start:end]) > 1:
            if start > 0:
                start, new_start = start - 1, new_start - 1
            else:
                end, new_end = end + 1, new_end + 1
        blocks.append(_block(old[start:end], new[new_start:new_end]))
    return "".join(blocks) + "END\n"


def _differences(old: tuple[str, ...], new: tuple[str, ...]) -> list[tuple[str, int, int, int, int]]:
    found = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return [each for each in found if each[0] != "equal"]


def _block(old: tuple[str, ...], new: tuple[str, ...]) -> str:
    return "\n".join(("<<<<<<< SEARCH", *old, "=======", *new, ">>>>>>> REPLACE")) + "\n"


def _count(lines: tuple[str, ...], wanted: tuple[str, ...]) -> int:
    return sum(lines[at : at + len(wanted)] == wanted for at in range(len(lines) - len(wanted) + 1))


def _judged(kind: str, shown: Shown, text: str, file: tuple[str, ...]) -> Answer:
    return Answer(kind, text, Fate.USED if parses(file, shown.case.language) else Fate.REFUSED, file)


def _with(shown: Shown, lines: tuple[str, ...]) -> tuple[str, ...]:
    return (*shown.case.buggy[: shown.first], *lines, *shown.case.buggy[shown.end :])


def _right(shown: Shown) -> Answer:
    said = written(shown, shown.lines("mended"), shown.imports("mended"))
    return _judged("right", shown, f"The cause is on one line.\n\n{said}", shown.case.source("mended"))


def _useless(shown: Shown) -> Answer:
    said = written(shown, shown.lines("useless"), shown.imports("useless"))
    return _judged("mends nothing", shown, said, shown.case.source("useless"))


def _broken(shown: Shown) -> Answer | None:
    if not shown.case.has("broken"):
        return None
    return _judged("does not parse", shown, written(shown, shown.lines("broken")), shown.case.source("broken"))


def _whitespace(shown: Shown) -> Answer:
    """One line a blank too far in, in Python; all of it with another width of indentation elsewhere."""
    lines = shown.lines("mended")
    if shown.case.language == "python":
        at = next(at for at in range(len(lines) // 2, len(lines)) if lines[at].strip())
        lines = (*lines[:at], " " + lines[at], *lines[at + 1 :])
    else:
        step = {"javascript": "    ", "go": "  ", "rust": "  "}[shown.case.language]
        lines = tuple(_reindented(line, shown.case.language, step) for line in lines)
    head = shown.case.source("mended")[: shown.first + len(shown.imports("mended"))]
    file = (*head, *lines, *shown.case.buggy[shown.end :])
    return _judged("wrong blanks", shown, written(shown, lines, shown.imports("mended")), file)


def _reindented(line: str, language: str, step: str) -> str:
    unit = {"javascript": "  ", "go": "\t", "rust": "    "}[language]
    text = line.lstrip()
    return step * ((len(line) - len(text)) // len(unit)) + text


def _breaks_off(shown: Shown) -> Answer:
    text = written(shown, shown.lines("mended"))
    # Without the last line an answer in a fence has no end, and one in blocks neither.
    return Answer("breaks off", text[: len(text) * 2 // 3].rstrip(), Fate.REFUSED)


def _too_long(shown: Shown) -> Answer:
    return Answer("too long", _breaks_off(shown).text, Fate.FAILED, is_cut=True)


def _empty(shown: Shown) -> Answer:
    return Answer("empty", "\n", Fate.FAILED)


def _prose(shown: Shown) -> Answer:
    text = f"The message “{shown.case.message}” means that this line has to change. Change it, and it will work.\n"
    return Answer("prose only", text, Fate.REFUSED)


def _unchanged(shown: Shown) -> Answer:
    line = (shown.case.buggy[shown.case.line],)
    text = f"{_block(line, line)}END\n" if shown.is_in_blocks else written(shown, shown.lines())
    return Answer("changes nothing", text, Fate.REFUSED)


def _left_out(shown: Shown) -> Answer:
    lines = shown.lines("mended")
    mark = _COMMENT.get(shown.case.language, "//")
    text = written(shown, (*lines[: len(lines) // 2], f"    {mark} ... rest of the function unchanged"))
    return Answer("rest unchanged", text, Fate.REFUSED)


def _renamed(shown: Shown) -> Answer | None:
    lines = shown.lines("mended")
    found = next(((at, match) for at, line in enumerate(lines) if (match := _DEFINITION.search(line))), None)
    if found is None:
        return None
    at, match = found
    name = match["name"]
    new = lines[at][: match.start("name")] + f"{name}2" + lines[at][match.end("name") :]
    lines = (*lines[:at], new, *lines[at + 1 :])
    text = written(shown, lines)
    is_free = shown.is_problem_on_signature or not _PUBLIC[shown.case.language](name, lines[at])
    if is_free:
        return _judged("renames it", shown, text, _with(shown, lines))
    return Answer("renames it", text, Fate.REFUSED)


def _anchor(shown: Shown) -> Answer:
    line = shown.case.buggy[shown.case.line]
    return Answer("wrong anchor", f"{_block((f'{line} here',), (line,))}END\n", Fate.REFUSED)


def _two_answers(shown: Shown) -> Answer:
    text = written(shown, shown.lines("mended"))
    if shown.is_in_blocks:
        # The same place twice.
        return Answer("two answers", text.removesuffix("END\n") + text, Fate.REFUSED)
    return Answer("two answers", f"Before:\n{written(shown, shown.lines())}\nAfter:\n{text}", Fate.REFUSED)


def _nothing(shown: Shown) -> Answer:
    return Answer("nothing to do", "NOTHING: the code is right as it is\n", Fate.NOTHING)


def _tail(shown: Shown) -> Answer | None:
    """A copy that was given up: the last lines are not there, and the fence is closed."""
    lines = shown.lines("mended")
    if shown.is_in_blocks:
        # Who names the lines that go has not given up.
        return None
    if len(lines) < 2 * _TAIL or lines[-_TAIL:] != shown.lines()[-_TAIL:]:
        return None
    if shown.case.line >= shown.end - _TAIL - 1:
        return None
    return Answer("loses its end", written(shown, lines[:-_TAIL]), Fate.REFUSED)


_TAIL = 4

_KINDS: Mapping[str, Callable[[Shown], Answer | None]] = {
    "right": _right,
    "mends nothing": _useless,
    "does not parse": _broken,
    "wrong blanks": _whitespace,
    "breaks off": _breaks_off,
    "too long": _too_long,
    "empty": _empty,
    "prose only": _prose,
    "changes nothing": _unchanged,
    "rest unchanged": _left_out,
    "renames it": _renamed,
    "wrong anchor": _anchor,
    "two answers": _two_answers,
    "nothing to do": _nothing,
    "loses its end": _tail,
}

KINDS = tuple(_KINDS)
"""The names of all kinds, the right one first."""
