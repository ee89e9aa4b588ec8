"""What a setting's value may be: one small class for each kind. Those with a syntax are in `formats.py`.

A kind reads a value that came out of JSON or TOML, reads one that came as text (environment, command line),
and describes itself in words and as JSON schema. Those without numbers or words of their own are plain classes, since
every dataclass takes a millisecond of the server's start.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Protocol

from tierlsp.settings.wording import listed, shown

Complain = Callable[[str], None]
"""Takes the rest of a sentence that begins with the setting's name, such as `is 5, not true or false`."""

JsonSchema = dict[str, object]


class Kind(Protocol):
    """The values that a setting may have."""

    @property
    def expected(self) -> str:
        """The allowed values in words, such as `a whole number from 1 to 10`."""

    def read(self, value: object, complain: Complain) -> Any:
        """Return `value` in the form that the settings hold it in, or complain and return `None`."""

    def from_text(self, text: str) -> object:
        """Return what `text` stands for; what fits nothing comes back as it is, for `read` to complain."""

    def loosens(self, new: Any, old: Any) -> bool:
        """Whether `new` allows more than `old`; without an order of more and less, every change does."""

    def schema(self) -> JsonSchema:
        """The JSON schema of the values."""


_BOOLEAN_WORDS: Mapping[str, bool] = MappingProxyType(
    {
        "true": True, "1": True, "on": True, "yes": True,
        "false": False, "0": False, "off": False, "no": False,
    }
)  # fmt: skip
"""What people write for a Boolean in an environment variable."""


@dataclass(frozen=True, slots=True)
class Boolean:
    """True or false."""

    tight: bool = False
    """The tighter one."""

    @property
    def expected(self) -> str:
        """The allowed values in words."""
        return "true or false"

    def read(self, value: object, complain: Complain) -> bool | None:
        """Return `value` if it is a Boolean; the numbers 0 and 1 are not."""
        if isinstance(value, bool):
            return value
        complain(f"is {shown(value)}, not {self.expected}")
        return None

    def from_text(self, text: str) -> object:
        """Return the Boolean that `text` names, in any case."""
        return _BOOLEAN_WORDS.get(text.strip().lower(), text)

    def loosens(self, new: bool, old: bool) -> bool:
        """Whether it is switched away from the tighter one."""
        return new != old and new is not self.tight

    def schema(self) -> JsonSchema:
        """The JSON schema."""
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class Integer:
    """A whole number, both ends included; the lower is the tighter one."""

    low: int
    high: int

    @property
    def expected(self) -> str:
        """The allowed values in words."""
        return f"a whole number from {self.low} to {self.high}"

    def read(self, value: object, complain: Complain) -> int | None:
        """Return `value` if it is a whole number in range, also written as `60.0`; a Boolean is none."""
        number = int(value) if isinstance(value, float) and value.is_integer() else value
        if isinstance(number, int) and not isinstance(number, bool) and self.low <= number <= self.high:
            return number
        complain(f"is {shown(value)}, not {self.expected}")
        return None

    def from_text(self, text: str) -> object:
        """Return the number that `text` is."""
        stripped = text.strip()
        # The limit keeps away the length at which Python refuses to convert.
        return int(stripped) if re.fullmatch(r"[+-]?[0-9]{1,18}", stripped) else text

    def loosens(self, new: int, old: int) -> bool:
        """Whether the limit is raised."""
        return new > old

    def schema(self) -> JsonSchema:
        """The JSON schema."""
        return {"type": "integer", "minimum": self.low, "maximum": self.high}


_LARGEST_USD = 1_000_000
"""More than anybody means to spend on it in a month."""

_AMOUNT = re.compile(r"[+-]?[0-9]{1,9}(?:\.[0-9]{1,20})?")


class Money:
    """An amount in US dollars, held as `Decimal` so that sums come out exact; the lower is the tighter one."""

    __slots__ = ()

    @property
    def expected(self) -> str:
        """The allowed values in words."""
        return f"an amount in US dollars from 0 to {_LARGEST_USD}"

    def read(self, value: object, complain: Complain) -> Decimal | None:
        """Return the amount if `value` is a number in range; a Boolean is none. A float is taken as it is written."""
        if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool) and 0 <= value <= _LARGEST_USD:
            amount = Decimal(str(value))
            # As numbers are written by hand: `1e-300` is none of a person's amounts.
            if _AMOUNT.fullmatch(f"{amount:f}"):
                return abs(amount)
        complain(f"is {shown(value)}, not {self.expected}")
        return None

    def from_text(self, text: str) -> object:
        """Return the amount that `text` is."""
        stripped = text.strip()
        return Decimal(stripped) if _AMOUNT.fullmatch(stripped) else text

    def loosens(self, new: Decimal, old: Decimal) -> bool:
        """Whether the limit is raised."""
        return new > old

    def schema(self) -> JsonSchema:
        """The JSON schema."""
        return {"type": "number", "minimum": 0, "maximum": _LARGEST_USD}


@dataclass(frozen=True, slots=True)
class Choice:
    """One of some words, from the loosest to the tightest."""

    words: tuple[str, ...]

    @property
    def expected(self) -> str:
        """The allowed values in words."""
        return listed([f'"{word}"' for word in self.words], last="or")

    def read(self, value: object, complain: Complain) -> str | None:
        """Return `value` without blanks round it if it is one of the words."""
        word = value.strip() if isinstance(value, str) else value
        if isinstance(word, str) and word in self.words:
            return word
        complain(f"is {shown(value)}, not {self.expected}")
        return None

    def from_text(self, text: str) -> object:
        """Return `text`."""
        return text

    def loosens(self, new: str, old: str) -> bool:
        """Whether `new` stands before `old`."""
        return self.words.index(new) < self.words.index(old)

    def schema(self) -> JsonSchema:
        """The JSON schema."""
        return {"enum": list(self.words)}


@dataclass(frozen=True, slots=True)
class WordOrInteger:
    """One word, or a whole number in its place."""

    word: str
    number: Integer

    @property
    def expected(self) -> str:
        """The allowed values in words."""
        return f'"{self.word}" or {self.number.expected}'

    def read(self, value: object, complain: Complain) -> int | str | None:
        """Return the word or the number."""
        if isinstance(value, str) and value.strip() == self.word:
            return self.word
        return self.number.read(value, lambda _: complain(f"is {shown(value)}, not {self.expected}"))

    def from_text(self, text: str) -> object:
        """Return the number that `text` is, or `text`."""
        return self.number.from_text(text)

    def loosens(self, new: object, old: object) -> bool:
        """Whether it is another value."""
        return new != old

    def schema(self) -> JsonSchema:
        """The JSON schema."""
        return {"anyOf": [{"const": self.word}, self.number.schema()]}
