"""The exact bodies of questions, preset by preset, in the shapes that the providers document."""

from dataclasses import replace
from typing import Any

import pytest

from tests.unit.backends.chatting import ASK
from tierlsp.backends import anthropic, ollama_chat, openai
from tierlsp.backends.base import BackendSpec
from tierlsp.backends.chat import ChatRequest, Effort
from tierlsp.backends.claude import Thinking, thinking_body, thinking_of
from tierlsp.backends.dialects import DIALECTS, dialect_for

KEYED = replace(ASK, cache_key="k")

SYSTEM = {"role": "system", "content": "Be brief."}
USER = {"role": "user", "content": "a file\n\na question"}
TOLD: dict[str, Any] = {"stream": True, "stream_options": {"include_usage": True}}

MODELS = {
    "openai": "gpt-5.4",
    "deepseek": "deepseek-flash",
    "qwen": "qwen3.8-flash",
    "glm": "glm-5.3",
    "mistral": "devstral-latest",
    "gemini": "gemini-3.1-pro-preview",
    "openrouter": "deepseek/deepseek-v4-flash",
    "litellm": "cheap",
    "lmstudio": "qwen",
    "vllm": "qwen",
    "llamacpp": "tiny",
}

BODIES: dict[str, dict[str, Any]] = {
    "openai": {
        "messages": [SYSTEM | {"role": "developer"}, USER],
        "max_completion_tokens": 64,
        "reasoning_effort": "none",
        "prompt_cache_key": "k",
        "stream": True,
        "stream_options": {"include_usage": True, "include_obfuscation": False},
    },
    "deepseek": {"max_tokens": 64, "thinking": {"type": "disabled"}, "temperature": 0, **TOLD},
    "qwen": {"max_tokens": 64, "enable_thinking": False, "temperature": 0, **TOLD},
    "glm": {"max_tokens": 64, "thinking": {"type": "disabled"}, "temperature": 0, **TOLD},
    "mistral": {"max_tokens": 64, "temperature": 0, "prompt_cache_key": "k", "stream": True},
    "gemini": {"max_tokens": 64, "reasoning_effort": "low", **TOLD},
    "openrouter": {"max_tokens": 64, "reasoning": {"enabled": False}, **TOLD},
    "litellm": {"max_tokens": 64, **TOLD},
    "lmstudio": {"max_tokens": 64, "temperature": 0, **TOLD},
    "vllm": {"max_tokens": 64, "chat_template_kwargs": {"enable_thinking": False}, "temperature": 0, **TOLD},
    "llamacpp": {"max_tokens": 64, "chat_template_kwargs": {"enable_thinking": False}, "temperature": 0, **TOLD},
}


def body(request: ChatRequest, kind: str) -> dict[str, Any]:
    return dict(openai.body_of(request, dialect_for(kind, request.model)))


@pytest.mark.parametrize("kind", DIALECTS)
def test_every_preset_is_asked_as_it_documents_it(kind: str) -> None:
    model = MODELS[kind]
    expected = {"model": model, "messages": [SYSTEM, USER], **BODIES[kind]}
    assert body(replace(KEYED, model=model), kind) == expected


@pytest.mark.parametrize("kind", DIALECTS)
def test_a_plain_question_has_no_options_of_a_stream(kind: str) -> None:
    asked = body(replace(KEYED, is_streamed=False, model=MODELS[kind]), kind)
    assert asked["stream"] is False
    assert "stream_options" not in asked


@pytest.mark.parametrize("kind", DIALECTS)
def test_without_a_name_for_the_stable_beginning_none_is_sent(kind: str) -> None:
    assert "prompt_cache_key" not in body(ASK, kind)


@pytest.mark.parametrize(
    ("model", "effort", "expected"),
    [
        ("gpt-5.4", Effort.OFF, "none"),
        ("gpt-5.6-luna", Effort.HIGH, "high"),
        ("gpt-6.1-sol", Effort.OFF, "none"),
        ("gpt-5", Effort.OFF, "minimal"),
        ("gpt-5-mini-2025-08-07", Effort.OFF, "minimal"),
        ("gpt-5.4-pro", Effort.OFF, "medium"),
        ("gpt-5.1-codex", Effort.OFF, "low"),
        ("o3", Effort.OFF, "low"),
        ("gpt-4o-mini", Effort.HIGH, None),
        ("gpt-4.1", Effort.OFF, None),
    ],
)
def test_each_generation_of_openai_is_told_in_its_own_words(model: str, effort: Effort, expected: str | None) -> None:
    asked = body(replace(ASK, model=model, effort=effort), "openai")
    assert asked.get("reasoning_effort") == expected
    thinks = expected is not None
    assert ("temperature" in asked) is not thinks, "models that think refuse sampling parameters"
    assert asked["messages"][0]["role"] == ("developer" if thinks else "system")


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("gemini-2.5-flash", "none"),
        ("gemini-2.5-flash-lite", "none"),
        ("models/gemini-2.5-flash", "none"),
        ("gemini-2.5-pro", "low"),
        ("gemini-3.5-flash", "low"),
        ("gemini-2.0-flash", None),
    ],
)
def test_gemini_thinks_as_little_as_it_can(model: str, expected: str | None) -> None:
    assert body(replace(ASK, model=model), "gemini").get("reasoning_effort") == expected


