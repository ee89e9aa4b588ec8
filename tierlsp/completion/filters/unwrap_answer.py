"""Models that were taught to chat answer where they should complete.

They think aloud, say "Here is the code:", and put it into a Markdown fence. What is wanted is what stands in it.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from tierlsp.completion.filters.base import Cut
from tierlsp.completion.site import Site
from tierlsp.text.brackets import CODE, scan
from tierlsp.text.language import Language
from tierlsp.text.languages import language_of
from tierlsp.text.surroundings import has_nearby, is_in_long_string

NAME = "unwrap_answer"

THOUGHTS = (("<think>", "</think>"), ("<thinking>", "</thinking>"), ("[THINK]", "[/THINK]"))
"""Marks around a model's thinking (Qwen, DeepSeek, GLM; Claude-like; Magistral)."""

BEGINNINGS = (
    "As an ",
    "Based on ",
    "Below is ",
    "Here are ",
    "Here is ",
    "Here's ",
    "I am ",
    "I apologize ",
    "I cannot ",
    "I can't ",
    "I'm ",
    "In this ",
    "It looks ",
    "It seems ",
    "Let me ",
    "Note that ",
    "The code ",
    "The completed ",
    "The following ",
    "The missing ",
    "This code ",
    "This completes ",
    "This function ",
    "This will ",
    "To complete ",
    "You can ",
)
"""How sentences around the code begin, up to the next word. No language has three bare words in such a row, so that
the end of the line need not be waited for."""

EXCLAMATIONS = ("Certainly!", "Certainly,", "Of course!", "Of course,", "Sure!", "Sure,")

_SENTENCE = f"(?:{'|'.join(map(re.escape, EXCLAMATIONS))}|(?:{'|'.join(map(re.escape, BEGINNINGS))})(?:[^\\W\\d_]|`))"

_IS_SENTENCE = re.compile(_SENTENCE)

_SENTENCE_LINE = re.compile(rf"^[ \t]*{_SENTENCE}", re.MULTILINE)

_FENCE = re.compile("`{3,}")

_OPENING_FENCE = re.compile(r"`{3,}[ \t]*[\w+#.-]*[ \t]*(?:\n|\Z)")

_BARE_FENCE = re.compile(r"`{3,}[ \t]*")

_BLANK_LINES = re.compile(r"(?:[ \t]*\n)*")

_MARKS = tuple(mark for pair in THOUGHTS for mark in pair)

_TAG = re.compile("|".join(re.escape(mark) for mark in _MARKS if mark.startswith("<")))
"""Thinking that begins behind the code. `[THINK]` is left out, since it may be an index."""


class _Head(NamedTuple):
    """What stands in front of the code."""

    length: int
    is_fenced: bool = False
    is_open: bool = False
    """Whether it is not over yet, or cannot be told from code yet."""


class _Rules(NamedTuple):
    """What the place of the cursor allows to take for an answer."""

    has_fences: bool
    has_sentences: bool


def unwrap_answer(text: str, site: Site, is_final: bool) -> Cut:
    """Take away thinking, sentences and the fence in front of the code; end it where one of them follows."""
    rules = _rules_at(site)
    head = _read_head(text, rules, is_final)
    if head.is_open:
        return Cut("", reason=NAME if is_final else None)
    body = text[head.length :]
    end = _find_end(body, site, rules, head.is_fenced)
    if end is not None:
        return Cut(body[:end], stop=True, reason=NAME)
    if not is_final:
        body = body[: _decided_length(body, rules)]
    return Cut(body, reason=NAME if head.length else None)


def _rules_at(site: Site) -> _Rules:
    """Sentences belong into comments, strings and prose; fences into prose."""
    language = language_of(site.cursor.language)
    is_in_words = scan(site.cursor.prefix, language).mode != CODE or is_in_long_string(site.cursor)
    return _Rules(not language.is_prose, not language.is_prose and not is_in_words)


def _read_head(text: str, rules: _Rules, is_final: bool) -> _Head:
    """Return what stands in front of the code: thoughts, sentences, and an opening fence as the last of it."""
    length = 0
    while True:
        start = length + len(text[length:]) - len(text[length:].lstrip(" \t\n"))
        rest = text[start:]
        if not rest:
            return _Head(length)
        if rules.has_fences and rest.startswith("```"):
            return _read_fence(text, start, is_final)
        step = _read_thought(rest, is_final)
        if not step and rules.has_sentences:
            step = _read_sentence(rest, is_final)
        if step < 0 or (not is_final and rules.has_fences and rest in ("`", "``")):
            return _Head(length, is_open=True)
        if not step:
            return _Head(length)
        length = _end_of_blank_lines(text, start + step)


