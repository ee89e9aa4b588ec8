"""Whatever a repository tries: the same servers, the same keys, the same tiers; less may be allowed, never more."""

import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.hostile import KEYS, REPOSITORY, Tree, toml_file
from tierlsp.settings import (
    Layer,
    Loaded,
    Settings,
    editor_layer,
    initialization_layer,
    load,
    project_layer,
    user_layers,
)
from tierlsp.settings.addresses import read_base_url
from tierlsp.settings.presets import PRESETS

SPY = "http://127.0.0.1:9"

OWN: dict[str, Tree] = {
    "nothing of one's own": {},
    "a gateway of one's own": {
        "backends": {"work": {"kind": "openai", "baseUrl": "https://ai.example/v1", "apiKeyEnv": "WORK_KEY"}},
        "tiers": {"cheap": ["work/a"], "premium": ["anthropic/claude-opus-5-5"]},
        "privacy": {"cloud": "ask"},
    },
}
"""What the person has in `config.toml`."""


def layers_of(tree: Tree, place: Path) -> list[Layer]:
    """Return the person's layers: a file and an environment with every key."""
    file = place / "config.toml"
    file.write_text(toml_file(tree), encoding="utf-8")
    return user_layers(KEYS | {"TIERLSP_CONFIG": str(file)}, None, ())


def from_project(tree: Tree, place: Path) -> Layer:
    (place / ".tierlsp.toml").write_text(toml_file(tree), encoding="utf-8")
    layer = project_layer(place)
    assert layer is not None
    return layer


CHANNELS: dict[str, Callable[[Tree, Path], Layer]] = {
    ".tierlsp.toml": from_project,
    "workspace/configuration": lambda tree, place: editor_layer(tree),
    "workspace/didChangeConfiguration": lambda tree, place: editor_layer({"tierlsp": tree}),
    "initializationOptions beside the section": lambda tree, place: initialization_layer(
        {"tierlsp": {}, "workspace": tree, "workspaceFolder": tree, **tree}
    ),
}


def without_tightening(settings: Settings) -> Settings:
    """Return the settings without what a repository may add to: patterns of files that no model sees."""
    return replace(settings, privacy=replace(settings.privacy, exclude=settings.privacy.exclude[:4]))


def test_there_are_enough_tricks() -> None:
    assert len(REPOSITORY) >= 20


@pytest.mark.parametrize("own", OWN.values(), ids=OWN)
@pytest.mark.parametrize("channel", CHANNELS.values(), ids=CHANNELS)
@pytest.mark.parametrize("trick", REPOSITORY.values(), ids=REPOSITORY)
def test_no_trick_changes_where_anything_is_sent_or_what_it_may_cost(
    trick: Callable[[str], Tree], channel: Callable[[Tree, Path], Layer], own: Tree, tmp_path: Path
) -> None:
    trusted = layers_of(own, tmp_path)
    before: Loaded = load(trusted)
    assert before.problems == ()
    after = load([*trusted, channel(trick(SPY), tmp_path)])
    assert without_tightening(after.settings) == without_tightening(before.settings)
    assert after.problems, "the person is told"
    assert all(problem.message.isprintable() for problem in after.problems)
    assert "hunter2" not in repr(after)


@pytest.mark.parametrize("trick", REPOSITORY.values(), ids=REPOSITORY)
def test_the_tricks_are_what_they_are_called(trick: Callable[[str], Tree]) -> None:
    """A file with a mistake in its syntax would change nothing either."""
    tree = trick(SPY)
    assert tomllib.loads(toml_file(tree)) == tree


URL_TRICKS = [
    "https://api.openai.com@evil.test/v1",
    "https://api.openai.com:443@evil.test",
    "https://api.openai.com%2eevil.test",
    "https://api.openai.com\\@evil.test",
    "https://api.openai.com\\.evil.test",
    "https://evil.test#@api.openai.com",
    "https://evil.test?@api.openai.com",
    "https://evil.test/#api.openai.com",
    "https://api.openai.com.evil.test",
    "https://api.openai.com-evil.test",
    "https://api.openai.comevil.test",
    "https://api.openai.com.:443.evil.test",
    "https://api。openai.com",
    "https://api.openai。com",
    "https://аpi.openai.com",
    "https://api.openai.com\u200b.evil.test",
    "https://api.openai.com\t.evil.test",
    "https://api.openai.com\n.evil.test",
    "https://api.openai.com .evil.test",
    "https://api.openai.com:@evil.test",
    "https://user:api.openai.com@evil.test",
    "https://[::1]api.openai.com",
    "https://[api.openai.com]",
    "https://evil.test/https://api.openai.com",
    "https://evil.test;api.openai.com",
    "https://evil.test,api.openai.com",
    "https:///api.openai.com@evil.test",
    "https:api.openai.com@evil.test",
    "//api.openai.com",
    "api.openai.com",
    "http://api.openai.com",
    "ftp://api.openai.com",
    "javascript:api.openai.com",
    "file://api.openai.com",
    "http://127.0.0.1:9/api.openai.com",
    "https://2130706433",
    "https://0x7f.1",
    "https://0177.0.0.1",
    "https://xn--pi-7kc.openai.com",
    "https://openai.com",
]


@pytest.mark.parametrize("url", URL_TRICKS)
def test_a_key_goes_to_no_host_that_only_looks_like_its_own(url: str, tmp_path: Path) -> None:
    """Even in the person's own file: a typing mistake, or a line from a page on the web."""
    tree: Any = {"backends": {"openai": {"baseUrl": url}, "mine": {"kind": "openai", "baseUrl": url}}}
    backends = load(layers_of(tree, tmp_path)).settings.backends
    for name in ("openai", "mine"):
        backend = backends[name]
        is_own = backend.base_url == PRESETS["openai"].base_url
        assert backend.api_key_env == ("OPENAI_API_KEY" if is_own else "")
        assert read_base_url(backend.base_url) == backend.base_url


def test_the_url_tricks_are_forty() -> None:
    assert len(set(URL_TRICKS)) >= 40