def test_an_effort_is_told_where_it_can_be() -> None:
    high = replace(ASK, effort=Effort.HIGH)
    assert body(high, "deepseek")["thinking"] == {"type": "enabled"}
    assert body(high, "qwen")["enable_thinking"] is True
    assert body(high, "openrouter")["reasoning"] == {"effort": "high"}
    assert "reasoning_effort" not in body(high, "mistral"), "its strict body takes nothing that a model does not know"


def test_models_of_anthropic_behind_openrouter_are_told_what_to_cache() -> None:
    request = replace(ASK, model="anthropic/claude-opus-4.6")
    assert body(request, "openrouter")["messages"][1]["content"] == [
        {"type": "text", "text": "a file", "cache_control": {"type": "ephemeral"}},
        {"type": "text", "text": "a question"},
    ]
    assert body(replace(request, model="openai/gpt-5.4"), "openrouter")["messages"][1] == USER


def test_anthropic_is_asked_with_two_marks_for_its_cache() -> None:
    asked = anthropic.body_of(replace(ASK, model="claude-opus-4-6"))
    assert asked == {
        "model": "claude-opus-4-6",
        "max_tokens": 64,
        "stream": True,
        "system": [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}],
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "a file", "cache_control": {"type": "ephemeral"}},
                    {"type": "text", "text": "a question"},
                ],
            }
        ],
    }


def test_anthropic_is_never_sent_what_it_refuses() -> None:
    asked = anthropic.body_of(replace(ASK, system="", messages=()))
    assert "system" not in asked
    assert asked["messages"], "a question has a turn"
    assert not {"temperature", "top_p", "top_k"} & set(asked)


@pytest.mark.parametrize(
    ("model", "form"),
    [
        ("claude-3-5-haiku-20241022", Thinking.NONE),
        ("claude-3-opus-20240229", Thinking.NONE),
        ("claude-3-7-sonnet-20250219", Thinking.BUDGET),
        ("claude-sonnet-4-20250514", Thinking.BUDGET),
        ("claude-opus-4-1-20250805", Thinking.BUDGET),
        ("claude-sonnet-4-5", Thinking.BUDGET),
        ("claude-haiku-4-5-20251001", Thinking.BUDGET),
        ("claude-opus-4-6", Thinking.CHOSEN),
        ("claude-opus-4-8", Thinking.CHOSEN),
        ("claude-opus-5", Thinking.ON),
        ("claude-sonnet-5", Thinking.ON),
        ("claude-haiku-5-5", Thinking.ON),
        ("claude-sonnet-5-5", Thinking.BETWEEN),
        ("claude-opus-5-5", Thinking.ALWAYS),
        ("claude-fable-5-1", Thinking.ALWAYS),
        ("glm-5.3", Thinking.NONE),
    ],
)
def test_every_claude_is_known_by_what_it_takes(model: str, form: Thinking) -> None:
    assert thinking_of(model) is form


@pytest.mark.parametrize(
    ("model", "effort", "max_tokens", "expected"),
    [
        ("claude-opus-4-6", Effort.OFF, 4000, {}),
        (
            "claude-opus-4-6",
            Effort.MEDIUM,
            4000,
            {"thinking": {"type": "adaptive"}, "output_config": {"effort": "medium"}},
        ),
        ("claude-opus-5", Effort.OFF, 4000, {"thinking": {"type": "disabled"}}),
        ("claude-sonnet-5-5", Effort.OFF, 4000, {"thinking": {"type": "between_tools"}}),
        ("claude-opus-5-5", Effort.OFF, 4000, {"output_config": {"effort": "low"}}),
        ("claude-sonnet-4-5", Effort.OFF, 4000, {}),
        ("claude-sonnet-4-5", Effort.LOW, 4000, {"thinking": {"type": "enabled", "budget_tokens": 1024}}),
        ("claude-sonnet-4-5", Effort.HIGH, 4000, {"thinking": {"type": "enabled", "budget_tokens": 2976}}),
        ("claude-sonnet-4-5", Effort.HIGH, 1500, {}),
        ("claude-3-5-haiku-20241022", Effort.HIGH, 4000, {}),
    ],
)
def test_thinking_is_said_in_the_form_that_the_model_takes(
    model: str, effort: Effort, max_tokens: int, expected: dict[str, object]
) -> None:
    assert thinking_body(model, effort, max_tokens) == expected


def test_ollama_is_asked_with_the_options_of_inline_completion() -> None:
    """With others it would load the model anew, for seconds."""
    spec = BackendSpec("it", "ollama", "http://127.0.0.1:11434", keep_alive="1h", num_ctx=8192)
    assert ollama_chat.body_of(ASK, spec) == {
        "model": "m",
        "messages": [SYSTEM, USER],
        "stream": True,
        "think": False,
        "keep_alive": "1h",
        "truncate": False,
        "shift": False,
        "options": {"num_ctx": 8192, "num_predict": 64, "temperature": 0},
    }
    assert "think" not in ollama_chat.body_of(replace(ASK, effort=Effort.LOW), spec), "not every model can be told to"