def _read_fence(text: str, start: int, is_final: bool) -> _Head:
    match = _OPENING_FENCE.match(text, start)
    if match is None:
        # The code stands on the fence's line.
        fence = _BARE_FENCE.match(text, start)
        return _Head(fence.end() if fence else start, is_fenced=True)
    return _Head(match.end(), is_fenced=True, is_open=not is_final and match.end() == len(text) and text[-1] != "\n")


def _read_thought(rest: str, is_final: bool) -> int:
    """Return the length of the thought that `rest` begins with, 0 if there is none, -1 if it goes on."""
    for begin, end in THOUGHTS:
        if rest.startswith(begin):
            found = rest.find(end)
            return -1 if found < 0 else found + len(end)
        if rest.startswith(end):
            # The prompt's template has begun the thought.
            return len(end)
    return -1 if not is_final and any(mark.startswith(rest) for mark in _MARKS) else 0


def _read_sentence(rest: str, is_final: bool) -> int:
    """Return the length of the sentence that `rest` begins with, 0 if there is none, -1 if it goes on."""
    line, line_end, _ = rest.partition("\n")
    if not line_end and not is_final:
        return -1 if _IS_SENTENCE.match(line) or _may_be_sentence(line) else 0
    return len(line) + len(line_end) if _IS_SENTENCE.match(line) else 0


def _may_be_sentence(line: str) -> bool:
    """Whether `line` becomes a sentence with the right characters behind it."""
    return bool(line) and any(beginning.startswith(line) for beginning in BEGINNINGS + EXCLAMATIONS)


def _end_of_blank_lines(text: str, start: int) -> int:
    match = _BLANK_LINES.match(text, start)
    return match.end() if match else start


def _find_end(body: str, site: Site, rules: _Rules, is_fenced: bool) -> int | None:
    """Return where the code ends, with a fence, a thought or a sentence; `None` if it goes on."""
    mark = _find_mark(body, site, rules, is_fenced)
    sentence = _find_sentence(body[:mark], site) if rules.has_sentences else None
    return mark if sentence is None else sentence


def _find_mark(body: str, site: Site, rules: _Rules, is_fenced: bool) -> int | None:
    """Return where the first fence or thought begins."""
    language = language_of(site.cursor.language)
    marks = [_TAG.search(body)]
    fences = _FENCE.finditer(body) if rules.has_fences else iter(())
    fence = next((fence for fence in fences if not _is_in_comment(body[: fence.start()], site, language)), None)
    if fence is not None:
        # A file that has fences, in its documentation, may get another one; but hardly before any code.
        is_first = _code_start(body[: fence.start()], language) is None
        if is_fenced or is_first or not has_nearby(site.cursor, _FENCE):
            marks.append(fence)
    return min((mark.start() for mark in marks if mark is not None), default=None)


def _is_in_comment(before: str, site: Site, language: Language) -> bool:
    """Whether the line that `before` ends with is a comment so far, in which a fence is documentation."""
    _, line_end, line = before.rpartition("\n")
    line = line.lstrip() if line_end else (site.cursor.prefix + line).lstrip()
    return line.startswith(("*", *language.line_comments))


def _find_sentence(body: str, site: Site) -> int | None:
    """Return where the first line begins that is a sentence.

    It stands at the margin, or has nothing but blanks and comments before it. Inside of a comment or a string that the
    text itself has begun it is no sentence of this kind.
    """
    language = language_of(site.cursor.language)
    for match in _SENTENCE_LINE.finditer(body):
        start = match.start()
        is_inside = match.group()[0] in " \t" and _code_start(body[:start], language) is not None
        if not is_inside and not scan(body[:start], language, scan(site.cursor.prefix, language).mode).mode.is_long:
            return start
    return None


def _code_start(text: str, language: Language) -> int | None:
    """Return where the first line of `text` begins that is neither blank nor a comment."""
    marks = (*language.line_comments, *(begin for begin, _ in language.block_comments))
    start = 0
    for line in text.split("\n"):
        words = line.lstrip()
        if words and not words.startswith(marks):
            return start
        start += len(line) + 1
    return None


def _decided_length(body: str, rules: _Rules) -> int:
    """Return how much of `body` cannot become a fence, a thought or a sentence."""
    length = len(body)
    if rules.has_fences:
        length -= min(2, len(body) - len(body.rstrip("`")))
    tag = body.rfind("<", -max(map(len, _MARKS)))
    if tag >= 0 and any(mark.startswith(body[tag:]) for mark in _MARKS):
        length = min(length, tag)
    line_start = body.rfind("\n") + 1
    if rules.has_sentences and _may_be_sentence(body[line_start:]):
        length = min(length, line_start)
    return length
