"""Files, environment, editor and command line as layers. Nothing in them can raise."""

import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierlsp.settings import (
    Layer,
    Loaded,
    editor_layer,
    initialization_layer,
    load,
    project_layer,
    user_layers,
)
from tierlsp.settings.sources import MAX_DOTS_IN_LINE, MAX_FILE_BYTES


def loaded_from(environ: dict[str, str], *sets: str) -> Loaded:
    """Return what the environment and the command line alone add up to."""
    return load(user_layers({"TIERLSP_CONFIG": os.devnull, **environ}, None, sets)[1:])


def messages(layer: Layer | None) -> list[str]:
    assert layer is not None
    return [problem.message for problem in load([layer]).problems]


def file_layer(path: Path) -> Layer:
    return user_layers({}, path, [])[0]


# The user's file


def test_the_named_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("[completion]\nbudgetMs = 80\n", encoding="utf-8")
    loaded = load(user_layers({"TIERLSP_CONFIG": "/nowhere"}, file, []))
    assert loaded.settings.completion.budget_ms == 80
    assert loaded.origins["completion.budgetMs"] == "mine.toml"


def test_the_variable_names_the_file(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("[completion]\nbudgetMs = 80\n", encoding="utf-8")
    assert load(user_layers({"TIERLSP_CONFIG": str(file)}, None, [])).settings.completion.budget_ms == 80


def test_the_usual_file_need_not_exist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert load(user_layers({}, None, [])).problems == ()


def test_the_usual_file_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "tierlsp").mkdir()
    (tmp_path / "tierlsp" / "config.toml").write_text("[completion]\nbudgetMs = 80\n", encoding="utf-8")
    assert load(user_layers({}, None, [])).settings.completion.budget_ms == 80


@pytest.mark.parametrize("by_variable", [False, True])
def test_a_named_file_that_is_missing_is_said(tmp_path: Path, by_variable: bool) -> None:
    gone = tmp_path / "gone.toml"
    layers = user_layers({"TIERLSP_CONFIG": str(gone)} if by_variable else {}, None if by_variable else gone, [])
    assert [problem.message for problem in load(layers).problems] == [
        "gone.toml is ignored, because it cannot be read: No such file or directory."
    ]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"[completion\n", "Expected ']' at the end of a table declaration (at line 1, column 12)"),
        (b"[completion]\nbudgetMs = \n", "Invalid value (at line 2, column 12)"),
        (b"a = 1\na = 2\n", "Cannot overwrite a value (at line 2, column 6)"),
        (b"a = 1\nb = '\xff'\n", "not UTF-8 (at line 2)"),
        (b"a = " + b"[" * 5000 + b"]" * 5000, "nested too deep"),
        (b"# " + b"x" * MAX_FILE_BYTES, "larger than 256 kB"),
        (b"a." * MAX_DOTS_IN_LINE + b"a.a = 1", "a line has more than 200 dots, break it"),
    ],
)
def test_a_file_that_cannot_be_read_is_ignored_and_said(tmp_path: Path, content: bytes, why: str) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(content)
    assert messages(file_layer(file)) == [f"config.toml is ignored, because it cannot be read: {why}."]


def test_a_number_too_long_for_python_is_said_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(f"a = {'1' * 5000}", encoding="utf-8")
    (message,) = messages(file_layer(file))
    assert message.isprintable()


