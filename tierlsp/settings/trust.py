"""What a project, or an editor's settings for a workspace, may set.

**Law:** a source that can come with a repository may only tighten: exclude more, ask less, spend less, stay
local. It never sets where anything is sent, which key goes with it, or what it costs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tierlsp.settings.key import Trust
from tierlsp.settings.reading import Entry
from tierlsp.settings.tree import BackendSettings

_TRUSTED_PLACES = "in config.toml, in the environment, in initializationOptions or on the command line"
"""The sources whose word counts (`Origin.is_trusted`), for a message."""


def refusal(entry: Entry, current: Any, backends: Mapping[str, BackendSettings]) -> str | None:
    """Return why `entry`, from a source that is not trusted, must not count; `None` if it may.

    Args:
        entry: What the source wants.
        current: What is in force without it; `None` if nothing is.
        backends: The backends as trusted sources have them.

    Returns:
        The rest of a sentence that begins with the setting's name.
    """
    if entry.value == current:
        return None
    match entry.key.trust:
        case Trust.FREE:
            return None
        case Trust.TIGHTEN:
            return _not_looser(entry, current)
        case Trust.ADD:
            return None
        case Trust.LOCAL_MODEL:
            return _only_local(entry.value, backends)
        case Trust.USER:
            return f"is ignored, because it can be set only {_TRUSTED_PLACES}"


def negated_patterns(patterns: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of `patterns` that take back what others exclude."""
    return tuple(pattern for pattern in patterns if pattern.startswith("!"))


def _not_looser(entry: Entry, current: Any) -> str | None:
    """Refuse what allows more than `current`."""
    if not entry.key.kind.loosens(entry.value, current):
        return None
    return "is ignored, because a project or an editor's workspace can only tighten it"


def _only_local(model: str, backends: Mapping[str, BackendSettings]) -> str | None:
    """Refuse a model that may not be on this machine."""
    if model == "auto":
        is_local = all(backend.is_loopback for backend in backends.values() if backend.completes)
    else:
        name, _, rest = model.partition("/")
        is_local = name in backends and backends[name].keeps(rest)
    if is_local:
        return None
    return "is ignored, because a project or an editor's workspace can only choose a model on this machine"
