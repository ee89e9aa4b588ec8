"""Which models serve each tier: those that the person set, else those that the API keys bring, each with why.

**Law:** what the person set always wins. A list in the settings is taken as it stands, in its order; a key that is
found adds nothing to it and takes nothing from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from tierlsp.routing.sellers import seller_of
from tierlsp.routing.tiers import Tier
from tierlsp.settings import BackendSettings, Settings
from tierlsp.settings.addresses import is_loopback
from tierlsp.settings.presets import PRESETS
from tierlsp.settings.tree import is_cloud_name

AUTO = "auto"
"""The local model that is best for actions, see `local.py`."""

HasKey = Callable[[str], bool]
"""Takes the name of a variable, and tells whether there is an API key in it."""

_PLAN_PATHS = ("/api/coding/",)
"""Where z.ai serves its Coding Plan."""

PLAN_WARNING = (
    "leads to z.ai's Coding Plan, whose terms allow only the tools that z.ai lists; use https://api.z.ai/api/paas/v4, "
    "which is paid by the token, unless z.ai has agreed"
)
"""What is wrong with such a `baseUrl`; its subject stands before it."""


@dataclass(frozen=True, slots=True)
class Filled:
    """A model of a tier."""

    model: str
    """`backend/model`; in the local tier also `AUTO`."""
    why: str
    """Why it is there, in a sentence's words."""
    is_set: bool
    """Whether the person named it."""
    lacks_key: str = ""
    """The variable in which its API key is missing, so that it cannot be asked; empty if nothing is missing."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A model that a tier does not have."""

    tier: Tier
    model: str
    """`backend/model`, or a backend's name alone."""
    why: str
    """In a sentence's words."""
    is_set: bool
    """Whether the person named it, so that something must be mended."""


@dataclass(frozen=True, slots=True)
class FilledTiers:
    """The models of each tier, in the order in which they are tried."""

    local: tuple[Filled, ...]
    cheap: tuple[Filled, ...]
    premium: tuple[Filled, ...]
    left_out: tuple[LeftOut, ...]
    warnings: tuple[str, ...]
    """Sentences that a person should read before money is spent."""

    def of(self, tier: Tier) -> tuple[Filled, ...]:
        """Return the models of `tier`."""
        return {Tier.LOCAL: self.local, Tier.CHEAP: self.cheap, Tier.PREMIUM: self.premium}[tier]

    @property
    def has_cloud(self) -> bool:
        """Whether any model but the local ones can be asked; without one, the local model serves every action."""
        return any(not each.lacks_key for each in (*self.cheap, *self.premium))


@dataclass(frozen=True, slots=True)
class Default:
    """One row of `defaults.toml`."""

    tier: Tier
    model: str
    why: str
    is_stand_in: bool

    @property
    def backend(self) -> str:
        """The preset that serves it."""
        return self.model.partition("/")[0]


def fill_tiers(settings: Settings, has_key: HasKey) -> FilledTiers:
    """Return the models of each tier under `settings`. No connection is made, and no key is read.

    Args:
        settings: what is in force.
        has_key: tells whether a variable holds an API key.
    """
    left_out: list[LeftOut] = []
    own = {Tier.LOCAL: settings.tiers.local, Tier.CHEAP: settings.tiers.cheap, Tier.PREMIUM: settings.tiers.premium}
    filled = {
        tier: _from_settings(tier, models, settings, has_key, left_out)
        if models
        else _from_keys(tier, settings, has_key, left_out)
        for tier, models in own.items()
    }
    used = {each.model.partition("/")[0] for models in filled.values() for each in models}
    return FilledTiers(
        local=filled[Tier.LOCAL],
        cheap=filled[Tier.CHEAP],
        premium=filled[Tier.PREMIUM],
        left_out=tuple(left_out),
        warnings=tuple(_plan_warnings(settings, used)),
    )


