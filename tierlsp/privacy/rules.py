"""The rules of `secrets.toml`, read and compiled when they are first needed."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True)
class TokenRule:
    """A kind of key with a beginning of its own."""

    kind: str
    title: str
    starts: tuple[str, ...]
    offsets: tuple[int, ...]
    """How many characters before one of `starts` the whole may begin; the farthest first."""
    pattern: re.Pattern[str]
    """Matches the whole from where it begins."""
    is_apart: bool
    """Whether not even a `-`, `_` or `.` may stand before it."""


@dataclass(frozen=True, slots=True)
class Names:
    """The endings of names that tell what their value is; each is words written together, in small letters."""

    passwords: frozenset[str]
    keys: frozenset[str]
    weak: frozenset[str]
    harmless: frozenset[str]
    """What ends like one of these and tells nothing."""
    endings: frozenset[str]
    """Words behind these that do not count."""


@dataclass(frozen=True, slots=True)
class Rules:
    """All of `secrets.toml`."""

    tokens_by_start: Mapping[str, tuple[TokenRule, ...]]
    starts: re.Pattern[str]
    """Finds any of the keys of `tokens_by_start`."""
    names: Names
    fillers: tuple[str, ...]
    """What only a value has that is to be replaced, in small letters."""
    words: frozenset[str]
    """Words of which the values in tests are made, in small letters."""


@cache
def load_rules() -> Rules:
    """Read the rules. They come with the package, so nothing of them can be wrong at run time."""
    text = files("tierlsp.privacy").joinpath("secrets.toml").read_text(encoding="utf-8")
    tree = tomllib.loads(text)
    by_start: dict[str, tuple[TokenRule, ...]] = {}
    for rule in map(_token_rule, tree["token"]):
        for start in rule.starts:
            by_start[start] = (*by_start.get(start, ()), rule)
    # The longer one first: an alternation takes the first that fits, and all that are heads of it are tried as well.
    ordered = sorted(by_start, key=lambda start: (-len(start), start))
    values = tree["values"]
    return Rules(
        tokens_by_start={start: _all_at(start, by_start) for start in ordered},
        starts=re.compile("|".join(map(re.escape, ordered))),
        names=Names(**{name: frozenset(words) for name, words in tree["names"].items()}),
        fillers=tuple(values["fillers"]),
        words=frozenset(values["words"]),
    )


def _all_at(start: str, by_start: Mapping[str, tuple[TokenRule, ...]]) -> tuple[TokenRule, ...]:
    """Return the rules for `start` and for what it begins with, those of the longest beginning first."""
    heads = sorted((other for other in by_start if start.startswith(other)), key=len, reverse=True)
    return tuple(rule for head in heads for rule in by_start[head])


def _token_rule(table: Mapping[str, Any]) -> TokenRule:
    """Return one `[[token]]`."""
    starts = "|".join(map(re.escape, sorted(table["starts"], key=len, reverse=True)))
    pattern = rf"{table.get('head', '')}(?:{starts}){table['rest']}(?![A-Za-z0-9])"
    return TokenRule(
        kind=table["kind"],
        title=table["title"],
        starts=tuple(table["starts"]),
        offsets=tuple(sorted(table.get("offsets", [0]), reverse=True)),
        pattern=re.compile(pattern),
        is_apart=table.get("apart", False),
    )
