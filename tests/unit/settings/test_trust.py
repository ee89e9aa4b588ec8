"""A project, and an editor's settings for a workspace, can tighten and never widen."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tierlsp.settings import Layer, Loaded, Origin, editor_layer, initialization_layer, load
from tierlsp.settings.keys import KEYS
from tierlsp.settings.tree import flatten

UNTRUSTED = [Origin.EDITOR, Origin.PROJECT]
REMOTE = {"gpu": {"kind": "ollama", "baseUrl": "http://10.0.0.5:11434"}}
NEAR = {"near": {"kind": "llamacpp", "baseUrl": "http://localhost:9000"}}


def with_project(project: dict[str, Any], *, origin: Origin = Origin.PROJECT, **user: Any) -> Loaded:
    return load([Layer(Origin.FILE, user), Layer(origin, project)])


@pytest.mark.parametrize("origin", UNTRUSTED)
@pytest.mark.parametrize(
    "backends",
    [
        {"ollama": {"baseUrl": "http://evil.test"}},
        {"ollama": {"kind": "llamacpp"}},
        {"ollama": {"keepAlive": "-1"}},
        {"ollama": {"numCtx": 1_000_000}},
        {"llamacpp": {"baseUrl": "http://evil.test"}},
        {"llamacpp": {"kind": "llamacpp"}},
        {"evil": {"kind": "ollama", "baseUrl": "http://evil.test"}},
        {"near": {"baseUrl": "http://evil.test"}},
    ],
)
def test_no_backend_is_touched(origin: Origin, backends: dict[str, Any]) -> None:
    loaded = with_project({"backends": backends}, origin=origin, backends=NEAR)
    assert loaded.settings == load([Layer(Origin.FILE, {"backends": NEAR})]).settings
    assert loaded.problems
    for problem in loaded.problems:
        assert "can be set only in config.toml, in the environment" in problem.message
        assert problem.message.endswith("is used instead.")


def test_naming_a_preset_in_a_project_does_not_have_it_asked() -> None:
    loaded = with_project({"backends": {"llamacpp": {}}, "completion": {"model": "llamacpp/any"}})
    assert set(loaded.settings.backends) == {"ollama"}
    assert loaded.settings.completion.model == "auto"


def test_what_is_set_already_may_be_said_again() -> None:
    """Helix sends one table both as `initializationOptions` and as the editor's settings."""
    tree = {"backends": REMOTE, "completion": {"model": "gpu/codestral:22b", "trigger": "manual"}}
    loaded = load([initialization_layer({"tierlsp": tree}), editor_layer(tree)])
    assert loaded.problems == ()
    assert loaded.settings.completion.model == "gpu/codestral:22b"


@pytest.mark.parametrize("origin", UNTRUSTED)
@pytest.mark.parametrize(
    ("model", "user", "taken"),
    [
        ("ollama/qwen:7b", {}, True),
        ("auto", {"completion": {"model": "ollama/x"}}, True),
        ("near/any", {"backends": NEAR}, True),
        ("gpu/any", {"backends": REMOTE}, False),
        ("auto", {"backends": REMOTE, "completion": {"model": "ollama/x"}}, False),
        ("ollama/any", {"backends": {"ollama": {"baseUrl": "http://10.0.0.5:1"}}}, False),
        ("ollama/gpt-oss:120b-cloud", {}, False),
        ("ollama/glm-4.6:CLOUD", {}, False),
        ("llamacpp/any", {}, False),
        ("mistral/codestral-latest", {}, False),
        ("nowhere/any", {}, False),
    ],
)
def test_only_a_model_on_this_machine_can_be_chosen(
    origin: Origin, model: str, user: dict[str, Any], taken: bool
) -> None:
    before = load([Layer(Origin.FILE, user)]).settings.completion.model
    loaded = with_project({"completion": {"model": model}}, origin=origin, **user)
    assert loaded.settings.completion.model == (model if taken else before)
    assert bool(loaded.problems) is not taken
    assert loaded.origins["completion.model"] == (origin.value if taken else loaded.origins["completion.model"])


