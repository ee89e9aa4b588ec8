"""The backends that the person's own sources add up to: where each is, and which API key may go there.

**Law:** an API key goes to one host. A preset's own key goes to the preset's own host; any other key goes to the host
of the `baseUrl` that it was named beside. None goes over plain http, except within this machine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from urllib.parse import urlsplit

from tierlsp.settings.addresses import is_loopback
from tierlsp.settings.key import Trust
from tierlsp.settings.keys import KEYS
from tierlsp.settings.layers import Finding, Held, Origin
from tierlsp.settings.presets import ALWAYS_PRESENT, PRESETS
from tierlsp.settings.reading import Entry, Reading
from tierlsp.settings.tree import BackendSettings
from tierlsp.settings.wording import listed


def settle_backends(
    trusted: Sequence[Reading], findings: list[Finding]
) -> tuple[dict[str, BackendSettings], dict[str, Held]]:
    """Return the backends that trusted layers set up, and where each of their values comes from.

    Args:
        trusted: the layers of the person, in the order of precedence.
        findings: what is wrong is added here.
    """
    found = {
        name: Held(variable, reading.layer.name())
        for reading in trusted
        for name, variable in reading.layer.found_keys.items()
    }
    backends: dict[str, BackendSettings] = {}
    held: dict[str, Held] = {}
    for name, entries in _given(trusted, found).items():
        values = _values(name, entries)
        if values["kind"].value is None:
            kinds = listed([f'"{kind}"' for kind in PRESETS], last="or")
            what = f"has no kind, which is {kinds}, and is ignored"
            findings.append(Finding(f"backends.{name}", entries[0].layer, what, is_replaced=False))
            continue
        values["apiKeyEnv"] = _key_for(entries, values, found, findings)
        backends[name] = BackendSettings(
            name=name,
            kind=values["kind"].value,
            base_url=values["baseUrl"].value,
            keep_alive=values["keepAlive"].value,
            num_ctx=values["numCtx"].value,
            api_key_env=values["apiKeyEnv"].value,
        )
        held |= {f"backends.{name}.{key}": value for key, value in values.items()}
    return backends, held


def named_by(entry: Entry) -> tuple[str, ...]:
    """Return the backends that a model's name, or a list of them, in `entry` brings in by naming them."""
    if entry.key.section == "tiers":
        return tuple(model.partition("/")[0] for model in entry.value)
    return (entry.value.partition("/")[0],) if entry.key.trust is Trust.LOCAL_MODEL else ()


def _given(trusted: Sequence[Reading], found: Mapping[str, Held]) -> dict[str, list[Entry]]:
    """Return the backends that there are, each with what was said of it, from the lowest precedence up."""
    given: dict[str, list[Entry]] = {ALWAYS_PRESENT: []}
    for name in [name for reading in trusted for name in reading.presets]:
        given.setdefault(name, [])
    for entry in [entry for reading in trusted for entry in reading.entries]:
        if entry.key.section == "backends":
            given.setdefault(_backend_of(entry.path), []).append(entry)
        for name in named_by(entry):
            if name in PRESETS:
                given.setdefault(name, [])
    for name in found:
        given.setdefault(name, [])
    return given


def _values(name: str, entries: Sequence[Entry]) -> dict[str, Held]:
    """Return the values of one backend with its defaults; its kind may be missing, its key is not settled."""
    default = Origin.DEFAULT.value
    values = {key.name: Held(key.default, default) for key in KEYS if key.section == "backends"}
    if name in PRESETS:
        values["kind"] = Held(PRESETS[name].kind, default)
    values |= {entry.key.name: Held(entry.value, entry.layer.name(entry.path)) for entry in entries}
    if values["baseUrl"].value is None and values["kind"].value is not None:
        values["baseUrl"] = Held(PRESETS[values["kind"].value].base_url, default)
    return values


def _key_for(
    entries: Sequence[Entry], values: Mapping[str, Held], found: Mapping[str, Held], findings: list[Finding]
) -> Held:
    """Return the variable whose key may go to where the backend is, empty if none may."""
    kind, base_url = values["kind"].value, values["baseUrl"].value
    entry = _named_key(entries, values)
    if entry is not None:
        key = Held(entry.value, entry.layer.name(entry.path))
    elif _host(base_url) == _host(PRESETS[kind].base_url):
        first = next(iter(PRESETS[kind].api_key_envs), "")
        key = found.get(kind, Held(first, Origin.DEFAULT.value))
    else:
        key = Held("", Origin.DEFAULT.value)
    named = next((each for each in reversed(entries) if each.key.name == "apiKeyEnv"), None)
    what = ""
    if named is not None and entry is None:
        what = "was named for another host than its baseUrl has now, and is ignored; name it beside that baseUrl"
    if key.value and base_url.startswith("http:") and not is_loopback(base_url):
        key = Held("", key.source)
        what = "is not sent, because its baseUrl begins with http://, where others can read it; use https://"
    if named is not None and what:
        findings.append(Finding(named.path, named.layer, what, is_replaced=False))
    return key


def _named_key(entries: Sequence[Entry], values: Mapping[str, Held]) -> Entry | None:
    """Return the `apiKeyEnv` that counts for the host in force: none of a source after it leads to another host."""
    # The kind may be a default, which holds from the start.
    kind = next((entry.value for entry in entries if entry.key.name == "kind"), values["kind"].value)
    url: str | None = None
    key: Entry | None = None
    host = _host(PRESETS[kind].base_url)
    for _, of_layer in groupby(entries, key=lambda entry: entry.layer):
        said = {entry.key.name: entry for entry in of_layer}
        kind = said["kind"].value if "kind" in said else kind
        url = said["baseUrl"].value if "baseUrl" in said else url
        now = _host(url or PRESETS[kind].base_url)
        key = said.get("apiKeyEnv", key if now == host else None)
        host = now
    return key


def _host(base_url: str) -> str:
    """Return the host of a URL in normal form."""
    return urlsplit(base_url).hostname or ""


def _backend_of(path: str) -> str:
    """Return the name of the backend in `path`; it may have dots."""
    return path.removeprefix("backends.").rpartition(".")[0]
