"""How many tokens a text has, without a tokenizer: the likely number, and one that it does not pass.

Providers count with tokenizers of their own, which cannot be shipped. What they share: a token is at least one byte;
a word takes one or two; marks, digits and capitals begin new ones. So each class of characters is counted, and given
its weight. The weights were fitted to 500 pieces of real code and prose in eleven languages, of 20,000 characters each,
counted with three tokenizers (OpenAI's cl100k and o200k, and Anthropic's older one), and to keys, base64, numbers and
scripts other than Latin. `likely` was within a quarter for 98 in 100 of them; `highest` was above the dearest tokenizer
for all, by half in the middle. Text made to defeat it (a random mark after every letter) can pass it, but not
`MOST_PER_BYTE`. Vendors with a tokenizer that makes more tokens have `tokenFactor` in `prices.toml`.
"""

from __future__ import annotations

import string
from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil

CHARS_PER_TOKEN = 3.0
"""Of code, in the middle of the eleven languages, for the tokenizer that makes most tokens."""

FEWEST_CHARS_PER_TOKEN = 1.6
"""Of code. The worst of the 500 pieces, a table of numbers in Go, had 1.72."""

MOST_PER_BYTE = 1
"""Tokens for a byte of UTF-8: byte-level tokenizers cannot make more."""

MESSAGE_TOKENS = 16
"""What a provider puts around each message; the documented frames take 3 to 8."""

_LIKELY = {"lower": 0.21, "upper": 0.32, "digit": 0.88, "mark": 0.64, "line": 0.85, "blank": 0.05, "other": 0.40}
_HIGHEST = {"lower": 0.42, "upper": 0.45, "digit": 1.15, "mark": 0.80, "line": 0.50, "blank": 0.54, "other": 1.0}
"""Tokens for one byte of each class."""

_LIKELY_IN_KEY = 0.10
_HIGHEST_IN_KEY = 0.30
"""What is added for each byte of a long run of letters and digits: keys and base64 have no words."""

_SHORTEST_KEY = 24
"""Bytes: a longer run of letters and digits is hardly a name."""

_IN_KEY = bytes(chr(byte).isascii() and (chr(byte).isalnum() or chr(byte) in "+/=") for byte in range(256))
"""Translates what a key can consist of to 1, everything else to 0. Searching for 24 ones is twenty times as fast as a
regular expression, which begins anew at every letter."""

_CLASSES = {
    "lower": string.ascii_lowercase.encode(),
    "upper": string.ascii_uppercase.encode(),
    "digit": string.digits.encode(),
    "mark": string.punctuation.encode(),
    "line": b"\n\r",
    "blank": b" \t",
}
"""What is in none of them is `other`."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """A number of tokens that is not known exactly."""

    likely: int
    highest: int

    def __add__(self, other: Tokens) -> Tokens:
        return Tokens(self.likely + other.likely, self.highest + other.highest)


def tokens_in(text: str) -> Tokens:
    """Return the tokens of `text`. About a millisecond for 100 kB."""
    data = text.encode("utf-8", "surrogatepass")
    keys = _bytes_in_keys(data)
    likely, highest = keys * _LIKELY_IN_KEY, keys * _HIGHEST_IN_KEY
    rest = data
    for name, members in _CLASSES.items():
        left = rest.translate(None, members)
        count = len(rest) - len(left)
        likely += count * _LIKELY[name]
        highest += count * _HIGHEST[name]
        rest = left
    likely += len(rest) * _LIKELY["other"]
    highest += len(rest) * _HIGHEST["other"]
    most = len(data) * MOST_PER_BYTE
    return Tokens(likely=min(ceil(likely), most), highest=min(ceil(highest), most))


def _bytes_in_keys(data: bytes) -> int:
    """Return how many bytes stand in runs of letters and digits that are too long to be names."""
    marks, total = data.translate(_IN_KEY), 0
    start = marks.find(b"\1" * _SHORTEST_KEY)
    while start >= 0:
        end = marks.find(b"\0", start)
        end = len(marks) if end < 0 else end
        total += end - start
        start = marks.find(b"\1" * _SHORTEST_KEY, end)
    return total


def tokens_in_messages(texts: Iterable[str]) -> Tokens:
    """Return the tokens of a prompt made of `texts`, with what the provider puts around each."""
    total = Tokens(0, 0)
    for text in texts:
        total += tokens_in(text) + Tokens(MESSAGE_TOKENS // 2, MESSAGE_TOKENS)
    return total


def tokens_for_chars(chars: int, messages: int = 1) -> Tokens:
    """Return the tokens of code of which only the length is known, in characters; text in other scripts has more."""
    return Tokens(
        likely=ceil(chars / CHARS_PER_TOKEN) + messages * MESSAGE_TOKENS // 2,
        highest=ceil(chars / FEWEST_CHARS_PER_TOKEN) + messages * MESSAGE_TOKENS,
    )
