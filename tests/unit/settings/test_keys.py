"""The table of settings, and the tree that is made from it."""

import dataclasses
from typing import Any, get_args, get_type_hints

import pytest

from tierlsp.settings import BackendSettings, CompletionSettings, PrivacySettings, load
from tierlsp.settings.keys import KEYS, PRESETS, Trust, environment_name, is_reserved, key_at, snake
from tierlsp.settings.kinds import Choice
from tierlsp.settings.tree import flatten

SECTION_CLASSES: dict[str, type[Any]] = {
    "completion": CompletionSettings,
    "backends": BackendSettings,
    "privacy": PrivacySettings,
}


@pytest.mark.parametrize(("section", "made"), SECTION_CLASSES.items())
def test_the_tree_has_a_field_for_each_key_and_no_other(section: str, made: type[Any]) -> None:
    keys = {snake(key.name) for key in KEYS if key.section == section}
    fields = {field.name for field in dataclasses.fields(made)} - {"name"}
    assert keys == fields


@pytest.mark.parametrize("key", [key for key in KEYS if isinstance(key.kind, Choice)], ids=lambda key: key.path)
def test_the_tree_names_the_same_choices_as_the_table(key: Any) -> None:
    hint = get_type_hints(SECTION_CLASSES[key.section])[snake(key.name)]
    assert set(get_args(hint)) == set(key.kind.words)


@pytest.mark.parametrize("key", [key for key in KEYS if key.default is not None], ids=lambda key: key.path)
def test_every_default_is_an_allowed_value(key: Any) -> None:
    complaints: list[str] = []
    assert key.kind.read(key.default, complaints.append) == key.default
    assert complaints == []


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_every_preset_is_allowed_and_on_this_machine(preset: Any) -> None:
    for name, value in (("kind", preset.kind), ("baseUrl", preset.base_url)):
        key = key_at(f"backends.x.{name}")
        assert key is not None
        assert key.kind.read(value, pytest.fail) == value
    assert BackendSettings("x", preset.kind, preset.base_url, "30m", 4096).is_loopback


def test_nothing_of_a_backend_is_for_a_project_to_set() -> None:
    assert {key.trust for key in KEYS if key.section == "backends"} == {Trust.USER}


def test_no_two_keys_share_an_environment_variable() -> None:
    names = [environment_name(key.path) for key in KEYS]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("camel", "inside"),
    [("enabled", "enabled"), ("budgetMs", "budget_ms"), ("baseUrl", "base_url"), ("numCtx", "num_ctx")],
)
def test_names_are_converted_to_snake_case(camel: str, inside: str) -> None:
    assert snake(camel) == inside


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("completion.budgetMs", "completion.budgetMs"),
        ("completion.budget_ms", None),
        ("completion", None),
        ("backends.ollama.kind", "backends.*.kind"),
        ("backends.my.box.kind", "backends.*.kind"),
        ("backends.kind", None),
        ("backends.ollama.model", None),
        ("", None),
    ],
)
def test_keys_are_found_by_their_path(path: str, found: str | None) -> None:
    key = key_at(path)
    assert (key and key.path) == found


@pytest.mark.parametrize(
    ("path", "reserved"),
    [
        ("tiers", True),
        ("budget.monthlyUsd", True),
        ("privacy.cloud", True),
        ("backends.ollama.apiKeyEnv", True),
        ("backends.mistral", True),
        ("backends.mistral.baseUrl", True),
        ("backends.ollama", False),
        ("privacy.exclude", False),
        ("completion", False),
    ],
)
def test_what_belongs_to_the_cloud_tiers_is_reserved(path: str, reserved: bool) -> None:
    assert is_reserved(path) is reserved


def test_the_defaults_are_those_of_the_contract() -> None:
    assert flatten(load(()).settings) == {
        "completion.enabled": True,
        "completion.model": "auto",
        "completion.fallback": "lookup",
        "completion.budgetMs": 60,
        "completion.patienceMs": 2000,
        "completion.warmMs": 1500,
        "completion.layout": "auto",
        "completion.debounce": "adaptive",
        "completion.multiline": "auto",
        "completion.maxTokens": 128,
        "completion.trigger": "automatic",
        "completion.power": "full",
        "backends.ollama.kind": "ollama",
        "backends.ollama.baseUrl": "http://127.0.0.1:11434",
        "backends.ollama.keepAlive": "30m",
        "backends.ollama.numCtx": 4096,
        "privacy.exclude": ("**/.env*", "**/*.pem", "**/id_*", "**/secrets/**"),
    }


def test_settings_cannot_be_changed() -> None:
    settings = load(()).settings
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.completion.enabled = False  # type: ignore[misc] # the test is that this fails
    with pytest.raises(TypeError):
        settings.backends["evil"] = settings.backends["ollama"]  # type: ignore[index] # as above
