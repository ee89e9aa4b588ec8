"""The model servers that are known by name: where they are, and which variables hold their API keys."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Preset(NamedTuple):
    """A backend that needs no more than its name, and the kind of every backend that is spoken to in its way."""

    kind: str
    base_url: str
    """Everything in front of `/chat/completions` (OpenAI's format), `/v1/messages` (Anthropic's) or the server's own
    paths (Ollama, llama.cpp), in normal form."""
    api_key_envs: tuple[str, ...] = ()
    """The environment variables in which its API key is looked for, in order; none where it wants no key."""
    completes: bool = False
    """Whether its models serve inline completion."""
    passes_on: bool = False
    """Whether it gives what it is sent to other machines, wherever it runs itself."""


PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        preset.kind: preset
        for preset in (
            Preset("ollama", "http://127.0.0.1:11434", completes=True),
            Preset("llamacpp", "http://127.0.0.1:8080", completes=True),
            Preset("mistral", "https://api.mistral.ai/v1", ("MISTRAL_API_KEY",)),
            Preset("deepseek", "https://api.deepseek.com", ("DEEPSEEK_API_KEY",)),
            Preset("qwen", "https://dashscope-intl.aliyuncs.com/compatible-mode/v1", ("DASHSCOPE_API_KEY",)),
            # z.ai has its own version in the path, and answers 404 below a /v1.
            Preset("glm", "https://api.z.ai/api/paas/v4", ("ZAI_API_KEY", "ZHIPUAI_API_KEY", "ZHIPU_API_KEY")),
            Preset("openai", "https://api.openai.com/v1", ("OPENAI_API_KEY",)),
            Preset("anthropic", "https://api.anthropic.com", ("ANTHROPIC_API_KEY",)),
            Preset(
                "gemini",
                "https://generativelanguage.googleapis.com/v1beta/openai",
                ("GEMINI_API_KEY", "GOOGLE_API_KEY"),
            ),
            Preset("openrouter", "https://openrouter.ai/api/v1", ("OPENROUTER_API_KEY",)),
            Preset("litellm", "http://127.0.0.1:4000/v1", ("LITELLM_API_KEY",), passes_on=True),
            Preset("lmstudio", "http://127.0.0.1:1234/v1", ("LMSTUDIO_API_KEY",)),
            Preset("vllm", "http://127.0.0.1:8000/v1", ("VLLM_API_KEY",)),
        )
    }
)
"""The backends known by name, at the addresses where their servers listen unless told otherwise.

Those on this machine are numbers, since a name such as `localhost` can be made to lead elsewhere.
"""

ALWAYS_PRESENT = "ollama"
"""The backend that is there without being named.

llama.cpp is not: 8080 is the port of many other servers, which must not be sent code because nobody said no.
"""


def found_keys(environ: Mapping[str, str]) -> dict[str, str]:
    """Return, for each preset that has an API key in `environ`, the variable that holds it. No key is read further."""
    found = {}
    for name, preset in PRESETS.items():
        for variable in preset.api_key_envs:
            if environ.get(variable, "").strip():
                found[name] = variable
                break
    return found
