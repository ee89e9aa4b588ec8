"""The kinds of settings that are written in a syntax: models, addresses, durations, patterns."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from tierlsp.errors import SettingsError
from tierlsp.settings.addresses import read_base_url
from tierlsp.settings.kinds import Complain, JsonSchema
from tierlsp.settings.wording import clean, shown
from tierlsp.text.globs import parse_glob

_MODEL_NAME = re.compile(r"auto|[^/\s]{1,64}/\S{1,256}")
"""`backend/model`, split at the first slash: the model's own name may have slashes of its own."""


@dataclass(frozen=True, slots=True)
class ModelName:
    """`auto`, or `backend/model`."""

    @property
    def expected(self) -> str:
        """The allowed values in words."""
        return '"auto" or "backend/model"'

    def read(self, value: object, complain: Complain) -> str | None:
        """Return `value` without blanks round it if it has the form of a model's name."""
        name = value.strip() if isinstance(value, str) else ""
        if name.isprintable() and _MODEL_NAME.fullmatch(name):
            return name
        complain(f"is {shown(value)}, not {self.expected}")
        return None

    def from_text(self, text: str) -> object:
        """Return `text`."""
        return text

    def loosens(self, new: str, old: str) -> bool:
        """Whether it is another model."""
        return new != old

    def schema(self) -> JsonSchema:
        """The JSON schema."""
        return {"type": "string", "pattern": r"^(auto|[^/\s]+/\S+)$"}


@dataclass(frozen=True, slots=True)
class Address:
    """The base URL of a model server."""

    @property
    def expected(self) -> str:
        """The allowed values in words."""
        return "a URL such as `http://127.0.0.1:11434`"

    def read(self, value: object, complain: Complain) -> str | None:
        """Return the URL in normal form."""
        if not isinstance(value, str):
            complain(f"is {shown(value)}, not a URL")
            return None
        try:
            return read_base_url(value.strip())
        except SettingsError as error:
            # The value is not repeated: it may hold a password.
            complain(str(error))
            return None

    def from_text(self, text: str) -> object:
        """Return `text`."""
        return text

    def loosens(self, new: str, old: str) -> bool:
        """Whether it is another place."""
        return new != old

    def schema(self) -> JsonSchema:
        """The JSON schema."""
        return {"type": "string", "pattern": "^https?://"}


_DURATION = re.compile(r"[+-]?(?:[0-9]{1,9}(?:\.[0-9]{0,9})?(?:ns|us|µs|ms|s|m|h)){1,6}")
"""A duration as Go writes it, which is what Ollama reads."""

_SECONDS = re.compile(r"[+-]?[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class KeepAlive:
    """How long Ollama keeps a model loaded; a negative duration is for ever, a bare number counts seconds."""

    @property
    def expected(self) -> str:
        """The allowed values in words."""
        return 'a duration such as "30m" or "1h30m", or seconds (-1 is for ever)'

    def read(self, value: object, complain: Complain) -> str | None:
        """Return the duration with its unit, since Ollama refuses a string such as `"-1"`."""
        number = int(value) if isinstance(value, float) and value.is_integer() else value
        if isinstance(number, int) and not isinstance(number, bool) and abs(number) < 10**9:
            return f"{number}s"
        text = value.strip() if isinstance(value, str) else ""
        if _SECONDS.fullmatch(text):
            return f"{text}s"
        if _DURATION.fullmatch(text):
            return text
        complain(f"is {shown(value)}, not {self.expected}")
        return None

    def from_text(self, text: str) -> object:
        """Return `text`."""
        return text

    def loosens(self, new: str, old: str) -> bool:
        """Whether it is another duration."""
        return new != old

    def schema(self) -> JsonSchema:
        """The JSON schema."""
        return {"type": ["string", "integer"]}


MAX_GLOBS = 200
"""Patterns in one list: more than any hand writes, and few enough to match a path against them all."""


@dataclass(frozen=True, slots=True)
class GlobList:
    """A list of patterns as in a `.gitignore`. A bad pattern is left out, and the others count."""

    @property
    def expected(self) -> str:
        """The allowed values in words."""
        return "a list of patterns such as `**/*.pem`"

    def read(self, value: object, complain: Complain) -> tuple[str, ...] | None:
        """Return the good patterns, without blanks round them, and complain about each bad one."""
        if not isinstance(value, (list, tuple)):
            complain(f"is {shown(value)}, not {self.expected}")
            return None
        if len(value) > MAX_GLOBS:
            complain(f"has more than {MAX_GLOBS} patterns, and those after are left out")
        good: list[str] = []
        for entry in value[:MAX_GLOBS]:
            try:
                pattern = _read_pattern(entry)
            except SettingsError as error:
                complain(f"holds {shown(entry)}, which {error} and is left out")
            else:
                good.append(pattern)
        # Where nothing is left of a list, the patterns it was to replace are the safer reading.
        return None if value and not good else tuple(dict.fromkeys(good))

    def from_text(self, text: str) -> object:
        """Return the list that `text` is in JSON, such as `["*.key"]`."""
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return clean(text)

    def loosens(self, new: tuple[str, ...], old: tuple[str, ...]) -> bool:
        """Whether a pattern is missing."""
        return not set(old) <= set(new)

    def schema(self) -> JsonSchema:
        """The JSON schema."""
        return {"type": "array", "items": {"type": "string"}, "maxItems": MAX_GLOBS}


def _read_pattern(entry: object) -> str:
    """Return one pattern.

    Raises:
        SettingsError: it is none; the message continues "which".
    """
    if not isinstance(entry, str):
        raise SettingsError("is not a pattern")
    pattern = entry.strip()
    try:
        parse_glob(pattern)
    except ValueError as error:
        raise SettingsError(str(error)) from None
    return pattern
