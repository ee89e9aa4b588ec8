"""`tierlsp doctor`: every fault has its sentence and its mend, and the exit code says whether anything named fails."""

from __future__ import annotations

import pytest

from tests.fakes import FakeBackend, FakeClock, KnownRates
from tierlsp.backends.base import Model
from tierlsp.cli.checks import Report, examine
from tierlsp.cli.findings import Verdict
from tierlsp.completion.rates import Rates
from tierlsp.errors import Unavailable
from tierlsp.settings import load
from tierlsp.settings.sources import initialization_layer

QWEN = Model("qwen2.5-coder:1.5b-base", "qwen-coder", can_fim=True, parameters=1_500_000_000)
CHAT = Model("llama3.2:3b", None, can_fim=False)
DOWN = Unavailable("nobody answers; start it with: ollama serve", cause="refused")


async def report_of(models: object, **completion: object) -> Report:
    backend = FakeBackend()
    backend.models_answer = models  # type: ignore[assignment]
    loaded = load([initialization_layer({"completion": completion})])
    return await examine(loaded, [backend], FakeClock())


def verdicts(report: Report) -> dict[str, Verdict]:
    return {finding.topic: finding.verdict for finding in report.findings}


async def test_a_model_that_serves_is_named_with_the_reason() -> None:
    report = await report_of((QWEN, CHAT))
    assert report.chosen == "ollama/qwen2.5-coder:1.5b-base"
    assert report.is_healthy
    assert set(verdicts(report).values()) == {Verdict.OK}
    assert {item.model.name: bool(item.why) for item in report.models} == {QWEN.name: True, CHAT.name: True}


@pytest.mark.parametrize("models", [DOWN, (), (CHAT,)])
async def test_without_a_model_nothing_is_at_fault_and_there_is_a_mend(models: object) -> None:
    report = await report_of(models)
    assert report.is_healthy
    assert report.chosen is None
    finding = next(finding for finding in report.findings if finding.topic == "model")
    assert finding.verdict is Verdict.NOTE
    assert "ollama pull" in finding.mend


@pytest.mark.parametrize("models", [DOWN, (), (CHAT,)])
async def test_a_model_that_is_named_and_cannot_serve_is_a_fault(models: object) -> None:
    report = await report_of(models, model="ollama/llama3.2:3b")
    assert not report.is_healthy
    assert verdicts(report)["model"] is Verdict.FAULT


async def test_one_cause_is_said_once() -> None:
    report = await report_of(DOWN, model="ollama/codestral:22b")
    texts = [finding.text for finding in report.findings]
    assert len(set(texts)) == len(texts)


async def test_a_model_beside_the_gpu_is_noted() -> None:
    slow = Model("codestral:22b", "codestral", can_fim=True, is_loaded=True, on_gpu=0.4, parameters=22_000_000_000)
    report = await report_of((slow,))
    assert verdicts(report)["speed"] is Verdict.NOTE


async def test_wrong_settings_are_told_and_do_not_fail_the_doctor() -> None:
    report = await report_of((QWEN,), bugdetMs=5)
    assert report.is_healthy
    finding = next(finding for finding in report.findings if finding.topic == "settings")
    assert finding.verdict is Verdict.NOTE
    assert "bugdetMs" in finding.text


async def test_how_fast_the_model_was_in_earlier_sessions_is_said() -> None:
    loaded, backend = load(()), FakeBackend()
    memory = KnownRates(Rates(fixed_ms=20.0, prefill_tokens_per_s=800.0, token_ms=10.0))
    report = await examine(loaded, [backend], FakeClock(), memory)
    (finding,) = [finding for finding in report.findings if finding.topic == "rates"]
    assert "30 ms" in finding.text
    assert "800 tokens/s read" in finding.text
    assert "100 tokens/s written" in finding.text
