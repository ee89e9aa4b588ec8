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


class ModelName:
    """`auto`, or `backend/model`."""

    __slots__ = ()

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


MAX_MODELS = 20
"""Models in one tier: more than anybody keeps keys for."""


@dataclass(frozen=True, slots=True)
class ModelList:
    """A list of `backend/model`. One that has not this form is left out, and the others count."""

    with_auto: bool = False
    """Whether `auto` may be one of them."""

    @property
    def expected(self) -> str:
        """The allowed values in words."""
        return f"a list of models, each {self._each}"

    @property
    def _each(self) -> str:
        return '"backend/model" or "auto"' if self.with_auto else '"backend/model"'

    def read(self, value: object, complain: Complain) -> tuple[str, ...] | None:
        """Return the good names, each once, and complain about each bad one."""
        if not isinstance(value, (list, tuple)):
            complain(f"is {shown(value)}, not {self.expected}")
            return None
        if len(value) > MAX_MODELS:
            complain(f"has more than {MAX_MODELS} models, and those after are left out")
        good: list[str] = []
        for entry in value[:MAX_MODELS]:
            name = entry.strip() if isinstance(entry, str) else ""
            if name.isprintable() and _MODEL_NAME.fullmatch(name) and (self.with_auto or name != "auto"):
                good.append(name)
            else:
                complain(f"holds {shown(entry)}, which is not {self._each} and is left out")
        return None if value and not good else tuple(dict.fromkeys(good))

    def from_text(self, text: str) -> object:
        """Return the list that `text` is: in JSON, or with commas between the names."""
        if text.strip().startswith("["):
            return _json_or_text(text)
        return [name for part in text.split(",") if (name := part.strip())]

    def loosens(self, new: tuple[str, ...], old: tuple[str, ...]) -> bool:
        """Whether it is another list."""
        return new != old

    def schema(self) -> JsonSchema:
        """The JSON schema."""
        pattern = r"^(auto|[^/\s]+/\S+)$" if self.with_auto else r"^[^/\s]+/\S+$"
        return {"type": "array", "items": {"type": "string", "pattern": pattern}, "maxItems": MAX_MODELS}


_VARIABLE = re.compile(r"(?:[A-Z_][A-Z0-9_]{0,127})?")
"""A variable's name as shells have it, in capitals: what has small letters may be a key that went astray."""


class VariableName:
    """The name of the environment variable that holds an API key; the empty one sends no key."""

    __slots__ = ()

    @property
    def expected(self) -> str:
        """The allowed values in words."""
        return "the name of an environment variable such as `OPENAI_API_KEY`, or nothing for no key"

    def read(self, value: object, complain: Complain) -> str | None:
        """Return the name without blanks round it."""
        name = value.strip() if isinstance(value, str) else None
        if name is not None and _VARIABLE.fullmatch(name):
            return name
        # The value is not repeated: it may be the key itself.
        complain(f"is not {self.expected}")
        return None

    def from_text(self, text: str) -> object:
        """Return `text`."""
        return text

    def loosens(self, new: str, old: str) -> bool:
        """Whether it is another variable."""
        return new != old

    def schema(self) -> JsonSchema:
        """The JSON schema."""
        return {"type": "string", "pattern": f"^{_VARIABLE.pattern}$"}


class Address:
    """The base URL of a model server."""

    __slots__ = ()

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


class KeepAlive:
    """How long Ollama keeps a model loaded; a negative duration is for ever, a bare number counts seconds."""

    __slots__ = ()

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


class GlobList:
    """A list of patterns as in a `.gitignore`. A bad pattern is left out, and the others count."""

    __slots__ = ()

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
        return _json_or_text(text)

    def loosens(self, new: tuple[str, ...], old: tuple[str, ...]) -> bool:
        """Whether a pattern is missing."""
        return not set(old) <= set(new)

    def schema(self) -> JsonSchema:
        """The JSON schema."""
        return {"type": "array", "items": {"type": "string"}, "maxItems": MAX_GLOBS}


def _json_or_text(text: str) -> object:
    """Return what `text` is in JSON, or the text itself, for `read` to complain."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return clean(text)


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
