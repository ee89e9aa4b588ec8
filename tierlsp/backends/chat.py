"""What every chat model is asked, and what it answers, whatever its wire format."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Literal, Protocol

from tierlsp.backends.base import BackendSpec
from tierlsp.backends.limits import Patience
from tierlsp.errors import BackendError


class Effort(StrEnum):
    """How much a model may think before it answers. One that cannot be told is asked as it is."""

    OFF = "off"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Message:
    """One part of what is said. Parts of one role that follow each other are one turn on the wire."""

    role: Literal["user", "assistant"]
    text: str
    is_stable: bool = False
    """Whether the same text is likely to come again soon, so that the provider should keep it in its prompt cache.

    Everything in front of it counts as stable too.
    """


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """One question to one model."""

    model: str
    """As the provider calls it, without the backend's name."""
    system: str
    messages: tuple[Message, ...]
    """The last one is the user's."""
    max_output_tokens: int
    patience: Patience
    effort: Effort = Effort.OFF
    cache_key: str = ""
    """A name for the stable beginning, for providers that route by one. It tells nothing of the project."""
    is_streamed: bool = True
    """Whether the answer comes piece by piece, or whole in one chunk."""


class Finish(StrEnum):
    """Why a model stopped."""

    STOP = "stop"
    """It was done."""
    LENGTH = "length"
    """It ran into `max_output_tokens` or the end of its context: the answer is cut short."""
    REFUSAL = "refusal"
    """It, or a filter of the provider's, declined."""


@dataclass(frozen=True, slots=True)
class TokenUsage:
    """What a call took, in one form for every provider. No token is counted twice but for those that think."""

    input_tokens: int = 0
    """Read at the full price: neither found in the provider's cache nor written to it."""
    cached_tokens: int = 0
    """Found in the cache."""
    cache_write_5m_tokens: int = 0
    """Written to a cache that keeps them for five minutes, or for as long as the provider likes."""
    cache_write_1h_tokens: int = 0
    output_tokens: int = 0
    """Written, those thought included."""
    reasoning_tokens: int = 0
    """Those of the output that were thought."""
    cost_usd: Decimal | None = None
    """What the provider itself says that the call cost."""
    model: str = ""
    """Who answered, in the provider's words; may be a dated name, or another model than was asked."""

    @property
    def prompt_tokens(self) -> int:
        """All tokens of the prompt."""
        return self.input_tokens + self.cached_tokens + self.cache_write_5m_tokens + self.cache_write_1h_tokens


@dataclass(frozen=True, slots=True)
class ChatChunk:
    """A piece of an answer. Only the last has `finish`; it has `usage` unless the provider kept it back."""

    text: str
    finish: Finish | None = None
    usage: TokenUsage | None = None
    skipped: int = 0
    """With `finish`: parts of the answer that could not be read and were left out. It may have a hole there."""


def usage_told(error: BackendError) -> TokenUsage | None:
    """Return what a server had told of the usage before an answer broke off; `None` if nothing."""
    return error.usage if isinstance(error.usage, TokenUsage) else None


class ChatBackend(Protocol):
    """A server that holds conversations. Every method raises `BackendError` and nothing else.

    An error of one that had begun to answer has `BackendError.has_begun`, and what the server had told of the usage
    until then in `usage_told(error)`.
    """

    @property
    def spec(self) -> BackendSpec:
        """Where it is."""

    def chat(self, request: ChatRequest) -> AsyncGenerator[ChatChunk, None]:
        """Answer, piece by piece. Closing the generator closes the connection, and so stops the model.

        It must be closed by whoever does not read it to its end (`contextlib.aclosing`). An answer that does not come
        to the provider's own end mark raises `Garbled`; it is never passed off as complete.
        """

    async def check(self) -> str:
        """Make the cheapest call that shows whether the key is good, and return what it showed in one sentence."""

    async def aclose(self) -> None:
        """Close every connection."""
