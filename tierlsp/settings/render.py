"""The starter `config.toml` and the JSON schema, both made from the table of settings."""

from __future__ import annotations

import json
from collections.abc import Iterable
from textwrap import wrap
from typing import Any

from tierlsp.settings.keys import (
    ALWAYS_PRESENT,
    BACKEND_NAME,
    KEYS,
    PRESETS,
    RESERVED_BACKENDS,
    RESERVED_KEYS,
    RESERVED_SECTIONS,
    SECTIONS,
    Key,
)
from tierlsp.settings.kinds import JsonSchema

IDLE_NOTE = "Accepted, and nothing acts on it yet."
"""What is said of a key that is in the contract ahead of what it will steer."""

_STARTER_COLUMNS = 100
"""Width of the comments in the starter file."""

_RESERVED_NOTE = "For the cloud tiers. Accepted, and not used by this version."


def starter_file() -> str:
    """Return a `config.toml` in which every setting stands as a comment, with its default."""
    blocks = [
        _comments(
            "Settings of tierlsp.",
            'A line such as "#budgetMs = 60" shows a default; take away its "#" to change it.',
            "What is in force, and from where: tierlsp config show",
        )
    ]
    for section in SECTIONS:
        if section == "backends":
            blocks.append(_starter_table(f"backends.{ALWAYS_PRESENT}", _keys_of(section), ALWAYS_PRESENT))
            blocks.extend(_starter_preset(name) for name in PRESETS if name != ALWAYS_PRESENT)
        else:
            blocks.append(_starter_table(section, _keys_of(section)))
    return "\n".join(blocks)


def toml_value(value: object) -> str:
    """Return a setting's value in TOML. Strings and lists of these are written as in JSON."""
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)


def default_of(key: Key, backend: str = "") -> Any:
    """Return the default of `key`, for a backend that of the preset `backend`."""
    if key.default is not None:
        return key.default
    preset = PRESETS[backend]
    return preset.kind if key.name == "kind" else preset.base_url


def json_schema() -> JsonSchema:
    """Return the JSON schema (draft 2020-12) of the tree, without the section's name `tierlsp` round it."""
    properties: dict[str, object] = {}
    for section in SECTIONS:
        table = _table_schema(_keys_of(section), section)
        properties[section] = _backends_schema(table) if section == "backends" else table
    for section in sorted(RESERVED_SECTIONS):
        properties[section] = {"type": "object", "description": _RESERVED_NOTE}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Settings of tierlsp",
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
    }


def _keys_of(section: str) -> list[Key]:
    """Return the keys of one section, in the order of the table."""
    return [key for key in KEYS if key.section == section]


def _starter_table(title: str, keys: Iterable[Key], backend: str = "") -> str:
    """Return one table of the starter file."""
    lines = [f"[{title}]\n"]
    for key in keys:
        notes = [IDLE_NOTE] if key.is_idle else []
        lines.append(_comments(key.doc, f"Values: {key.kind.expected}.", *notes))
        lines.append(f"#{key.name} = {toml_value(default_of(key, backend))}\n\n")
    return "".join(lines).removesuffix("\n")


def _starter_preset(name: str) -> str:
    """Return the table of a preset that counts only once it is there."""
    note = _comments(f'The backend "{name}" is asked once its table is there.')
    return f"{note}#[backends.{name}]\n#baseUrl = {toml_value(PRESETS[name].base_url)}\n"


def _comments(*sentences: str) -> str:
    """Return `sentences` as lines of comment, each beginning a new one."""
    lines = [line for sentence in sentences for line in wrap(sentence, _STARTER_COLUMNS - 2)]
    return "".join(f"# {line}\n" for line in lines)


def _table_schema(keys: Iterable[Key], section: str) -> JsonSchema:
    """Return the schema of one table."""
    properties: dict[str, object] = {}
    for key in keys:
        described = {"description": f"{key.doc} {IDLE_NOTE}" if key.is_idle else key.doc}
        default = {} if key.default is None else {"default": json.loads(toml_value(key.default))}
        properties[key.name] = key.kind.schema() | described | default
    for path in sorted(RESERVED_KEYS):
        if path.startswith(f"{section}."):
            properties[path.rpartition(".")[2]] = {"description": _RESERVED_NOTE}
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _backends_schema(table: JsonSchema) -> JsonSchema:
    """Return the schema of the section `backends`, whose tables each have a name of the person's choosing."""
    reserved = {"type": "object", "description": _RESERVED_NOTE}
    reserved_kind = {"properties": {"kind": {"enum": sorted(RESERVED_BACKENDS)}}, "required": ["kind"]}
    own = table | {"required": ["kind"]}
    return {
        "type": "object",
        "propertyNames": {"pattern": f"^{BACKEND_NAME.pattern}$"},
        "properties": {name: {"anyOf": [table, reserved | reserved_kind]} for name in PRESETS}
        | dict.fromkeys(sorted(RESERVED_BACKENDS), reserved),
        "additionalProperties": {"anyOf": [own, reserved | reserved_kind]},
    }
