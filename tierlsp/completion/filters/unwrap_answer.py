"""Models that were taught to chat answer instead of completing: they think aloud, say "Here is the code:", and put it
into a Markdown fence. What is wanted is what stands in the fence.
"""

from __future__ import annotations

import re

from tierlsp.completion.filters.base import Cut
from tierlsp.completion.site import Site
from tierlsp.text.brackets import scan
from tierlsp.text.languages import language_of
from tierlsp.text.surroundings import has_nearby, is_in_long_string

NAME = "unwrap_answer"

THOUGHTS = (("<think>", "</think>"), ("<thinking>", "</thinking>"), ("[THINK]", "[/THINK]"))
"""Marks around a model's thinking (Qwen, DeepSeek, GLM; Claude-like; Magistral)."""

LEADERS = (
    "As an AI",
    "Based on ",
    "Below is ",
    "Certainly",
    "Here are ",
    "Here is ",
    "Here's ",
    "I apologize",
    "I cannot ",
    "I can't ",
    "I'm sorry",
    "I am sorry",
    "In this ",
    "It looks like ",
    "It seems ",
    "Let me ",
    "Note that ",
    "Of course",
    "Sure!",
    "Sure,",
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
"""How sentences around the code begin. Whether a line is one is decided at its end."""

_FENCE = re.compile("`{3,}")

_OPENING_FENCE = re.compile(r"`{3,}[ \t]*[\w+#.-]*[ \t]*(?:\n|\Z)")

_THOUGHT = re.compile("|".join(re.escape(mark) for pair in THOUGHTS for mark in pair))

_LONGEST_MARK = max(len(mark) for pair in THOUGHTS for mark in pair)


def unwrap_answer(text: str, site: Site, is_final: bool) -> Cut:
    """Take away thinking, sentences and the fence in front of the code; end it where one of them follows."""
    language = language_of(site.cursor.language)
    has_sentences = not language.is_prose and not _is_in_words(site)
    head = _head(text, is_final, has_fence=not language.is_prose, has_sentences=has_sentences)
    if head is None:
        return Cut("", stop=False, reason=NAME if is_final else None)
    body = text[head.length :]
    reason = NAME if head.length else None
    end = _end(body, site, has_sentences, is_fenced=head.is_fenced, has_fence=not language.is_prose)
    if end is not None:
        return Cut(body[:end], stop=True, reason=NAME)
    return Cut(body if is_final else _without_undecided(body, has_sentences), reason=reason)


class _Head:
    """What stands in front of the code."""

    __slots__ = ("is_fenced", "length")

    def __init__(self) -> None:
        self.length = 0
        self.is_fenced = False
