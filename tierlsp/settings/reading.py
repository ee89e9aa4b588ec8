"""One layer checked: the values that fit, and a finding for everything that does not.

Nothing here depends on other layers; who may set what is decided in `trust.py`, which value wins in
`merge.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from tierlsp.settings.keys import (
    BACKEND_NAME,
    KEYS,
    PRESETS,
    RESERVED_BACKENDS,
    RESERVED_SECTIONS,
    SECTIONS,
    Key,
    is_reserved,
    key_at,
)
from tierlsp.settings.layers import Finding, Layer
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
    reserved: list[str] = field(default_factory=list)
    """Paths that were accepted and are not used by this version."""
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
        if section in RESERVED_SECTIONS:
            reading.reserved.append(section)
        elif section not in SECTIONS:
            reading.refuse(clean(section), f"is not a setting{_guess(section, SECTIONS)} and is ignored")
        elif not isinstance(body, Mapping):
            reading.refuse(section, f"is {shown(body)}, not a table of settings, and is ignored")
        elif section == "backends":
            _read_backends(body, reading)
        else:
            _read_table(section, body, reading)
    return reading


def _read_backends(tables: Mapping[str, object], reading: Reading) -> None:
    """Check the tables of the section `backends`."""
    for name, table in tables.items():
        path = f"backends.{clean(name)}"
        if table is None:
            continue
        if not BACKEND_NAME.fullmatch(name):
            what = "is not a name for a backend (letters, digits, and then also _ . -) and is ignored"
            reading.refuse(path, what)
        elif not isinstance(table, Mapping):
            reading.refuse(path, f"is {shown(table)}, not a table of settings, and is ignored")
        elif is_reserved(path) or _is_reserved_kind(table.get("kind")):
            reading.reserved.append(path)
        else:
            if name in PRESETS:
                reading.presets.append(name)
            _read_table(path, table, reading)


def _read_table(path: str, table: Mapping[str, object], reading: Reading) -> None:
    """Check the keys of one table."""
    for name, value in table.items():
        full = f"{path}.{name}"
        # A name with a dot would be taken for a path that it is not.
        key = None if "." in name else key_at(full)
        if value is None:
            continue
        if "." not in name and is_reserved(full):
            reading.reserved.append(full)
        elif key is None:
            siblings = [key.name for key in KEYS if key.section == path.partition(".")[0]]
            guess = _guess(name, siblings, f"{path}.")
            reading.refuse(clean(full), f"is not a setting{guess} and is ignored")
        else:
            _read_value(full, key, value, reading)


def _read_value(path: str, key: Key, value: object, reading: Reading) -> None:
    """Check one value."""
    complaints: list[str] = []
    read = key.kind.read(value, complaints.append)
    for complaint in complaints:
        reading.findings.append(Finding(path, reading.layer, complaint, is_replaced=read is None))
    if read is not None:
        reading.entries.append(Entry(path, key, read, reading.layer))


def _is_reserved_kind(kind: object) -> bool:
    """Whether a backend of this kind belongs to the cloud tiers."""
    return isinstance(kind, str) and kind.strip() in RESERVED_BACKENDS


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
