"""Characters that nobody sees, by which a file can say something else to a model than to a person.

Marked are what turns the direction of text (Trojan Source), what has no width, and the tag characters in which whole
sentences can hide. What real Arabic, Hebrew, Persian, Indic text and emoji need stays as it is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_RANGES = (
    "\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff"
)
_HIDDEN = re.compile(f"[{_RANGES}]")

_DIRECTION_MARKS = frozenset("\u200e\u200f\u061c")
"""They order neighbours of right-to-left text, and turn nothing around."""

_JOINERS = frozenset("\u200c\u200d")
"""They shape letters of Arabic and Indic scripts, and put emoji together."""

_NEAR_CHARS = 12
"""How near a letter that is written from right to left must be: past a number and a blank."""

_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})

_SHAPED_SCRIPTS = (
    (0x0600, 0x08FF),
    (0x0900, 0x0DFF),
    (0x0E80, 0x109F),
    (0x1780, 0x18AF),
    (0xFB50, 0xFDFF),
    (0xFE70, 0xFEFC),
)
"""Arabic and Syriac; the scripts of India; Lao, Tibetan, Burmese; Khmer, Mongolian; the forms of Arabic."""

_BLACK_FLAG = "\U0001f3f4"
_END_OF_TAGS = "\U000e007f"

_MOST_FLAG_TAGS = 7
"""Tags in the flag of a region: two to six letters, and their end."""


def find_invisible(text: str, start: int, end: int) -> list[int]:
    """Return where in `text`, from `start` to `end`, a character stands that nobody sees."""
    return [match.start() for match in _HIDDEN.finditer(text, start, end)]


def unneeded(text: str, places: Sequence[int]) -> list[int]:
    """Return those of `places`, where invisible characters stand, at which nothing needs them: they are marked."""
    return [place for place in places if not _is_needed(text, place)]


def without(text: str, places: Sequence[int]) -> str:
    """Return `text` without its characters at `places`, which ascend: in what is left a secret cannot hide."""
    starts = [0, *(place + 1 for place in places)]
    return "".join(text[start:end] for start, end in zip(starts, [*places, len(text)], strict=True))


def place_before(place: int, places: Sequence[int]) -> int:
    """Return where the character stood that is at `place` in what `without` gave."""
    low, high = 0, len(places)
    while low < high:
        middle = (low + high) // 2
        if places[middle] - middle <= place:
            low = middle + 1
        else:
            high = middle
    return place + low


def code_point(char: str) -> str:
    """Return how `char` is written down: `U+202E`."""
    return f"U+{ord(char):04X}"


def _is_needed(text: str, index: int) -> bool:
    """Whether the text around it needs the hidden character at `index`."""
    char = text[index]
    before, after = text[index - 1 : index], text[index + 1 : index + 2]
    if char == "\ufeff":
        return index == 0
    if char in _DIRECTION_MARKS:
        near = text[max(0, index - _NEAR_CHARS) : index + _NEAR_CHARS]
        return any(map(_is_right_to_left, near))
    if char in _JOINERS:
        return (_is_shaped(before) and _is_shaped(after)) or (
            char == "\u200d" and _is_picture(before) and _is_picture(after)
        )
    if "\ufe00" <= char <= "\ufe0f":
        return (
            bool(before) and not _HIDDEN.match(before) and not before.isspace() and not ("a" <= before.lower() <= "z")
        )
    if "\U000e0100" <= char <= "\U000e01ef":
        return _is_ideograph(before)
    if "\U000e0020" <= char <= _END_OF_TAGS:
        return _is_in_flag(text, index)
    return "\u180b" <= char <= "\u180f" and _is_shaped(before)


def _is_right_to_left(char: str) -> bool:
    """Whether `char` is written from right to left."""
    return bool(char) and unicodedata.bidirectional(char) in _RIGHT_TO_LEFT


def _is_shaped(char: str) -> bool:
    """Whether it is of a script whose letters change with their neighbours."""
    return bool(char) and any(low <= ord(char) <= high for low, high in _SHAPED_SCRIPTS)


def _is_picture(char: str) -> bool:
    """Whether it is part of an emoji."""
    is_symbol = bool(char) and unicodedata.category(char) in ("So", "Sk", "Sm")
    return is_symbol or char == "\ufe0f"


def _is_ideograph(char: str) -> bool:
    """Whether it is a Chinese character."""
    return bool(char) and ("\u3400" <= char <= "\u9fff" or "\U00020000" <= char <= "\U000323af")


def _is_in_flag(text: str, index: int) -> bool:
    """Whether the tag at `index` belongs to the flag of a region: a black flag, few letters, and an end."""
    stretch = text[max(0, index - _MOST_FLAG_TAGS) : index]
    flag = stretch.rfind(_BLACK_FLAG)
    if flag < 0:
        return False
    start = index - len(stretch) + flag
    tags = text[start + 1 : start + 1 + _MOST_FLAG_TAGS]
    end = tags.find(_END_OF_TAGS)
    letters = tags[:end]
    return end >= 2 and start + 1 + end >= index and all("\U000e0030" <= tag <= "\U000e007a" for tag in letters)