def test_a_byte_order_mark_and_dos_line_ends_are_no_mistake(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(b"\xef\xbb\xbf[completion]\r\nbudgetMs = 80\r\n")
    loaded = load([file_layer(file)])
    assert loaded.settings.completion.budget_ms == 80
    assert loaded.problems == ()


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "config.toml"
    os.mkfifo(pipe)
    assert messages(file_layer(pipe)) == ["config.toml is ignored, because it cannot be read: not a regular file."]


def test_without_a_home_the_server_still_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platformdirs.user_config_path", lambda *_, **__: Path("~/.config/tierlsp"))
    loaded = load(user_layers({}, None, []))
    assert loaded.settings == load(()).settings
    assert len(loaded.problems) == 1
    assert "set HOME" in loaded.problems[0].message


@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_a_file_of_any_content_is_a_layer(tmp_path_factory: Any, content: bytes) -> None:
    file = tmp_path_factory.getbasetemp() / "any.toml"
    file.write_bytes(content)
    load([file_layer(file)])


# The project's file


def test_a_project_without_a_file_says_nothing(tmp_path: Path) -> None:
    assert project_layer(tmp_path) is None
    assert project_layer(tmp_path / "gone") is None


def test_a_projects_file_is_read(tmp_path: Path) -> None:
    (tmp_path / ".tierlsp.toml").write_text("[privacy]\nexclude = ['*.key']\n", encoding="utf-8")
    layer = project_layer(tmp_path)
    assert layer is not None
    assert load([layer]).settings.privacy.exclude[-1] == "*.key"


def test_a_projects_file_may_be_a_link_within_the_project(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("[completion]\nbudgetMs = 80\n", encoding="utf-8")
    (tmp_path / ".tierlsp.toml").symlink_to("settings.toml")
    layer = project_layer(tmp_path)
    assert layer is not None
    assert load([layer]).settings.completion.budget_ms == 80


def test_a_project_reached_through_a_link_is_read(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / ".tierlsp.toml").write_text("[completion]\nbudgetMs = 80\n", encoding="utf-8")
    (tmp_path / "link").symlink_to("real")
    layer = project_layer(tmp_path / "link")
    assert layer is not None
    assert load([layer]).settings.completion.budget_ms == 80


def test_a_projects_file_that_leads_out_is_not_read(tmp_path: Path) -> None:
    root = tmp_path / "project"
    root.mkdir()
    secret = tmp_path / "project-secrets.toml"
    secret.write_text("hunter2 = 1\n", encoding="utf-8")
    (root / ".tierlsp.toml").symlink_to(secret)
    assert messages(project_layer(root)) == [
        ".tierlsp.toml is ignored, because it cannot be read: leads out of the project."
    ]


@pytest.mark.parametrize("target", ["gone.toml", ".tierlsp.toml"], ids=["dangling", "to itself"])
def test_a_link_that_leads_nowhere_is_said(tmp_path: Path, target: str) -> None:
    (tmp_path / ".tierlsp.toml").symlink_to(target)
    assert len(messages(project_layer(tmp_path))) == 1


def test_a_directory_in_its_place_is_said(tmp_path: Path) -> None:
    (tmp_path / ".tierlsp.toml").mkdir()
    assert len(messages(project_layer(tmp_path))) == 1


# The editor


@pytest.mark.parametrize("make", [initialization_layer, editor_layer])
@pytest.mark.parametrize(
    ("sent", "budget", "problems"),
    [
        (None, 60, 0),
        ({}, 60, 0),
        ({"tierlsp": None}, 60, 0),
        ({"completion": {"budgetMs": 80}}, 80, 0),
        ({"tierlsp": {"completion": {"budgetMs": 80}}}, 80, 0),
        ({"trace": {"server": "off"}, "completion": {"budgetMs": 80}}, 80, 0),
        ({"tierlsp": {"trace": {"server": "off"}}}, 60, 0),
        ({"editor": "nvim"}, 60, 1),
        ({"editor": "nvim", "tierlsp": {"completion": {"budgetMs": 80}}}, 80, 1),
        ({"tierlsp": "on"}, 60, 1),
        ([], 60, 1),
        ([{"completion": {"budgetMs": 80}}], 60, 1),
        ("tierlsp", 60, 1),
        (5, 60, 1),
        (True, 60, 1),
    ],
)
def test_what_a_client_sends_is_taken_as_far_as_it_goes(make: Any, sent: object, budget: int, problems: int) -> None:
    loaded = load([make(sent)])
    assert loaded.settings.completion.budget_ms == budget
    assert len(loaded.problems) == problems


# The environment


@pytest.mark.parametrize(
    ("variable", "value", "read"),
    [
        ("TIERLSP_COMPLETION_BUDGET_MS", "80", lambda s: s.completion.budget_ms == 80),
        ("TIERLSP_COMPLETION_ENABLED", "off", lambda s: s.completion.enabled is False),
        ("TIERLSP_COMPLETION_DEBOUNCE", "75", lambda s: s.completion.debounce == 75),
        ("TIERLSP_COMPLETION_DEBOUNCE", "adaptive", lambda s: s.completion.debounce == "adaptive"),
        ("TIERLSP_COMPLETION_MODEL", "ollama/a:b", lambda s: s.completion.model == "ollama/a:b"),
        ("TIERLSP_PRIVACY_EXCLUDE", '["*.key"]', lambda s: s.privacy.exclude == ("*.key",)),
        ("TIERLSP_BACKENDS_OLLAMA_NUM_CTX", "8192", lambda s: s.backends["ollama"].num_ctx == 8192),
        ("TIERLSP_BACKENDS_MY_BOX_KIND", "llamacpp", lambda s: s.backends["my_box"].kind == "llamacpp"),
        ("OLLAMA_HOST", "box", lambda s: s.backends["ollama"].base_url == "http://box:11434"),
        ("OLLAMA_HOST", "0.0.0.0", lambda s: s.backends["ollama"].is_loopback),
    ],
)
def test_variables_are_settings(variable: str, value: str, read: Any) -> None:
    loaded = loaded_from({variable: value})
    assert loaded.problems == ()
    assert read(loaded.settings)
    assert f"environment ({variable})" in loaded.origins.values()


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        (
            {"TIERLSP_COMPLETION_BUDGET": "80"},
            "TIERLSP_COMPLETION_BUDGET from the environment is not a setting "
            "(did you mean TIERLSP_COMPLETION_BUDGET_MS?) and is ignored.",
        ),
        (
            {"TIERLSP_COMPLETION_BUDGET_MS": "fast"},
            "completion.budgetMs from the environment (TIERLSP_COMPLETION_BUDGET_MS) is "
            '"fast", not a whole number from 1 to 10000; 60 is used instead.',
        ),
        (
            {"OLLAMA_HOST": "a b"},
            "backends.ollama.baseUrl from the environment (OLLAMA_HOST) is not a URL in plain ASCII without spaces; "
            '"http://127.0.0.1:11434" is used instead.',
        ),
        (
            {"OLLAMA_HOST": "box:port"},
            "backends.ollama.baseUrl from the environment (OLLAMA_HOST) is not a URL that can be read; "
            '"http://127.0.0.1:11434" is used instead.',
        ),
    ],
)
def test_a_wrong_variable_is_called_by_its_name(environ: dict[str, str], message: str) -> None:
    assert [problem.message for problem in loaded_from(environ).problems] == [message]


