"""Usage in the shapes that providers document gives exact numbers: all that is said of costs rests on it."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.servers.chat_wires import ANTHROPIC, MODEL, wire_of
from tests.servers.loopback import Exchange, LoopbackServer
from tests.unit.backends.chatting import ASK, PLAIN, chunks_of, open_at
from tierlsp.backends.chat import ChatRequest, TokenUsage

OPENAI_SHAPES: list[tuple[str, dict[str, Any], TokenUsage]] = [
    (
        "openai",
        {
            "prompt_tokens": 5006,
            "completion_tokens": 300,
            "total_tokens": 5306,
            "prompt_tokens_details": {"cached_tokens": 4864, "cache_write_tokens": 0},
            "completion_tokens_details": {
                "reasoning_tokens": 120,
                "accepted_prediction_tokens": 0,
                "rejected_prediction_tokens": 0,
            },
        },
        TokenUsage(142, 4864, 0, 0, 300, 120),
    ),
    (
        "openai",
        {
            "prompt_tokens": 5000,
            "completion_tokens": 1,
            "total_tokens": 5001,
            "prompt_tokens_details": {"cached_tokens": 1000, "cache_write_tokens": 3000},
        },
        TokenUsage(1000, 1000, 3000, 0, 1, 0),
    ),
    (
        "deepseek",
        {
            "prompt_tokens": 1200,
            "completion_tokens": 50,
            "total_tokens": 1250,
            "prompt_cache_hit_tokens": 1024,
            "prompt_cache_miss_tokens": 176,
        },
        TokenUsage(176, 1024, 0, 0, 50, 0),
    ),
    (
        "deepseek",
        {
            "prompt_tokens": 1200,
            "completion_tokens": 50,
            "total_tokens": 1250,
            "prompt_tokens_details": {"cached_tokens": 1024},
            "prompt_cache_hit_tokens": 1024,
            "prompt_cache_miss_tokens": 176,
            "completion_tokens_details": {"reasoning_tokens": 8},
        },
        TokenUsage(176, 1024, 0, 0, 50, 8),
    ),
    (
        "openrouter",
        {
            "prompt_tokens": 194,
            "completion_tokens": 2,
            "total_tokens": 196,
            "cost": 0.00095,
            "cost_details": {"upstream_inference_cost": None},
            "prompt_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 0},
        },
        TokenUsage(194, 0, 0, 0, 2, 0, Decimal("0.00095")),
    ),
    (
        # The person's own key for the provider: OpenRouter takes its share, the provider the rest.
        "openrouter",
        {
            "prompt_tokens": 10,
            "completion_tokens": 2,
            "total_tokens": 12,
            "cost": 0.0001,
            "is_byok": True,
            "cost_details": {"upstream_inference_cost": 0.002},
        },
        TokenUsage(10, 0, 0, 0, 2, 0, Decimal("0.0021")),
    ),
    (
        "openrouter",
        {"prompt_tokens": 10, "completion_tokens": 2, "total_tokens": 12, "cost": 0},
        TokenUsage(10, 0, 0, 0, 2, 0, Decimal(0)),
    ),
    (
        # Thoughts are counted in the total alone, and billed as output.
        "gemini",
        {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 420},
        TokenUsage(100, 0, 0, 0, 320, 0),
    ),
    (
        "litellm",
        {
            "prompt_tokens": 20112,
            "completion_tokens": 15,
            "total_tokens": 20127,
            "prompt_tokens_details": {"cached_tokens": 18000, "cache_creation_tokens": 2100},
            "cache_creation_input_tokens": 2100,
            "cache_read_input_tokens": 18000,
        },
        TokenUsage(12, 18000, 2100, 0, 15, 0),
    ),
    ("mistral", {"prompt_tokens": 31, "total_tokens": 40, "completion_tokens": 9}, TokenUsage(31, 0, 0, 0, 9, 0)),
    (
        "qwen",
        {
            "prompt_tokens": 3019,
            "completion_tokens": 104,
            "total_tokens": 3123,
            "prompt_tokens_details": {"cached_tokens": 2048},
        },
        TokenUsage(971, 2048, 0, 0, 104, 0),
    ),
    (
        "glm",
        {
            "prompt_tokens": 100,
            "completion_tokens": 7,
            "total_tokens": 107,
            "prompt_tokens_details": {"cached_tokens": 64},
        },
        TokenUsage(36, 64, 0, 0, 7, 0),
    ),
    (
        # Nonsense is bounded by what is told beside it, so that no count is negative.
        "openai",
        {"prompt_tokens": 10, "completion_tokens": -1, "prompt_tokens_details": {"cached_tokens": 50}},
        TokenUsage(0, 10, 0, 0, 0, 0),
    ),
]


async def usage_of(kind: str, request: ChatRequest, body: bytes | dict[str, Any], *headers: str) -> TokenUsage | None:
    async def answer(exchange: Exchange) -> None:
        content_type = wire_of(kind).content_type if isinstance(body, bytes) else "application/json"
        await exchange.reply(body, 200, content_type, *headers)

    async with LoopbackServer(answer) as server:
        backend = open_at(server.url, kind)
        usage = (await chunks_of(backend, request))[-1].usage
        await backend.aclose()
    return usage


@pytest.mark.parametrize(("kind", "told", "expected"), OPENAI_SHAPES)
async def test_usage_is_exact_in_both_ways_of_answering(kind: str, told: dict[str, Any], expected: TokenUsage) -> None:
    wire = wire_of(kind)
    chunk = {"id": "1", "object": "chat.completion.chunk", "model": MODEL, "choices": [], "usage": told}
    stream = wire.head() + wire.piece("x") + wire.finish() + wire.frame(chunk) + wire.end()
    expected = replace(expected, model=MODEL)
    assert await usage_of(kind, ASK, stream) == expected
    assert await usage_of(kind, PLAIN, wire.whole("x") | {"usage": told}) == expected
    # Mistral and others tell it together with the reason for the end.
    with_reason = chunk | {"choices": [{"index": 0, "delta": {"content": ""}, "finish_reason": "stop"}]}
    assert await usage_of(kind, ASK, wire.piece("x") + wire.frame(with_reason) + wire.end()) == expected


async def test_usage_that_comes_with_every_event_is_not_added_up() -> None:
    wire = wire_of("vllm")
    stream = b"".join(
        wire.frame(
            {
                "model": MODEL,
                "choices": [{"index": 0, "delta": {"content": "x"}, "finish_reason": None}],
                "usage": {"prompt_tokens": 10, "completion_tokens": count},
            }
        )
        for count in (1, 2, 3)
    )
    usage = await usage_of("vllm", ASK, stream + wire.finish() + wire.end())
    assert usage == TokenUsage(10, 0, 0, 0, 3, 0, None, MODEL)


@pytest.mark.parametrize(
    ("header", "cost"),
    [("0.0123", Decimal("0.0123")), ("1.5e-05", Decimal("0.000015")), ("0.0", None), ("None", None), ("nan", None)],
)
async def test_litellm_says_what_a_plain_answer_cost_unless_it_does_not_know_the_price(
    header: str, cost: Decimal | None
) -> None:
    wire = wire_of("litellm")
    said = f"x-litellm-response-cost: {header}"
    plain = await usage_of("litellm", PLAIN, wire.whole("x"), said)
    assert plain is not None
    assert plain.cost_usd == cost
    streamed = await usage_of("litellm", ASK, wire.stream("x"), said)
    assert streamed is not None
    assert streamed.cost_usd is None, "in front of a stream it cannot know"
    other = await usage_of("openai", PLAIN, wire.whole("x"), said)
    assert other is not None
    assert other.cost_usd is None


START = {
    "input_tokens": 12,
    "cache_creation_input_tokens": 2100,
    "cache_read_input_tokens": 18000,
    "cache_creation": {"ephemeral_5m_input_tokens": 2100, "ephemeral_1h_input_tokens": 0},
    "output_tokens": 1,
}


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (START, {"output_tokens": 15}, TokenUsage(12, 18000, 2100, 0, 15, 0)),
        # What comes later replaces what came before, and nothing is added up.
        (
            START,
            {"input_tokens": 12, "cache_read_input_tokens": 18000, "output_tokens": 15},
            TokenUsage(12, 18000, 2100, 0, 15, 0),
        ),
        (
            START | {"cache_creation": {"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 2000}},
            {"output_tokens": 15},
            TokenUsage(12, 18000, 100, 2000, 15, 0),
        ),
        # Without the split all counts as kept for five minutes.
        ({**START, "cache_creation": None}, {"output_tokens": 15}, TokenUsage(12, 18000, 2100, 0, 15, 0)),
        ({"input_tokens": 12, "output_tokens": 1}, {"output_tokens": 15}, TokenUsage(12, 0, 0, 0, 15, 0)),
        (
            START,
            {"output_tokens": 900, "output_tokens_details": {"thinking_tokens": 800}},
            TokenUsage(12, 18000, 2100, 0, 900, 800),
        ),
    ],
)
async def test_anthropic_counts_its_cache_apart_from_the_input(
    start: dict[str, Any], end: dict[str, Any], expected: TokenUsage
) -> None:
    wire = ANTHROPIC
    message = {"id": "m", "type": "message", "role": "assistant", "model": MODEL, "content": [], "usage": start}
    stream = (
        wire.typed("message_start", message=message)
        + wire.piece("x")
        + wire.typed("message_delta", delta={"stop_reason": "end_turn"}, usage=end)
        + wire.end()
    )
    expected = replace(expected, model=MODEL)
    assert await usage_of("anthropic", ASK, stream) == expected
    usage = {key: value for key, value in {**start, **end}.items() if value is not None}
    assert await usage_of("anthropic", PLAIN, wire.whole("x") | {"usage": usage}) == expected
    assert expected.prompt_tokens == expected.input_tokens + start.get("cache_creation_input_tokens", 0) + start.get(
        "cache_read_input_tokens", 0
    )
