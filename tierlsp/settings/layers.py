"""Where settings come from, and what can be wrong with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Any, NamedTuple


class Origin(Enum):
    """The sources of settings; a later one has precedence over those before it."""

    DEFAULT = "default"
    FILE = "config.toml"
    ENVIRONMENT = "environment"
    INITIALIZATION = "initializationOptions"
    EDITOR = "editor settings"
    PROJECT = ".tierlsp.toml"
    COMMAND_LINE = "command line"

    @property
    def rank(self) -> int:
        """The place in the order of precedence, 0 the lowest."""
        return tuple(Origin).index(self)

    @property
    def phrase(self) -> str:
        """Its name within a sentence."""
        needs_article = self in (Origin.ENVIRONMENT, Origin.EDITOR, Origin.COMMAND_LINE)
        return f"the {self.value}" if needs_article else self.value

    @property
    def is_trusted(self) -> bool:
        """Whether it is the person who speaks.

        A project's file and an editor's settings for a workspace can come with a repository, so they cannot
        set what could hurt (`keys.Trust`).
        """
        return self not in (Origin.EDITOR, Origin.PROJECT)


@dataclass(frozen=True, slots=True)
class Problem:
    """A setting that is unknown, wrong, or not for its source to set."""

    key: str
    """Its full path, such as `completion.budgetMs`, fit to be shown; empty if the whole source is meant."""
    message: str
    """One sentence: the key, what was wrong, and what is used instead."""
    source: str
    """The source's name, such as `config.toml`."""


@dataclass(frozen=True, slots=True)
class Layer:
    """What one source says, not checked yet."""

    origin: Origin
    tree: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    """Sections and keys in camelCase, as the source has them."""
    label: str = ""
    """What the source is called in messages, if not by its origin's name."""
    spellings: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """For each full path how the source spells it, where that differs (an environment variable's name)."""
    problems: tuple[Problem, ...] = ()
    """What was wrong with the source itself."""
    found_keys: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """For each preset whose API key the source has, the variable that holds it; never the key."""

    def name(self, path: str = "") -> str:
        """Return what the source is called, with its own word for `path` if it has one."""
        return self._spelt(self.label or self.origin.value, path)

    def phrase(self, path: str = "") -> str:
        """Return the same as `name`, within a sentence."""
        return self._spelt(self.label or self.origin.phrase, path)

    def _spelt(self, called: str, path: str) -> str:
        """Add to `called` the source's own word for `path`, if it has one."""
        spelling = self.spellings.get(path)
        return f"{called} ({spelling})" if spelling else called


class Held(NamedTuple):
    """A value in force, and the name of its source."""

    value: Any
    source: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem whose last words, what is used instead, are known only when all layers are merged."""

    path: str
    layer: Layer
    what: str
    """The rest of a sentence that begins with the key and its source: `is 5, not true or false`."""
    is_replaced: bool = True
    """Whether another value is used in its place, so that the message says which."""
