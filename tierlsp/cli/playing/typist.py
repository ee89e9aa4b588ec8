"""The typist: which key comes next, how long it takes, and when a ghost text is taken.

**Law:** everything here is drawn from the seed and the place in the text, never from the time, so that two runs over
the same text differ only in what the server does.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from tierlsp.text.lines import indent_of, is_blank, is_word

MEDIAN_GAP_MS = 150.0
"""The usual time between two keys: 80 words of five letters a minute, a practised typist."""

GAP_SIGMA = 0.35
"""The spread of the gaps' logarithm: nineteen of twenty lie between 75 and 300 ms."""

PAUSE_MEDIAN_MS = 700.0
PAUSE_SIGMA = 0.5
"""How long a person stops to think, in the middle and in its spread: mostly a quarter of a second to two seconds."""

PAUSE_AT_LINE = 0.35
PAUSE_AT_WORD = 0.04
"""How often a new line and a new word begin with such a stop."""

REACTION_MS = 300.0
"""From the sight of a ghost text to the key that takes it: reading a few words and deciding."""

NOTICED = 0.8
"""The share of right ghost texts that the person takes; the others are typed over."""

WORTH_CHARS = 3
"""Shorter ghost texts are typed: one key to take them is no gain over two to write them."""

OPENERS = (":", "{", "(", "[")
"""What a line ends with when the next one is deeper."""

LEAVERS = frozenset({"return", "raise", "pass", "break", "continue"})
"""What a line begins with when the next one is less deep."""


@dataclass(frozen=True, slots=True)
class Key:
    """One press of a key, as an editor carries it out."""

    insert: str
    """What is written: one character, or a line end with the next line's indentation, or indentation."""
    delete: int = 0
    """Characters left of the cursor that go away first."""


@dataclass(frozen=True, slots=True)
class Typist:
    """A person with a seed for a character."""

    seed: int
    speed: float = 1.0
    """How many times faster than a person."""

    def gap_ms(self, typed: str, key: Key) -> float:
        """Return the time between the last key and `key`, where `typed` stands already."""
        draw = random.Random(f"{self.seed} gap {len(typed)} {key.insert}")
        gap = draw.lognormvariate(math.log(MEDIAN_GAP_MS), GAP_SIGMA)
        if draw.random() < _pause_share(typed, key):
            gap += draw.lognormvariate(math.log(PAUSE_MEDIAN_MS), PAUSE_SIGMA)
        return gap / self.speed

    def takes(self, ghost: str, shown_at: int, seen_ms: float) -> bool:
        """Whether a right ghost text is taken now.

        Args:
            ghost: what it shows.
            shown_at: the length of what was typed when it came up; the person makes up their mind once for each.
            seen_ms: how long it has been on the screen.
        """
        if len(ghost.strip()) < WORTH_CHARS or seen_ms < REACTION_MS / self.speed:
            return False
        return random.Random(f"{self.seed} notice {shown_at}").random() < NOTICED


def next_key(typed: str, target: str, step: str) -> Key | None:
    """Return the key that brings `typed` nearer to `target`; `None` when they are the same.

    The editor indents new lines by itself, as editors do: like the line above, by one `step` deeper after what opens a
    block, less deep after what leaves it. Where that is wrong the person mends it.
    """
    agreed = agreement(typed, target)
    surplus, rest = typed[agreed:], target[agreed:]
    line = typed[typed.rfind("\n") + 1 :]
    if rest.startswith("\n") and is_blank(surplus):
        # On a line that stays empty, editors take back the indentation that they gave.
        return Key("\n" + _indent_after(line, step), len(surplus))
    if surplus:
        return Key("", _backspace(line, surplus, step))
    if not rest:
        return None
    indent = indent_of(rest)
    return Key(indent if indent and is_blank(line) else rest[0])


def agreement(one: str, other: str) -> int:
    """Return how many characters the two have in common from their beginning."""
    for count, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return count
    return min(len(one), len(other))


def step_of(lines: list[str]) -> str:
    """Return one level of indentation in a file of `lines`."""
    indents = [indent for line in lines if not is_blank(line) and (indent := indent_of(line))]
    if sum(indent.startswith("\t") for indent in indents) * 2 > len(indents):
        return "\t"
    # One blank alone is the alignment of a comment, not a level.
    return " " * min((len(indent) for indent in indents if len(indent) > 1), default=4)


def _indent_after(line: str, step: str) -> str:
    indent, text = indent_of(line), line.strip()
    if text.endswith(OPENERS):
        return indent + step
    if text.split(" ", 1)[0] in LEAVERS:
        return indent.removesuffix(step)
    return indent


def _backspace(line: str, surplus: str, step: str) -> int:
    """Return how much one press of Backspace removes: back to the last level inside indentation, else a character."""
    if not is_blank(line) or surplus.endswith("\t"):
        return 1
    return min(len(surplus), (len(line) - 1) % len(step) + 1)


def _pause_share(typed: str, key: Key) -> float:
    """How likely the person stops to think before `key`."""
    line = typed[typed.rfind("\n") + 1 :]
    if is_blank(line) and not is_blank(key.insert):
        return PAUSE_AT_LINE
    return PAUSE_AT_WORD if is_word(key.insert[:1]) and not is_word(line[-1:]) else 0.0