def test_where_a_model_is_depends_on_the_command_line_too() -> None:
    layers = [
        Layer(Origin.PROJECT, {"completion": {"model": "ollama/any"}}),
        Layer(Origin.COMMAND_LINE, {"backends": {"ollama": {"baseUrl": "http://10.0.0.5:1"}}}),
    ]
    assert load(layers).settings.completion.model == "auto"


@pytest.mark.parametrize("origin", UNTRUSTED)
@pytest.mark.parametrize(
    ("path", "loose", "tight"),
    [
        ("completion.enabled", True, False),
        ("completion.trigger", "automatic", "manual"),
        ("routing.escalate", True, False),
        ("budget.monthlyUsd", 25, 5),
        ("budget.whenSpent", "local", "stop"),
        ("budget.premiumUsd", 20, 0),
        ("budget.actionUsd", 1, 0.1),
        ("privacy.cloud", "allow", "ask"),
        ("privacy.cloud", "ask", "never"),
        ("privacy.redact", False, True),
    ],
)
def test_switches_and_caps_turn_one_way(origin: Origin, path: str, loose: Any, tight: Any) -> None:
    section, _, key = path.partition(".")
    loose, tight = (
        Decimal(str(each)) if section == "budget" and each != str(each) else each for each in (loose, tight)
    )
    tightened = with_project({section: {key: tight}}, origin=origin, **{section: {key: loose}})
    assert flatten(tightened.settings)[path] == tight
    assert tightened.origins[path] == origin.value
    assert tightened.problems == ()
    loosened = with_project({section: {key: loose}}, origin=origin, **{section: {key: tight}})
    assert flatten(loosened.settings)[path] == tight
    assert loosened.origins[path] == "config.toml"
    assert "can only tighten it" in loosened.problems[0].message


@pytest.mark.parametrize("origin", UNTRUSTED)
@pytest.mark.parametrize(
    "tree",
    [
        {"tiers": {"cheap": ["openrouter/evil"]}},
        {"tiers": {"premium": ["ollama/a"]}},
        {"tiers": {"local": ["openai/a"]}},
        {"routing": {"points": {"kind:names": 1000}}},
        {"prices": {"openai/gpt-5.4": {"input": 0, "output": 0}}},
        {"backends": {"openai": {"apiKeyEnv": "AWS_SECRET_ACCESS_KEY"}}},
        {"backends": {"ollama": {"apiKeyEnv": "OPENAI_API_KEY"}}},
    ],
)
def test_what_decides_where_code_goes_and_what_it_costs_is_the_persons(origin: Origin, tree: dict[str, Any]) -> None:
    loaded = with_project(tree, origin=origin)
    assert loaded.settings == load(()).settings
    assert loaded.problems
    assert all("can be set only in config.toml" in problem.message for problem in loaded.problems)


def test_an_auto_model_may_be_chosen_where_only_cloud_servers_for_actions_are_elsewhere() -> None:
    user = {"backends": {"openai": {}}, "completion": {"model": "ollama/x"}}
    assert with_project({"completion": {"model": "auto"}}, **user).settings.completion.model == "auto"


def test_a_project_cannot_undo_what_the_editor_tightened() -> None:
    layers = [
        Layer(Origin.EDITOR, {"completion": {"enabled": False}}),
        Layer(Origin.PROJECT, {"completion": {"enabled": True}}),
    ]
    assert load(layers).settings.completion.enabled is False


def test_the_command_line_has_the_last_word() -> None:
    layers = [
        Layer(Origin.PROJECT, {"completion": {"enabled": False}}),
        Layer(Origin.COMMAND_LINE, {"completion": {"enabled": True}}),
    ]
    assert load(layers).settings.completion.enabled is True


@pytest.mark.parametrize("origin", UNTRUSTED)
def test_harmless_keys_are_free(origin: Origin) -> None:
    tree = {
        "budgetMs": 200,
        "patienceMs": 9000,
        "multiline": "always",
        "maxTokens": 256,
        "layout": "native",
        "fallback": "none",
    }
    loaded = with_project({"completion": tree}, origin=origin)
    assert loaded.problems == ()
    assert {key: flatten(loaded.settings)[f"completion.{key}"] for key in tree} == tree


