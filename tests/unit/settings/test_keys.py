"""The table of settings, and the tree that is made from it."""

import dataclasses
from decimal import Decimal
from typing import Any, get_args, get_type_hints

import pytest

from tierlsp.settings import (
    BackendSettings,
    BudgetSettings,
    CompletionSettings,
    PriceSettings,
    PrivacySettings,
    RoutingSettings,
    TiersSettings,
    load,
)
from tierlsp.settings.addresses import is_loopback
from tierlsp.settings.key import Trust, environment_name, snake
from tierlsp.settings.keys import KEYS, key_at
from tierlsp.settings.kinds import Choice
from tierlsp.settings.presets import PRESETS, found_keys
from tierlsp.settings.tree import ActionSettings, BackendKind, flatten

SECTION_CLASSES: dict[str, type[Any]] = {
    "completion": CompletionSettings,
    "backends": BackendSettings,
    "tiers": TiersSettings,
    "routing": RoutingSettings,
    "budget": BudgetSettings,
    "privacy": PrivacySettings,
    "prices": PriceSettings,
    "actions": ActionSettings,
}


@pytest.mark.parametrize(("section", "made"), SECTION_CLASSES.items())
def test_the_tree_has_a_field_for_each_key_and_no_other(section: str, made: type[Any]) -> None:
    keys = {snake(key.name) for key in KEYS if key.section == section and key.path != "routing.points.*"}
    fields = {field.name for field in dataclasses.fields(made)} - {"name", "points"}
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
def test_every_preset_is_allowed_as_it_is_and_its_key_is_safe_on_the_way(preset: Any) -> None:
    values = [("kind", preset.kind), ("baseUrl", preset.base_url)]
    values += [("apiKeyEnv", variable) for variable in preset.api_key_envs]
    for name, value in values:
        key = key_at(f"backends.x.{name}")
        assert key is not None
        assert key.kind.read(value, pytest.fail) == value
    assert is_loopback(preset.base_url) or (preset.base_url.startswith("https://") and preset.api_key_envs)


def test_presets_are_the_kinds_of_the_contract() -> None:
    assert list(PRESETS) == [preset.kind for preset in PRESETS.values()] == list(get_args(BackendKind))
    assert [name for name, preset in PRESETS.items() if preset.completes] == ["ollama", "llamacpp"]
    assert len(PRESETS) == 13


def test_no_variable_serves_two_presets() -> None:
    variables = [variable for preset in PRESETS.values() for variable in preset.api_key_envs]
    assert len(set(variables)) == len(variables)


def test_of_several_variables_the_first_that_is_set_is_taken() -> None:
    environ = {"GOOGLE_API_KEY": "a", "ZHIPUAI_API_KEY": "b", "ZAI_API_KEY": " ", "OPENAI_API_KEY": "", "OTHER": "c"}
    assert found_keys(environ) == {"gemini": "GOOGLE_API_KEY", "glm": "ZHIPUAI_API_KEY"}
    assert found_keys(environ | {"GEMINI_API_KEY": "d"})["gemini"] == "GEMINI_API_KEY"


def test_nothing_of_a_backend_is_for_a_project_to_set() -> None:
    assert {key.trust for key in KEYS if key.section == "backends"} == {Trust.USER}


def test_no_two_keys_share_an_environment_variable() -> None:
    names = [environment_name(key.path) for key in KEYS if key.has_variable]
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
        ("prices.openai/gpt-5.4.input", "prices.*.input"),
        ("prices.input", None),
        ("routing.points.lang:rust", "routing.points.*"),
        ("routing.points", None),
        ("tiers.cheap", "tiers.cheap"),
        ("", None),
    ],
)
def test_keys_are_found_by_their_path(path: str, found: str | None) -> None:
    key = key_at(path)
    assert (key and key.path) == found


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
        "backends.ollama.apiKeyEnv": "",
        "backends.ollama.keepAlive": "30m",
        "backends.ollama.numCtx": 4096,
        "tiers.local": ("auto",),
        "tiers.cheap": (),
        "tiers.premium": (),
        "routing.strategy": "ordered",
        "routing.escalate": True,
        "budget.monthlyUsd": Decimal(25),
        "budget.whenSpent": "local",
        "budget.premiumUsd": Decimal(20),
        "budget.actionUsd": Decimal(1),
        "privacy.cloud": "ask",
        "privacy.redact": True,
        "privacy.exclude": ("**/.env*", "**/*.pem", "**/id_*", "**/secrets/**"),
    }


def test_settings_cannot_be_changed() -> None:
    settings = load(()).settings
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.completion.enabled = False  # type: ignore[misc] # the test is that this fails
    with pytest.raises(TypeError):
        settings.backends["evil"] = settings.backends["ollama"]  # type: ignore[index] # as above
