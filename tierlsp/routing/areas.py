"""What a file is about, as far as its path tells: signing in, money, migrations. No file is read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePath

from tierlsp.routing.rules import Area

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
"""A word of a name in any style: `HTTPServer2`, `user_accounts`, `oauth-token`."""
_DIGITS_IN_WORD = re.compile(r"[a-z]+[0-9]+[a-z]*")
"""Words with a number in them, such as `oauth2`, `x509`, `k8s`."""


NAMES_WITHOUT_ROOT = 3
"""How many of a path's last names count where nobody says where the project begins: a file in a folder of a folder."""


def names_below(path: PurePath, root: PurePath | None) -> PurePath:
    """Return the part of `path` that tells of the code: what is below the workspace's folder."""
    if root is not None and path.is_relative_to(root):
        return path.relative_to(root)
    names = path.relative_to(path.anchor).parts
    return PurePath(*names[-NAMES_WITHOUT_ROOT:])


def areas_of(path: PurePath, areas: Sequence[Area]) -> tuple[str, ...]:
    """Return the names of the areas that a path tells of, sorted.

    `path` is as `names_below` gives it: what stands in front of the workspace says nothing of the code. Whole words
    count, in any case, so that `author.py` is not about `auth`. A word of the table with a dot or a slash is looked
    for as a whole name or row of names.
    """
    whole = f"/{path.as_posix()}/".casefold()
    words = _words(path)
    found = (area.name for area in areas if any(_is_in(word, words, whole) for word in area.words))
    return tuple(sorted(found))


def _is_in(word: str, words: frozenset[str], whole: str) -> bool:
    if "." in word or "/" in word:
        return f"/{word}/" in whole
    return word in words


def _words(path: PurePath) -> frozenset[str]:
    """Return the words of all the path's names, in lower case."""
    text = path.as_posix()
    words = {word.casefold() for word in _WORD.findall(text)}
    return frozenset(words | set(_DIGITS_IN_WORD.findall(text.casefold())))
