"""The kinds of settings that are words of the person's own: texts, and lists of identifiers."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from tierlsp.settings.kinds import Complain, JsonSchema
from tierlsp.settings.wording import shown

MAX_IDENTIFIERS = 50
"""Languages in one list: more than anybody writes in."""

_IDENTIFIER = re.compile(r"[A-Za-z][\w+#.-]{0,39}")
"""LSP's language identifiers, such as `python` or `objective-c`."""


@dataclass(frozen=True, slots=True)
class Text:
    """Words for a person or a model."""

    most_chars: int
    has_lines: bool = False
    """Whether there may be several lines."""

    @property
    def expected(self) -> str:
        """The allowed values in words."""
        lines = "" if self.has_lines else " on one line"
        return f"a text of 1 to {self.most_chars} characters{lines}"

    def read(self, value: object, complain: Complain) -> str | None:
        """Return the text without blanks round it. Characters that nobody sees are refused."""
        text = value.strip() if isinstance(value, str) else ""
        visible = text.replace("\n", "").replace("\t", "") if self.has_lines else text
        if 0 < len(text) <= self.most_chars and visible.isprintable():
            return text
        complain(f"is {shown(value)}, not {self.expected}")
        return None

    def from_text(self, text: str) -> object:
        """Return `text`."""
        return text

    def loosens(self, new: str, old: str) -> bool:
        """Whether it is another text."""
        return new != old

    def schema(self) -> JsonSchema:
        """The JSON schema."""
        return {"type": "string", "minLength": 1, "maxLength": self.most_chars}


class IdentifierList:
    """A list of language identifiers."""

    __slots__ = ()

    @property
    def expected(self) -> str:
        """The allowed values in words."""
        return 'a list of language identifiers such as `["python", "go"]`'

    def read(self, value: object, complain: Complain) -> tuple[str, ...] | None:
        """Return the identifiers, each once, if all of them are some."""
        entries = value if isinstance(value, (list, tuple)) and len(value) <= MAX_IDENTIFIERS else None
        if entries is not None and all(isinstance(each, str) and _IDENTIFIER.fullmatch(each) for each in entries):
            return tuple(dict.fromkeys(entries))
        complain(f"is {shown(value)}, not {self.expected}")
        return None

    def from_text(self, text: str) -> object:
        """Return the list that `text` is in JSON."""
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return text

    def loosens(self, new: tuple[str, ...], old: tuple[str, ...]) -> bool:
        """Whether it is another list."""
        return new != old

    def schema(self) -> JsonSchema:
        """The JSON schema."""
        return {"type": "array", "items": {"type": "string"}, "maxItems": MAX_IDENTIFIERS}
