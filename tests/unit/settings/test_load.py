"""Layers put together: precedence, origins, and one sentence for each thing that is wrong."""

import itertools
import random
from collections.abc import Mapping
from typing import Any

import pytest

from tierlsp.settings import Layer, Origin, Problem, load
from tierlsp.settings.merge import MAX_PROBLEMS
from tierlsp.settings.tree import flatten


def layer(origin: Origin, **tree: Any) -> Layer:
    return Layer(origin, tree)


def messages(*layers: Layer) -> list[str]:
    return [problem.message for problem in load(layers).problems]


def test_without_layers_the_defaults_are_in_force() -> None:
    loaded = load(())
    assert loaded.problems == ()
    assert set(loaded.origins.values()) == {"default"}
    assert set(loaded.origins) == set(flatten(loaded.settings))


PRECEDENCE = [
    Origin.FILE,
    Origin.ENVIRONMENT,
    Origin.INITIALIZATION,
    Origin.EDITOR,
    Origin.PROJECT,
    Origin.COMMAND_LINE,
]


@pytest.mark.parametrize("count", range(1, len(PRECEDENCE) + 1))
def test_the_highest_layer_wins_whatever_the_order_they_come_in(count: int) -> None:
    layers = [layer(origin, completion={"budgetMs": 100 + origin.rank}) for origin in PRECEDENCE[:count]]
    random.Random(count).shuffle(layers)
    loaded = load(layers)
    highest = PRECEDENCE[count - 1]
    assert loaded.settings.completion.budget_ms == 100 + highest.rank
    assert loaded.origins["completion.budgetMs"] == highest.value
    assert loaded.problems == ()


def test_layers_add_up_key_by_key() -> None:
    loaded = load(
        [
            layer(Origin.FILE, completion={"budgetMs": 80}, backends={"ollama": {"numCtx": 8192}}),
            layer(Origin.ENVIRONMENT, backends={"ollama": {"keepAlive": "1h"}}),
            layer(Origin.INITIALIZATION, completion={"multiline": "never"}),
        ]
    )
    assert loaded.settings.completion.budget_ms == 80
    assert loaded.settings.completion.multiline == "never"
    ollama = loaded.settings.backends["ollama"]
    assert (ollama.num_ctx, ollama.keep_alive, ollama.base_url) == (8192, "1h", "http://127.0.0.1:11434")
    assert loaded.origins["backends.ollama.numCtx"] == "config.toml"
    assert loaded.origins["backends.ollama.keepAlive"] == "environment"
    assert loaded.origins["backends.ollama.baseUrl"] == "default"


def test_a_wrong_value_leaves_the_layer_below_in_force() -> None:
    loaded = load(
        [
            layer(Origin.FILE, completion={"budgetMs": 80}),
            layer(Origin.ENVIRONMENT, completion={"budgetMs": "fast"}),
        ]
    )
    assert loaded.settings.completion.budget_ms == 80
    assert [problem.message for problem in loaded.problems] == [
        'completion.budgetMs from the environment is "fast", not a whole number from 1 to 10000; 80 is used instead.'
    ]


