"""The starter `config.toml` and the JSON schema, both made from the table of settings."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from textwrap import wrap
from types import MappingProxyType
from typing import Any

from tierlsp.settings.key import Key
from tierlsp.settings.keys import ACTION_NAME, BACKEND_NAME, KEYS, POINTS, PRICED_MODEL, RULE_NAME, SECTIONS
from tierlsp.settings.kinds import JsonSchema
from tierlsp.settings.presets import ALWAYS_PRESENT, PRESETS
from tierlsp.settings.wording import listed

_STARTER_COLUMNS = 100
"""Width of the comments in the starter file."""

_NOTES: Mapping[str, str] = MappingProxyType(
    {
        "prices": "What a model costs, in US dollars for a million tokens, in place of the price that tierlsp knows.",
        "actions": "An action of your own: it stands in the menu, and `tierlsp run translate FILE` runs it.",
    }
)
"""What the tables are whose names the person chooses."""

_EXAMPLES = {
    POINTS: '# [routing.points]\n# "lang:rust" = 30\n',
    "actions": (
        '# [actions.translate]\n# title = "Translate comments to English"\n'
        '# prompt = "Translate the comments to English; change nothing else."\n# answer = "edit"\n'
    ),
    "prices": '# [prices."openai/gpt-5.4"]\n# input = 2.5\n# output = 15.0\n',
}
"""What stands in the starter file for the tables whose names the person chooses: examples, which are no defaults."""


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
        elif section not in _NOTES:
            blocks.append(_starter_table(section, [key for key in _keys_of(section) if not key.is_named]))
    for title, example in _EXAMPLES.items():
        docs = [key.doc for key in KEYS if key.path.startswith(f"{title}.")]
        blocks.append(_comments(_NOTES.get(title) or docs[0]) + example)
    return "\n".join(blocks)


def toml_value(value: object) -> str:
    """Return a setting's value in TOML. Strings and lists of these are written as in JSON."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)


def default_of(key: Key, backend: str = "") -> Any:
    """Return the default of `key`, for a backend that of the preset `backend`."""
    if key.default is not None:
        return key.default
    preset = PRESETS[backend]
    if key.name == "apiKeyEnv":
        return next(iter(preset.api_key_envs), "")
    return preset.kind if key.name == "kind" else preset.base_url


def json_schema() -> JsonSchema:
    """Return the JSON schema (draft 2020-12) of the tree, without the section's name `tierlsp` round it."""
    properties: dict[str, object] = {}
    for section in SECTIONS:
        table = _table_schema(_keys_of(section))
        of_tables = _NAMED_SCHEMAS.get(section)
        properties[section] = of_tables(table) if of_tables else table
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
        lines.append(_comments(key.doc, f"Values: {key.kind.expected}."))
        lines.append(f"#{key.name} = {toml_value(default_of(key, backend))}\n\n")
    return "".join(lines).removesuffix("\n")


def _starter_preset(name: str) -> str:
    """Return the table of a preset that counts only once it is there, or its API key is."""
    preset = PRESETS[name]
    keys = f" or {listed(preset.api_key_envs, last='or')} is set" if preset.api_key_envs else ""
    note = _comments(f'The backend "{name}" is there once its table is{keys}, or a model of it is named.')
    key = f"#apiKeyEnv = {toml_value(preset.api_key_envs[0])}\n" if preset.api_key_envs else ""
    return f"{note}#[backends.{name}]\n#baseUrl = {toml_value(preset.base_url)}\n{key}"


def _comments(*sentences: str) -> str:
    """Return `sentences` as lines of comment, each beginning a new one."""
    lines = [line for sentence in sentences for line in wrap(sentence, _STARTER_COLUMNS - 2)]
    return "".join(f"# {line}\n" for line in lines)


def _table_schema(keys: Iterable[Key]) -> JsonSchema:
    """Return the schema of one table."""
    properties: dict[str, object] = {}
    for key in keys:
        described = {"description": key.doc}
        default = {} if key.default is None else {"default": json.loads(toml_value(key.default))}
        schema = key.kind.schema() | described | default
        if key.name == "*":
            name = key.path.split(".")[-2]
            properties[name] = _tables_of(RULE_NAME.pattern, schema) | described
        else:
            properties[key.name] = schema
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _tables_of(pattern: str, each: JsonSchema) -> JsonSchema:
    """Return the schema of a table whose names the person chooses."""
    return {"type": "object", "propertyNames": {"pattern": f"^{pattern}$"}, "additionalProperties": each}


def _backends_schema(table: JsonSchema) -> JsonSchema:
    """Return the schema of the section `backends`; a table with a name of the person's own must say its kind."""
    return _tables_of(BACKEND_NAME.pattern, table | {"required": ["kind"]}) | {
        "properties": dict.fromkeys(PRESETS, table)
    }


_NAMED_SCHEMAS: Mapping[str, Callable[[JsonSchema], JsonSchema]] = MappingProxyType(
    {
        "backends": _backends_schema,
        "actions": lambda table: _tables_of(ACTION_NAME.pattern, table | {"required": ["title", "prompt"]}),
        "prices": lambda table: _tables_of(PRICED_MODEL.pattern, table | {"required": ["input", "output"]}),
    }
)
"""How the schema of one table becomes that of a section of such tables."""
