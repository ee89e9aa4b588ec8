"""Foreign text made fit for one line of a message, a log or a terminal.

Keys and values come from files of projects and from editors, so they may hold line ends, terminal escapes or
text that is turned around; nothing of that reaches a person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

SHOWN_CHARS = 80
"""The longest piece of foreign text in a message: as much as one line of a terminal holds."""

_LARGEST_SHOWN = 10**18
"""A larger number says nothing to a person, and Python refuses to write out one of over 4300 digits."""


def clean(text: str, limit_chars: int = SHOWN_CHARS) -> str:
    """Return `text` cut to `limit_chars`, with everything that is not printable written as an escape."""
    cut = text[:limit_chars]
    shown = "".join(char if char.isprintable() else _escape(char) for char in cut)
    return shown if len(text) <= limit_chars else shown + "…"


def shown(value: object, limit_chars: int = SHOWN_CHARS) -> str:
    """Return `value`, as it came out of JSON or TOML, in words for a message."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{clean(value, limit_chars)}"'
    if isinstance(value, int):
        return str(value) if abs(value) < _LARGEST_SHOWN else "a huge number"
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, Decimal):
        return f"{value:f}" if abs(value) < _LARGEST_SHOWN else "a huge number"
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, Sequence):
        return _shown_list(value, limit_chars)
    return f"a {type(value).__name__}"


def _shown_list(values: Sequence[object], limit_chars: int) -> str:
    """Return a short list of strings in full, and any other list as "a list"."""
    if not all(isinstance(value, str) for value in values):
        return "a list"
    text = ", ".join(shown(value, limit_chars) for value in values[:limit_chars])
    return f"[{text}]" if len(text) <= limit_chars else "a list"


def listed(words: Sequence[str], last: str = "and") -> str:
    """Return `words` as an enumeration: `a, b and c`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def _escape(char: str) -> str:
    """Return the escape of one character, as JSON and TOML write it."""
    code = ord(char)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
