"""What was said before, served again where the text has gone the way it said."""

from __future__ import annotations

from collections import deque

from bench.replay.buffer import Buffer


def first_line(text: str) -> str:
    """Return `text` up to the end of its first line that is not empty."""
    start = len(text) - len(text.lstrip("\n"))
    return text[:start] + text[start:].partition("\n")[0]


class Kept:
    """The answers of one document, the newest first."""

    def __init__(self, size: int) -> None:
        self._said: deque[tuple[int, str]] = deque(maxlen=size)

    def add(self, line: int, text: str) -> None:
        """Keep `text`, which begins with what stood on `line`, left of the cursor."""
        self._said.appendleft((line, text))

    def rest(self, buffer: Buffer, line: int) -> str:
        """Return what is left of the newest answer that agrees with the text up to the end of `line`."""
        for at, said in self._said:
            if at <= line:
                typed = "\n".join(buffer.lines[at : line + 1])
                if len(said) > len(typed) and said.startswith(typed):
                    return said[len(typed) :]
        return ""
