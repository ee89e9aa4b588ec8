import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tierlsp.backends.families import (
    FAMILIES,
    Family,
    Order,
    all_special_tokens,
    family_of,
    family_of_template,
    neutralise,
    plain_name,
)

KNOWN = {
    "codestral": ["codestral:22b", "codestral:latest", "codestral", "Codestral-22B-v0.1-Q4_K_M.gguf"],
    "qwen-coder": [
        "qwen2.5-coder:7b",
        "qwen2.5-coder:1.5b-base-q4_K_M",
        "qwen3-coder:30b-a3b-q4_K_M",
        "qwen3-coder-next:latest",
        "hf.co/bartowski/Qwen2.5-Coder-7B-Instruct-GGUF:Q4_K_M",
        "registry.ollama.ai/library/qwen2.5-coder:0.5b",
        "someone/Qwen2.5_Coder",
        "/models/qwen2.5-coder-0.5b.gguf",
        "C:\\models\\Qwen2.5-Coder-7B.gguf",
    ],
    "deepseek-coder": ["deepseek-coder:6.7b-base", "deepseek-coder-v2:16b-lite-base-q4_0", "DeepSeek-Coder-V2-Lite"],
    "starcoder": ["starcoder:1b", "starcoder2:15b", "stable-code:3b-code", "codeqwen:7b-code", "granite-code:8b"],
    "codellama": ["codellama:7b-code", "codellama:13b", "hf.co/TheBloke/CodeLlama-7B-GGUF:Q5_K_M"],
    "codegemma": ["codegemma:2b", "codegemma:7b-code-q4_K_M"],
    "granite": ["granite3.3:8b", "granite4:micro", "granite4:small-h", "ibm/granite-4.0-h-tiny"],
    "seed-coder": ["Seed-Coder-8B-Base.Q4_K_M.gguf", "yi/seed-coder:8b"],
}

UNKNOWN = [
    "qwen3:8b",
    "qwen2.5:7b-instruct",
    "qwq:32b",
    "llama3.2:3b",
    "codellama:34b-code",
    "codellama:7b-python",
    "gemma3:12b",
    "mistral:7b",
    "mamba-codestral:7b",
    "codestral-mamba:7b",
    "devstral:24b",
    "deepseek-r1:8b",
    "phi4:14b",
    "gpt-oss:20b",
    "granite-embedding:30m",
    "granite3-guardian:8b",
    "granite3.1-dense:8b",
    "nomic-embed-text:latest",
    "",
    "/",
]


@pytest.mark.parametrize(("family", "name"), [(family, name) for family, names in KNOWN.items() for name in names])
def test_a_model_is_known_by_its_name_in_any_spelling(family: str, name: str) -> None:
    for spelling in (name, name.upper(), f"  {name} "):
        found = family_of(spelling)
        assert found is not None
        assert found.name == family


@pytest.mark.parametrize("name", UNKNOWN)
def test_models_that_only_chat_are_of_no_family(name: str) -> None:
    assert family_of(name) is None


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_a_family_is_known_by_its_own_name(family: Family) -> None:
    assert family_of(family.name) is family


@pytest.mark.parametrize("name", [name for names in KNOWN.values() for name in names])
def test_no_name_belongs_to_two_families(name: str) -> None:
    assert sum(bool(re.search(family.pattern, plain_name(name))) for family in FAMILIES) == 1


def test_an_owner_or_folder_says_nothing_about_the_model() -> None:
    assert family_of("codestral/llama3:8b") is None
    assert family_of("/models/qwen2.5-coder/llama3.gguf") is None