def read_defaults() -> tuple[Default, ...]:
    """Return the rows of `defaults.toml`, in order."""
    # Only actions need it, and every start of an editor would wait for the import.
    import tomllib

    text = files("tierlsp.routing").joinpath("defaults.toml").read_text(encoding="utf-8")
    tables: dict[str, list[dict[str, Any]]] = tomllib.loads(text)
    return tuple(
        Default(Tier(tier), row["model"], row["why"], row.get("standIn", False))
        for tier, rows in tables.items()
        for row in rows
    )


def lacking_key(backend: BackendSettings, has_key: HasKey) -> str:
    """Return the variable whose key `backend` cannot do without and which is empty; empty if nothing is missing.

    A server on this machine may want none, and so may one for which the person named none.
    """
    needs_one = backend.api_key_env and not backend.is_loopback
    return backend.api_key_env if needs_one and not has_key(backend.api_key_env) else ""


def uses_plan(backend: BackendSettings) -> bool:
    """Whether `backend` leads to a plan with a monthly fee, whose terms are not made for this."""
    path = f"{urlsplit(backend.base_url).path}/"
    return _host(backend) == _preset_host("glm") and any(part in path for part in _PLAN_PATHS)


def _from_settings(
    tier: Tier, models: tuple[str, ...], settings: Settings, has_key: HasKey, left_out: list[LeftOut]
) -> tuple[Filled, ...]:
    """Return the models that the person set, but for those whose backend is not there or not for this tier."""
    filled = []
    for model in models:
        if model == AUTO:
            filled.append(Filled(AUTO, "the best model on this machine", is_set=False))
            continue
        name, _, rest = model.partition("/")
        backend = settings.backends.get(name)
        if backend is None:
            why = f"there is no backend {name!r} in the settings; add [backends.{name}]"
            left_out.append(LeftOut(tier, model, why, is_set=True))
        elif tier is Tier.LOCAL and _is_a_vendors(backend, rest):
            why = "it runs on a vendor's machines; name it in `tiers.cheap` or `tiers.premium`"
            left_out.append(LeftOut(tier, model, why, is_set=True))
        else:
            filled.append(Filled(model, f"named in `tiers.{tier}`", True, lacking_key(backend, has_key)))
    return tuple(filled)


def _from_keys(tier: Tier, settings: Settings, has_key: HasKey, left_out: list[LeftOut]) -> tuple[Filled, ...]:
    """Return the models that the keys bring."""
    if tier is Tier.LOCAL:
        return ()
    rows = [row for row in read_defaults() if row.tier is tier]
    usable = []
    for row in rows:
        backend = settings.backends.get(row.backend)
        if backend is None or not backend.api_key_env or not has_key(backend.api_key_env):
            continue
        if not _is_as_preset(backend):
            why = f"its `baseUrl` is not {row.backend}'s own, so its models must be named in `tiers.{tier}`"
            left_out.append(LeftOut(tier, row.backend, why, is_set=False))
            continue
        usable.append((row, backend.api_key_env))
    full = [(row, variable) for row, variable in usable if not row.is_stand_in]
    return tuple(
        Filled(row.model, f"{row.why}; {variable} was found", is_set=False) for row, variable in full or usable
    )


def _is_as_preset(backend: BackendSettings) -> bool:
    """Whether `backend` is where its vendor sells its models, under their own names and prices."""
    return backend.kind == backend.name and seller_of(backend) == backend.kind and not uses_plan(backend)


def _is_a_vendors(backend: BackendSettings, model: str) -> bool:
    """Whether `model` runs on machines of a vendor. A server such as Ollama on another machine is the person's own."""
    preset = PRESETS[backend.kind]
    is_own = is_loopback(preset.base_url) and not preset.passes_on and not is_cloud_name(model)
    return not is_own and not backend.keeps(model)


def _plan_warnings(settings: Settings, used: set[str]) -> Iterator[str]:
    """Yield a sentence for each backend in use that leads to a plan."""
    for name, backend in settings.backends.items():
        if name in used and uses_plan(backend):
            yield f"`backends.{name}.baseUrl` {PLAN_WARNING}"


def _host(backend: BackendSettings) -> str:
    return urlsplit(backend.base_url).hostname or ""


def _preset_host(kind: str) -> str:
    return urlsplit(PRESETS[kind].base_url).hostname or ""
