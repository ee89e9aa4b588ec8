"""Brackets in a piece of code, those in strings and comments left out.

The scanner reads from left to right and never looks back, so that what it found in a text it finds in every longer
one too. A string that is not closed ends with its line, unless the language lets it run on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

from tierlsp.text.language import Language

OPENERS = "([{"
CLOSERS = ")]}"

CLOSER_OF = dict(zip(OPENERS, CLOSERS, strict=True))


class Mode(NamedTuple):
    """What the scanner is in: code, a string, or a comment."""

    end: str = ""
    """What ends it; empty in code, `"\\n"` in a line comment."""
    is_comment: bool = False
    is_long: bool = False
    """Whether it may run over lines."""


CODE = Mode()


class Scan(NamedTuple):
    """What was found in a text."""

    brackets: tuple[tuple[int, str], ...]
    """Offset and character of each bracket in code."""
    mode: Mode
    """What the end of the text is in."""
    mode_start: int
    """Offset at which that begins, -1 if it lies before the text."""


class Unmatched(NamedTuple):
    """Brackets of a text that have no partner in it."""

    closers: tuple[tuple[int, str], ...]
    openers: tuple[tuple[int, str], ...]
    mode: Mode


def scan(text: str, language: Language, mode: Mode = CODE) -> Scan:
    """Return the brackets of `text`, which begins in `mode`."""
    begin = _beginnings(language)
    brackets: list[tuple[int, str]] = []
    position = 0
    mode_start = -1
    while True:
        if mode != CODE:
            after = _end_of(text, position, mode)
            if after is None:
                return Scan(tuple(brackets), mode, mode_start)
            position, mode = after, CODE
        mode_start = position
        match = begin.search(text, position)
        if match is None:
            return Scan(tuple(brackets), mode, mode_start)
        token = match.group()
        position = match.end()
        if token in OPENERS or token in CLOSERS:
            brackets.append((match.start(), token))
        else:
            mode = _mode_after(token, language)
            mode_start = match.start()


def unmatched(text: str, language: Language, mode: Mode = CODE) -> Unmatched:
    """Return the brackets of `text` whose partners lie outside of it, in the order they stand."""
    found = scan(text, language, mode)
    closers: list[tuple[int, str]] = []
    openers: list[tuple[int, str]] = []
    for offset, char in found.brackets:
        if char in OPENERS:
            openers.append((offset, char))
        elif not close_innermost(openers, char):
            closers.append((offset, char))
    return Unmatched(tuple(closers), tuple(openers), found.mode)


def close_innermost(openers: list[tuple[int, str]], closer: str) -> bool:
    """Take from `openers` the innermost partner of `closer` with all inside it.

    Returns whether `closer` is settled. One that fits none of the openers at hand is a slip of the pen and changes
    nothing; only with no opener at all has it its partner elsewhere.
    """
    if not openers:
        return False
    for index in range(len(openers) - 1, -1, -1):
        if CLOSER_OF[openers[index][1]] == closer:
            del openers[index:]
            break
    return True


def is_only(text: str, chars: Iterable[str]) -> bool:
    """Whether `text` has something besides blanks, and all of it is among `chars`."""
    stripped = "".join(text.split())
    return bool(stripped) and set(stripped) <= set(chars)


def _mode_after(token: str, language: Language) -> Mode:
    """Return what `token` begins; a character literal is over already."""
    for begin, end in language.long_strings:
        if token == begin:
            return Mode(end, is_long=True)
    for begin, end in language.block_comments:
        if token == begin:
            return Mode(end, is_comment=True, is_long=True)
    if token in language.line_comments:
        return Mode("\n", is_comment=True)
    return Mode(token) if len(token) == 1 else CODE


def _end_of(text: str, start: int, mode: Mode) -> int | None:
    """Return the offset behind the end of what `mode` says, `None` if `text` does not reach it."""
    if mode.is_comment:
        found = text.find(mode.end, start)
        return None if found < 0 else found + len(mode.end)
    match = _string_end(mode).match(text, start)
    return None if match is None else match.end()


@cache
def _string_end(mode: Mode) -> re.Pattern[str]:
    """Return the pattern for the end of a string. There are as many as kinds of quotes."""
    ends = re.escape(mode.end) if mode.is_long else f"{re.escape(mode.end)}|\n"
    return re.compile(rf"(?:\\.|(?!{ends}).)*+(?:{ends})", re.DOTALL)


@cache
def _beginnings(language: Language) -> re.Pattern[str]:
    """Return the pattern for a bracket, or the beginning of a string or comment. There are as many as languages."""
    marks = [begin for begin, _ in language.long_strings + language.block_comments]
    choices = [re.escape(mark) for mark in sorted(marks, key=len, reverse=True)]
    before = r"(?<!\S)" if language.comments_need_blank else ""
    choices += [before + re.escape(mark) for mark in language.line_comments]
    if language.has_char_literals:
        choices.append(r"'(?:\\[^\n']{1,10}|\\'|[^\\'\n])'")
    choices += [re.escape(quote) for quote in language.quotes]
    choices.append(r"[()\[\]{}]")
    return re.compile("|".join(choices))


class Stretch(NamedTuple):
    """A string or a comment in a text, with its marks: from `start` to `end`, the latter not included."""

    start: int
    end: int
    mode: Mode


def stretches(text: str, language: Language) -> Iterator[Stretch]:
    """Yield the strings and comments of `text`, which begins in code. One that is not closed runs to the end."""
    begin = _beginnings(language)
    position = 0
    while (match := begin.search(text, position)) is not None:
        token = match.group()
        position = match.end()
        if token in OPENERS or token in CLOSERS:
            continue
        mode = _mode_after(token, language)
        if mode == CODE:
            # A character in quotes.
            yield Stretch(match.start(), position, Mode(token[-1]))
            continue
        after = _end_of(text, position, mode)
        end = len(text) if after is None else after
        if mode.end == "\n" and after is not None:
            # The line end is no part of a comment.
            end -= 1
        yield Stretch(match.start(), end, mode)
        position = end
