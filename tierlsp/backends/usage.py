"""From what providers report to `TokenUsage`. Pure.

The two great formats count in opposite ways, which is where most wrong bills come from: OpenAI's number of prompt
tokens includes those found in the cache, Anthropic's number of input tokens does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from tierlsp.backends.chat import TokenUsage
from tierlsp.backends.dialects import Dialect
from tierlsp.backends.payload import count_in, object_in


def openai_usage(usage: Mapping[str, Any], model: str, dialect: Dialect) -> TokenUsage:
    """Return the usage of an answer in OpenAI's format."""
    details = object_in(usage, "prompt_tokens_details")
    prompt = count_in(usage, "prompt_tokens")
    # DeepSeek has told of its cache at the top since before the others did; the two agree where both are there.
    cached = _first(details, "cached_tokens") or _first(usage, "prompt_cache_hit_tokens", "cache_read_input_tokens")
    written = _first(details, "cache_write_tokens", "cache_creation_tokens", "cache_creation_input_tokens") or _first(
        usage, "cache_creation_input_tokens"
    )
    cached = min(cached, prompt)
    written = min(written, prompt - cached)
    return TokenUsage(
        input_tokens=prompt - cached - written,
        cached_tokens=cached,
        cache_write_5m_tokens=written,
        output_tokens=_output(usage, prompt, dialect),
        reasoning_tokens=count_in(object_in(usage, "completion_tokens_details"), "reasoning_tokens"),
        cost_usd=_openrouter_cost(usage) if dialect.cost == "usage" else None,
        model=model,
    )


def anthropic_usage(usage: Mapping[str, Any], model: str) -> TokenUsage:
    """Return the usage of an answer in Anthropic's format, put together from all that told of it."""
    split = object_in(usage, "cache_creation")
    written = count_in(usage, "cache_creation_input_tokens")
    for_an_hour = min(count_in(split, "ephemeral_1h_input_tokens"), written or 2**63)
    short = count_in(split, "ephemeral_5m_input_tokens")
    return TokenUsage(
        input_tokens=count_in(usage, "input_tokens"),
        cached_tokens=count_in(usage, "cache_read_input_tokens"),
        cache_write_5m_tokens=max(short, written - for_an_hour),
        cache_write_1h_tokens=for_an_hour,
        output_tokens=count_in(usage, "output_tokens"),
        reasoning_tokens=_first(object_in(usage, "output_tokens_details"), "thinking_tokens", "reasoning_tokens"),
        model=model,
    )


def ollama_usage(answer: Mapping[str, Any], model: str) -> TokenUsage:
    """Return the usage of Ollama's last line."""
    return TokenUsage(
        input_tokens=count_in(answer, "prompt_eval_count"), output_tokens=count_in(answer, "eval_count"), model=model
    )


def header_cost(text: str) -> Decimal | None:
    """Return the cost in LiteLLM's header. Its 0 stands for a model whose price it does not know, and says nothing."""
    return _dollars(text) or None


def _output(usage: Mapping[str, Any], prompt: int, dialect: Dialect) -> int:
    output = count_in(usage, "completion_tokens")
    return max(output, count_in(usage, "total_tokens") - prompt) if dialect.thoughts_apart else output


def _openrouter_cost(usage: Mapping[str, Any]) -> Decimal | None:
    """Return what OpenRouter charged; with the person's own key for the provider, what that charges comes on top."""
    cost = _dollars(usage.get("cost"))
    if cost is None or usage.get("is_byok") is not True:
        return cost
    return cost + (_dollars(object_in(usage, "cost_details").get("upstream_inference_cost")) or Decimal(0))


def _dollars(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and amount >= 0 else None


def _first(answer: Mapping[str, Any], *keys: str) -> int:
    return next((count for key in keys if (count := count_in(answer, key))), 0)
