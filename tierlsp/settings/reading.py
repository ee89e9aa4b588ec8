"""One layer checked: the values that fit, and a finding for everything that does not.

Nothing here depends on other layers; who may set what is decided in `trust.py`, which value wins in
`merge.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any

from tierlsp.settings.key import Key
from tierlsp.settings.keys import ACTION_NAME, BACKEND_NAME, KEYS, POINTS, PRICED_MODEL, RULE_NAME, SECTIONS, key_at
from tierlsp.settings.layers import Finding, Layer
from tierlsp.settings.presets import PRESETS
from tierlsp.settings.wording import clean, shown

_LONGEST_GUESSED_CHARS = 64
"""Names longer than this are not compared with the known ones, since comparing takes time squared."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One value that fits its key."""

    path: str
    key: Key
    value: Any
    """As the key's kind has read it."""
    layer: Layer


@dataclass(slots=True)
class Reading:
    """A layer after checking. It is filled while the layer is read."""

    layer: Layer
    entries: list[Entry] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    presets: list[str] = field(default_factory=list)
    """Presets that have a table, which may be empty."""

    def refuse(self, path: str, what: str) -> None:
        """Note that what stands at `path` is ignored."""
        self.findings.append(Finding(path, self.layer, what, is_replaced=False))


def read_layer(layer: Layer) -> Reading:
    """Check every key of `layer`. Null counts as absent: editors send it for what nobody has set."""
    reading = Reading(layer)
    for section, body in layer.tree.items():
        if body is None:
            continue
        if section not in SECTIONS:
            reading.refuse(clean(section), f"is not a setting{_guess(section, SECTIONS)} and is ignored")
        elif not isinstance(body, Mapping):
            reading.refuse(section, f"is {shown(body)}, not a table of settings, and is ignored")
        elif section in _NAMES:
            _read_named(section, body, reading)
        else:
            _read_table(section, body, reading)
    return reading


_NAMES: Mapping[str, tuple[re.Pattern[str], str]] = MappingProxyType(
    {
        "backends": (BACKEND_NAME, "a name for a backend (letters, digits, and then also _ . -)"),
        "actions": (ACTION_NAME, "a name for an action of your own (letters, digits, _ -, and none of tierlsp's)"),
        "prices": (PRICED_MODEL, 'a model, which is "backend/model"'),
    }
)
"""How the tables of a section may be called, and that in words."""


def _read_named(section: str, tables: Mapping[str, object], reading: Reading) -> None:
    """Check the tables of a section in which each has a name."""
    pattern, words = _NAMES[section]
    for name, table in tables.items():
        path = f"{section}.{clean(name)}"
        if table is None:
            continue
        if not name.isprintable() or not pattern.fullmatch(name):
            reading.refuse(path, f"is not {words} and is ignored")
        elif not isinstance(table, Mapping):
            reading.refuse(path, f"is {shown(table)}, not a table of settings, and is ignored")
        else:
            if section == "backends" and name in PRESETS:
                reading.presets.append(name)
            _read_table(f"{section}.{name}", table, reading)


def _read_table(path: str, table: Mapping[str, object], reading: Reading) -> None:
    """Check the keys of one table."""
    for name, value in table.items():
        full = f"{path}.{name}"
        # A name with a dot would be taken for a path that it is not.
        key = None if "." in name else key_at(full)
        if value is None:
            continue
        if full == POINTS:
            _read_points(value, reading)
        elif key is None:
            siblings = [key.name for key in KEYS if key.section == path.partition(".")[0] and key.name != "*"]
            guess = _guess(name, siblings, f"{path}.")
            reading.refuse(clean(full), f"is not a setting{guess} and is ignored")
        else:
            _read_value(full, key, value, reading)


def _read_points(table: object, reading: Reading) -> None:
    """Check the points that rules are given."""
    if not isinstance(table, Mapping):
        reading.refuse(POINTS, f"is {shown(table)}, not a table of rules and their points, and is ignored")
        return
    for rule, value in table.items():
        path = f"{POINTS}.{clean(rule)}"
        key = key_at(path)
        if value is None:
            continue
        if key is None or not RULE_NAME.fullmatch(rule):
            reading.refuse(path, "is not the name of a rule (letters, digits, and then also _ : -) and is ignored")
        else:
            _read_value(path, key, value, reading)


def _read_value(path: str, key: Key, value: object, reading: Reading) -> None:
    """Check one value."""
    complaints: list[str] = []
    read = key.kind.read(value, complaints.append)
    for complaint in complaints:
        reading.findings.append(Finding(path, reading.layer, complaint, is_replaced=read is None))
    if read is not None:
        reading.entries.append(Entry(path, key, read, reading.layer))


def _guess(name: str, known: tuple[str, ...] | list[str], before: str = "") -> str:
    """Return ` (did you mean …?)` if one of `known` is much like `name`, whatever its case, or nothing."""
    if len(name) > _LONGEST_GUESSED_CHARS:
        return ""
    if "." in name:
        return " (write tables within tables, not a name with dots)"
    by_folded = {word.lower(): word for word in known}
    folded = name.replace("_", "").replace("-", "").lower()
    matches = get_close_matches(folded, by_folded, n=1, cutoff=0.7)
    return f" (did you mean {before}{by_folded[matches[0]]}?)" if matches else ""