def test_our_own_variable_has_precedence_over_ollamas() -> None:
    loaded = loaded_from(
        {"OLLAMA_HOST": "a", "TIERLSP_BACKENDS_OLLAMA_BASE_URL": "http://b"},
    )
    assert loaded.settings.backends["ollama"].base_url == "http://b"
    assert loaded.origins["backends.ollama.baseUrl"] == "environment (TIERLSP_BACKENDS_OLLAMA_BASE_URL)"


def test_variables_that_are_not_settings_are_left_alone() -> None:
    environ = {
        "TIERLSP_CONFIG": os.devnull,
        "TIERLSP_TEST_TOOLS": "/x",
        "TIERLSP_COMPLETION_MODEL": "",
        "OLLAMA_HOST": " ",
        "OLLAMA_MODELS": "/models",
        "OPENAI_BASE_URL": "https://evil.test",
        "ANTHROPIC_BASE_URL": "https://evil.test",
        "HTTPS_PROXY": "http://evil.test",
    }
    loaded = loaded_from(environ)
    assert loaded.problems == ()
    assert loaded.settings == load(()).settings


def test_the_settings_of_the_cloud_tiers_have_variables() -> None:
    loaded = loaded_from(
        {
            "TIERLSP_BUDGET_MONTHLY_USD": "5.50",
            "TIERLSP_BACKENDS_MISTRAL_API_KEY_ENV": "MY_KEY",
            "TIERLSP_TIERS_CHEAP": "mistral/devstral-latest, deepseek/deepseek-flash",
            "TIERLSP_TIERS_PREMIUM": '["anthropic/claude-opus-5-5"]',
            "TIERLSP_PRIVACY_CLOUD": "allow",
        }
    )
    assert loaded.problems == ()
    assert loaded.settings.budget.monthly_usd == Decimal("5.50")
    assert loaded.settings.tiers.cheap == ("mistral/devstral-latest", "deepseek/deepseek-flash")
    assert loaded.settings.tiers.premium == ("anthropic/claude-opus-5-5",)
    assert set(loaded.settings.backends) == {"ollama", "mistral", "deepseek", "anthropic"}
    assert loaded.settings.backends["mistral"].api_key_env == "MY_KEY"


