"""What is written about the settings agrees with what they are."""

import json
import re
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import tierlsp
from tierlsp.settings import Layer, Origin, load
from tierlsp.settings.key import environment_name
from tierlsp.settings.keys import KEYS
from tierlsp.settings.manual import manual_page
from tierlsp.settings.overview import as_json, rows
from tierlsp.settings.presets import PRESETS
from tierlsp.settings.render import json_schema, starter_file
from tierlsp.settings.tree import flatten

MANUAL = Path(tierlsp.__file__).parent.parent / "docs" / "settings.md"


def uncommented(text: str) -> str:
    """Return the starter file with every setting in it taken out of its comment."""
    return re.sub(r"^#(?=[a-zA-Z\[])", "", text, flags=re.MULTILINE)


def test_the_starter_file_as_it_is_changes_nothing() -> None:
    loaded = load([Layer(Origin.FILE, tomllib.loads(starter_file()))])
    assert loaded.settings == load(()).settings
    assert loaded.problems == ()


def test_the_starter_file_without_its_comments_says_the_defaults() -> None:
    loaded = load([Layer(Origin.FILE, tomllib.loads(uncommented(starter_file())))])
    assert loaded.problems == ()
    with_presets = load([Layer(Origin.FILE, {"backends": {name: {} for name in PRESETS}})])
    assert loaded.settings == with_presets.settings


def test_the_starter_file_has_every_key_once() -> None:
    tree = tomllib.loads(uncommented(starter_file()))
    plain = ("completion", "tiers", "routing", "budget", "privacy")
    found = {f"{section}.{name}" for section in plain for name in tree[section]}
    found |= {f"backends.*.{name}" for name in tree["backends"]["ollama"]}
    assert found == {key.path for key in KEYS if not key.is_named or key.section == "backends"}
    assert set(tree["backends"]) == set(PRESETS)


def test_the_schema_has_every_key_with_its_default() -> None:
    properties: Any = json_schema()["properties"]
    for key in KEYS:
        table = properties[key.section]
        if key.section == "backends":
            table = table["properties"]["ollama"]
        if key.section in ("prices", "actions"):
            table = table["additionalProperties"]
        if key.name == "*":
            described = table["properties"]["points"]["additionalProperties"]
        else:
            described = table["properties"][key.name]
        assert described["description"].startswith(key.doc)
        expected = list(key.default) if isinstance(key.default, tuple) else key.default
        assert described.get("default") == (float(expected) if isinstance(expected, Decimal) else expected)


def accepts(schema: Any, value: Any) -> bool:
    """Whether `value` fits `schema`, as far as the schema of the settings uses JSON Schema.

    A word that is not known here fails the test, so that nothing in the schema goes untested.
    """
    return all(CHECKS[word](schema, value) for word in schema if word not in {"$schema", "title"})


def fits_type(schema: Any, value: Any) -> bool:
    kinds = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": (int, float)}
    names = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    return any(isinstance(value, kinds[name]) and (name == "boolean" or value is not True) for name in names)


def fits_properties(schema: Any, value: Any) -> bool:
    known = schema["properties"]
    return all(accepts(known[name], each) for name, each in value.items() if name in known)


def fits_additional(schema: Any, value: Any) -> bool:
    rest = schema["additionalProperties"]
    others = [each for name, each in value.items() if name not in schema.get("properties", {})]
    return not others if rest is False else all(accepts(rest, each) for each in others)


CHECKS: dict[str, Any] = {
    "type": fits_type,
    "properties": fits_properties,
    "additionalProperties": fits_additional,
    "required": lambda schema, value: set(schema["required"]) <= set(value),
    "propertyNames": lambda schema, value: all(re.search(schema["propertyNames"]["pattern"], name) for name in value),
    "anyOf": lambda schema, value: any(accepts(each, value) for each in schema["anyOf"]),
    "enum": lambda schema, value: value in schema["enum"],
    "const": lambda schema, value: value == schema["const"],
    "minimum": lambda schema, value: value >= schema["minimum"],
    "maximum": lambda schema, value: value <= schema["maximum"],
    "items": lambda schema, value: all(accepts(schema["items"], each) for each in value),
    "maxItems": lambda schema, value: len(value) <= schema["maxItems"],
    "pattern": lambda schema, value: re.search(schema["pattern"], value) is not None,
    "description": lambda schema, value: True,
    "default": lambda schema, value: accepts({k: v for k, v in schema.items() if k != "default"}, schema["default"]),
}


