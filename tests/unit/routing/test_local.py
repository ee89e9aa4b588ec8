"""Which model on this machine serves actions, and that completion keeps its model in memory where that is possible."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierlsp.backends.base import Model
from tierlsp.routing.local import Installed, choose_local

BASE = Model("qwen2.5-coder:1.5b-base", "qwen-coder", can_fim=True, can_chat=False, parameters=1_500_000_000)
TUNED = Model("qwen2.5-coder:7b", "qwen-coder", can_fim=True, parameters=7_600_000_000)
SMALL = Model("qwen2.5-coder:1.5b", "qwen-coder", can_fim=True, parameters=1_500_000_000)
CODESTRAL = Model("codestral:22b", "codestral", can_fim=True, parameters=22_000_000_000)
CHAT = Model("llama3.2:3b", None, can_fim=False, parameters=3_000_000_000)
HUGE = Model("qwen3:235b", None, can_fim=False, parameters=235_000_000_000)
UNTUNED = Model("starcoder2:3b", "starcoder", can_fim=True, parameters=3_000_000_000)
CLOUD = Model("gpt-oss:120b-cloud", None, can_fim=False, is_remote=True)


def chosen(*models: Model, completing: str | None = None) -> str | None:
    installed = [Installed("ollama", model) for model in models]
    return choose_local(installed, f"ollama/{completing}" if completing else None).model


@pytest.mark.parametrize(
    ("models", "completing", "expected"),
    [
        ([SMALL, TUNED], SMALL.name, SMALL.name),
        ([CODESTRAL, TUNED], CODESTRAL.name, CODESTRAL.name),
        ([BASE, CHAT], BASE.name, CHAT.name),
        ([BASE, CHAT, TUNED], BASE.name, TUNED.name),
        ([UNTUNED], UNTUNED.name, UNTUNED.name),
        ([UNTUNED, CHAT], UNTUNED.name, CHAT.name),
        ([CHAT, TUNED], None, TUNED.name),
        ([HUGE, CHAT], None, CHAT.name),
        ([HUGE], None, HUGE.name),
    ],
)
def test_tuned_for_instructions_first_and_in_memory_already_before_all(
    models: list[Model], completing: str | None, expected: str
) -> None:
    assert chosen(*models, completing=completing) == f"ollama/{expected}"


@pytest.mark.parametrize("models", [[], [BASE], [CLOUD], [BASE, CLOUD]])
def test_with_nothing_that_can_follow_instructions_it_says_what_to_do(models: list[Model]) -> None:
    choice = choose_local([Installed("ollama", model) for model in models], None)
    assert choice.model is None
    assert "ollama pull" in choice.why


@given(st.lists(st.sampled_from([BASE, TUNED, SMALL, CODESTRAL, CHAT, HUGE, UNTUNED, CLOUD]), unique=True), st.data())
def test_never_a_model_elsewhere_or_one_that_cannot_and_never_by_their_order(
    models: list[Model], data: st.DataObject
) -> None:
    completing = data.draw(st.sampled_from([None, *(f"ollama/{model.name}" for model in models)]))
    installed = [Installed("ollama", model) for model in models]
    choice = choose_local(installed, completing)
    assert choice == choose_local(installed[::-1], completing)
    able = {f"ollama/{model.name}" for model in models if model.can_chat and not model.is_remote}
    assert choice.model in (able or {None})
