"""Characters that nobody sees: they turn the reading direction around, take no room, or carry text of their own.

In a prompt they are pointed out; an edit must not bring in any (Trojan Source, CVE-2021-42574).
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence

_TAGS = range(0xE0000, 0xE0080)
_HIDDEN = frozenset(
    [0x00AD, 0x061C, 0x180E, 0xFEFF, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), *_TAGS]
)
"""Bidirectional controls, characters without width, tags."""

_JOINER = "\u200d"


def hidden_in(text: str) -> Counter[str]:
    """Return the hidden and control characters of `text`. Joiners inside of an emoji do not count."""
    if text.isascii() and text.isprintable():
        return Counter()
    found: Counter[str] = Counter()
    for index, char in enumerate(text):
        if char in "\t\n\r" or not (ord(char) in _HIDDEN or unicodedata.category(char) in ("Cc", "Cs")):
            continue
        if char == _JOINER and _joins_emoji(text, index):
            continue
        found[char] += 1
    return found


def introduced(old: str, new: str) -> list[str]:
    """Return the hidden characters of which `new` has more than `old`, each as `U+202E`, sorted."""
    return sorted(name_of(char) for char in hidden_in(new) - hidden_in(old))


def lines_with_hidden(lines: Sequence[str]) -> list[int]:
    """Return the numbers, from 0, of the lines that hold hidden characters; a byte order mark is none."""
    return [
        number for number, line in enumerate(lines) if hidden_in(line.removeprefix("\ufeff") if number == 0 else line)
    ]


def name_of(char: str) -> str:
    """Return the name by which a character is told of."""
    return f"U+{ord(char):04X}"


def _joins_emoji(text: str, index: int) -> bool:
    """Whether the joiner at `index` stands between two pictures."""
    before = text[index - 1 : index]
    after = text[index + 1 : index + 2]
    return bool(before and after) and _is_picture(before) and _is_picture(after)


def _is_picture(char: str) -> bool:
    return unicodedata.category(char) in ("So", "Sk") or char == "\ufe0f"
