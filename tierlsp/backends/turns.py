"""From the parts of a conversation to its turns, as every wire format has them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tierlsp.backends.chat import Message

CACHED: dict[str, object] = {"type": "ephemeral"}
"""Anthropic's mark for "keep everything up to here", for five minutes after its last use."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What one side says at a time."""

    role: Literal["user", "assistant"]
    texts: tuple[str, ...]
    """None of them empty, which Anthropic refuses."""
    stable_count: int = 0
    """How many of the texts lie in front of the end of the conversation's last stable part, if that is in this turn."""

    @property
    def text(self) -> str:
        """All of it, for formats whose turns are one text."""
        return "\n\n".join(self.texts)

    def blocks(self) -> list[dict[str, object]]:
        """Return the texts as parts, the last stable one with the mark for the cache."""
        parts: list[dict[str, object]] = [{"type": "text", "text": text} for text in self.texts]
        if self.stable_count:
            parts[self.stable_count - 1]["cache_control"] = CACHED
        return parts


def turns_of(messages: tuple[Message, ...]) -> list[Turn]:
    """Return the turns: parts of one role that follow each other are one, and empty parts are left out."""
    parts = [message for message in messages if message.text]
    last_stable = max((at for at, part in enumerate(parts) if part.is_stable), default=-1)
    turns: list[Turn] = []
    for at, part in enumerate(parts):
        before = turns.pop() if turns and turns[-1].role == part.role else Turn(part.role, ())
        texts = (*before.texts, part.text)
        turns.append(Turn(part.role, texts, len(texts) if at == last_stable else before.stable_count))
    return turns
