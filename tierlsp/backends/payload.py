"""Bytes to values and back: request bodies, lines, JSON objects, and what is read out of them. Pure."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

from tierlsp.errors import Garbled

SHOWN_CHARS = 200
"""How much of a server's own words goes into a message. Real ones are one sentence."""


def encode(body: Mapping[str, object]) -> bytes:
    """Return `body` as JSON in UTF-8, lone surrogates in it replaced."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return mended(text).encode()


def mended(text: str) -> str:
    """Return `text` with every lone surrogate replaced by U+FFFD, and a pair of them by its character.

    Editors can send half a pair, and JSON can hold one as an escape; neither can be written as UTF-8.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


class LineSplitter:
    r"""Cuts a stream of bytes at `\n` and nowhere else.

    U+2028, U+0085, form feed and their like are no line ends in JSON; `str.splitlines` and the HTTP
    client's own line reader would cut a string at them.
    """

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._begun: list[bytes] = []
        """The pieces of the line that is not complete yet; joined once, at its end."""
        self._begun_bytes = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield the lines that `data` completes, without their line ends.

        Raises:
            Garbled: a line is longer than the limit.
        """
        *complete, rest = data.split(b"\n")
        for line in complete:
            self._take(line)
            yield self.rest()
        self._take(rest)

    def rest(self) -> bytes:
        """Return the line that was begun, and begin a new one."""
        line = b"".join(self._begun)
        self._begun.clear()
        self._begun_bytes = 0
        return line

    def _take(self, piece: bytes) -> None:
        if not piece:
            return
        self._begun.append(piece)
        self._begun_bytes += len(piece)
        if self._begun_bytes > self._limit_bytes:
            raise Garbled(
                f"the model server sent a line of more than {self._limit_bytes // 1024} kB", cause="long-line"
            )


def read_object(data: bytes, server: str) -> dict[str, Any]:
    """Return the JSON object in `data`.

    Raises:
        Garbled: it holds none. `server` is the name in the message.
    """
    try:
        value = json.loads(data.decode())
    except (ValueError, RecursionError) as error:
        # A `ValueError` is broken UTF-8, broken JSON or a number of thousands of digits; a `RecursionError`,
        # brackets nested by the thousand.
        raise Garbled(
            f"{server} sent something that is not JSON: {excerpt(data) or 'nothing'}", cause="not-json"
        ) from error
    if not isinstance(value, dict):
        raise Garbled(f"{server} sent JSON of an unexpected form: {excerpt(data)}", cause="wrong-form")
    return value


def text_in(answer: Mapping[str, Any], key: str, server: str) -> str:
    """Return the text at `key`, empty if there is none.

    Raises:
        Garbled: something else is there.
    """
    value = answer.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Garbled(f"{server} sent `{key}` as something other than text", cause="wrong-form")
    return mended(value)


def object_in(answer: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Return the object at `key`, an empty one if there is none or something else is there."""
    value = answer.get(key)
    return value if isinstance(value, dict) else {}


def objects_in(answer: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    """Return the objects in the list at `key`; whatever else is there is left out."""
    value = answer.get(key)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def word_in(answer: Mapping[str, Any], key: str) -> str:
    """Return the text at `key`, empty if there is none or something else is there."""
    value = answer.get(key)
    return mended(value) if isinstance(value, str) else ""


def number_in(answer: Mapping[str, Any], key: str) -> float:
    """Return the number at `key`, 0 if there is none, or one that is no count of anything."""
    value = answer.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0.0
    try:
        number = float(value)
    except OverflowError:
        return 0.0
    return number if math.isfinite(number) and number >= 0 else 0.0


def count_in(answer: Mapping[str, Any], key: str) -> int:
    """Return the whole number at `key`, 0 if there is none."""
    return int(number_in(answer, key))


def excerpt(data: bytes) -> str:
    """Return the beginning of what a server said, fit for one line of a message."""
    if data.lstrip()[:1] == b"<":
        return "a page for browsers"
    return one_line(data[: 4 * SHOWN_CHARS].decode(errors="replace"))


def one_line(text: str) -> str:
    """Return `text` on one line, without unprintable characters, cut to `SHOWN_CHARS`."""
    words = " ".join("".join(char if char.isprintable() else " " for char in text[: 4 * SHOWN_CHARS]).split())
    return words if len(words) <= SHOWN_CHARS else f"{words[:SHOWN_CHARS]}…"
