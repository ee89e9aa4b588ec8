"""What the servers in OpenAI's format do not have in common, as data: one row a preset, one a family of models.

`openai.py` is the format itself. Sources: the providers' own documentation and clients, seen in 2026.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from types import MappingProxyType
from typing import Literal

from tierlsp.backends.chat import Effort

Switch = Mapping[Effort, Mapping[str, object]]
"""What is added to a request's body for an effort; where an effort is missing, nothing is."""

_NOTHING: Mapping[str, str] = MappingProxyType({})


def _switch(name: str, off: object, low: object, medium: object, high: object) -> Switch:
    values = {Effort.OFF: off, Effort.LOW: low, Effort.MEDIUM: medium, Effort.HIGH: high}
    return {effort: {name: value} for effort, value in values.items() if value is not None}


def _on_off(name: str, off: object, on: object) -> Switch:
    return _switch(name, off, on, on, on)


UNTOLD: Switch = MappingProxyType({})
"""The server cannot be told how much to think."""

_THINKING = _on_off("thinking", {"type": "disabled"}, {"type": "enabled"})
_EFFORT_LOW = _switch("reasoning_effort", "low", "low", "medium", "high")
_EFFORT_MINIMAL = _switch("reasoning_effort", "minimal", "low", "medium", "high")
_EFFORT_NONE = _switch("reasoning_effort", "none", "low", "medium", "high")
_TEMPLATE = _on_off("chat_template_kwargs", {"enable_thinking": False}, {"enable_thinking": True})


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one server speaks OpenAI's format."""

    kind: str
    title: str
    """How messages name it."""
    root: str = ""
    """What stands between host and `/chat/completions`, put in where a base URL has no path."""
    prefix: str = "/chat/completions"
    """The path under the base URL."""
    system_role: Literal["system", "developer"] = "system"
    thinking: Switch = field(default_factory=lambda: UNTOLD)
    max_tokens: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    takes_temperature: bool = False
    """Whether 0 may be sent. Models that think refuse it, or get worse."""
    stream_options: Mapping[str, object] | None = field(default_factory=lambda: {"include_usage": True})
    """`None` where usage comes by itself, and the field would be refused."""
    cache_key: str = ""
    """The parameter that takes a name for the stable beginning; empty if there is none."""
    marks_cache: bool = False
    """Whether the last stable part is to be marked for the cache, as Anthropic's models want it."""
    has_end_mark: bool = True
    """Whether `[DONE]` is promised, so that an answer without it was cut."""
    cost: Literal["", "usage", "header"] = ""
    """Where it tells what a call cost: `usage.cost`, or the header `x-litellm-response-cost`."""
    thoughts_apart: bool = False
    """Whether tokens of thinking are counted in `total_tokens` alone, and billed as output."""
    codes: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    """Inner error codes of its own, with their causes."""
    check_path: str = "/models"
    """What is asked to see whether the key is good: free, and refused without a key."""
    is_free: bool = False
    """Whether asking twice costs nothing."""
    mend: str = "check the network connection"
    """What to do where nobody answers."""


_OPENROUTER_THINKING: Switch = MappingProxyType(
    {
        Effort.OFF: {"reasoning": {"enabled": False}},
        Effort.LOW: {"reasoning": {"effort": "low"}},
        Effort.MEDIUM: {"reasoning": {"effort": "medium"}},
        Effort.HIGH: {"reasoning": {"effort": "high"}},
    }
)

_GLM_CODES: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("1000", "1001", "1002", "1003", "1004", "1220"), "unauthorised"),
        # 1113: no balance; 1112: account locked; 1304: daily limit; 1308 to 1310: limits of a plan, of hours or weeks.
        **dict.fromkeys(("1112", "1113", "1304", "1308", "1309", "1310"), "quota"),
        **dict.fromkeys(("1302", "1303", "1305"), "rate-limit"),
        **dict.fromkeys(("1211", "1214"), "model-missing"),
        "1261": "context",
        "1301": "moderation",
        "1234": "server-error",
    }
)

