"""Names that tell that what is beside them is secret: which they are, and where they stand."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from tierlsp.privacy.rules import Names

STEMS = re.compile(
    "pass|pwd|pswd|secret|token|key|auth|cred|salt|cookie|session|bearer|basic |sid|psk|pat|sig"
    "|identified by|securestring|curl |sshpass |kennwort|motdepasse|contrasena"
)
"""What every telling name has in it, and words after which a secret stands; looked for in text made small."""

MAX_NAME_CHARS = 60
"""Characters of a name that are looked at on either side of its stem."""

_NAME_CHARS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-."

_REST_OF_NAME = re.compile(rf"[A-Za-z0-9_\-]{{0,{MAX_NAME_CHARS}}}+")

_KEY_ENDS = ("secret", "apikey", "accesskey", "privatekey", "secretkey", "authtoken", "accesstoken")
"""Ends of words that are written together, which tell of a key."""

_WORDS_OF_NAME = re.compile(r"[A-Z]{1,60}(?![a-z])|[A-Z]?[a-z]{1,60}|[0-9]{1,60}")


class Strength(Enum):
    """What a name tells of its value."""

    PASSWORD = "password"
    """A secret that a person chose; it may be short."""
    KEY = "key"
    """A secret that a machine made."""
    WEAK = "weak"
    """Possibly a secret; it counts if it looks random."""


@dataclass(frozen=True, slots=True)
class Found:
    """A secret in a text."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class Name:
    """A telling name in a text."""

    start: int
    end: int
    strength: Strength


def name_strength(name: str, names: Names) -> Strength | None:
    """Return what `name` tells of what is assigned to it, `None` for nothing."""
    words = [word.lower() for word in _WORDS_OF_NAME.findall(name)]
    while words:
        strength, is_decided = _strength_of_end(words, names)
        if strength is not None or is_decided:
            return strength
        if not (words[-1].isdigit() or words[-1] in names.endings):
            return None
        words.pop()
    return None


def _strength_of_end(words: list[str], names: Names) -> tuple[Strength | None, bool]:
    """Return what the last of `words` tell, and whether that is the last word on it."""
    tails = {"".join(words[-count:]) for count in (1, 2, 3)}
    last = words[-1]
    if tails & names.harmless:
        return None, True
    if tails & names.passwords or last.endswith(("password", "passwd", "passphrase")):
        return Strength.PASSWORD, True
    if tails & names.keys or last.endswith(_KEY_ENDS):
        return Strength.KEY, True
    return (Strength.WEAK if tails & names.weak else None), False


def name_around(text: str, place: int, stem: str, names: Names) -> tuple[Name | None, int]:
    """Look at the name around `place`, where `stem` stands, one of `STEMS`.

    Returns:
        The name if it tells something, and where it ends.
    """
    before = text[max(0, place - MAX_NAME_CHARS) : place]
    start = place - len(before) + len(before.rstrip(_NAME_CHARS))
    rest = _REST_OF_NAME.match(text, place)
    end = max(place + len(stem), rest.end() if rest else 0)
    strength = name_strength(text[start:end], names)
    if strength is Strength.WEAK and text[max(0, start - 4) : start].lower() == "api ":
        strength = Strength.KEY
    # `AWS::KMS::Key` is a type.
    if strength is None or text[max(0, start - 2) : start] == "::":
        return None, end
    return Name(start, end, strength), end
