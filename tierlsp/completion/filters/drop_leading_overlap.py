"""Some models begin with what stands left of the cursor: `return █` is answered with `return x`."""

from __future__ import annotations

import re

from tierlsp.completion.filters.base import Cut
from tierlsp.completion.site import Site

NAME = "drop_leading_overlap"

MIN_LETTERS = 3
"""Letters that a repeated piece must have. Shorter ones repeat by right: `a` after `a`, `0, ` after `0, `."""

_LETTERS = re.compile(r"[^\W\d_]")

_WORD_AT_END = re.compile(r"\w+\Z")

_OWNER_AT_END = re.compile(r"\b(?:self|this|cls|super|std|crate)(?:\.|::|->)\Z")
"""What never stands twice in a row; `node.next.next` does."""

_DOUBLED = frozenset({"long", "not", "new", "list", "const", "unsigned"})
"""Words that may stand twice in a row, in one language or another."""

_MAY_NEST = re.compile(r"\w+[!:.\w]*[(\[{<]\Z")
"""A line that is nothing but the beginning of a call or type, which can hold another of its kind: `vec![vec![`."""


def drop_leading_overlap(text: str, site: Site, is_final: bool) -> Cut:
    """Drop from the start of the text what it repeats of the line left of the cursor."""
    tails = _tails(site.cursor.prefix)
    begin = 0
    while tails:
        rest = text[begin:]
        step = _overlap(rest, tails, site.cursor.prefix, is_final)
        if step < 0:
            return Cut("")
        if not step:
            break
        begin += step
    return Cut(text[begin:], reason=NAME if begin else None)


def _overlap(text: str, tails: list[str], prefix: str, is_final: bool) -> int:
    """Return how much `text` repeats, 0 for nothing, -1 if it cannot be told yet."""
    line = prefix.lstrip(" \t")
    for tail in tails:
        # The whole line may be written with its indentation, of whatever blanks; a part of it follows directly.
        start = len(text) - len(text.lstrip(" \t")) if tail == line else 0
        if text.startswith(tail, start):
            return start + len(tail)
        if not is_final and start < len(text) and tail.startswith(text[start:]):
            return -1
    return 0


def _tails(prefix: str) -> list[str]:
    """Return the pieces at the end of `prefix` that are not repeated by right, the longest first."""
    line = prefix.lstrip(" \t")
    tails = [line] if _is_telling(line) else []
    for pattern in (_OWNER_AT_END, _WORD_AT_END):
        match = pattern.search(prefix)
        if match and len(match.group()) < len(line) and len(_LETTERS.findall(match.group())) >= MIN_LETTERS:
            tails.append(match.group())
    return tails


def _is_telling(line: str) -> bool:
    """Whether a text that begins with the whole of `line` writes it again, rather than goes on with it."""
    if len(_LETTERS.findall(line)) < MIN_LETTERS or line.rstrip() in _DOUBLED:
        return False
    if _MAY_NEST.fullmatch(line):
        return False
    return not _is_periodic(line)


def _is_periodic(line: str) -> bool:
    """Whether `line` is one piece again and again, as the beginning of a row of a table is."""
    return len(line) > 1 and line in (line + line)[1:-1]
