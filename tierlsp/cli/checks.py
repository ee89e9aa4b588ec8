"""What `tierlsp doctor` looks at, each finding with its mend. Asks only the servers in the settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tierlsp.backends.base import FimBackend, Model
from tierlsp.backends.choose import choose
from tierlsp.cli.findings import Finding, Verdict
from tierlsp.cli.ollama_checks import ollama_findings
from tierlsp.clock import Clock
from tierlsp.completion.rates import RateMemory, rates_key
from tierlsp.completion.supply import AUTO, Serving, State, Supply
from tierlsp.errors import BackendError
from tierlsp.settings import Loaded, Settings


@dataclass(frozen=True, slots=True)
class ModelReport:
    """One installed model."""

    backend: str
    model: Model
    why: str
    """Why it was taken or not."""


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that was found."""

    findings: tuple[Finding, ...]
    models: tuple[ModelReport, ...]
    chosen: str | None
    """`backend/model` of the model that serves completion."""

    @property
    def is_healthy(self) -> bool:
        """Whether everything that the settings name can serve."""
        return all(finding.verdict is not Verdict.FAULT for finding in self.findings)


async def examine(
    loaded: Loaded, backends: Sequence[FimBackend], clock: Clock, memory: RateMemory | None = None
) -> Report:
    """Look at the settings, the model servers and the choice among their models.

    `memory` holds what earlier sessions have learnt of the models' speeds.
    """
    findings = [_settings_finding(loaded)]
    models: list[ModelReport] = []
    for backend in backends:
        found, its_models = await _examine_backend(backend, is_named=_names(loaded.settings, backend))
        findings += found
        models += its_models
    supply = Supply(clock, backends, loaded.settings.completion.model)
    await supply.search()
    findings.append(_choice_finding(supply, loaded.settings.completion.model, {item.text for item in findings}))
    findings.append(_fallback_finding(loaded.settings, has_model=supply.serving is not None))
    serving = supply.serving
    chosen = f"{serving.backend.spec.name}/{serving.model}" if serving else None
    findings += _placement_findings(chosen, models)
    if serving is not None:
        findings += _rate_findings(memory, serving)
    return Report(tuple(findings), tuple(models), chosen)


def _names(settings: Settings, backend: FimBackend) -> bool:
    """Whether the settings ask for this backend by name."""
    return settings.completion.model.partition("/")[0] == backend.spec.name


def _settings_finding(loaded: Loaded) -> Finding:
    if not loaded.problems:
        return Finding("settings", Verdict.OK, "every setting was understood")
    text = "; ".join(problem.message for problem in loaded.problems)
    return Finding("settings", Verdict.NOTE, text, "`tierlsp config show` lists what is in force and from where")


async def _examine_backend(backend: FimBackend, *, is_named: bool) -> tuple[list[Finding], list[ModelReport]]:
    spec = backend.spec
    try:
        version = await backend.version()
        models = await backend.models()
    except BackendError as error:
        verdict = Verdict.FAULT if is_named else Verdict.NOTE
        return [Finding(spec.name, verdict, str(error), _mend_for(spec.kind))], []
    choice = choose(models)
    why = {model.name: reason for model, reason in choice.ranked}
    reports = [ModelReport(spec.name, model, why.get(model.name, "")) for model in models]
    able = sum(model.can_fim for model in models)
    text = f"{version or 'unknown version'} at {spec.base_url}: {_count(len(models))}, {able} can fill in the middle"
    findings = [Finding(spec.name, Verdict.OK, text)]
    if spec.kind == "ollama":
        findings += ollama_findings(spec.name, spec.base_url, version)
    return findings, reports


def _count(number: int) -> str:
    return "1 model" if number == 1 else f"{number} models"


def _mend_for(kind: str) -> str:
    if kind == "ollama":
        return "it is at https://ollama.com if it is not installed; if it runs elsewhere, set `backends.ollama.baseUrl`"
    return "`llama-server --fim-qwen-1.5b-default` starts one with a good small model; or set its `baseUrl`"


def _choice_finding(supply: Supply, model: str, said: set[str]) -> Finding:
    status = supply.status
    if status.state is State.READY:
        return Finding("model", Verdict.OK, status.detail)
    if model != AUTO:
        # What is wrong with the server has been said above; here it is only what follows for the model.
        text = f"`completion.model` is {model!r}, which cannot be asked" if status.detail in said else status.detail
        return Finding("model", Verdict.FAULT, text, '`completion.model = "auto"` takes the best that is there')
    return Finding(
        "model",
        Verdict.NOTE,
        "no local model serves completion",
        "`ollama pull qwen2.5-coder:1.5b-base` (1 GB) is a good first one; `codestral:22b` is better on a large GPU",
    )


def _fallback_finding(settings: Settings, *, has_model: bool) -> Finding:
    if settings.completion.fallback == "none":
        verdict = Verdict.OK if has_model else Verdict.NOTE
        return Finding("lookup", verdict, "the embedded completer is switched off by `completion.fallback`")
    role = "steps in when the model does not answer" if has_model else "answers from open files and the workspace"
    return Finding("lookup", Verdict.OK, f"the embedded completer {role}")


def _placement_findings(chosen: str | None, models: Sequence[ModelReport]) -> list[Finding]:
    """Return a note if the model that serves is partly on the CPU."""
    for report in models:
        share = report.model.on_gpu
        if f"{report.backend}/{report.model.name}" == chosen and share is not None and share < 1.0:
            return [
                Finding(
                    "speed",
                    Verdict.NOTE,
                    f"{report.model.name} is {share:.0%} on the GPU, so completions are slow",
                    "a smaller model, or one with fewer bits, fits whole",
                )
            ]
    return []


def _rate_findings(memory: RateMemory | None, serving: Serving) -> list[Finding]:
    """Return how fast the model was in earlier sessions, if that is known."""
    rates = memory.load(rates_key(serving.backend.spec.base_url, serving.model)) if memory is not None else None
    if rates is None or not rates.is_known:
        return []
    return [Finding("rates", Verdict.OK, f"{serving.model} was measured: {rates.describe()}")]
