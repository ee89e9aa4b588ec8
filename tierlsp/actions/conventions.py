"""What matters of the files in which a project says how its code is to be written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tierlsp.actions.types import Document

_HEADING = re.compile(r"#{1,6}\s+\S")
_STYLE = re.compile(
    r"styl|convention|coding|code rule|house rule|guideline|naming|format|lint|docstring|comment|layout|structure"
    r"|architecture|practice|principle|typing|test",
    re.IGNORECASE,
)
_COMMITS = re.compile(r"commit", re.IGNORECASE)
_GLOB = re.compile(r"\s*\[(?P<glob>[^]]*)\]")


@dataclass(frozen=True, slots=True)
class Topic:
    """What of such a file matters."""

    headings: re.Pattern[str]
    """Sections with a heading like this come first."""
    has_rest: bool = True
    """Whether the others come behind them."""


STYLE = Topic(_STYLE)
COMMITS = Topic(_COMMITS, has_rest=False)


def lines_on(document: Document, topic: Topic, ending: str) -> list[str]:
    """Return the lines of a file that matter most for `topic`, these first.

    Args:
        document: the file.
        topic: what it is about.
        ending: of the file at hand, such as `.py`, for `.editorconfig`.
    """
    if any("-----BEGIN " in line for line in document.lines):
        # Half a key is not known by the gate.
        return []
    if document.path is not None and document.path.name == ".editorconfig":
        return list(_sections_for(document.lines, ending)) if topic.has_rest else []
    sections = list(_sections(document.lines))
    first = [each for each in sections if _HEADING.match(each[0]) and topic.headings.search(each[0])]
    rest = [each for each in sections if each not in first] if topic.has_rest else []
    return [line for section in (*first, *rest) for line in section]


def _sections(lines: Sequence[str]) -> Iterator[list[str]]:
    """Yield the parts of a Markdown file, each from one heading to the next."""
    section: list[str] = []
    is_code = False
    for line in lines:
        is_code ^= line.lstrip().startswith(("```", "~~~"))
        if not is_code and _HEADING.match(line) and section:
            yield section
            section = []
        section.append(line)
    if section:
        yield section


def _sections_for(lines: Sequence[str], ending: str) -> Iterator[str]:
    """Yield the lines of an `.editorconfig` that hold for files with `ending`."""
    holds = True
    for line in lines:
        if match := _GLOB.match(line):
            glob = match["glob"]
            holds = glob == "*" or ending.lstrip(".") in re.findall(r"[\w+]+", glob)
        if holds:
            yield line
