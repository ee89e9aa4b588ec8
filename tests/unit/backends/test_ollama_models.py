from typing import Any

import pytest

from tests.servers.fake_ollama import FakeModel
from tierlsp.backends.base import Model
from tierlsp.backends.ollama_models import models_in, names_in


def read(fake: FakeModel, *, is_running: bool = False) -> Model:
    running: dict[str, Any] = {"models": [fake.running()] if is_running else []}
    (model,) = models_in({"models": [fake.tag()]}, {fake.name: fake.show()}, running)
    return model


def test_the_three_answers_make_one_model() -> None:
    fake = FakeModel("qwen2.5-coder:7b-base", vram_share=0.75)
    assert read(fake, is_running=True) == Model(
        name="qwen2.5-coder:7b-base",
        family="qwen-coder",
        can_fim=True,
        can_chat=False,
        parameters=7_615_616_512,
        size_bytes=4_683_073_184,
        is_loaded=True,
        is_remote=False,
        context_tokens=32_768,
        on_gpu=0.75,
    )


@pytest.mark.parametrize(
    ("name", "capabilities", "template", "can_fim"),
    [
        ("qwen2.5-coder:7b", ("completion", "tools", "insert"), "", True),
        ("mine", ("completion", "insert"), "", True),
        ("hf.co/bartowski/Codestral-22B-v0.1-GGUF:Q4_K_M", ("completion",), "{{ .Prompt }}", True),
        ("mine", ("completion",), "<fim_prefix>{{ .Prompt }}<fim_suffix><fim_middle>", True),
        ("qwen3:8b", ("completion", "tools", "thinking"), "<|im_start|>{{ .Prompt }}", False),
        ("llama3.2:3b", ("completion", "tools"), "", False),
        ("gemma3:4b", ("completion", "vision"), "", False),
        ("someone/qwen2.5-coder-embed", ("embedding",), "", False),
        ("nomic-embed-text", ("embedding",), "", False),
        ("mine", None, "[SUFFIX]{{ .Suffix }}{{ .Prompt }}", True),
        ("mine", None, "{{ .Prompt }}", False),
        ("starcoder2:3b", None, "{{ .Prompt }}", True),
    ],
)
def test_who_can_fill_in_the_middle(
    name: str, capabilities: tuple[str, ...] | None, template: str, can_fim: bool
) -> None:
    assert read(FakeModel(name, capabilities=capabilities, template=template)).can_fim is can_fim


CHAT = "{{ if .System }}{{ .System }}{{ end }}{{ .Prompt }}"


@pytest.mark.parametrize(
    ("name", "capabilities", "template", "can_chat"),
    [
        ("qwen2.5-coder:7b", ("completion", "tools", "insert"), CHAT, True),
        ("qwen2.5-coder:7b-base", ("completion", "insert"), "{{ .Prompt }}{{ .Suffix }}", False),
        ("qwen2.5-coder:7b-base-q4_K_M", ("completion", "insert"), CHAT, False),
        ("codestral:22b", ("completion", "insert"), "[INST] {{ if .System }}{{ .System }}{{ end }}{{ .Prompt }}", True),
        ("starcoder2:3b", ("completion", "insert"), "{{ .Prompt }}", False),
        ("someone/codebase-chat", ("completion",), "{{ range .Messages }}{{ .Content }}{{ end }}", True),
        ("qwen3-coder:30b", ("completion", "tools"), "{{ .Prompt }}", True),
        ("nomic-embed-text", ("embedding",), "", False),
        ("old", None, CHAT, True),
        ("old", None, "{{ .Prompt }}", False),
    ],
)
def test_who_can_hold_a_conversation(
    name: str, capabilities: tuple[str, ...] | None, template: str, can_chat: bool
) -> None:
    assert read(FakeModel(name, capabilities=capabilities, template=template)).can_chat is can_chat


@pytest.mark.parametrize(
    ("size", "parameters"),
    [("7.6B", 7_600_000_000), ("494.03M", 494_030_000), ("8x7B", 56_000_000_000), ("480b", 480_000_000_000),
     ("1T", 1_000_000_000_000), ("", 0), ("large", 0), ("-1B", 0)],
)  # fmt: skip
def test_the_number_of_parameters_may_be_written_for_people(size: str, parameters: int) -> None:
    assert read(FakeModel("m", parameter_count=None, parameter_size=size)).parameters == parameters


@pytest.mark.parametrize(
    "entry",
    [
        {"name": "gpt-oss:120b-cloud"},
        {"name": "kimi:cloud"},
        {"name": "mine", "remote_host": "https://ollama.com:443"},
        {"model": "mine", "remote_model": "gpt-oss:120b"},
    ],
)
def test_models_of_the_cloud_are_told_by_any_sign(entry: dict[str, str]) -> None:
    (model,) = models_in({"models": [entry]}, {}, {})
    assert model.is_remote
    assert names_in({"models": [entry]}) == []


def test_a_model_that_tells_only_when_asked_that_it_is_remote_is_remote() -> None:
    (model,) = models_in({"models": [{"name": "mine"}]}, {"mine": {"remote_host": "https://example.org"}}, {})
    assert model.is_remote


def test_cloud_in_the_middle_of_a_name_means_nothing() -> None:
    (model,) = models_in({"models": [{"name": "cloud-coder:7b"}]}, {}, {})
    assert not model.is_remote


def test_a_loaded_model_of_unknown_size_has_no_known_share() -> None:
    (model,) = models_in({"models": [{"name": "m"}]}, {}, {"models": [{"name": "m", "size": 0, "size_vram": 5}]})
    assert (model.is_loaded, model.on_gpu) == (True, None)


@pytest.mark.parametrize("tags", [{}, {"models": None}, {"models": "x"}, {"models": [1, None, {}, {"name": 1}]}])
def test_nonsense_is_no_model(tags: dict[str, Any]) -> None:
    assert models_in(tags, {}, {}) == ()
    assert names_in(tags) == []
