"""Which row a model has: the mission's models, dated names, aliases, the person's own prices, who the seller is."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tierlsp.backends.chat import TokenUsage
from tierlsp.routing.fill import read_defaults
from tierlsp.routing.price_table import load_table
from tierlsp.routing.prices import PriceBook, cost_of
from tierlsp.routing.pricing import book_of
from tierlsp.routing.spend import PriceSource
from tierlsp.settings import Layer, load
from tierlsp.settings.layers import Origin
from tierlsp.settings.tree import PriceSettings, Settings

TABLE = load_table()
BOOK = PriceBook({}, TABLE)
TODAY = datetime(2026, 11, 26, 12, tzinfo=UTC)

MISSION = [
    "deepseek/deepseek-chat",
    "deepseek/deepseek-flash",
    "deepseek/deepseek-v4-pro",
    "openrouter/qwen/qwen3.5-flash-02-23",
    "qwen/qwen-flash",
    "glm/glm-4.7",
    "glm/glm-4.5-air",
    "glm/glm-4.7-flash",
    "glm/glm-5.3",
    "glm/glm-5.3-flash",
    "glm-coding/glm-5.3",
    "anthropic/claude-opus-4-6",
    "anthropic/claude-opus-5",
    "anthropic/claude-opus-5-5",
    "anthropic/claude-sonnet-4",
    "anthropic/claude-sonnet-5",
    "anthropic/claude-sonnet-5-5",
    "anthropic/claude-haiku-4-5",
    "anthropic/claude-haiku-5-5",
    "openrouter/anthropic/claude-opus-4.6",
    "openrouter/anthropic/claude-sonnet-5.5",
    "mistral/devstral-2512",
    "mistral/codestral-latest",
    "openai/gpt-5.4",
    "openai/gpt-5.6-sol",
    "openai/gpt-6.1-sol",
    "openai/gpt-5.6-luna",
    "openai/gpt-4o-mini",
    "gemini/gemini-2.5-pro",
    "gemini/gemini-2.5-flash",
    "gemini/gemini-3.1-pro-preview",
    "gemini/gemini-3.8-flash",
]


def settings_with(tree: dict[str, object]) -> Settings:
    return load([Layer(Origin.FILE, tree)]).settings


@pytest.mark.parametrize("model", MISSION)
def test_every_model_of_the_mission_has_a_row_with_its_source(model: str) -> None:
    row = BOOK.row_for(model)
    assert row is not None
    assert row.source.startswith("https://")
    assert row.as_of is not None
    assert row.proven_context is not None
    assert row.context_window is not None
    assert row.proven_context <= row.context_window


def test_every_model_that_a_key_brings_has_a_row() -> None:
    for row in read_defaults():
        found = BOOK.row_for(row.model)
        assert found is not None, row.model
        assert not found.is_retired(TODAY)


def test_every_successor_has_a_row_that_is_not_retired() -> None:
    for row in TABLE.values():
        if row.replaced_by:
            successor = BOOK.row_for(row.replaced_by)
            assert successor is not None, row.replaced_by
            assert not successor.is_retired(TODAY)


def test_retired_models_are_known_as_such_with_their_successor() -> None:
    chat = BOOK.row_for("deepseek/deepseek-chat")
    assert chat is not None
    assert chat.is_retired(TODAY)
    assert chat.replaced_by == "deepseek/deepseek-flash"
    mini = BOOK.row_for("openai/gpt-4o-mini")
    assert mini is not None
    assert not mini.is_retired(TODAY)
    assert mini.is_retired(datetime(2027, 1, 14, tzinfo=UTC))


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("openai/gpt-5.4-2026-03-05", "openai/gpt-5.4"),
        ("anthropic/claude-opus-4-6-20260205", "anthropic/claude-opus-4-6"),
        ("anthropic/claude-sonnet-4-20250514", "anthropic/claude-sonnet-4"),
        ("mistral/devstral-latest", "mistral/devstral-2512"),
        ("mistral/codestral-2508", "mistral/codestral-latest"),
        ("openai/GPT-4o-mini", "openai/gpt-4o-mini"),
        ("deepseek/deepseek-v4-flash", "deepseek/deepseek-flash"),
        ("openai/gpt-4o-mini-2024-07-18", "openai/gpt-4o-mini"),
    ],
)
def test_dated_names_and_aliases_lead_to_the_model(asked: str, name: str) -> None:
    row = BOOK.row_for(asked)
    assert row is not None
    assert row.name == name


@pytest.mark.parametrize(
    "asked",
    [
        "openai/gpt-5.4-mini",
        "mistral/devstral-2507",
        "openai/gpt-4o",
        "openrouter/anthropic/claude-opus-5.5:nitro",
        "litellm/gpt-5.4",
        "anthropic",
        "gemini/gemini-flash-latest",
    ],
)
def test_a_name_that_only_looks_alike_has_no_price(asked: str) -> None:
    assert BOOK.row_for(asked) is None


def test_the_persons_price_goes_before_the_table_and_keeps_what_else_is_known() -> None:
    book = PriceBook({"openai/gpt-5.4": PriceSettings(Decimal(1), Decimal(2))}, TABLE)
    row = book.row_for("openai/gpt-5.4")
    assert row is not None
    cost = cost_of(TokenUsage(500_000, 500_000, 0, 0, 1_000_000), row, TODAY)
    assert (cost.usd, cost.source) == (Decimal(3), PriceSource.USER)
    assert row.context_window == 922_000


def test_a_price_can_be_set_for_a_model_that_no_table_has() -> None:
    settings = settings_with({"prices": {"litellm/ours": {"input": 1, "output": 2, "cachedInput": 0.1}}})
    row = book_of(settings).row_for("litellm/ours")
    assert cost_of(TokenUsage(0, 1_000_000), row, TODAY).usd == Decimal("0.1")


def test_an_answer_is_charged_by_who_answered() -> None:
    asked = "openrouter/deepseek/deepseek-v4.1-flash"
    other = BOOK.row_of_answer(asked, TokenUsage(1, model="anthropic/claude-sonnet-5.5"))
    assert other is not None
    assert other.name == "anthropic/claude-sonnet-5-5"
    for name in ("", "some-internal-name", "deepseek/deepseek-v4.1-flash"):
        assert BOOK.row_of_answer(asked, TokenUsage(1, model=name)) is BOOK.row_for(asked)


@pytest.mark.parametrize(
    ("table", "model", "is_free"),
    [
        ({}, "ollama/qwen3-coder:30b", True),
        ({}, "ollama/glm-5.3:cloud", False),
        ({"ollama": {"baseUrl": "http://192.168.1.9:11434"}}, "ollama/qwen3-coder:30b", True),
        ({"ollama": {"baseUrl": "https://ollama.example.com"}}, "ollama/qwen3-coder:30b", False),
        ({"lmstudio": {}}, "lmstudio/some-model", True),
        ({"vllm": {"baseUrl": "https://gpu.example.com/v1"}}, "vllm/some-model", False),
        ({"litellm": {}}, "litellm/some-model", False),
        ({"llamacpp": {}}, "llamacpp/any", True),
    ],
)
def test_only_what_runs_on_the_persons_own_machines_is_free(
    table: dict[str, object], model: str, is_free: bool
) -> None:
    row = book_of(settings_with({"backends": table})).row_for(model)
    if is_free:
        assert row is not None
        assert row.origin is PriceSource.FREE
        assert cost_of(TokenUsage(10**6, output_tokens=10**6), row, TODAY).usd == 0
    else:
        assert row is None


def test_a_vendors_prices_hold_at_the_vendors_own_host_only() -> None:
    elsewhere = {"openai": {"baseUrl": "https://proxy.example.com/v1"}}
    assert book_of(settings_with({"backends": elsewhere})).row_for("openai/gpt-5.4") is None
    named = {"work": {"kind": "openai", "baseUrl": "https://api.openai.com/v1"}}
    row = book_of(settings_with({"backends": named})).row_for("work/gpt-5.4")
    assert row is not None
    assert row.name == "openai/gpt-5.4"


def test_the_coding_plan_is_told_by_its_address() -> None:
    plan = {"glm": {"baseUrl": "https://api.z.ai/api/coding/paas/v4"}}
    row = book_of(settings_with({"backends": plan})).row_for("glm/glm-5.3")
    assert row is not None
    assert row.flat_usd_per_month == 10
