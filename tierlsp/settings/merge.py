"""All layers put together: one tree, where each value comes from, and a sentence for each mistake.

**Law:** `load` never raises, whatever the layers hold; the server always starts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

from tierlsp.settings.keys import ALWAYS_PRESENT, KEYS, PRESETS, RESERVED_BACKENDS, Trust
from tierlsp.settings.layers import Finding, Layer, Origin, Problem
from tierlsp.settings.reading import Entry, Reading, read_layer
from tierlsp.settings.tree import BackendSettings, Settings, flatten, settings_of
from tierlsp.settings.trust import negated_patterns, refusal
from tierlsp.settings.wording import shown

MAX_PROBLEMS = 20
"""Messages for one layer; a file with more mistakes than this is told how many more, not all of them."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """The outcome of `load`."""

    settings: Settings
    problems: tuple[Problem, ...]
    origins: Mapping[str, str]
    """For the full path of every setting in force, the name of its source."""
    reserved: Mapping[str, str]
    """Paths that belong to the cloud tiers and are not used by this version, with their sources."""


class _Held(NamedTuple):
    """A value in force, and the name of its source."""

    value: Any
    source: str


def load(layers: Sequence[Layer]) -> Loaded:
    """Return the settings that `layers`, in any order, add up to.

    What trusted layers say of backends is settled first, since whether a project may choose a model depends
    on it.
    """
    readings = [read_layer(layer) for layer in sorted(layers, key=lambda layer: layer.origin.rank)]
    findings = [finding for reading in readings for finding in reading.findings]
    entries = [entry for reading in readings for entry in reading.entries]
    trusted = [reading for reading in readings if reading.layer.origin.is_trusted]
    backends, held = _settle_backends(trusted, findings)
    for key in KEYS:
        if key.default is not None and key.section != "backends":
            held[key.path] = _Held(key.default, Origin.DEFAULT.value)
    additions: dict[str, str] = {}
    for entry in entries:
        _apply(entry, held, backends, additions, findings)
    _add_patterns(held, additions)
    settings = settings_of({path: each.value for path, each in held.items()}, backends)
    return Loaded(
        settings=settings,
        problems=_problems(readings, findings, flatten(settings)),
        origins=MappingProxyType({path: held[path].source for path in flatten(settings)}),
        reserved=MappingProxyType(
            {path: reading.layer.name(path) for reading in readings for path in reading.reserved}
        ),
    )


def _apply(
    entry: Entry,
    held: dict[str, _Held],
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
        why = _unknown_backend(entry.value, backends)
    if why is not None:
        findings.append(Finding(entry.path, entry.layer, why))
    elif is_trusted or entry.key.trust is not Trust.ADD:
        if current is None or current.value != entry.value or is_trusted:
            held[entry.path] = _Held(entry.value, entry.layer.name(entry.path))
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


def _add_patterns(held: dict[str, _Held], additions: Mapping[str, str]) -> None:
    """Put the additions behind the person's own patterns, where nothing takes them back."""
    for key in KEYS:
        if key.trust is not Trust.ADD:
            continue
        own = held[key.path]
        # A pattern that the person has too is not repeated, unless something may have taken it back since.
        known = () if negated_patterns(own.value) else own.value
        more = {pattern: source for pattern, source in additions.items() if pattern not in known}
        sources = dict.fromkeys([own.source, *more.values()])
        held[key.path] = _Held((*own.value, *more), ", ".join(sources))


def _settle_backends(
    trusted: Sequence[Reading], findings: list[Finding]
) -> tuple[dict[str, BackendSettings], dict[str, _Held]]:
    """Return the backends that trusted layers set up, and where each of their values comes from."""
    given: dict[str, dict[str, Entry]] = {ALWAYS_PRESENT: {}}
    for name in [name for reading in trusted for name in reading.presets]:
        given.setdefault(name, {})
    for entry in [entry for reading in trusted for entry in reading.entries]:
        if entry.key.section == "backends":
            given.setdefault(_backend_of(entry.path), {})[entry.key.name] = entry
        elif entry.key.trust is Trust.LOCAL_MODEL and (named := entry.value.partition("/")[0]) in PRESETS:
            given.setdefault(named, {})
    backends: dict[str, BackendSettings] = {}
    held: dict[str, _Held] = {}
    for name, entries in given.items():
        values = _complete(name, entries, findings)
        if values is not None:
            backends[name] = BackendSettings(
                name=name,
                kind=values["kind"].value,
                base_url=values["baseUrl"].value,
                keep_alive=values["keepAlive"].value,
                num_ctx=values["numCtx"].value,
            )
            held |= {f"backends.{name}.{key}": value for key, value in values.items()}
    return backends, held


def _complete(name: str, entries: Mapping[str, Entry], findings: list[Finding]) -> dict[str, _Held] | None:
    """Return the values of one backend with its defaults, or `None` if it does not say how to speak to it."""
    default = Origin.DEFAULT.value
    values = {key.name: _Held(key.default, default) for key in KEYS if key.section == "backends"}
    if name in PRESETS:
        values["kind"] = _Held(PRESETS[name].kind, default)
    values |= {key: _Held(entry.value, entry.layer.name(entry.path)) for key, entry in entries.items()}
    if values["kind"].value is None:
        first = next(iter(entries.values()))
        kinds = " or ".join(f'"{kind}"' for kind in PRESETS)
        what = f"has no kind, which is {kinds}, and is ignored"
        findings.append(Finding(f"backends.{name}", first.layer, what, is_replaced=False))
        return None
    if values["baseUrl"].value is None:
        values["baseUrl"] = _Held(PRESETS[values["kind"].value].base_url, default)
    return values


def _unknown_backend(model: str, backends: Mapping[str, BackendSettings]) -> str | None:
    """Return what is wrong with a model whose backend is not there."""
    name = model.partition("/")[0]
    if model == "auto" or name in backends:
        return None
    if name in RESERVED_BACKENDS:
        return f'names the backend "{name}", which this version does not have'
    return f"names the backend {shown(name)}, which is not set up under backends"


def _backend_of(path: str) -> str:
    """Return the name of the backend in `path`; it may have dots."""
    return path.removeprefix("backends.").rpartition(".")[0]


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
