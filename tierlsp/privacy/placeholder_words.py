"""The words that stand for secrets: how they are made, and how they are told even after a model has changed them."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Iterable

BEGINNING = "HiddenSecret"
"""How every placeholder begins."""

_LETTERS = "bcdfghjkmnpqrtvwxz"
_DIGITS = "23456789"
PAIRS = 6
"""Pairs of a letter and a digit in a placeholder: 43 bits, and no word or number in any file looks like it."""

MARK_PAIRS = 3
"""The same in the mark of a character that nobody sees."""

_REMAINDER_CHARS = 6
"""So many of the drawn characters in a row are left by any single change, and tell what it was before."""

_NOT_ALNUM = re.compile(r"[^a-z0-9]+")

LIKE_OURS = re.compile(rf"{BEGINNING}[A-Za-z0-9]*+|(?i:hidden[ _-]?secret[ _-]?[a-z][0-9])[A-Za-z0-9]*+")
"""A word that begins as placeholders do; in another case or split only if what was drawn seems to follow."""

LIKE_OURS_AT_END = re.compile(rf"{BEGINNING}[A-Za-z0-9]*+\Z")
"""One that may go on."""

MARK_AT_END = re.compile(r"\[(?:U(?:\+[0-9A-F]{0,6}+(?::[a-z0-9]{0,6}+)?)?)?\Z")
"""A mark that may go on."""

_COMMON_TO_ALL = ("idden", "IDDEN")
"""One of these is in every word like ours that anybody writes."""


def words_like_ours(text: str) -> set[str]:
    """Return the words of `text` that begin as placeholders do, folded."""
    # The search for a word is fast, and nearly always says no.
    if not any(part in text for part in _COMMON_TO_ALL):
        return set()
    return {folded(word) for word in LIKE_OURS.findall(text)}


def folded(text: str) -> str:
    """Return the letters and digits of `text` alone, in one case and one width."""
    return _NOT_ALNUM.sub("", unicodedata.normalize("NFKC", text).casefold())


def has_remains(text: str, drawn: Iterable[str]) -> bool:
    """Whether a good part of one of `drawn` stands in `text`, however it is split."""
    small = folded(text)
    return any(
        word[at : at + _REMAINDER_CHARS] in small
        for word in drawn
        for at in range(max(1, len(word) - _REMAINDER_CHARS + 1))
    )


def draw(pairs: int) -> str:
    """Return pairs of a letter and a digit, drawn by lot."""
    return "".join(secrets.choice(_LETTERS) + secrets.choice(_DIGITS) for _ in range(pairs))


def overlap(text: str, needle: str) -> int:
    """Return how many characters at the end of `text` are the beginning of `needle`."""
    tail = text[-len(needle) :]
    at = tail.find(needle[0])
    while at >= 0:
        if needle.startswith(tail[at:]):
            return len(tail) - at
        at = tail.find(needle[0], at + 1)
    return 0


def touches_word(text: str, start: int, end: int) -> bool:
    """Whether a letter or digit stands right before or behind."""
    return text[start - 1 : start].isalnum() or text[end : end + 1].isalnum()
