"""How blocks of code begin, go on and end, told from single lines."""

from __future__ import annotations

import re

from tierlsp.text.brackets import CLOSERS, OPENERS, is_only, scan
from tierlsp.text.language import Language

_FIRST_WORD = re.compile(r"\w+|\S")

_LAST_BRANCH = re.compile(r"[\s}]*else\s*[{:]?\s*")
"""A line that begins the last branch of a choice: `else` without a condition."""

_BRANCH = re.compile(r"[\s}]*(?:else|elif|elsif)")
"""A line that begins one more branch."""

_AFTER_CLOSERS = CLOSERS + ";, \t"
"""What may follow the closing bracket of a block on its line."""


def code_of(line: str, language: Language) -> str:
    """Return `line` without its indentation, the comment at its end, and the blanks around."""
    if not _may_hold_comment(line, language):
        return line.strip()
    found = scan(line, language)
    if found.mode.is_comment and found.mode_start >= 0:
        line = line[: found.mode_start]
    return line.strip()


def _may_hold_comment(line: str, language: Language) -> bool:
    """Whether a comment's mark stands in `line`. Most have none, and finding strings and brackets takes longer."""
    for mark in language.line_comments:
        if mark in line:
            return True
    return any(begin in line for begin, _ in language.block_comments)


def opens_block(line: str, language: Language) -> bool:
    """Whether what follows `line` is expected to stand inside of what it begins."""
    code = code_of(line, language)
    if not code:
        return False
    return code[-1] in OPENERS or (language.opener is not None and language.opener.search(code) is not None)


def ends_block(line: str, language: Language) -> bool:
    """Whether all that `line` does is to end a block: closing brackets, a closing tag, `end`."""
    text = line.strip()
    if text.startswith("</"):
        return True
    if text[:1] in tuple(CLOSERS):
        return is_only(text, _AFTER_CLOSERS)
    word, rest = _first_word(text)
    return word in language.ends and not rest.startswith("=")


def continues_block(line: str, language: Language) -> bool:
    """Whether `line` carries on a block at the level of the line that opened it, as `else:` and `} else {` do."""
    word, rest = _first_word(line.strip().lstrip(_AFTER_CLOSERS))
    return word in language.continuations or f"{word}{rest[:1]}" in language.continuations


def can_be_continued(opener: str, line: str, language: Language) -> bool:
    """Whether `line`, one like `else:`, may belong to the block that `opener` opened."""
    if _LAST_BRANCH.fullmatch(opener) is not None and _BRANCH.match(line) is not None:
        return False
    return not language.continuable or _first_word(opener.strip())[0] in language.continuable


def _first_word(text: str) -> tuple[str, str]:
    """Return the first word (or other character) of `text` and what follows, blanks left out."""
    match = _FIRST_WORD.search(text)
    return (match.group(), text[match.end() :].lstrip()) if match else ("", "")