@pytest.mark.parametrize(
    "tree",
    [
        tomllib.loads(starter_file()),
        tomllib.loads(uncommented(starter_file())),
        as_json(load(()))["settings"],
        {"completion": {"debounce": 75}, "backends": {"box": {"kind": "llamacpp"}, "ollama": {}}},
        {"backends": {"mistral": {"apiKeyEnv": "X"}, "work": {"kind": "openai"}}, "tiers": {"cheap": ["work/a/b"]}},
        {"privacy": {"cloud": "ask", "redact": True}, "budget": {"monthlyUsd": 25}, "routing": {"points": {"a:b": 3}}},
        {"prices": {"openai/gpt-5.4": {"input": 2.5, "output": 15, "cacheWrite": 0}}, "tiers": {"local": ["auto"]}},
        {"backends": {"ollama": {"keepAlive": -1}}},
    ],
)
def test_the_schema_accepts_what_the_settings_accept(tree: dict[str, Any]) -> None:
    assert load([Layer(Origin.FILE, tree)]).problems == ()
    assert accepts(json_schema(), tree)


@pytest.mark.parametrize(
    "tree",
    [
        {"completion": {"budgetms": 80}},
        {"completion": {"budgetMs": 0}},
        {"completion": {"budgetMs": True}},
        {"completion": {"layout": "best"}},
        {"completion": {"debounce": "fast"}},
        {"completion": {"model": "codestral"}},
        {"other": {}},
        {"backends": {"box": {"baseUrl": "http://127.0.0.1"}}},
        {"backends": {"a b": {"kind": "ollama"}}},
        {"backends": {"ollama": {"baseUrl": "127.0.0.1"}}},
        {"privacy": {"exclude": "*.pem"}},
        {"privacy": {"cloud": "yes"}},
        {"tiers": {"cheap": ["auto"]}},
        {"tiers": {"local": "auto"}},
        {"budget": {"monthlyUsd": "25"}},
        {"budget": {"monthlyUsd": -1}},
        {"routing": {"points": {"a b": 3}}},
        {"routing": {"points": {"a": 3.5}}},
        {"prices": {"gpt-5.4": {"input": 1, "output": 1}}},
        {"prices": {"openai/gpt-5.4": {"input": 1}}},
        {"backends": {"mistral": {"apiKeyEnv": "sk-abc"}}},
    ],
)
def test_the_schema_refuses_what_the_settings_refuse(tree: dict[str, Any]) -> None:
    assert load([Layer(Origin.FILE, tree)]).problems
    assert not accepts(json_schema(), tree)


def test_the_manual_page_is_up_to_date() -> None:
    assert MANUAL.read_text(encoding="utf-8") == manual_page(), "make docs/settings.md again; its head says how"


def test_the_manual_page_names_every_key_and_variable() -> None:
    page = manual_page()
    for key in KEYS:
        name = "points.<rule>" if key.name == "*" else key.name
        assert f"| `{name}` |" in page
        assert not key.has_variable or f"`{environment_name(key.path).replace('*', '<NAME>')}`" in page


def test_the_overview_shows_every_setting_fit_for_a_terminal() -> None:
    hostile = {"privacy": {"exclude": ["\u202e\x1b[2Jx", *(f"pattern{n}" for n in range(500))]}, "tiers": {}}
    loaded = load([Layer(Origin.PROJECT, hostile)])
    shown = rows(loaded)
    assert [row.key for row in shown] == list(flatten(loaded.settings))
    assert all(cell.isprintable() and len(cell) < 500 for row in shown for cell in row)


def test_the_overview_as_json_is_the_tree_that_was_loaded() -> None:
    tree = {
        "backends": {"my.box": {"kind": "llamacpp"}},
        "completion": {"budgetMs": 80},
        "routing": {"points": {"lang:rust": -3}},
        "budget": {"actionUsd": 0.1},
        "prices": {"my.box/gpt-5.4": {"input": 0.065, "output": 15}},
        "wrong": 1,
    }
    loaded = load([Layer(Origin.FILE, tree)])
    overview = json.loads(json.dumps(as_json(loaded)))
    assert load([Layer(Origin.FILE, overview["settings"])]).settings == loaded.settings
    assert overview["origins"]["completion.budgetMs"] == "config.toml"
    assert overview["problems"] == [
        {"key": "wrong", "message": "wrong from config.toml is not a setting and is ignored.", "source": "config.toml"}
    ]
