"""All layers put together: one tree, where each value comes from, and a sentence for each mistake.

**Law:** `load` never raises, whatever the layers hold; the server always starts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from tierlsp.settings.actions import settle_actions
from tierlsp.settings.backends import settle_backends
from tierlsp.settings.key import Trust, snake
from tierlsp.settings.keys import KEYS
from tierlsp.settings.layers import Finding, Held, Layer, Origin, Problem
from tierlsp.settings.presets import PRESETS
from tierlsp.settings.reading import Entry, Reading, read_layer
from tierlsp.settings.tree import BackendSettings, PriceSettings, Settings, flatten, settings_of
from tierlsp.settings.trust import negated_patterns, refusal
from tierlsp.settings.wording import listed, shown

MAX_PROBLEMS = 20
"""Messages for one layer; a file with more mistakes than this is told how many more, not all of them."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """The outcome of `load`."""

    settings: Settings
    problems: tuple[Problem, ...]
    origins: Mapping[str, str]
    """For the full path of every setting in force, the name of its source."""


_Prices = dict[str, PriceSettings]


def load(layers: Sequence[Layer]) -> Loaded:
    """Return the settings that `layers`, in any order, add up to.

    What trusted layers say of backends is settled first, since whether a project may choose a model depends
    on it.
    """
    readings = [read_layer(layer) for layer in sorted(layers, key=lambda layer: layer.origin.rank)]
    findings = [finding for reading in readings for finding in reading.findings]
    entries = [entry for reading in readings for entry in reading.entries]
    trusted = [reading for reading in readings if reading.layer.origin.is_trusted]
    backends, held = settle_backends(trusted, findings)
    for key in KEYS:
        if not key.is_named:
            held[key.path] = Held(key.default, Origin.DEFAULT.value)
    additions: dict[str, str] = {}
    for entry in entries:
        _apply(entry, held, backends, additions, findings)
    _add_patterns(held, additions)
    prices = _settle_prices(held, findings, entries)
    actions = settle_actions(held, findings, entries)
    settings = settings_of({path: each.value for path, each in held.items()}, backends, prices, actions)
    return Loaded(
        settings=settings,
        problems=_problems(readings, findings, flatten(settings)),
        origins=MappingProxyType({path: held[path].source for path in flatten(settings)}),
    )


def _apply(
    entry: Entry,
    held: dict[str, Held],
    backends: Mapping[str, BackendSettings],
    additions: dict[str, str],
    findings: list[Finding],
) -> None:
    """Let one value replace what is held, or note why it may not."""
    is_trusted = entry.layer.origin.is_trusted
    if is_trusted and entry.key.section == "backends":
        return
    current = held.get(entry.path)
    why = None if is_trusted else refusal(entry, current and current.value, backends)
    if why is None and entry.key.trust is Trust.LOCAL_MODEL:
        why = _unfit_model(entry.value, backends)
    if why is None and entry.key.section == "tiers":
        findings.extend(_unknown_backends(entry, backends))
    if why is not None:
        findings.append(Finding(entry.path, entry.layer, why))
    elif is_trusted or entry.key.trust is not Trust.ADD:
        if current is None or current.value != entry.value or is_trusted:
            held[entry.path] = Held(entry.value, entry.layer.name(entry.path))
    else:
        _note_additions(entry, additions, findings)


def _note_additions(entry: Entry, additions: dict[str, str], findings: list[Finding]) -> None:
    """Note the patterns that a source which is not trusted excludes besides."""
    refused = negated_patterns(entry.value)
    for pattern in refused:
        what = f"holds {shown(pattern)}, which is left out, because a project can only exclude more"
        findings.append(Finding(entry.path, entry.layer, what, is_replaced=False))
    for pattern in entry.value:
        if pattern not in refused:
            additions.setdefault(pattern, entry.layer.name(entry.path))


def _add_patterns(held: dict[str, Held], additions: Mapping[str, str]) -> None:
    """Put the additions behind the person's own patterns, where nothing takes them back."""
    for key in KEYS:
        if key.trust is not Trust.ADD:
            continue
        own = held[key.path]
        # A pattern that the person has too is not repeated, unless something may have taken it back since.
        known = () if negated_patterns(own.value) else own.value
        more = {pattern: source for pattern, source in additions.items() if pattern not in known}
        sources = dict.fromkeys([own.source, *more.values()])
        held[key.path] = Held((*own.value, *more), ", ".join(sources))


def _settle_prices(held: Mapping[str, Held], findings: list[Finding], entries: Sequence[Entry]) -> _Prices:
    """Return the prices that are whole, each by its model."""
    tables: dict[str, dict[str, Any]] = {}
    for path, value in held.items():
        if path.startswith("prices."):
            model, _, name = path.removeprefix("prices.").rpartition(".")
            tables.setdefault(model, {})[snake(name)] = value.value
    prices = {}
    for model, values in tables.items():
        missing = [name for name in ("input", "output") if name not in values]
        if missing:
            first = next(entry for entry in entries if entry.path.startswith(f"prices.{model}."))
            what = f"has no {listed(missing)}, without which it is no price, and is ignored"
            findings.append(Finding(f"prices.{model}", first.layer, what, is_replaced=False))
        else:
            prices[model] = PriceSettings(**values)
    return prices


def _unfit_model(model: str, backends: Mapping[str, BackendSettings]) -> str | None:
    """Return what is wrong with a model that cannot serve completion: its backend is not there, or not made for it."""
    name = model.partition("/")[0]
    if model == "auto":
        return None
    if name not in backends:
        return f"names the backend {shown(name)}, which is not set up under backends"
    if not backends[name].completes:
        kinds = listed([kind for kind, preset in PRESETS.items() if preset.completes])
        return f"names the backend {shown(name)}, but only backends of the kinds {kinds} serve inline completion"
    return None


def _unknown_backends(entry: Entry, backends: Mapping[str, BackendSettings]) -> list[Finding]:
    """Return a finding for each model of a tier whose backend is not there. The list stays as the person wrote it."""
    return [
        Finding(entry.path, entry.layer, f"names {shown(model)}, whose backend is not set up under backends", False)
        for model in entry.value
        if model != "auto" and model.partition("/")[0] not in backends
    ]


def _problems(
    readings: Iterable[Reading], findings: Sequence[Finding], final: Mapping[str, Any]
) -> tuple[Problem, ...]:
    """Return the problems of all layers, in the order of precedence, at most `MAX_PROBLEMS` for each."""
    problems: list[Problem] = []
    for reading in readings:
        layer = reading.layer
        own = [finding for finding in findings if finding.layer is layer]
        room = max(0, MAX_PROBLEMS - len(layer.problems))
        problems.extend(layer.problems[:MAX_PROBLEMS])
        problems.extend(_problem(finding, final) for finding in own[:room])
        left = len(layer.problems) + len(own) - MAX_PROBLEMS
        if left > 0:
            message = f"There are {left} more mistakes like these in {layer.phrase()}."
            problems.append(Problem("", message, layer.name()))
    return tuple(dict.fromkeys(problems))


def _problem(finding: Finding, final: Mapping[str, Any]) -> Problem:
    """Return the problem with its whole sentence."""
    sentence = f"{finding.path} from {finding.layer.phrase(finding.path)} {finding.what}"
    if finding.is_replaced:
        value = final.get(finding.path)
        used = "nothing" if value is None else shown(value)
        sentence += f"; {used} is used instead"
    return Problem(finding.path, f"{sentence}.", finding.layer.name(finding.path))
