"""Turns tokens of a source line back into text, with the blanks of that line."""

from __future__ import annotations

from dataclasses import dataclass

from tierlsp.completion.lookup.context import Context
from tierlsp.completion.lookup.gather import Candidate
from tierlsp.completion.lookup.tokens import token_spans


@dataclass(frozen=True, slots=True)
class Restored:
    """Text that goes in at the cursor."""

    text: str
    ends: tuple[int, ...]
    """Where each of its tokens ends in `text`."""

    def head(self, tokens: int) -> str:
        """Return the text of the first `tokens` tokens."""
        return self.text[: self.ends[tokens - 1]]


def restore(candidate: Candidate, count: int, context: Context, suffix: str) -> Restored:
    """Return the text of `count` tokens from the place of `candidate` on, as it goes in at the cursor.

    A blank between the token before and the first one is inserted unless one is typed already, and a blank behind
    the last one if the suffix follows without.
    """
    if not count:
        return Restored("", (0,) * count)
    source, record, position, _ = candidate
    line = source.tape.line(record)
    spans = token_spans(line)
    first = position - source.tape.start(record) - 1
    begin = spans[first][0]
    if context.word:
        if not line.startswith(context.word, begin):
            # Two words that share an id.
            return Restored("", (0,) * count)
        begin += len(context.word)
    elif not context.is_after_blank and first:
        begin = spans[first - 1][1]
    taken = spans[first : first + count]
    end = taken[-1][1]
    text = line[begin:end]
    if text and suffix and not suffix[0].isspace() and first + count < len(spans):
        text = line[begin : spans[first + count][0]]
    return Restored(text, tuple(stop - begin for _, stop in taken))
