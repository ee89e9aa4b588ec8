"""How much text a prompt may hold on this machine: the most that it reads within the time that the settings allow."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tierlsp.text.cursor import WINDOW_ABOVE, WINDOW_BELOW

CHARS_PER_TOKEN = 3.5
"""Code points a token of source code holds, until the caller has learnt it from what servers report.

Code models' tokenisers make 3 to 4 of Python, JavaScript and Rust.
"""

DEFAULT_TOKENS = 1_024
"""The size while it is not known how fast the model reads: Continue's measured default."""

LEAST_TOKENS = 512
"""The smallest useful prompt, whatever it costs: about 40 lines above and a dozen below."""

SUFFIX_SHARE = 0.2
"""The part of the window that stands behind the cursor.

More of it helps little, and in the native order of most families it is read again at every key.
"""

CONTEXT_SHARE = 0.75
"""The part of the context that a prompt may fill: text that is denser than usual has a third more tokens."""

LINE_CHARS = 36
"""What a line of source code holds on average, its end included; turns the lines of a `Cursor` into characters."""


@dataclass(frozen=True, slots=True)
class WindowSize:
    """How much text a window may hold, in code points."""

    prefix_chars: int
    """Up to the cursor."""
    suffix_chars: int
    """Behind it."""

    def within(self, chars: int) -> WindowSize:
        """Return it, or a smaller one that holds no more than `chars` in all."""
        return WindowSize(
            max(1, min(self.prefix_chars, int((1 - SUFFIX_SHARE) * chars))),
            max(1, min(self.suffix_chars, int(SUFFIX_SHARE * chars))),
        )


def size_for(
    prefill_tokens_per_s: float | None,
    warm_ms: float,
    num_ctx: int,
    max_tokens: int,
    chars_per_token: float = CHARS_PER_TOKEN,
) -> WindowSize:
    """Return the largest window whose prompt is read within `warm_ms` with nothing of it in the server's cache.

    The size is a power of √2 in tokens, so that it does not follow every change of a rate that is measured anew with
    each generation. The caller keeps one until another is more than a step away.

    Args:
        prefill_tokens_per_s: how fast the model reads, `None` while it is not known.
        warm_ms: how long the reading may take.
        num_ctx: the model's context, in tokens.
        max_tokens: what a completion may take of the context.
        chars_per_token: code points a token holds.
    """
    wanted = DEFAULT_TOKENS if prefill_tokens_per_s is None else prefill_tokens_per_s * warm_ms / 1_000
    context = max(1.0, CONTEXT_SHARE * (num_ctx - max_tokens))
    tokens = _step_below(min(max(wanted, LEAST_TOKENS), context))
    chars = tokens * chars_per_token
    prefix_chars = min(int((1 - SUFFIX_SHARE) * chars), WINDOW_ABOVE * LINE_CHARS)
    suffix_chars = min(int(SUFFIX_SHARE * chars), WINDOW_BELOW * LINE_CHARS)
    return WindowSize(max(1, prefix_chars), max(1, suffix_chars))


def steps_between(one: WindowSize, other: WindowSize) -> float:
    """Return how many steps of √2 lie between two sizes. Up to one is noise in the measured rate."""
    return abs(2 * math.log2(one.prefix_chars / other.prefix_chars))


def _step_below(tokens: float) -> float:
    return float(2 ** (math.floor(2 * math.log2(tokens)) / 2))
