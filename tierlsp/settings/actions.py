"""The actions of the person's own, put together from what all layers say of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tierlsp.settings.key import snake
from tierlsp.settings.keys import KEYS
from tierlsp.settings.layers import Finding, Held, Origin
from tierlsp.settings.reading import Entry
from tierlsp.settings.tree import ActionSettings
from tierlsp.settings.wording import listed

_SECTION = "actions."


def settle_actions(
    held: dict[str, Held], findings: list[Finding], entries: Sequence[Entry]
) -> dict[str, ActionSettings]:
    """Return the actions that are whole, each by its name, and put their defaults into `held`.

    Args:
        held: the values in force, by full path.
        findings: gets one for each action that is not whole.
        entries: all values, for the layer that a finding is about.
    """
    tables: dict[str, dict[str, Any]] = {}
    for path, value in held.items():
        if path.startswith(_SECTION):
            name, _, word = path.removeprefix(_SECTION).rpartition(".")
            tables.setdefault(name, {})[snake(word)] = value.value
    actions = {}
    for name, values in tables.items():
        missing = [word for word in ("title", "prompt") if word not in values]
        if missing:
            first = next(entry for entry in entries if entry.path.startswith(f"{_SECTION}{name}."))
            what = f"has no {listed(missing)}, without which it is no action, and is ignored"
            findings.append(Finding(f"{_SECTION}{name}", first.layer, what, is_replaced=False))
            continue
        for key in KEYS:
            if key.section == "actions" and key.name not in values:
                values[key.name] = key.default
                held[f"{_SECTION}{name}.{key.name}"] = Held(key.default, Origin.DEFAULT.value)
        actions[name] = ActionSettings(**values)
    return actions
