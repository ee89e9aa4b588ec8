"""What the model says: right with a stated share, the same for every policy.

A line is right with the share `accuracy`, drawn for the line. At each word's beginning a wrong line is given another
chance, with a quarter of that share: more of the line is known there. A right answer goes on with the true lines, each
with its own draw, up to the first wrong one. A wrong answer is wrong from its first token half of the time; else it
agrees for 1 to 14 characters and then goes its own way, into text that looks like code and is never the truth. Which
of the two it is, and for how long it agrees, is drawn for the place, at every letter anew, or for the word: such a
model, if it does not know the word at its first letter, does not know it at the second.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from bench.replay.chance import stream, uniform
from bench.replay.material import Material
from bench.replay.tokens import tokens_of

WRONG_AT_ONCE = 0.5
"""The share of wrong answers that are wrong from their first token."""

LETTER, WORD = "letter", "word"
"""What a wrong answer's way of being wrong is drawn for."""

REDRAW = 0.25
"""The chance that a word more on the line gives, as a share of the accuracy."""

AGREES_CHARS = 14
"""The most characters for which a wrong answer agrees with the truth."""

MOST_LINES = 12
"""A model that is not stopped ends of itself about here."""

WRONG_LINES = 3
"""Lines that a wrong answer goes on for: the wrong one, and two that follow from it."""

AHEAD_LINES = 40
"""How far below the cursor a request may be about: what comes after accepting."""

BEHIND_LINES, ABOVE_LINES, TAIL_CHARS = 3, 4, 2_000
"""How far above the person's line a request may be about, and how much of a prompt tells its place."""

END = ""
"""The token that ends a text."""

_WORDS = (
    "self",
    "value",
    "name",
    "items",
    "result",
    "config",
    "index",
    "data",
    "path",
    "key",
    "state",
    "node",
    "count",
    "options",
    "buffer",
    "line",
    "text",
    "error",
    "size",
    "entry",
    "table",
    "field",
    "source",
    "target",
    "cache",
    "queue",
    "event",
    "item",
    "user",
    "order",
    "total",
    "limit",
    "offset",
    "token",
    "parser",
    "handler",
)
_SHAPES = ("{0}.{1}({2})", "{0}[{1}]", "{0} = {1}.{2}", "({0}, {1})", "{0} + {1}", "not {0}", "{0}_{1}(self.{2})")


class Site(NamedTuple):
    """Where in the file a request belongs."""

    line: int
    typed: str
    """The line left of the cursor."""
    is_true: bool
    """Whether the truth goes on from there."""


class Oracle:
    """Answers for one file that is being typed."""

    def __init__(
        self,
        material: Material,
        accuracy: float,
        seed: int,
        wrong_at_once: float = WRONG_AT_ONCE,
        errs_by: str = LETTER,
    ) -> None:
        self._material = material
        self._accuracy = accuracy
        self._seed = seed
        self._wrong_at_once = wrong_at_once
        self._errs_by = errs_by
        self.line = material.first
        """Where the person is; told by the replay."""

    def site_of(self, prefix: str) -> Site:
        """Return where a prompt's prefix ends, near the person's line: where most of the lines above are the same."""
        *above, typed = prefix[-TAIL_CHARS:].split("\n")
        before = [text.rstrip() for text in reversed(above[-ABOVE_LINES:])]
        first, end = max(1, self.line - BEHIND_LINES), min(len(self._material.lines), self.line + AHEAD_LINES)
        near = sorted(range(first, end), key=lambda line: (-self._alike(line, before), abs(line - self.line), line))
        places = [line for line in near if self._alike(line, before)]
        for line in places:
            if line <= self._material.last and self._material.missing(line, typed) is not None:
                return Site(line, typed, True)
        return Site(places[0] if places else self.line, typed, False)

    def _alike(self, line: int, before: Sequence[str]) -> int:
        """Return how many of the lines above `line`, from below, are those of `before`."""
        count = 0
        for index, text in zip(range(line - 1, -1, -1), before, strict=False):
            if self._material.lines[index] != text:
                break
            count += 1
        return count

    def answer(self, site: Site) -> str:
        """Return what the model would say at `site` if nothing stopped it."""
        missing = self._material.missing(site.line, site.typed) if site.is_true else None
        draws = stream(self._seed, "wrong", self._material.name, site.line, site.typed)
        if missing is None:
            return _plausible(draws, "")
        rests = missing.split("\n")[:MOST_LINES]
        said: list[str] = []
        for offset, rest in enumerate(rests):
            word = _words_before(site.typed) if not offset else 0
            if rest.strip() and not self._is_right(site.line + offset, word):
                drawn_for = (word,) if self._errs_by == WORD else (site.line, len(site.typed))
                said.append(self._wrong(draws, rest, (site.line + offset, *drawn_for)))
                said += [_plausible(draws, "") for _ in range(draws.randrange(WRONG_LINES))]
                break
            said.append(rest)
        return "\n".join(said)

    def _is_right(self, line: int, word: int) -> bool:
        name = (self._seed, "right", self._material.name, line)
        if uniform(*name) < self._accuracy:
            return True
        return any(uniform(*name, index) < REDRAW * self._accuracy for index in range(1, word + 1))

    def _wrong(self, draws: random.Random, rest: str, drawn_for: tuple[int, ...]) -> str:
        """Return a line that is not `rest`. Blanks before the first sign are not counted as agreement."""
        name = (self._seed, "agrees", self._material.name, *drawn_for)
        chars = 0 if uniform(*name) < self._wrong_at_once else 1 + int(AGREES_CHARS * uniform(*name, "chars"))
        agrees = min(len(rest), len(rest) - len(rest.lstrip()) + chars)
        return rest[:agrees] + _plausible(draws, rest[agrees : agrees + 1])


def _words_before(typed: str) -> int:
    return len(re.findall(r"\w+\W+", typed.lstrip()))


def _plausible(draws: random.Random, but_not: str) -> str:
    """Return something like code that does not begin with `but_not`."""
    while True:
        text = draws.choice(_SHAPES).format(*draws.sample(_WORDS, 3))
        if not but_not or not text.startswith(but_not):
            return text


def spoken(text: str, stop: tuple[str, ...], max_tokens: int) -> Iterator[str]:
    """Yield the tokens of `text` up to the first of `stop`, at most `max_tokens`; the last one is empty if it ended.

    The token with which a stop text is complete is generated and not sent: it is the empty one.
    """
    end = min((at for part in stop if (at := text.find(part)) >= 0), default=-1)
    count = 0
    for token in tokens_of(text if end < 0 else text[:end]):
        if count == max_tokens:
            return
        yield token
        count += 1
    if count < max_tokens:
        yield END