@pytest.mark.parametrize(
    ("template", "family"),
    [
        ("[SUFFIX]{{ .Suffix }}[PREFIX] {{ .Prompt }}", "codestral"),
        ("<|fim_prefix|>{{ .Prompt }}<|fim_suffix|>{{ .Suffix }}<|fim_middle|>", "qwen-coder"),
        ("<|im_start|><|fim_prefix|>{{ .Prompt }}<|fim_suffix|>{{ .Suffix }}<|fim_middle|>", "qwen-coder"),
        (
            "<|fim_prefix|>{{ .Prompt }}<|fim_suffix|>{{ .Suffix }}<|fim_middle|><start_of_turn><end_of_turn>",
            "codegemma",
        ),
        ("<|start_of_role|><|end_of_role|><|fim_prefix|><|fim_suffix|><|fim_middle|><|end_of_text|>", "granite"),
        ("<PRE> {{ .Prompt }} <SUF>{{ .Suffix }} <MID>", "codellama"),
        ("<｜fim▁begin｜>{{ .Prompt }}<｜fim▁hole｜>{{ .Suffix }}<｜fim▁end｜>", "deepseek-coder"),
        ("<file_sep>\n<fim_prefix>{{ .Prompt }}<fim_suffix>{{ .Suffix }}<fim_middle>", "starcoder"),
    ],
)
def test_a_model_with_a_name_of_its_own_is_known_by_its_template(template: str, family: str) -> None:
    found = family_of_template(template)
    assert found is not None
    assert found.name == family


@pytest.mark.parametrize(
    "template", ["", "{{ .Prompt }}", "<|im_start|>user\n{{ .Prompt }}<|im_end|>", "[INST]{{ .Prompt }}"]
)
def test_a_template_for_chat_tells_no_family(template: str) -> None:
    assert family_of_template(template) is None


def test_the_order_of_each_family_is_the_one_that_it_was_trained_with() -> None:
    suffix_first = {family.name for family in FAMILIES if family.order is Order.SUFFIX_FIRST}
    assert suffix_first == {"codestral", "seed-coder"}


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_the_tokens_of_a_prompt_are_special_and_no_stop_is_lost(family: Family) -> None:
    for token in (family.prefix_token, family.suffix_token, family.middle_token):
        assert not token or token.strip() in family.special_tokens
    assert family.stop
    assert "//" not in family.stop
    assert all(stop.strip() for stop in family.stop)


def test_all_special_tokens_holds_each_once_and_the_longest_first() -> None:
    tokens = all_special_tokens()
    assert len(set(tokens)) == len(tokens)
    lengths = [len(token) for token in tokens]
    assert lengths == sorted(lengths, reverse=True)
    assert {"[SUFFIX]", "<|fim_middle|>", "<EOT>", "<｜fim▁hole｜>"} <= set(tokens)
    assert "<s>" not in tokens, "a tag of HTML that people write"


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_each_special_token_in_a_text_is_broken_and_nothing_else(family: Family) -> None:
    for token in family.neutralised:
        text = f"print('{token}')  # {token}{token}\n"
        broken = neutralise(text, family)
        assert token not in broken
        assert len(broken) == len(text)
        assert len(broken.encode()) == len(text.encode())
        assert broken.lower() == text.lower()
        assert not any(other in broken for other in all_special_tokens())
    assert neutralise("if a < b | c: [x]\n", family) == "if a < b | c: [x]\n"


def test_text_is_broken_in_the_documented_way() -> None:
    family = family_of("qwen2.5-coder")
    assert family is not None
    assert neutralise("a<|fim_prefix|>b", family) == "a<|Fim_prefix|>b"


@settings(deadline=None)
@given(st.sampled_from(FAMILIES), st.data())
def test_no_text_however_made_keeps_a_special_token(family: Family, data: st.DataObject) -> None:
    pieces = st.sampled_from(
        [*family.neutralised, *(token[1:] for token in family.neutralised), "<", "|", "[", "x", "\n"]
    )
    text = "".join(data.draw(st.lists(pieces, max_size=12)))
    broken = neutralise(text, family)
    assert not any(token in broken for token in family.neutralised)
    assert neutralise(broken, family) == broken
    assert len(broken) == len(text)
