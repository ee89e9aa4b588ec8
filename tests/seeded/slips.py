"""Slips of one token in sources that are right otherwise: what fingers and models do, and what a parser must notice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from tests.seeded.corpus import Case

_TOKEN = re.compile(r"\w+|[^\w\s]")


@dataclass(frozen=True)
class Slip:
    """One source with one slip."""

    line: int
    """Where it is, from 0."""
    lines: tuple[str, ...]


def slips(case: Case, count: int) -> Iterator[Slip]:
    """Yield mended sources of which one token is left out, written twice, or another one of the file."""
    chance = Random(f"slips {case.name}")
    text = "\n".join(case.source("mended"))
    tokens = list(_TOKEN.finditer(text))
    for _ in range(count):
        token = chance.choice(tokens)
        other = chance.choice(("", f"{token[0]} {token[0]}", chance.choice(tokens)[0]))
        changed = text[: token.start()] + other + text[token.end() :]
        yield Slip(text.count("\n", 0, token.start()), tuple(changed.split("\n")))