def test_prices_and_points_are_set_on_the_command_line() -> None:
    sets = ["prices.work/gpt-5.4.input=2.5", "prices.work/gpt-5.4.output=15", "routing.points.lang:rust=9"]
    loaded = loaded_from({}, *sets)
    assert loaded.problems == ()
    assert loaded.settings.prices["work/gpt-5.4"].input == Decimal("2.5")
    assert loaded.settings.prices["work/gpt-5.4"].cached_input is None
    assert loaded.settings.routing.points == {"lang:rust": 9}
    assert loaded.origins["prices.work/gpt-5.4.output"] == "command line"


def test_names_that_do_not_fit_into_a_variable_are_not_looked_for_in_one() -> None:
    loaded = loaded_from({"TIERLSP_PRICES_X_INPUT": "1", "TIERLSP_ROUTING_POINTS_X": "1"})
    assert len(loaded.problems) == 2
    assert loaded.settings == load(()).settings


def test_a_found_key_brings_its_preset_and_is_never_held() -> None:
    loaded = loaded_from({"OPENROUTER_API_KEY": "sk-or-hunter2", "GOOGLE_API_KEY": "hunter2"})
    assert set(loaded.settings.backends) == {"ollama", "gemini", "openrouter"}
    assert loaded.settings.backends["gemini"].api_key_env == "GOOGLE_API_KEY"
    assert loaded.origins["backends.gemini.apiKeyEnv"] == "environment"
    assert "hunter2" not in repr(loaded)


@given(st.dictionaries(st.text() | st.from_regex(r"TIERLSP_(BACKENDS|COMPLETION|TIERS)_[A-Z_.*]{0,12}"), st.text()))
def test_an_environment_of_any_content_is_a_layer(environ: dict[str, str]) -> None:
    loaded_from(environ)


# The command line


def test_each_set_is_a_setting_and_the_last_one_counts() -> None:
    loaded = loaded_from(
        {"TIERLSP_COMPLETION_BUDGET_MS": "70"},
        "completion.budgetMs=80",
        " completion.budgetMs = 90",
        "completion.model=ollama/a=b",
        "backends.my.box.kind=llamacpp",
        "backends.my.box.baseUrl=http://127.0.0.1:9/?a=b",
        'privacy.exclude=["*.key"]',
    )
    assert loaded.settings.completion.budget_ms == 90
    assert loaded.settings.completion.model == "ollama/a=b"
    assert loaded.settings.backends["my.box"].kind == "llamacpp"
    assert loaded.settings.privacy.exclude == ("*.key",)
    assert loaded.origins["completion.budgetMs"] == "command line"
    # A base URL has no query.
    assert len(loaded.problems) == 1


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("completion", '"completion" from the command line is not of the form section.key=value and is ignored.'),
        ("", '"" from the command line is not of the form section.key=value and is ignored.'),
        ("=5", '"=5" from the command line is not of the form section.key=value and is ignored.'),
        (
            "completion=5",
            '"completion=5" from the command line is not of the form section.key=value and is ignored.',
        ),
        (
            "completion..x=5",
            '"completion..x=5" from the command line is not of the form section.key=value and is ignored.',
        ),
        (
            "completion.budget=5",
            "completion.budget from the command line is not a setting "
            "(did you mean completion.budgetMs?) and is ignored.",
        ),
        (
            "completion.budgetMs=x",
            'completion.budgetMs from the command line is "x", not a whole number from 1 to 10000; 60 is used instead.',
        ),
        (
            "backends.gpu=5",
            'backends.gpu from the command line is "5", not a table of settings, and is ignored.',
        ),
    ],
)
def test_a_wrong_set_is_said(assignment: str, message: str) -> None:
    assert [problem.message for problem in loaded_from({}, assignment).problems] == [message]


@pytest.mark.parametrize("order", [1, -1])
def test_a_backend_set_both_as_value_and_as_table_does_no_harm(order: int) -> None:
    sets = ["backends.llamacpp=5", "backends.llamacpp.numCtx=8192"][::order]
    loaded_from({}, *sets)


@given(st.lists(st.text() | st.from_regex(r"(completion|backends|x)\.[a-zA-Z.]{0,12}=.{0,5}"), max_size=4))
def test_sets_of_any_form_are_a_layer(sets: list[str]) -> None:
    loaded_from({}, *sets)
