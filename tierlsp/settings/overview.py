"""What is in force, where it comes from and what is wrong, for `tierlsp config show` and `tierlsp doctor`."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple

from tierlsp.settings.merge import Loaded
from tierlsp.settings.tree import flatten
from tierlsp.settings.wording import clean, shown

_SHOWN_VALUE_CHARS = 400
"""Longer than any base URL or list of patterns that a person would like to see on one screen."""


class Row(NamedTuple):
    """One setting, fit to be shown in a terminal."""

    key: str
    value: str
    source: str


def rows(loaded: Loaded) -> list[Row]:
    """Return every setting in force, in the order of the table."""
    return [Row(path, _shown_value(value), loaded.origins[path]) for path, value in flatten(loaded.settings).items()]


def as_json(loaded: Loaded) -> dict[str, Any]:
    """Return `{settings, origins, problems}`: the tree in camelCase, and the rest by full path."""
    tree: dict[str, dict[str, Any]] = {}
    for path, value in flatten(loaded.settings).items():
        section, _, rest = path.partition(".")
        # The name of a backend or a model may have dots, the name of a key or a rule has none.
        table, _, name = rest.rpartition(".")
        place = tree.setdefault(section, {})
        if table:
            place = place.setdefault(table, {})
        place[name] = _json_value(value)
    return {
        "settings": tree,
        "origins": dict(loaded.origins),
        "problems": [
            {"key": problem.key, "message": problem.message, "source": problem.source} for problem in loaded.problems
        ],
    }


def _json_value(value: Any) -> Any:
    """Return a value in force as JSON has it."""
    if isinstance(value, tuple):
        return list(value)
    return float(value) if isinstance(value, Decimal) else value


def _shown_value(value: object) -> str:
    """Return a value in force, as one would write it, long lists cut."""
    if isinstance(value, tuple):
        text = ", ".join(shown(each) for each in value)
        return f"[{clean(text, _SHOWN_VALUE_CHARS)}]"
    return shown(value, _SHOWN_VALUE_CHARS)
