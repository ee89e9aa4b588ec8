"""Which models the settings and the API keys bring to each tier."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierlsp.routing.fill import Filled, FilledTiers, fill_tiers, read_defaults, uses_plan
from tierlsp.routing.price_table import load_table
from tierlsp.routing.tiers import Tier
from tierlsp.settings import Layer, Origin, Settings, load
from tierlsp.settings.presets import PRESETS, found_keys

VARIABLES = [variable for preset in PRESETS.values() for variable in preset.api_key_envs]


def in_force(keys: Collection[str] = (), **tree: Any) -> Settings:
    found = found_keys(dict.fromkeys(keys, "x"))
    return load([Layer(Origin.FILE, tree), Layer(Origin.ENVIRONMENT, found_keys=found)]).settings


def filled(*keys: str, **tree: Any) -> FilledTiers:
    return fill_tiers(in_force(keys, **tree), lambda variable: variable in keys)


def names(models: tuple[Filled, ...]) -> list[str]:
    return [each.model for each in models]


def test_without_a_key_only_the_local_tier_has_a_model() -> None:
    tiers = filled()
    assert names(tiers.local) == ["auto"]
    assert (tiers.cheap, tiers.premium, tiers.left_out, tiers.warnings) == ((), (), (), ())
    assert not tiers.has_cloud


def test_one_key_of_openrouters_is_enough_for_both_tiers() -> None:
    tiers = filled("OPENROUTER_API_KEY")
    assert names(tiers.cheap) == [
        "openrouter/deepseek/deepseek-v4.1-flash",
        "openrouter/z-ai/glm-5.3-flash",
        "openrouter/qwen/qwen3.5-flash-02-23",
    ]
    assert names(tiers.premium) == ["openrouter/anthropic/claude-opus-5.5", "openrouter/openai/gpt-6.1-sol"]
    assert all("OPENROUTER_API_KEY was found" in each.why for each in (*tiers.cheap, *tiers.premium))
    assert tiers.has_cloud


@pytest.mark.parametrize(
    ("keys", "cheap", "premium"),
    [
        (["DEEPSEEK_API_KEY"], ["deepseek/deepseek-flash"], ["deepseek/deepseek-v4-pro"]),
        (["DASHSCOPE_API_KEY"], ["qwen/qwen3.8-flash"], []),
        (["ZHIPUAI_API_KEY"], ["glm/glm-5.3-flash"], ["glm/glm-5.3"]),
        (["OPENAI_API_KEY"], ["openai/gpt-6-luna"], ["openai/gpt-6.1-sol"]),
        (["ANTHROPIC_API_KEY"], ["anthropic/claude-haiku-5-5"], ["anthropic/claude-opus-5-5"]),
        (["MISTRAL_API_KEY"], ["mistral/devstral-latest"], ["mistral/mistral-medium-latest"]),
        (["GOOGLE_API_KEY"], ["gemini/gemini-3.8-flash"], ["gemini/gemini-3.1-pro-preview"]),
        (
            ["ANTHROPIC_API_KEY", "DEEPSEEK_API_KEY"],
            ["deepseek/deepseek-flash", "anthropic/claude-haiku-5-5"],
            ["anthropic/claude-opus-5-5"],
        ),
        (["LITELLM_API_KEY", "VLLM_API_KEY"], [], []),
    ],
)
def test_each_key_brings_its_models(keys: list[str], cheap: list[str], premium: list[str]) -> None:
    tiers = filled(*keys)
    assert (names(tiers.cheap), names(tiers.premium)) == (cheap, premium)


def test_what_the_person_set_is_taken_as_it_stands() -> None:
    tiers = filled("OPENROUTER_API_KEY", tiers={"cheap": ["mistral/a", "openrouter/b"]})
    assert names(tiers.cheap) == ["mistral/a", "openrouter/b"]
    assert [each.lacks_key for each in tiers.cheap] == ["MISTRAL_API_KEY", ""]
    assert all(each.is_set and each.why == "named in `tiers.cheap`" for each in tiers.cheap)
    assert names(tiers.premium)[0] == "openrouter/anthropic/claude-opus-5.5"


def test_a_model_whose_backend_is_missing_is_left_out_and_nothing_takes_its_place() -> None:
    tiers = filled("OPENROUTER_API_KEY", tiers={"cheap": ["nowhere/a"]})
    assert tiers.cheap == ()
    assert [(each.tier, each.model, each.is_set) for each in tiers.left_out] == [(Tier.CHEAP, "nowhere/a", True)]


@pytest.mark.parametrize(
    ("model", "taken"),
    [
        ("ollama/qwen:7b", True),
        ("lan/qwen:7b", True),
        ("lmstudio/any", True),
        ("mine/any", True),
        ("ollama/gpt-oss:120b-cloud", False),
        ("lan/gpt-oss:120b-cloud", False),
        ("openai/gpt-6-luna", False),
        ("litellm/any", False),
    ],
)
def test_the_local_tier_has_no_vendors_models(model: str, taken: bool) -> None:
    backends = {
        "lan": {"kind": "ollama", "baseUrl": "http://10.0.0.5:11434"},
        "mine": {"kind": "openai", "baseUrl": "http://127.0.0.1:9000/v1"},
    }
    tiers = filled(backends=backends, tiers={"local": [model]})
    assert (names(tiers.local) == [model]) is taken
    assert bool(tiers.left_out) is not taken


def test_the_coding_plan_is_never_taken_from_a_key() -> None:
    plan = {"baseUrl": "https://api.z.ai/api/coding/paas/v4"}
    tiers = filled("ZAI_API_KEY", backends={"glm": plan})
    assert (tiers.cheap, tiers.premium, tiers.warnings) == ((), (), ())
    assert [each.model for each in tiers.left_out] == ["glm", "glm"]


def test_the_coding_plan_that_is_named_is_taken_with_a_warning() -> None:
    plan = {"kind": "glm", "baseUrl": "https://api.z.ai/api/coding/paas/v4"}
    tiers = filled("ZAI_API_KEY", backends={"glm-coding": plan}, tiers={"cheap": ["glm-coding/glm-5.3"]})
    assert names(tiers.cheap) == ["glm-coding/glm-5.3"]
    assert tiers.cheap[0].lacks_key == ""
    assert len(tiers.warnings) == 1
    assert "whose terms" in tiers.warnings[0]


@pytest.mark.parametrize(
    ("url", "is_plan"),
    [
        ("https://api.z.ai/api/coding/paas/v4", True),
        ("https://api.z.ai/api/coding", True),
        ("https://api.z.ai/api/paas/v4", False),
        ("https://example.com/api/coding/paas/v4", False),
    ],
)
def test_the_plan_is_known_by_its_address(url: str, is_plan: bool) -> None:
    assert uses_plan(in_force(backends={"x": {"kind": "glm", "baseUrl": url}}).backends["x"]) is is_plan


def test_a_preset_that_was_led_elsewhere_is_not_filled_from() -> None:
    own = {"baseUrl": "https://ai.example/v1", "apiKeyEnv": "OPENAI_API_KEY"}
    tiers = filled("OPENAI_API_KEY", backends={"openai": own})
    assert (tiers.cheap, tiers.premium) == ((), ())
    assert all("must be named in `tiers." in each.why for each in tiers.left_out)


def test_a_preset_at_another_host_of_its_vendors_is_filled_from() -> None:
    us = {"baseUrl": "https://dashscope-us.aliyuncs.com/compatible-mode/v1", "apiKeyEnv": "DASHSCOPE_API_KEY"}
    assert names(filled("DASHSCOPE_API_KEY", backends={"qwen": us}).cheap) == ["qwen/qwen3.8-flash"]


def test_no_default_has_a_plan_and_each_belongs_to_a_preset_that_wants_a_key() -> None:
    rows = read_defaults()
    assert {row.tier for row in rows} == {Tier.CHEAP, Tier.PREMIUM}
    assert len({(row.tier, row.model) for row in rows}) == len(rows)
    for row in rows:
        assert PRESETS[row.backend].api_key_envs
        assert row.why
        assert row.why[-1] != "."


MODELS = st.lists(
    st.sampled_from(["openrouter/a", "openai/b", "mistral/c", "ollama/d", "nowhere/e", "glm/f"]),
    unique=True,
    max_size=4,
)


@given(st.sets(st.sampled_from(VARIABLES)), MODELS, MODELS)
def test_whatever_keys_there_are_what_the_person_set_always_wins(
    keys: set[str], cheap: list[str], premium: list[str]
) -> None:
    tiers = filled(*keys, tiers={"cheap": cheap, "premium": premium})
    for tier, own in ((Tier.CHEAP, cheap), (Tier.PREMIUM, premium)):
        if own:
            assert names(tiers.of(tier)) == [model for model in own if not model.startswith("nowhere/")]
            assert all(each.is_set for each in tiers.of(tier))
        else:
            bought = {each.model.partition("/")[0] for each in tiers.of(tier)}
            assert bought <= set(found_keys(dict.fromkeys(keys, "x")))
            assert not any(each.lacks_key for each in tiers.of(tier))


@given(st.sets(st.sampled_from(VARIABLES)), st.sampled_from(VARIABLES))
def test_one_more_key_takes_no_tiers_only_model_away(keys: set[str], more: str) -> None:
    before, after = filled(*keys), filled(*keys, more)
    for tier in Tier:
        assert bool(after.of(tier)) >= bool(before.of(tier))


def test_every_default_is_sold_today_at_a_price_that_is_known() -> None:
    table = load_table()
    for row in read_defaults():
        assert row.model in table
        assert not table[row.model].is_retired(datetime(2026, 11, 26, tzinfo=UTC))
