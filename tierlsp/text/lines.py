r"""Lines as LSP sees them, and small facts about one line.

LSP breaks lines on `\n`, `\r\n` and `\r` and on nothing else (specification, "Text Documents").
Python's `str.splitlines` also breaks on form feed, U+2028 and others, so it must not be used on documents.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_LINE_END = re.compile(r"\r\n|\r|\n")


def split_lines(text: str) -> tuple[list[str], list[str]]:
    r"""Return the lines of `text` and their ends, two lists of the same length.

    The last line has the end `""`, also when it is empty: `"a\n"` gives `["a", ""]` and `["\n", ""]`.
    """
    if "\r" not in text:
        # The usual case, at C speed.
        lines = text.split("\n")
        ends = ["\n"] * (len(lines) - 1)
        ends.append("")
        return lines, ends
    lines = []
    ends = []
    start = 0
    for match in _LINE_END.finditer(text):
        lines.append(text[start : match.start()])
        ends.append(match.group())
        start = match.end()
    lines.append(text[start:])
    ends.append("")
    return lines, ends


def usual_end(ends: Sequence[str]) -> str:
    r"""Return the line end that most lines have, `\n` where it is as frequent as another one."""
    return max(("\n", "\r\n", "\r"), key=ends.count)


def indent_of(line: str) -> str:
    """Return the blanks (spaces and tabs) that `line` begins with."""
    return line[: len(line) - len(line.lstrip(" \t"))]


def indent_width(line: str, tab_width: int = 4) -> int:
    """Return the column at which the text of `line` begins, a tab reaching to the next multiple of `tab_width`."""
    width = 0
    for char in line:
        if char == " ":
            width += 1
        elif char == "\t":
            width += tab_width - width % tab_width
        else:
            break
    return width


def is_blank(text: str) -> bool:
    """Whether `text` holds nothing but white space."""
    return not text or text.isspace()


def is_word(char: str) -> bool:
    """Whether `char` can stand inside an identifier."""
    return char.isalnum() or char == "_"