DIALECTS: Mapping[str, Dialect] = MappingProxyType(
    {
        dialect.kind: dialect
        for dialect in (
            Dialect(
                "openai",
                "OpenAI",
                root="/v1",
                system_role="developer",
                thinking=_EFFORT_NONE,
                max_tokens="max_completion_tokens",
                # Obfuscation pads every event with noise, against who guesses at tokens by their length.
                stream_options={"include_usage": True, "include_obfuscation": False},
                cache_key="prompt_cache_key",
            ),
            # The bare host is the base; "/v1" is an alias there.
            Dialect("deepseek", "DeepSeek", thinking=_THINKING, takes_temperature=True),
            Dialect(
                "qwen",
                "Qwen (DashScope)",
                root="/compatible-mode/v1",
                thinking=_on_off("enable_thinking", False, True),
                takes_temperature=True,
            ),
            Dialect(
                "glm",
                "GLM (z.ai)",
                root="/api/paas/v4",
                thinking=_THINKING,
                takes_temperature=True,
                codes=_GLM_CODES,
            ),
            # Its body is strict: a field it does not know is answered with 422.
            Dialect(
                "mistral",
                "Mistral",
                root="/v1",
                takes_temperature=True,
                stream_options=None,
                cache_key="prompt_cache_key",
                codes={"1300": "rate-limit"},
            ),
            Dialect(
                "gemini",
                "Gemini",
                root="/v1beta/openai",
                thinking=_EFFORT_LOW,
                has_end_mark=False,
                thoughts_apart=True,
            ),
            # Its `/models` is open to everybody; `/key` tells of the key.
            Dialect(
                "openrouter",
                "OpenRouter",
                root="/api/v1",
                thinking=_OPENROUTER_THINKING,
                cost="usage",
                check_path="/key",
            ),
            # It refuses parameters that the model behind does not know, so that nothing is said about thinking.
            Dialect("litellm", "LiteLLM", root="/v1", cost="header", mend="start it with: litellm --config FILE"),
            Dialect(
                "lmstudio",
                "LM Studio",
                root="/v1",
                takes_temperature=True,
                has_end_mark=False,
                is_free=True,
                mend="start its server, in the tab Developer",
            ),
            Dialect(
                "vllm",
                "vLLM",
                root="/v1",
                thinking=_TEMPLATE,
                takes_temperature=True,
                is_free=True,
                mend="start it with: vllm serve MODEL",
            ),
            # The base is that of its native interface, which inline completion uses.
            Dialect(
                "llamacpp",
                "llama.cpp",
                prefix="/v1/chat/completions",
                thinking=_TEMPLATE,
                takes_temperature=True,
                check_path="/v1/models",
                is_free=True,
                mend="start it with: llama-server -m MODEL.gguf",
            ),
        )
    }
)
"""By kind of backend."""

_MODELS: tuple[tuple[str, str, Mapping[str, object]], ...] = (
    # OpenAI: which words each generation takes for "as little as you can".
    ("openai", r"gpt-(3|4)|chatgpt-4", {"thinking": UNTOLD, "system_role": "system", "takes_temperature": True}),
    ("openai", r"o[0-9]", {"thinking": _EFFORT_LOW}),
    (
        "openai",
        r"gpt-5(\.[0-9]+)?-pro",
        {"thinking": _switch("reasoning_effort", "medium", "medium", "medium", "high")},
    ),
    ("openai", r"gpt-5(\.[0-9]+)?-codex", {"thinking": _EFFORT_LOW}),
    ("openai", r"gpt-5(-|$)", {"thinking": _EFFORT_MINIMAL}),
    # Google: 2.5 Flash can leave it; 2.5 Pro and all of 3 think at least a little.
    ("gemini", r"gemini-2\.5-flash", {"thinking": _EFFORT_NONE}),
    ("gemini", r"gemini-[12]\.[0-4]|gemma", {"thinking": UNTOLD}),
    ("openrouter", r"anthropic/", {"marks_cache": True}),
)
"""Kind, the beginning of a model's name (a regular expression), and what is different for it; the first that fits."""


@cache
def dialect_for(kind: str, model: str) -> Dialect:
    """Return how a model is spoken to at a server of `kind`, one of `DIALECTS`."""
    base = DIALECTS[kind]
    for of_kind, pattern, changes in _MODELS:
        if of_kind == kind and re.match(pattern, model.removeprefix("models/"), re.IGNORECASE):
            return replace(base, **changes)  # type: ignore[arg-type]
    return base
