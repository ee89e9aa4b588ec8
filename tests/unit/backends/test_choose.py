import random

import pytest

from tierlsp.backends.base import Model
from tierlsp.backends.choose import PULL, QUALITY, choose, is_instruct
from tierlsp.backends.families import FAMILIES, family_of


def model(
    name: str,
    billions: float = 0.0,
    *,
    can_fim: bool = True,
    on_gpu: float | None = None,
    is_remote: bool = False,
) -> Model:
    family = family_of(name)
    return Model(
        name=name,
        family=family.name if family else None,
        can_fim=can_fim,
        parameters=round(billions * 1e9),
        is_loaded=on_gpu is not None,
        is_remote=is_remote,
        on_gpu=on_gpu,
    )


def best(*models: Model) -> str:
    """Return the name of the choice, which must not depend on the order of the models."""
    names = set()
    for seed in range(6):
        shuffled = random.Random(seed).sample(models, len(models))
        chosen = choose(shuffled).model
        names.add(chosen.name if chosen else None)
    (name,) = names
    assert name is not None
    return name


CODESTRAL = model("codestral:22b", 22.2)
QWEN_BASE = model("qwen2.5-coder:1.5b-base", 1.5)


@pytest.mark.parametrize(
    ("winner", "loser", "why"),
    [
        (CODESTRAL, QWEN_BASE, "the better family"),
        (model("qwen2.5-coder:1.5b-base", 1.5, on_gpu=1.0), CODESTRAL, "already on the GPU"),
        (model("codestral:22b", 22.2, on_gpu=0.97), model("qwen2.5-coder:7b-base", 7.6, on_gpu=1.0), "both on the GPU"),
        (model("qwen2.5-coder:7b-base", 7.6), QWEN_BASE, "larger"),
        (model("qwen2.5-coder:7b-base", 7.6), model("qwen2.5-coder:7b", 7.6), "base"),
        (model("qwen2.5-coder:7b-base", 7.6), model("qwen2.5-coder:14b", 14.8), "base is worth double"),
        (model("qwen2.5-coder:7b", 7.6), QWEN_BASE, "but no more than double"),
        (model("qwen2.5-coder:14b-base", 14.8), model("qwen3-coder:480b", 480.0), "over the size for typing"),
        (QWEN_BASE, model("codestral:22b", 22.2, on_gpu=0.3), "does not fit the GPU"),
        (
            model("qwen2.5-coder:1.5b-base", 1.5, on_gpu=0.0),
            model("codellama:7b-code", 7.0),
            "small enough for a processor",
        ),
        (model("starcoder2:3b", 3.0), model("codellama:13b-code", 13.0), "the better family"),
        (model("codellama:7b-code", 7.0), model("mine:7b", 7.0), "a known family before an unknown one"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_better_of_two(winner: Model, loser: Model, why: str) -> None:
    assert best(winner, loser) == winner.name


def test_a_model_on_somebody_elses_machine_is_never_chosen() -> None:
    cloud = model("qwen3-coder:480b-cloud", 480.0, is_remote=True)
    assert choose([cloud]).model is None
    assert "somebody else's machine" in choose([cloud]).reason
    assert best(cloud, model("mine:1b", 1.0)) == "mine:1b"


def test_a_model_that_cannot_fill_in_is_never_chosen() -> None:
    chat = model("llama3.2:3b", 3.2, can_fim=False, on_gpu=1.0)
    choice = choose([chat])
    assert choice.model is None
    assert choice.reason == f"none of the installed models (llama3.2:3b) can fill in the middle; get one with: {PULL}"
    assert best(chat, QWEN_BASE) == QWEN_BASE.name


def test_a_slow_model_is_better_than_none_and_says_so() -> None:
    choice = choose([model("qwen3-coder:480b", 480.0)])
    assert choice.model is not None
    assert "too slow for typing" in choice.reason
    assert PULL in choice.reason


def test_with_nothing_installed_the_reason_says_what_to_do() -> None:
    choice = choose([])
    assert (choice.model, choice.ranked) == (None, ())
    assert choice.reason == f"no model is installed; get one with: {PULL}"


def test_every_model_is_ranked_with_a_sentence_the_chosen_one_first() -> None:
    models = [
        model("llama3.2:3b", 3.2, can_fim=False),
        model("qwen3-coder:480b-cloud", 480.0, is_remote=True),
        model("qwen2.5-coder:7b", 7.6, on_gpu=0.5),
        CODESTRAL,
    ]
    choice = choose(models)
    assert choice.model == CODESTRAL
    assert {ranked.name: why for ranked, why in choice.ranked} == {
        "codestral:22b": "of the family codestral, 22.2 B parameters",
        "qwen2.5-coder:7b": "of the family qwen-coder, 7.6 B parameters, tuned for instructions, which costs it "
        "skill at filling in, only 50% of it on the GPU, too slow for typing",
        "llama3.2:3b": "cannot fill in the middle",
        "qwen3-coder:480b-cloud": "runs on somebody else's machine; used only if the settings name it",
    }
    assert choice.ranked[0][0] == CODESTRAL
    assert choice.reason == (
        "the best of 4 models at filling in the middle: of the family codestral, 22.2 B parameters"
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("qwen2.5-coder:7b", True),
        ("qwen2.5-coder:7b-instruct-q4_K_M", True),
        ("qwen2.5-coder:7b-base", False),
        ("hf.co/bartowski/Qwen2.5-Coder-7B-Instruct-GGUF:Q4_K_M", True),
        ("hf.co/bartowski/Qwen2.5-Coder-7B-GGUF:Q4_K_M", False),
        ("Qwen2.5-Coder-7B-Q4_K_M", False),
        ("codegemma:7b-code", False),
        ("codellama:7b", True),
        ("codestral:22b", False),
        ("starcoder2:3b", False),
        ("codeqwen:7b-chat", True),
    ],
)
def test_what_was_tuned_for_instructions_is_known_by_its_name(name: str, expected: bool) -> None:
    assert is_instruct(model(name)) is expected


def test_every_family_has_its_place() -> None:
    assert set(QUALITY) == {family.name for family in FAMILIES}
