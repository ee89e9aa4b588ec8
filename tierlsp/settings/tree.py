"""The settings in force, as the rest of the package reads them: frozen, complete, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

from tierlsp.settings.addresses import is_loopback
from tierlsp.settings.keys import KEYS, snake

BackendKind = Literal["ollama", "llamacpp"]
"""The wire formats that a backend can have."""


@dataclass(frozen=True, slots=True)
class CompletionSettings:
    """Section `completion`; what each key means is in `keys.py`."""

    enabled: bool
    model: str
    fallback: Literal["lookup", "none"]
    budget_ms: int
    patience_ms: int
    warm_ms: int
    layout: Literal["auto", "native", "lineAfterMiddle"]
    debounce: int | Literal["adaptive"]
    """Milliseconds, or as measured."""
    multiline: Literal["auto", "never", "always"]
    max_tokens: int
    trigger: Literal["automatic", "manual"]
    power: Literal["full", "saving"]


@dataclass(frozen=True, slots=True)
class BackendSettings:
    """One table of the section `backends`."""

    name: str
    """The part before the slash in `backend/model`."""
    kind: BackendKind
    base_url: str
    """Scheme, host, port and path if given, in normal form, without a slash at the end."""
    keep_alive: str
    """A duration in Go's notation, with its unit."""
    num_ctx: int

    @property
    def is_loopback(self) -> bool:
        """Whether the server is on this machine."""
        return is_loopback(self.base_url)


@dataclass(frozen=True, slots=True)
class PrivacySettings:
    """Section `privacy`."""

    exclude: tuple[str, ...]
    """The person's patterns, then those that a project adds."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set. `load(())` gives the defaults."""

    completion: CompletionSettings
    backends: Mapping[str, BackendSettings]
    """By name; read-only."""
    privacy: PrivacySettings


def settings_of(values: Mapping[str, Any], backends: Mapping[str, BackendSettings]) -> Settings:
    """Return the tree with `values`, by full path and each as its key's kind has read it."""
    return Settings(
        completion=CompletionSettings(**_fields(values, "completion")),
        backends=MappingProxyType(dict(backends)),
        privacy=PrivacySettings(**_fields(values, "privacy")),
    )


def flatten(settings: Settings) -> dict[str, Any]:
    """Return every setting in force by its full path, in the order of the table; lists stay tuples."""
    flat: dict[str, Any] = {}
    for key in KEYS:
        if key.section == "backends":
            for name, backend in settings.backends.items():
                flat[key.path.replace("*", name)] = getattr(backend, snake(key.name))
        else:
            flat[key.path] = getattr(getattr(settings, key.section), snake(key.name))
    return flat


def _fields(values: Mapping[str, Any], section: str) -> dict[str, Any]:
    """Return the values of one section under the names that they have inside."""
    return {snake(key.name): values[key.path] for key in KEYS if key.section == section}
