"""What an answer that changes several files must pass: each file as for a single edit, and all of them together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tierlsp.actions.edits import lines_after
from tierlsp.actions.files_list import MOST_CHARS, MOST_LINES
from tierlsp.actions.hidden import introduced
from tierlsp.actions.imports import MOST_ADDED, adding, is_import
from tierlsp.actions.reading import Rewrite
from tierlsp.actions.shape import shape_mistake
from tierlsp.actions.syntax import Region, check_syntax
from tierlsp.actions.types import Document
from tierlsp.text.languages import language_of
from tierlsp.text.lines import is_blank

LEAST_LEFT = 0.6
"""Of all lines together, unless asked: an answer that leaves less has most likely lost something."""

_ASKS_TO_REMOVE = re.compile(
    r"\b(?:remov|delet|drop|shorten|simplif|strip|clean|dead code|unused|dedup)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file before and after."""

    document: Document
    lines: tuple[str, ...]
    """The whole of it as it would be."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One file, judged."""

    change: FileChange
    mistake: str | None
    """Why it is not used; `None` if it passes."""
    checked: str = ""
    """How its syntax was checked."""


def judge_file(document: Document, answer: Rewrite) -> Judged:
    """Return a file as `answer` makes it, and what is wrong with it."""
    language_id = document.language
    change = adding(answer.lines, answer.imports, language_id) if answer.imports else None
    whole = answer.lines if change is None else lines_after(answer.lines, [change])
    found = FileChange(document, tuple(whole))
    mistake = _mistake(document, answer, found.lines)
    if mistake is not None:
        return Judged(found, mistake)
    region = Region(0, len(document.lines), len(found.lines))
    syntax = check_syntax(document.lines, found.lines, region, language_id)
    return Judged(found, None if syntax.passed else syntax.text, syntax.text)


def judge_new(lines: Sequence[str], language_id: str) -> str | None:
    """Return what is wrong with the text of a new file; `None` if nothing is."""
    mistake = shape_mistake((), lines, language_of(language_id)) or _hidden((), lines) or _schema((), lines)
    if mistake is not None:
        return mistake
    syntax = check_syntax((), lines, Region(0, 0, len(lines)), language_id)
    return None if syntax.passed else syntax.text


def new_text(lines: Sequence[str], line_end: str) -> str:
    """Return the text of a new file: its lines, the last of which says something and has an end."""
    end = len(lines)
    while end > 0 and is_blank(lines[end - 1]):
        end -= 1
    return "".join(line + line_end for line in lines[:end])


def judge_together(changes: Sequence[FileChange], new: Sequence[Sequence[str]], instruction: str) -> str | None:
    """Return what is wrong with all changes together; `None` if nothing is."""
    before = sum(len(each.document.lines) for each in changes)
    after = sum(len(each.lines) for each in changes) + sum(map(len, new))
    chars = sum(map(len, (line for each in changes for line in each.lines))) + sum(len(x) for text in new for x in text)
    if after > MOST_LINES or chars > MOST_CHARS:
        return f"the answer would leave more than {MOST_LINES:,} lines or 5 MB in these files"
    if before and after < before * LEAST_LEFT and not _ASKS_TO_REMOVE.search(instruction):
        return f"the answer leaves {after} of {before} lines, and nobody asked for that"
    return None


def _mistake(document: Document, answer: Rewrite, whole: Sequence[str]) -> str | None:
    if len(answer.imports) > MOST_ADDED:
        return f"the answer adds {len(answer.imports)} imports, and {MOST_ADDED} are the most"
    for statement in answer.imports:
        if not is_import(statement, document.language):
            return f"the answer adds a line to the imports that is none: “{statement[:60]}”"
    return (
        shape_mistake(document.lines, whole, language_of(document.language))
        or _hidden(document.lines, whole)
        or _schema(document.lines, whole)
    )


def _hidden(old: Sequence[str], new: Sequence[str]) -> str | None:
    found = introduced("\n".join(old), "\n".join(new))
    if not found:
        return None
    return f"the answer brings in characters that nobody sees ({', '.join(dict.fromkeys(found))})"


def _schema(old: Sequence[str], new: Sequence[str]) -> str | None:
    def count(lines: Sequence[str]) -> int:
        return sum("$schema" in line and "://" in line for line in lines)

    return "the answer adds a schema from another host, which editors fetch" if count(new) > count(old) else None
