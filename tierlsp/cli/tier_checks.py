"""What serves each tier, and why; which API keys there are, and what is missing. Opens no connection."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from tierlsp.cli.checks import ModelReport
from tierlsp.cli.findings import Finding, Verdict
from tierlsp.errors import SettingsError
from tierlsp.routing.fill import AUTO, Filled, FilledTiers, fill_tiers
from tierlsp.routing.local import PULL, Installed, LocalChoice, choose_local
from tierlsp.routing.pricing import book_of
from tierlsp.routing.rules import overridden
from tierlsp.routing.shipped import shipped_rules
from tierlsp.routing.tiers import Tier
from tierlsp.settings import BackendSettings, Settings
from tierlsp.settings.presets import PRESETS
from tierlsp.settings.wording import listed

KeySource = Callable[[str], str | None]
"""Takes a variable's name, returns where its API key was found, in words; `None` if there is none. Never the key.

Raises `SettingsError` where what is there cannot be a key.
"""


@dataclass(frozen=True, slots=True)
class PriceFacts:
    """What is known of a model's price and life."""

    input_usd: Decimal
    """For a million tokens; so is `output_usd`."""
    output_usd: Decimal
    retired_on: date | None = None
    """The day from which it does not answer, if that has come."""
    replaced_by: str = ""


def price_lookup(settings: Settings, now: datetime) -> PriceLookup:
    """Return the prices of the package and of the person, as they are at `now` (UTC) for a short prompt."""
    book = book_of(settings)

    def look_up(model: str) -> PriceFacts | None:
        row = book.row_for(model)
        if row is None:
            return None
        price = row.price_at(0, now)
        return PriceFacts(price.input, price.output, row.retired_on if row.is_retired(now) else None, row.replaced_by)

    return look_up


PriceLookup = Callable[[str], PriceFacts | None]
"""Takes `backend/model`; `None` if no price is known."""


@dataclass(frozen=True, slots=True)
class TierModel:
    """A model of a tier."""

    model: str
    """`backend/model`."""
    why: str
    is_set: bool
    fault: str = ""
    """Why it cannot be asked; empty if nothing is known against it."""
    mend: str = ""
    price: PriceFacts | None = None


@dataclass(frozen=True, slots=True)
class TierReport:
    """What a tier has."""

    tier: Tier
    models: tuple[TierModel, ...]

    @property
    def serves(self) -> TierModel | None:
        """The model that is asked first."""
        return next((model for model in self.models if not model.fault), None)


@dataclass(frozen=True, slots=True)
class TiersReport:
    """Everything about the tiers."""

    tiers: tuple[TierReport, ...]
    keys: Mapping[str, str]
    """Where each API key was found, by its variable."""
    findings: tuple[Finding, ...]


def examine_tiers(
    settings: Settings,
    models: Sequence[ModelReport],
    completing: str | None,
    key_source: KeySource,
    price_of: PriceLookup,
) -> TiersReport:
    """Look at the tiers.

    Args:
        settings: what is in force.
        models: the models of the servers on this machine.
        completing: `backend/model` of the one that completes.
        key_source: tells where a key is.
        price_of: tells what a model costs.
    """
    keys, findings = _found_keys(settings, key_source)
    filled = fill_tiers(settings, keys.__contains__)
    installed = [Installed(each.backend, each.model) for each in models if settings.backends[each.backend].is_loopback]
    local = _local_report(filled, choose_local(installed, completing), settings, models)
    reports = (local, *(_paid_report(tier, filled, settings, price_of) for tier in (Tier.CHEAP, Tier.PREMIUM)))
    findings += [finding for report in reports for finding in _tier_findings(report, reports, settings)]
    findings.append(_keys_finding(keys))
    findings += _unsent_findings(settings)
    findings += [Finding("plan", Verdict.NOTE, text) for text in filled.warnings]
    findings += _price_findings(reports)
    _, problems = overridden(shipped_rules(), settings.routing.points)
    findings += [Finding("routing", Verdict.NOTE, problem) for problem in problems]
    return TiersReport(reports, keys, tuple(findings))


def _found_keys(settings: Settings, key_source: KeySource) -> tuple[dict[str, str], list[Finding]]:
    """Return where each key is that some backend of the settings may use, and what is wrong with the others."""
    keys: dict[str, str] = {}
    findings = []
    for variable in dict.fromkeys(each.api_key_env for each in settings.backends.values() if each.api_key_env):
        try:
            source = key_source(variable)
        except SettingsError as error:
            findings.append(Finding("keys", Verdict.NOTE, str(error)))
        else:
            keys |= {variable: source} if source else {}
    return keys, findings


def _local_report(
    filled: FilledTiers, choice: LocalChoice, settings: Settings, models: Sequence[ModelReport]
) -> TierReport:
    """Return what the local tier has, `auto` resolved."""
    found = []
    for each in filled.local:
        if each.model == AUTO:
            if choice.model is not None:
                found.append(TierModel(choice.model, choice.why, is_set=False))
            continue
        fault, mend = _local_fault(each, settings.backends[each.model.partition("/")[0]], models)
        found.append(TierModel(each.model, each.why, each.is_set, fault, mend))
    return TierReport(Tier.LOCAL, (*found, *_left_out(Tier.LOCAL, filled)))


def _local_fault(each: Filled, backend: BackendSettings, models: Sequence[ModelReport]) -> tuple[str, str]:
    """Return why a model that the person named for the local tier cannot be asked, and what to do."""
    if each.lacks_key:
        return _lack(each.lacks_key)
    if not backend.completes:
        # Its models are not asked for here; `--online` does.
        return "", ""
    name = each.model.partition("/")[2]
    own = [report.model for report in models if report.backend == backend.name]
    if not own:
        return f"{backend.name} does not answer, or has no models", "see above"
    model = next((model for model in own if model.name in (name, f"{name}:latest")), None)
    if model is None:
        return f"{backend.name} has no model {name!r}", f"ollama pull {name}" if backend.kind == "ollama" else ""
    if not model.can_chat:
        return f"{name} cannot follow instructions", f"name one that is tuned for them, such as: {PULL}"
    return "", ""