def test_the_message_names_what_is_in_force_in_the_end() -> None:
    layers = [
        layer(Origin.FILE, completion={"budgetMs": "fast"}),
        layer(Origin.COMMAND_LINE, completion={"budgetMs": 90}),
    ]
    assert messages(*layers) == [
        'completion.budgetMs from config.toml is "fast", not a whole number from 1 to 10000; 90 is used instead.'
    ]


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        (
            {"completion": {"budgetms": 80}},
            "completion.budgetms from config.toml is not a setting (did you mean completion.budgetMs?) and is ignored.",
        ),
        (
            {"completion": {"budget_ms": 80}},
            "completion.budget_ms from config.toml is not a setting "
            "(did you mean completion.budgetMs?) and is ignored.",
        ),
        (
            {"completion": {"colour": "red"}},
            "completion.colour from config.toml is not a setting and is ignored.",
        ),
        (
            {"completions": {"budgetMs": 80}},
            "completions from config.toml is not a setting (did you mean completion?) and is ignored.",
        ),
        (
            {"completion.budgetMs": 80},
            "completion.budgetMs from config.toml is not a setting "
            "(write tables within tables, not a name with dots) and is ignored.",
        ),
        (
            {"backends": {"ollama": {"baseURL": "http://a"}}},
            "backends.ollama.baseURL from config.toml is not a setting "
            "(did you mean backends.ollama.baseUrl?) and is ignored.",
        ),
        (
            {"completion": 5},
            "completion from config.toml is 5, not a table of settings, and is ignored.",
        ),
        (
            {"backends": ["ollama"]},
            'backends from config.toml is ["ollama"], not a table of settings, and is ignored.',
        ),
        (
            {"backends": {"ollama": "http://127.0.0.1:1"}},
            'backends.ollama from config.toml is "http://127.0.0.1:1", not a table of settings, and is ignored.',
        ),
        (
            {"backends": {"a/b": {"kind": "ollama"}}},
            "backends.a/b from config.toml is not a name for a backend "
            "(letters, digits, and then also _ . -) and is ignored.",
        ),
        (
            {"backends": {"gpu": {"baseUrl": "http://10.0.0.5:1"}}},
            'backends.gpu from config.toml has no kind, which is "ollama", "llamacpp", "mistral", '
            '"deepseek", "qwen", "glm", "openai", "anthropic", "gemini", "openrouter", "litellm", "lmstudio" or '
            '"vllm", and is ignored.',
        ),
        (
            {"backends": {"ollama": {"baseUrl": "http://me:hunter2@box"}}},
            "backends.ollama.baseUrl from config.toml holds a user name or password, which a URL shows to everybody; "
            '"http://127.0.0.1:11434" is used instead.',
        ),
        (
            {"completion": {"model": "codestral"}},
            'completion.model from config.toml is "codestral", not "auto" or "backend/model"; "auto" is used instead.',
        ),
        (
            {"completion": {"model": "gpu/codestral"}},
            'completion.model from config.toml names the backend "gpu", which is not set up under backends; '
            '"auto" is used instead.',
        ),
        (
            {"completion": {"model": "mistral/codestral-latest"}},
            'completion.model from config.toml names the backend "mistral", but only backends of the kinds '
            "ollama and llamacpp serve inline completion; "
            '"auto" is used instead.',
        ),
        (
            {"privacy": {"exclude": "*.pem"}},
            'privacy.exclude from config.toml is "*.pem", not a list of patterns such as `**/*.pem`; '
            '["**/.env*", "**/*.pem", "**/id_*", "**/secrets/**"] is used instead.',
        ),
        (
            {"privacy": {"exclude": ["*.key", "/"]}},
            'privacy.exclude from config.toml holds "/", which is empty and is left out.',
        ),
    ],
)
def test_what_is_wrong_is_one_sentence_that_says_what_is_used(tree: Mapping[str, Any], message: str) -> None:
    assert messages(Layer(Origin.FILE, tree)) == [message]


def test_keys_and_values_are_shown_without_control_characters() -> None:
    tree = {"\x1b[2J\nevil": 1, "completion": {"layout": "\u202eabc", "a\rb": 1}, "backends": {"\ud800": {"kind": 1}}}
    for message in messages(Layer(Origin.PROJECT, tree)):
        assert message.isprintable()


def test_values_of_unknown_keys_are_not_repeated() -> None:
    tree = {"apiKey": "sk-secret", "backends": {"ollama": {"apiKey": "sk-secret"}}, "completion": {"key": "sk-secret"}}
    found = messages(Layer(Origin.FILE, tree))
    assert len(found) == 3
    assert "sk-secret" not in " ".join(found)


def test_null_counts_as_absent() -> None:
    tree = {"completion": {"budgetMs": None}, "backends": {"ollama": None, "gpu": {"kind": None}}, "privacy": None}
    loaded = load([Layer(Origin.INITIALIZATION, tree)])
    assert loaded.problems == ()
    assert loaded.settings == load(()).settings


def test_a_layer_with_many_mistakes_does_not_flood() -> None:
    tree = {f"wrong{number}": 1 for number in range(500)}
    found = messages(Layer(Origin.PROJECT, tree))
    assert len(found) == MAX_PROBLEMS + 1
    assert found[-1] == f"There are {500 - MAX_PROBLEMS} more mistakes like these in .tierlsp.toml."


def test_problems_of_the_source_itself_come_first() -> None:
    problem = Problem("", "config.toml is ignored.", "config.toml")
    loaded = load([Layer(Origin.FILE, {"wrong": 1}, problems=(problem,))])
    assert loaded.problems[0] == problem
    assert len(loaded.problems) == 2


def test_the_same_layer_twice_says_everything_once() -> None:
    same = layer(Origin.FILE, completion={"budgetMs": "fast"}, wrong=1)
    assert len(messages(same, same)) == 2


def test_a_source_is_called_by_the_name_it_was_read_under() -> None:
    named = Layer(Origin.FILE, {"completion": {"budgetMs": 70, "layout": 1}}, label="work.toml")
    loaded = load([named])
    assert loaded.origins["completion.budgetMs"] == "work.toml"
    assert loaded.problems[0].source == "work.toml"


# Backends


def test_a_preset_needs_no_more_than_its_name() -> None:
    backends = load([layer(Origin.FILE, backends={"llamacpp": {}})]).settings.backends
    assert set(backends) == {"ollama", "llamacpp"}
    assert backends["llamacpp"].base_url == "http://127.0.0.1:8080"
    assert backends["llamacpp"].kind == "llamacpp"


def test_a_preset_that_nobody_names_is_not_asked() -> None:
    assert set(load(()).settings.backends) == {"ollama"}


