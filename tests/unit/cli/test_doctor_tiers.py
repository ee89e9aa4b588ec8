"""`tierlsp doctor` on the tiers: what serves them, which keys there are, and what the exit code says."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tierlsp.backends.base import BackendSpec, Model
from tierlsp.cli import doctor
from tierlsp.cli.checks import ModelReport
from tierlsp.cli.findings import Finding, Verdict
from tierlsp.cli.online_checks import Answer, ask_all, backends_to_ask
from tierlsp.cli.tier_checks import PriceFacts, TiersReport, examine_tiers, price_lookup
from tierlsp.errors import BackendError, Rejected, SettingsError
from tierlsp.routing.tiers import Tier
from tierlsp.settings import BackendSettings, Layer, Origin, Settings, load
from tierlsp.settings.presets import PRESETS, found_keys

TUNED = Model("qwen2.5-coder:7b", "qwen-coder", can_fim=True)
BASE = Model("qwen2.5-coder:1.5b-base", "qwen-coder", can_fim=True, can_chat=False)
PRICE = PriceFacts(Decimal("0.3"), Decimal("1.2"))
CLOUD_KEY = "OPENROUTER_API_KEY"


def in_force(*keys: str, **tree: Any) -> Settings:
    found = found_keys(dict.fromkeys(keys, "x"))
    return load([Layer(Origin.FILE, tree), Layer(Origin.ENVIRONMENT, found_keys=found)]).settings


def examined(
    *keys: str,
    models: tuple[Model, ...] = (),
    completing: str | None = None,
    price: PriceFacts | None = PRICE,
    **tree: Any,
) -> TiersReport:
    reports = [ModelReport("ollama", model, "") for model in models]
    return examine_tiers(
        in_force(*keys, **tree), reports, completing, lambda name: name if name in keys else None, lambda model: price
    )


def faults(report: TiersReport) -> list[Finding]:
    return [finding for finding in report.findings if finding.verdict is Verdict.FAULT]


def about(report: TiersReport, topic: str) -> list[Finding]:
    return [finding for finding in report.findings if finding.topic == topic]


def serving(report: TiersReport) -> dict[str, str | None]:
    return {tier.tier.value: tier.serves.model if tier.serves else None for tier in report.tiers}


def test_with_nothing_installed_nothing_is_at_fault_and_each_tier_has_its_mend() -> None:
    report = examined()
    assert serving(report) == {"local": None, "cheap": None, "premium": None}
    assert faults(report) == []
    for topic in ("local", "cheap", "premium"):
        (finding,) = about(report, topic)
        assert finding.mend


def test_without_a_key_the_local_model_serves_and_it_is_said() -> None:
    report = examined(models=(TUNED, BASE), completing=f"ollama/{BASE.name}")
    assert serving(report)["local"] == "ollama/qwen2.5-coder:7b"
    assert "the local model ollama/qwen2.5-coder:7b does this work" in about(report, "cheap")[0].text
    assert "OPENROUTER_API_KEY" in about(report, "cheap")[0].mend


def test_one_key_serves_both_tiers_and_is_named_by_its_variable() -> None:
    report = examined(CLOUD_KEY)
    assert serving(report)["cheap"] == "openrouter/deepseek/deepseek-v4.1-flash"
    assert serving(report)["premium"] == "openrouter/anthropic/claude-opus-5.5"
    assert about(report, "keys") == [Finding("keys", Verdict.OK, "found: OPENROUTER_API_KEY")]
    assert faults(report) == []


@pytest.mark.parametrize(
    ("tiers", "mend"),
    [
        ({"premium": ["anthropic/claude-opus-5-5"]}, "export ANTHROPIC_API_KEY=…"),
        ({"cheap": ["nowhere/a"]}, ""),
        ({"local": ["ollama/missing:7b"]}, "ollama pull missing:7b"),
        ({"local": ["ollama/qwen2.5-coder:1.5b-base"]}, "ollama pull"),
        ({"local": ["openai/gpt-6-luna"]}, ""),
        ({"local": ["openai/gpt-6-luna", "auto"]}, ""),
    ],
)
def test_what_is_named_and_cannot_serve_is_a_fault(tiers: dict[str, Any], mend: str) -> None:
    report = examined(models=(BASE, TUNED), tiers=tiers)
    (fault,) = faults(report)
    assert mend in fault.mend


def test_a_model_that_its_vendor_ended_is_a_fault_with_its_successor() -> None:
    ended = PriceFacts(Decimal(1), Decimal(1), date(2026, 7, 24), "deepseek/deepseek-flash")
    report = examined("DEEPSEEK_API_KEY", price=ended, tiers={"cheap": ["deepseek/deepseek-chat"]})
    (fault,) = [finding for finding in faults(report) if finding.topic == "cheap"]
    assert "2026-07-24" in fault.text
    assert "deepseek/deepseek-flash" in fault.mend


def test_where_no_cloud_model_may_be_asked_none_is_missing() -> None:
    report = examined(privacy={"cloud": "never"}, tiers={"premium": ["anthropic/claude-opus-5-5"]})
    assert faults(report) == []
    assert "never" in about(report, "premium")[0].text


def test_prices_are_those_of_the_hour_and_the_persons_own_go_first() -> None:
    own = {"openai/gpt-6-luna": {"input": 7, "output": 8}}
    look_up = price_lookup(in_force("OPENAI_API_KEY", prices=own), datetime(2026, 11, 28, 12, tzinfo=UTC))
    assert look_up("openai/gpt-6-luna") == PriceFacts(Decimal(7), Decimal(8), None, "")
    assert look_up("deepseek/deepseek-flash") == PriceFacts(Decimal("0.15"), Decimal("0.6"), None, "")
    ended = look_up("deepseek/deepseek-chat")
    assert ended is not None
    assert (ended.retired_on, ended.replaced_by) == (date(2026, 7, 24), "deepseek/deepseek-flash")
    assert look_up("nowhere/x") is None


def test_models_without_a_price_are_noted_once() -> None:
    (finding,) = about(examined(CLOUD_KEY, price=None), "prices")
    assert finding.verdict is Verdict.NOTE
    assert finding.mend.startswith("set `input` and `output` in [prices.")
    assert about(examined(CLOUD_KEY), "prices") == []


def test_a_model_of_ones_own_in_a_paid_tier_is_free_and_not_unpriced() -> None:
    report = examined(price=None, models=(TUNED,), tiers={"cheap": ["ollama/qwen2.5-coder:7b"]})
    assert about(report, "prices") == []
    assert report.tiers[1].models[0].price == PriceFacts(Decimal(0), Decimal(0))


def test_the_coding_plan_is_warned_of() -> None:
    plan = {"glm": {"baseUrl": "https://api.z.ai/api/coding/paas/v4"}}
    report = examined("ZAI_API_KEY", backends=plan, tiers={"cheap": ["glm/glm-5.3"]})
    (finding,) = about(report, "plan")
    assert "terms" in finding.text


def test_a_server_elsewhere_that_is_sent_no_key_is_noted() -> None:
    report = examined("OPENAI_API_KEY", backends={"openai": {"baseUrl": "https://ai.example/v1"}})
    (finding,) = about(report, "openai")
    assert "apiKeyEnv" in finding.mend


def test_points_for_a_rule_that_is_not_there_are_noted() -> None:
    assert about(examined(routing={"points": {"no-such-rule": 3}}), "routing")


def test_a_key_that_cannot_be_one_is_told_and_not_counted() -> None:
    def broken(variable: str) -> str | None:
        raise SettingsError(f"the API key in {variable} holds a blank; set it anew")

    report = examine_tiers(in_force(CLOUD_KEY), [], None, broken, lambda model: PRICE)
    assert serving(report)["cheap"] is None
    assert any("holds a blank" in finding.text for finding in about(report, "keys"))


# ------------------------------------------------------------------ --online


class Provider:
    """A provider that says `answer`."""

    def __init__(self, answer: str | BackendError) -> None:
        self.spec = BackendSpec("x", "openai", "https://x.test")
        self.is_closed = False
        self._answer = answer

    def chat(self, request: Any) -> Any:
        raise AssertionError("no call that costs money is made")

    async def check(self) -> str:
        if isinstance(self._answer, BackendError):
            raise self._answer
        return self._answer

    async def aclose(self) -> None:
        self.is_closed = True


async def asked(settings: Settings, report: TiersReport, answers: Mapping[str, str | BackendError]) -> list[Answer]:
    providers = {name: Provider(answer) for name, answer in answers.items()}

    async def open_chat(backend: BackendSettings) -> Provider:
        return providers[backend.name]

    done: list[None] = []
    found = await ask_all(settings, backends_to_ask(settings, report), open_chat, lambda: done.append(None))
    assert len(done) == len(found)
    assert all(provider.is_closed for name, provider in providers.items() if name in {each.backend for each in found})
    return found


WRONG_KEY = Rejected("OpenRouter does not take the API key; set it anew", cause="unauthorised")


async def test_each_provider_in_use_is_asked_once_and_a_wrong_key_is_a_note() -> None:
    settings, report = in_force(CLOUD_KEY), examined(CLOUD_KEY)
    (answer,) = await asked(settings, report, {"openrouter": WRONG_KEY})
    assert answer.finding == Finding("openrouter", Verdict.NOTE, str(WRONG_KEY))


async def test_a_wrong_key_of_a_model_that_is_named_is_a_fault() -> None:
    tree = {"tiers": {"cheap": ["openrouter/x"]}}
    settings, report = in_force(CLOUD_KEY, "DEEPSEEK_API_KEY", **tree), examined(CLOUD_KEY, "DEEPSEEK_API_KEY", **tree)
    answers = await asked(settings, report, {"openrouter": WRONG_KEY, "deepseek": "takes the key"})
    assert {each.backend: each.finding.verdict for each in answers} == {"openrouter": Verdict.FAULT}


async def test_where_no_cloud_model_may_be_asked_no_provider_is() -> None:
    tree = {"privacy": {"cloud": "never"}, "tiers": {"cheap": ["lmstudio/any", "openrouter/x"]}}
    settings, report = in_force(CLOUD_KEY, **tree), examined(CLOUD_KEY, **tree)
    assert [each.backend for each in await asked(settings, report, {"lmstudio": "answers"})] == ["lmstudio"]


# ------------------------------------------------------------------ the command


def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *arguments: str, **environ: str) -> int:
    import argparse

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TIERLSP_CONFIG", str(tmp_path / "config.toml"))
    (tmp_path / "config.toml").write_text("", encoding="utf-8")
    monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1:1")
    for preset in PRESETS.values():
        for name in preset.api_key_envs:
            monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    parser = argparse.ArgumentParser()
    parser.set_defaults(config=None, sets=[])
    doctor.add_parser(parser.add_subparsers())
    return doctor.run(parser.parse_args(["doctor", *arguments]))


def test_json_keeps_what_it_had_and_tells_of_tiers_and_keys(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, tmp_path, "--json", DEEPSEEK_API_KEY="sk-hunter2") == 0
    text = capsys.readouterr().out
    report = json.loads(text)
    assert {"version", "python", "healthy", "chosen", "findings", "models"} < set(report)
    assert set(report["tiers"]) == {tier.value for tier in Tier}
    assert report["tiers"]["cheap"]["serves"] == "deepseek/deepseek-flash"
    assert report["keys"] == [{"variable": "DEEPSEEK_API_KEY", "source": "DEEPSEEK_API_KEY"}]
    assert report["online"] is None
    assert "hunter2" not in text


def test_the_exit_code_is_one_where_a_named_model_has_no_key(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, tmp_path, TIERLSP_TIERS_PREMIUM="anthropic/claude-opus-5-5") == 1
    assert "ANTHROPIC_API_KEY" in capsys.readouterr().out


def test_online_without_a_key_asks_nobody_and_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, tmp_path, "--online", "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert report["online"] == []
    assert report["findings"][-1]["topic"] == "online"


def test_online_asks_the_provider_and_nobody_else(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    opened: list[str] = []

    async def open_chat(backend: BackendSettings) -> Provider:
        opened.append(backend.name)
        return Provider("takes the API key")

    monkeypatch.setattr(doctor, "_open_chat", open_chat)
    assert run(monkeypatch, tmp_path, "--online", "--json", DEEPSEEK_API_KEY="sk-hunter2") == 0
    report = json.loads(capsys.readouterr().out)
    assert opened == ["deepseek"]
    assert report["online"] == [{"backend": "deepseek", "good": True, "text": "takes the API key"}]