def _paid_report(tier: Tier, filled: FilledTiers, settings: Settings, price_of: PriceLookup) -> TierReport:
    """Return what the cheap or the premium tier has."""
    found = []
    for each in filled.of(tier):
        price = _price_for(each.model, settings, price_of)
        fault, mend = _lack(each.lacks_key) if each.lacks_key else ("", "")
        if price is not None and price.retired_on is not None:
            fault = f"its vendor ended it on {price.retired_on}"
            mend = f"name {price.replaced_by} instead" if price.replaced_by else ""
        found.append(TierModel(each.model, each.why, each.is_set, fault, mend, price))
    return TierReport(tier, (*found, *_left_out(tier, filled)))


def _price_for(model: str, settings: Settings, price_of: PriceLookup) -> PriceFacts | None:
    name, _, rest = model.partition("/")
    if settings.backends[name].keeps(rest):
        return PriceFacts(Decimal(0), Decimal(0))
    return price_of(model)


def _lack(variable: str) -> tuple[str, str]:
    return f"there is no API key in {variable}", f"export {variable}=… before the editor starts"


def _left_out(tier: Tier, filled: FilledTiers) -> list[TierModel]:
    return [TierModel(each.model, "", each.is_set, each.why) for each in filled.left_out if each.tier is tier]


def _tier_findings(report: TierReport, reports: Sequence[TierReport], settings: Settings) -> list[Finding]:
    """Return the lines of one tier: what serves, what stands by, and what cannot be asked."""
    is_off = settings.privacy.cloud == "never" and report.tier is not Tier.LOCAL
    if is_off and not _stays(report, settings):
        return [Finding(report.tier, Verdict.OK, '`privacy.cloud` is "never", so no cloud model is asked')]
    findings = []
    if not report.models:
        findings.append(_nothing_serves(report, reports))
    elif report.serves is not None:
        rest = [model.model for model in report.models if not model.fault and model is not report.serves]
        then = f"; then {', '.join(rest)}" if rest else ""
        text = f"{report.serves.model}{_shown(report.serves.price)}: {report.serves.why}{then}"
        findings.append(Finding(report.tier, Verdict.OK, text))
    for model in report.models:
        if model.fault:
            verdict = Verdict.FAULT if model.is_set else Verdict.NOTE
            findings.append(Finding(report.tier, verdict, f"{model.model}: {model.fault}", model.mend))
    return findings


def _shown(price: PriceFacts | None) -> str:
    """Return a price in brackets, nothing where none is known or to be paid."""
    if price is None or not (price.input_usd or price.output_usd):
        return ""
    return f" (${price.input_usd.normalize():f} and ${price.output_usd.normalize():f} for a million tokens in and out)"


def _stays(report: TierReport, settings: Settings) -> bool:
    """Whether the model that serves the tier is on this machine."""
    if report.serves is None:
        return False
    name, _, rest = report.serves.model.partition("/")
    return name in settings.backends and settings.backends[name].keeps(rest)


def _nothing_serves(report: TierReport, reports: Sequence[TierReport]) -> Finding:
    """Return the line of a tier that has no model. Nobody has to have one."""
    local, *paid = reports
    if report.tier is Tier.LOCAL:
        text = "no model on this machine can serve actions"
        return Finding(report.tier, Verdict.NOTE, text, f"`{PULL}` (5 GB) is a good one")
    if any(each.serves for each in paid):
        text = "none of the API keys that were found brings a model"
        return Finding(report.tier, Verdict.NOTE, text, f"name one in `tiers.{report.tier}`, or set another key")
    instead = f"the local model {local.serves.model} does this work" if local.serves else "nothing does this work"
    mend = (
        "set OPENROUTER_API_KEY, which is enough for both tiers, or the key of a vendor (docs/settings.md lists them)"
    )
    return Finding(report.tier, Verdict.NOTE, f"no model can be asked, so {instead}", mend)


def _keys_finding(keys: Mapping[str, str]) -> Finding:
    if not keys:
        return Finding("keys", Verdict.NOTE, "no API key was found; everything but cloud models works without one")
    return Finding("keys", Verdict.OK, f"found: {', '.join(keys.values())}")


def _unsent_findings(settings: Settings) -> list[Finding]:
    """Return a note for each server elsewhere that is sent no key, though its kind wants one."""
    return [
        Finding(
            name,
            Verdict.NOTE,
            f"no API key is sent to {backend.base_url}, because it is not {backend.kind}'s own address",
            f'name its variable beside the address: `backends.{name}.apiKeyEnv = "…"`',
        )
        for name, backend in settings.backends.items()
        if PRESETS[backend.kind].api_key_envs and not backend.is_loopback and not backend.api_key_env
    ]


def _price_findings(reports: Sequence[TierReport]) -> list[Finding]:
    """Return a note on the models of the paid tiers whose price is not known."""
    unknown = dict.fromkeys(
        model.model
        for report in reports
        if report.tier is not Tier.LOCAL
        for model in report.models
        if model.price is None and model.why
    )
    if not unknown:
        return []
    text = f"no price is known for {listed(list(unknown))}, so it is shown as unknown and no cap can hold it"
    mend = f'set `input` and `output` in [prices."{next(iter(unknown))}"]'
    return [Finding("prices", Verdict.NOTE, text, mend)]
