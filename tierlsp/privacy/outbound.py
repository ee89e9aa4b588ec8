"""What an action wants to say to a model, before and after the one gate.

**Law:** only `gate.py` makes a `Cleared`, and only a `Cleared` is sent.

`await Clearance.clear(parts, destination)` makes one. It is a coroutine, since the work is done on a thread. Ask for
one before each attempt, also when the same parts go to the same model again: the audit then has a line for each, and
what was read before is not read again.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of text with where it came from."""

    role: Literal["system", "user", "assistant"]
    text: str
    """Of a file nothing but its own text: how often a secret may come back in an edit is counted here."""
    path: Path | None = None
    """The file that the text is from; `None` for what the person typed, for our own words and for a model's."""
    is_stable: bool = False
    """Whether the same text is likely to be sent again soon (`backends.chat.Message.is_stable`)."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Who is to read it."""

    backend: str
    host: str
    model: str
    is_local: bool
    """Whether it stays on this machine: then nobody is asked and nothing is redacted."""


@dataclass(frozen=True, slots=True)
class Cleared:
    """Parts that may be sent to `destination`."""

    destination: Destination
    parts: tuple[Part, ...]
    redactions: int
    """Secrets that were replaced."""

    @property
    def chars(self) -> int:
        """Characters that will leave."""
        return sum(len(part.text) for part in self.parts)