def test_naming_a_presets_model_is_naming_the_preset() -> None:
    loaded = load([layer(Origin.FILE, completion={"model": "llamacpp/any"})])
    assert loaded.problems == ()
    assert loaded.settings.backends["llamacpp"].base_url == "http://127.0.0.1:8080"


def test_a_backend_of_ones_own_takes_the_rest_from_its_kind() -> None:
    tree = {"gpu.box-2": {"kind": "ollama", "baseUrl": "http://10.0.0.5:11434/"}, "spare": {"kind": "llamacpp"}}
    loaded = load([layer(Origin.FILE, backends=tree, completion={"model": "gpu.box-2/a/b:c"})])
    assert loaded.problems == ()
    gpu = loaded.settings.backends["gpu.box-2"]
    assert (gpu.name, gpu.kind, gpu.base_url) == ("gpu.box-2", "ollama", "http://10.0.0.5:11434")
    assert (gpu.keep_alive, gpu.num_ctx, gpu.is_loopback) == ("30m", 4096, False)
    assert loaded.settings.backends["spare"].base_url == "http://127.0.0.1:8080"
    assert loaded.origins["backends.gpu.box-2.baseUrl"] == "config.toml"


def test_a_model_with_a_wrong_backend_leaves_the_layer_below_in_force() -> None:
    loaded = load(
        [
            layer(Origin.FILE, completion={"model": "llamacpp/any"}),
            layer(Origin.ENVIRONMENT, completion={"model": "gone/any"}),
        ]
    )
    assert loaded.settings.completion.model == "llamacpp/any"
    assert len(loaded.problems) == 1


# The cloud tiers


def test_the_whole_tree_of_the_contract_is_accepted() -> None:
    tree = {
        "completion": {"enabled": True, "debounce": "adaptive", "warmMs": 1500},
        "backends": {
            "ollama": {"kind": "ollama", "baseUrl": "http://127.0.0.1:11434"},
            "mistral": {"apiKeyEnv": "MISTRAL_API_KEY"},
            "work": {"kind": "openai", "baseUrl": "https://ai.example", "apiKeyEnv": "WORK_KEY"},
        },
        "tiers": {"local": ["auto"], "cheap": [], "premium": []},
        "routing": {"strategy": "ordered", "escalate": True},
        "budget": {"monthlyUsd": 25.0, "whenSpent": "local", "premiumUsd": 20.0, "actionUsd": 1.0},
        "privacy": {"cloud": "ask", "redact": True},
    }
    loaded = load([Layer(Origin.FILE, tree)])
    assert loaded.problems == ()
    assert set(loaded.settings.backends) == {"ollama", "mistral", "work"}
    without_backends = {path: value for path, value in flatten(loaded.settings).items() if "backends" not in path}
    assert without_backends == {
        path: value for path, value in flatten(load(()).settings).items() if "backends" not in path
    }


# Exclusion


def test_the_persons_list_replaces_the_default() -> None:
    loaded = load([layer(Origin.FILE, privacy={"exclude": ["*.key"]})])
    assert loaded.settings.privacy.exclude == ("*.key",)


def test_the_persons_empty_list_excludes_nothing() -> None:
    assert load([layer(Origin.FILE, privacy={"exclude": []})]).settings.privacy.exclude == ()


def test_a_projects_list_is_added_whatever_the_person_sets() -> None:
    combinations = itertools.permutations(
        [
            layer(Origin.FILE, privacy={"exclude": ["!*.env.example", "*.key"]}),
            layer(Origin.PROJECT, privacy={"exclude": ["*.secret", "*.key"]}),
            layer(Origin.EDITOR, privacy={"exclude": ["*.token"]}),
            layer(Origin.COMMAND_LINE, privacy={"exclude": ["*.pem"]}),
        ]
    )
    for layers in combinations:
        loaded = load(layers)
        assert loaded.settings.privacy.exclude == ("*.pem", "*.token", "*.secret", "*.key")
        assert loaded.origins["privacy.exclude"] == "command line, editor settings, .tierlsp.toml"
        assert loaded.problems == ()


def test_a_project_cannot_take_an_exclusion_back() -> None:
    loaded = load([layer(Origin.PROJECT, privacy={"exclude": ["!**/.env*", " !*.pem", "*.secret"]})])
    assert loaded.settings.privacy.exclude == (*load(()).settings.privacy.exclude, "*.secret")
    assert [problem.message for problem in loaded.problems] == [
        'privacy.exclude from .tierlsp.toml holds "!**/.env*", which is left out, '
        "because a project can only exclude more.",
        'privacy.exclude from .tierlsp.toml holds "!*.pem", which is left out, '
        "because a project can only exclude more.",
    ]


def test_a_project_can_exclude_what_the_person_takes_back() -> None:
    loaded = load(
        [
            layer(Origin.FILE, privacy={"exclude": ["*.pem", "!public.pem"]}),
            layer(Origin.PROJECT, privacy={"exclude": ["*.pem"]}),
        ]
    )
    assert loaded.settings.privacy.exclude == ("*.pem", "!public.pem", "*.pem")
