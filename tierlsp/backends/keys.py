"""API keys: where they are found, and how they are kept from being shown.

**Law:** a key stands in no message, no log and no `repr`. It is never written by this package, and never read from a
place where it lies in plain text other than the environment.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tierlsp.errors import SettingsError

SERVICE = "tierlsp"
"""Under which name keys are kept in the system's keyring; the user name there is that of the environment variable."""

_LONGEST_KEY_CHARS = 4096
"""Tokens of companies' gateways have 1 to 2 kB; all headers together may have some 8 kB."""

Lookup = Callable[[str], str | None]
"""Takes the name of an entry, returns its secret; `None` if there is none. Raises nothing."""


class ApiKey:
    """A key. Nothing but `reveal` shows it."""

    __slots__ = ("_text",)

    def __init__(self, text: str, name: str) -> None:
        """Wrap `text`.

        Args:
            text: the key itself.
            name: what a message calls it, such as the environment variable.

        Raises:
            SettingsError: it cannot be put into a header, or would there become two. The message does not show it.
        """
        if not text:
            raise SettingsError(f"the API key in {name} is empty; set it anew")
        if len(text) > _LONGEST_KEY_CHARS:
            raise SettingsError(f"the API key in {name} is too long to be one; set it anew")
        if not all("!" <= char <= "~" for char in text):
            raise SettingsError(
                f"the API key in {name} holds a blank, a line end or a character outside ASCII; set it anew"
            )
        self._text = text

    def reveal(self) -> str:
        """Return the key, for a header of a request and nothing else."""
        return self._text

    def __repr__(self) -> str:
        return "ApiKey(…)"

    def __reduce__(self) -> str | tuple[Any, ...]:
        raise TypeError("an API key is not written to anything")


@dataclass(frozen=True, slots=True)
class FoundKey:
    """A key, and where it was found."""

    key: ApiKey
    source: str
    """As a message says it: `DEEPSEEK_API_KEY`, or `the keyring's entry DEEPSEEK_API_KEY`."""


def find_key(
    names: Sequence[str], *, environ: Mapping[str, str] | None = None, keyring: Lookup | None = None
) -> FoundKey | None:
    """Return the first key that is found: in the environment, then in the system's keyring.

    The keyring may have to ask another process, or the person: call this in a thread.

    Args:
        names: environment variables, best first; none where no key is to be sent.
        environ: the environment; that of the process unless given.
        keyring: looks an entry up; `from_keyring` unless given.

    Raises:
        SettingsError: what is there cannot be a key.
    """
    environ = os.environ if environ is None else environ
    look_up = keyring or from_keyring
    for name in names:
        if environ.get(name, "").strip():
            return FoundKey(ApiKey(environ[name], name), name)
    for name in names:
        if text := look_up(name):
            source = f"the keyring's entry {name}"
            return FoundKey(ApiKey(text, source), source)
    return None


def from_keyring(name: str) -> str | None:
    """Return the secret of an entry of the system's keyring; `None` if there is none, or no keyring.

    The package `keyring` is optional (`pip install 'tierlsp[keyring]'`). Without a keyring behind it, as on many
    servers, and with one that only writes a file in plain text, there is no key: then the environment is its place.
    """
    try:
        library = importlib.import_module("keyring")
        if _is_plain(library.get_keyring()):
            return None
        text = library.get_password(SERVICE, name)
    except Exception:
        # Not installed, locked, refused by the person, a broken D-Bus: its backends raise whatever they like.
        return None
    return text if isinstance(text, str) else None


def _is_plain(backend: object) -> bool:
    """Whether a backend of the package `keyring`, or one that it tries in turn, keeps secrets as plain text."""
    inner = getattr(backend, "backends", None)
    parts = list(inner) if isinstance(inner, list | tuple) else [backend]
    return any("plain" in type(part).__name__.lower() for part in parts)
