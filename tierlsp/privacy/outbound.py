"""What an action wants to say to a model, before and after the one gate.

**Law:** only `gate.py` makes a `Cleared`, and only a `Cleared` is sent.
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