# Whatever a source holds

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=()), max_size=20)
    | st.sampled_from(["auto", "manual", "never", "ollama/a", "gpu/a", "llamacpp/a", "evil/a", "ollama/a-cloud"])
    | st.sampled_from(["openai/a", "allow", "ask", "stop", "KEY", "https://api.openai.com", "https://evil.test"])
    | st.sampled_from(["http://evil.test", "http://127.0.0.1:1", "ollama", "llamacpp", "openai", "!**/.env*"])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
LEAVES = st.sampled_from([key.name for key in KEYS] + ["points", "x"])
NAMES = st.sampled_from(["ollama", "llamacpp", "openai", "glm", "gpu", "evil", "a b", "a.b", "*", ""])
TABLES = st.dictionaries(LEAVES, VALUES, max_size=6) | VALUES
SECTIONS = st.sampled_from(["completion", "privacy", "tiers", "budget", "routing", "prices", "other", "a.b", ""])
TREES = st.builds(
    lambda tables, backends: {**tables, "backends": backends},
    st.dictionaries(SECTIONS, TABLES, max_size=4),
    st.dictionaries(NAMES, TABLES, max_size=4) | VALUES,
)
LAYERS = st.builds(Layer, st.sampled_from(list(Origin)), TREES)


@settings(max_examples=150)
@given(st.lists(LAYERS, max_size=5))
def test_whatever_the_layers_hold_the_settings_are_complete(layers: list[Layer]) -> None:
    loaded = load(layers)
    flat = flatten(loaded.settings)
    assert set(flat) == set(loaded.origins)
    assert "backends.ollama.kind" in flat
    for backend in loaded.settings.backends.values():
        assert not backend.api_key_env or backend.base_url.startswith("https://") or backend.is_loopback
    for key in KEYS:
        if not key.is_named:
            assert key.kind.read(flat[key.path], pytest.fail) == flat[key.path]
    model = loaded.settings.completion.model
    assert model == "auto" or model.partition("/")[0] in loaded.settings.backends
    for problem in loaded.problems:
        assert problem.message.isprintable()
        assert problem.message.endswith(".")
        assert problem.source


@settings(max_examples=150)
@given(st.lists(LAYERS, max_size=4), st.lists(LAYERS, max_size=3))
def test_a_source_that_is_not_trusted_can_never_widen(mixed: list[Layer], more: list[Layer]) -> None:
    trusted = [layer for layer in mixed if layer.origin.is_trusted]
    untrusted = [layer for layer in (*mixed, *more) if not layer.origin.is_trusted]
    before, after = load(trusted).settings, load([*trusted, *untrusted]).settings
    assert after.backends == before.backends
    assert (after.tiers, after.routing.points, after.prices) == (before.tiers, before.routing.points, before.prices)
    for cap in ("monthly_usd", "premium_usd", "action_usd"):
        assert getattr(after.budget, cap) <= getattr(before.budget, cap)
    assert not (after.routing.escalate and not before.routing.escalate)
    assert not (before.privacy.redact and not after.privacy.redact)
    assert ["never", "ask", "allow"].index(after.privacy.cloud) <= ["never", "ask", "allow"].index(before.privacy.cloud)
    own = before.privacy.exclude
    assert after.privacy.exclude[: len(own)] == own
    assert not any(pattern.startswith("!") for pattern in after.privacy.exclude[len(own) :])
    assert not (after.completion.enabled and not before.completion.enabled)
    assert (before.completion.trigger, after.completion.trigger) != ("manual", "automatic")
    model = after.completion.model
    if model != before.completion.model:
        asked = before.backends.values() if model == "auto" else [before.backends[model.partition("/")[0]]]
        assert all(backend.is_loopback for backend in asked)
        assert not model.lower().endswith("cloud")


@given(VALUES | TREES)
def test_whatever_a_client_sends_is_a_layer(value: object) -> None:
    for make in (initialization_layer, editor_layer):
        for sent in (value, {"tierlsp": value}, {"tierlsp": value, "editor": "nvim"}):
            load([make(sent)])
