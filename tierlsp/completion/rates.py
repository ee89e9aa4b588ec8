"""How long one model takes on this machine, learnt from its generations, and what the next one will take.

A generation is fixed cost, then the tokens of the prompt that the server has not read yet, then one token after the
other: `first token = fixed + new tokens / prefill rate + one token`. Measured on llama.cpp the middle part is straight
in the number of tokens, and the last one flat.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

from tierlsp.completion.window_size import CHARS_PER_TOKEN
from tierlsp.text.overlap import common_head

NEWEST_WEIGHT = 0.3
"""The weight of the newest generation: a machine that gets busy is noticed within three."""

COLD_TOKENS = 128
"""New tokens from which a prompt tells the prefill rate. With fewer, the fixed cost hides it."""

WARM_TOKENS = 32
"""New tokens up to which a prompt tells the fixed cost."""

LOAD_MS = 500.0
"""A generation that loaded its model for longer says nothing of the next one."""

MIN_PIECES = 4
"""Pieces of text from which a generation tells what one token takes."""

KEPT_PROMPTS = 4
"""Prompts that the server is taken to remember. llama.cpp, and Ollama with it, keep idle ones in the host's memory."""


@dataclass(frozen=True, slots=True)
class Rates:
    """What has been learnt of one model. `None` is not known yet."""

    fixed_ms: float | None = None
    """Client, server, template and queue."""
    prefill_tokens_per_s: float | None = None
    token_ms: float | None = None
    chars_per_token: float = CHARS_PER_TOKEN

    @property
    def is_known(self) -> bool:
        """Whether a prediction rests on anything."""
        return self.fixed_ms is not None or self.prefill_tokens_per_s is not None

    def describe(self) -> str:
        """Return what is known in words for a person."""
        said = [f"the first word after about {self.first_token_ms(0):.0f} ms where the prompt has been read"]
        if self.token_ms:
            said.append(f"{1000.0 / self.token_ms:.0f} tokens/s written")
        if self.prefill_tokens_per_s is not None:
            said.append(f"{self.prefill_tokens_per_s:.0f} tokens/s read")
        return ", ".join(said)

    def first_token_ms(self, new_chars: int) -> float:
        """Return how long the first token of a prompt with `new_chars` unread characters takes; 0 if unknown."""
        return (self.fixed_ms or 0.0) + self.reading_ms(new_chars) + (self.token_ms or 0.0)

    def line_ms(self, new_chars: int, line_chars: float) -> float:
        """Return how long a line of `line_chars` takes in all."""
        return self.first_token_ms(new_chars) + line_chars / self.chars_per_token * (self.token_ms or 0.0)

    def reading_ms(self, new_chars: int) -> float:
        """Return how long the server takes to read `new_chars`; 0 if unknown."""
        if self.prefill_tokens_per_s is None:
            return 0.0
        return 1000.0 * new_chars / self.chars_per_token / self.prefill_tokens_per_s


@dataclass(frozen=True, slots=True)
class Measured:
    """What one generation took."""

    new_chars: int
    """Characters of its prompt that the server had not read."""
    first_ms: float
    """From the start to the first text."""
    pieces: int = 0
    """Pieces of text that came; one is a token, as a rule."""
    last_ms: float = 0.0
    """From the start to the last text."""
    prompt_chars: int = 0
    prompt_tokens: int = 0
    """As the server counts them; 0 if it did not come to say."""
    load_ms: float = 0.0


def learn(rates: Rates, measured: Measured) -> Rates:
    """Return `rates` with one more generation in them."""
    if measured.load_ms > LOAD_MS:
        return rates
    if measured.prompt_tokens and measured.prompt_chars:
        seen = measured.prompt_chars / measured.prompt_tokens
        rates = replace(rates, chars_per_token=_mixed(rates.chars_per_token, seen))
    if measured.pieces >= MIN_PIECES:
        token_ms = (measured.last_ms - measured.first_ms) / (measured.pieces - 1)
        rates = replace(rates, token_ms=_mixed(rates.token_ms, token_ms))
    new_tokens = measured.new_chars / rates.chars_per_token
    rest_ms = measured.first_ms - (rates.token_ms or 0.0)
    if new_tokens >= COLD_TOKENS:
        prefill_ms = max(1.0, rest_ms - (rates.fixed_ms or 0.0))
        rate = 1000.0 * new_tokens / prefill_ms
        return replace(rates, prefill_tokens_per_s=_mixed(rates.prefill_tokens_per_s, rate))
    if new_tokens <= WARM_TOKENS:
        fixed_ms = max(0.0, rest_ms - rates.reading_ms(measured.new_chars))
        return replace(rates, fixed_ms=_mixed(rates.fixed_ms, fixed_ms))
    return rates


def _mixed(known: float | None, seen: float) -> float:
    return seen if known is None else known + NEWEST_WEIGHT * (seen - known)


class Shadow:
    """What the model server has read lately, and so need not read again."""

    def __init__(self) -> None:
        self._texts: list[str] = []

    def new_chars(self, prompt: str) -> int:
        """Return how many characters of `prompt` the server has to read."""
        return len(prompt) - max((common_head(text, prompt) for text in self._texts), default=0)

    def has_read(self, prompt: str, written: str = "") -> None:
        """Say that the server has read `prompt` and written `written` after it."""
        text = prompt + written
        # The one it continues is read along with it.
        self._texts = [kept for kept in self._texts if not text.startswith(kept)][-KEPT_PROMPTS + 1 :]
        self._texts.append(text)

    def forget(self) -> None:
        """Say that another model has taken over, or that the server was started anew."""
        self._texts.clear()


def rates_key(base_url: str, model: str) -> str:
    """Return the name under which a model's rates are kept: another machine's model is another one."""
    return f"{base_url} {model}"


class RateMemory(Protocol):
    """Where rates are kept from one run of the server to the next."""

    def load(self, model: str) -> Rates | None:
        """Return what is known of a model, named by its server's address and its own name."""

    def save(self, model: str, rates: Rates) -> None:
        """Keep what is known of it."""

    def flush(self) -> None:
        """Write down what has changed."""
