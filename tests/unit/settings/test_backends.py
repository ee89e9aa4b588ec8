"""Which backends there are, and to which host an API key may go."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierlsp.settings import BackendSettings, Layer, Loaded, Origin, load
from tierlsp.settings.presets import PRESETS


def with_key(*found: str, file: dict[str, Any] | None = None, environment: dict[str, Any] | None = None) -> Loaded:
    """Return what a file and an environment add up to, the latter with the keys of the presets `found`."""
    keys = {name: PRESETS[name].api_key_envs[-1] for name in found}
    return load([Layer(Origin.FILE, file or {}), Layer(Origin.ENVIRONMENT, environment or {}, found_keys=keys)])


def backend_of(loaded: Loaded, name: str) -> BackendSettings:
    return loaded.settings.backends[name]


def test_a_found_key_brings_its_preset_and_nothing_else() -> None:
    loaded = with_key("openrouter", "glm")
    assert list(loaded.settings.backends) == ["ollama", "openrouter", "glm"]
    assert backend_of(loaded, "glm").base_url == "https://api.z.ai/api/paas/v4"
    assert backend_of(loaded, "glm").api_key_env == "ZHIPU_API_KEY"


def test_without_a_found_key_the_first_variable_is_where_it_is_looked_for() -> None:
    loaded = load([Layer(Origin.FILE, {"backends": {"gemini": {}}, "tiers": {"cheap": ["qwen/qwen-flash"]}})])
    assert loaded.problems == ()
    assert backend_of(loaded, "gemini").api_key_env == "GEMINI_API_KEY"
    assert backend_of(loaded, "qwen").api_key_env == "DASHSCOPE_API_KEY"


ELSEWHERE = [
    "https://evil.test/v1",
    "https://api.openai.com.evil.test/v1",
    "https://api.openai.co/v1",
    "https://api-openai.com/v1",
    "https://evil.test/api.openai.com",
    "https://openai.com/v1",
    "https://xapi.openai.com/v1",
    "http://127.0.0.1:4000/v1",
    "https://10.0.0.5/v1",
]


@pytest.mark.parametrize("url", ELSEWHERE)
def test_a_presets_key_goes_to_no_other_host(url: str) -> None:
    loaded = with_key("openai", file={"backends": {"openai": {"baseUrl": url}}})
    assert backend_of(loaded, "openai").base_url == url
    assert backend_of(loaded, "openai").api_key_env == ""


@pytest.mark.parametrize("url", ELSEWHERE)
def test_a_backend_of_ones_own_has_no_presets_key_either(url: str) -> None:
    loaded = with_key("openai", file={"backends": {"work": {"kind": "openai", "baseUrl": url}}})
    assert backend_of(loaded, "work").api_key_env == ""
    assert backend_of(loaded, "openai").api_key_env == "OPENAI_API_KEY"


@pytest.mark.parametrize(
    "url", ["https://api.openai.com/v2", "https://API.OPENAI.COM./v1", "https://api.openai.com:443"]
)
def test_a_presets_key_goes_to_its_host_however_it_is_written(url: str) -> None:
    loaded = with_key("openai", file={"backends": {"work": {"kind": "openai", "baseUrl": url}}})
    assert backend_of(loaded, "work").api_key_env == "OPENAI_API_KEY"


def test_a_key_that_is_named_beside_the_address_goes_there() -> None:
    work = {"kind": "openai", "baseUrl": "https://ai.example/v1", "apiKeyEnv": "WORK_KEY"}
    loaded = load([Layer(Origin.FILE, {"backends": {"work": work}})])
    assert loaded.problems == ()
    assert backend_of(loaded, "work").api_key_env == "WORK_KEY"


def test_a_key_named_for_one_host_does_not_follow_the_address_to_another() -> None:
    work = {"kind": "openai", "baseUrl": "https://ai.example/v1", "apiKeyEnv": "WORK_KEY"}
    loaded = with_key(file={"backends": {"work": work}}, environment={"backends": {"work": {"baseUrl": "https://b.c"}}})
    assert backend_of(loaded, "work").base_url == "https://b.c"
    assert backend_of(loaded, "work").api_key_env == ""
    assert [problem.message for problem in loaded.problems] == [
        "backends.work.apiKeyEnv from config.toml was named for another host than its baseUrl has now, and is ignored; "
        "name it beside that baseUrl."
    ]


def test_a_key_named_for_one_host_does_not_follow_the_kind_to_another() -> None:
    file = {"backends": {"work": {"kind": "openai", "apiKeyEnv": "WORK_KEY"}}}
    loaded = with_key(file=file, environment={"backends": {"work": {"kind": "deepseek"}}})
    assert backend_of(loaded, "work").base_url == "https://api.deepseek.com"
    assert backend_of(loaded, "work").api_key_env == "DEEPSEEK_API_KEY"


def test_another_path_or_port_of_the_same_host_keeps_the_key() -> None:
    work = {"kind": "openai", "baseUrl": "https://ai.example/v1", "apiKeyEnv": "WORK_KEY"}
    loaded = with_key(
        file={"backends": {"work": work}}, environment={"backends": {"work": {"baseUrl": "https://ai.example:8443/v2"}}}
    )
    assert backend_of(loaded, "work").api_key_env == "WORK_KEY"
    assert loaded.problems == ()


def test_a_key_named_after_the_address_goes_there() -> None:
    loaded = with_key(
        file={"backends": {"openai": {"baseUrl": "https://ai.example/v1"}}},
        environment={"backends": {"openai": {"apiKeyEnv": "WORK_KEY"}}},
    )
    assert backend_of(loaded, "openai").api_key_env == "WORK_KEY"


def test_an_empty_name_sends_no_key() -> None:
    loaded = with_key("openai", file={"backends": {"openai": {"apiKeyEnv": ""}}})
    assert backend_of(loaded, "openai").api_key_env == ""


@pytest.mark.parametrize("url", ["http://api.openai.com/v1", "http://10.0.0.5/v1", "http://ai.example"])
def test_no_key_goes_over_plain_http(url: str) -> None:
    loaded = with_key("openai", file={"backends": {"openai": {"baseUrl": url, "apiKeyEnv": "OPENAI_API_KEY"}}})
    assert backend_of(loaded, "openai").api_key_env == ""
    assert "is not sent, because its baseUrl begins with http://" in loaded.problems[0].message


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_within_this_machine_plain_http_is_no_danger(host: str) -> None:
    proxy = {"kind": "litellm", "baseUrl": f"http://{host}:4000/v1", "apiKeyEnv": "PROXY_KEY"}
    loaded = load([Layer(Origin.FILE, {"backends": {"proxy": proxy}})])
    assert backend_of(loaded, "proxy").api_key_env == "PROXY_KEY"


def test_a_key_in_place_of_a_variables_name_is_refused_and_not_repeated() -> None:
    for key in ("sk-proj-hunter2", "aB3dE5hunter2", "hunter2 "):
        loaded = load([Layer(Origin.FILE, {"backends": {"openai": {"apiKeyEnv": key}}})])
        assert "hunter2" not in repr(loaded.problems)
        assert "hunter2" not in repr(loaded.settings)
        assert loaded.problems


def test_what_stays_on_this_machine_is_told_from_what_is_passed_on() -> None:
    near = load([Layer(Origin.FILE, {"backends": {name: {} for name in PRESETS}})]).settings.backends
    kept = {name for name, backend in near.items() if backend.keeps("any")}
    assert kept == {"ollama", "llamacpp", "lmstudio", "vllm"}
    assert not near["ollama"].keeps("gpt-oss:120b-cloud")


URLS = st.sampled_from(
    [*ELSEWHERE, "https://api.openai.com/v1", "http://api.openai.com", "https://api.deepseek.com", "https://ai.example"]
)
TABLES = st.fixed_dictionaries(
    {},
    optional={
        "kind": st.sampled_from(["openai", "deepseek", "litellm", "ollama"]),
        "baseUrl": URLS,
        "apiKeyEnv": st.sampled_from(["A_KEY", "B_KEY", ""]),
    },
)
ORIGINS = st.permutations([origin for origin in Origin if origin is not Origin.DEFAULT])


@given(st.lists(TABLES, min_size=1, max_size=4), ORIGINS, st.sampled_from(["openai", "work"]))
def test_whatever_the_layers_say_a_key_goes_only_where_it_was_named_for(
    tables: list[dict[str, str]], origins: list[Origin], name: str
) -> None:
    layers = [Layer(origin, {"backends": {name: table}}) for origin, table in zip(origins, tables, strict=False)]
    backend = load(layers).settings.backends.get(name)
    if backend is None or not backend.api_key_env:
        return
    assert backend.base_url.startswith("https://") or backend.is_loopback
    host = urlsplit(backend.base_url).hostname
    own = urlsplit(PRESETS[backend.kind].base_url).hostname
    if backend.api_key_env in PRESETS[backend.kind].api_key_envs:
        assert host == own
        return
    # Somebody trusted named this key, and no trusted source with precedence over it named the host after it.
    trusted = sorted((layer for layer in layers if layer.origin.is_trusted), key=lambda layer: layer.origin.rank)
    said: list[dict[str, str]] = [layer.tree["backends"][name] for layer in trusted]  # type: ignore[index] # made above
    last = max(index for index, table in enumerate(said) if table.get("apiKeyEnv") == backend.api_key_env)
    url = next((table["baseUrl"] for table in reversed(said[: last + 1]) if "baseUrl" in table), None)
    assert url is None or urlsplit(url).hostname == host
