"""The settings in force, as the rest of the package reads them: frozen, complete, checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Literal

from tierlsp.settings.addresses import is_loopback
from tierlsp.settings.key import Key, snake
from tierlsp.settings.keys import KEYS, POINTS
from tierlsp.settings.presets import PRESETS

BackendKind = Literal[
    "ollama",
    "llamacpp",
    "mistral",
    "deepseek",
    "qwen",
    "glm",
    "openai",
    "anthropic",
    "gemini",
    "openrouter",
    "litellm",
    "lmstudio",
    "vllm",
]
"""How a backend can be spoken to: the names of the presets."""

_CLOUD_TAGS = (":cloud", "-cloud")
"""How Ollama marks the models that it passes on to its own cloud, as in `gpt-oss:120b-cloud`."""


def is_cloud_name(model: str) -> bool:
    """Whether the name of a model on Ollama tells that it runs in Ollama's cloud."""
    return model.lower().endswith(_CLOUD_TAGS)


@dataclass(frozen=True, slots=True)
class CompletionSettings:
    """Section `completion`; what each key means is in `keys.py`."""

    enabled: bool
    model: str
    fallback: Literal["lookup", "none"]
    budget_ms: int
    patience_ms: int
    warm_ms: int
    layout: Literal["auto", "native", "lineAfterMiddle"]
    debounce: int | Literal["adaptive"]
    """Milliseconds, or as measured."""
    multiline: Literal["auto", "never", "always"]
    max_tokens: int
    trigger: Literal["automatic", "manual"]
    power: Literal["full", "saving"]


@dataclass(frozen=True, slots=True)
class BackendSettings:
    """One table of the section `backends`."""

    name: str
    """The part before the slash in `backend/model`."""
    kind: BackendKind
    base_url: str
    """Scheme, host, port and path if given, in normal form, without a slash at the end."""
    keep_alive: str
    """A duration in Go's notation, with its unit."""
    num_ctx: int
    api_key_env: str = ""
    """The variable that holds the API key for this very host; empty where no key is to be sent."""

    @property
    def is_loopback(self) -> bool:
        """Whether the server is on this machine. What it does with a text is another matter, see `keeps`."""
        return is_loopback(self.base_url)

    @property
    def completes(self) -> bool:
        """Whether its models serve inline completion."""
        return PRESETS[self.kind].completes

    def keeps(self, model: str) -> bool:
        """Whether what is sent to `model` of this backend stays on this machine, as far as names and address tell."""
        return self.is_loopback and not PRESETS[self.kind].passes_on and not is_cloud_name(model)


@dataclass(frozen=True, slots=True)
class TiersSettings:
    """Section `tiers`: the models of each, `backend/model`, in the order in which they are tried."""

    local: tuple[str, ...]
    """Also `auto`, which is the best model on this machine."""
    cheap: tuple[str, ...]
    """Empty where the API keys that are found decide; so is `premium`."""
    premium: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RoutingSettings:
    """Section `routing`."""

    strategy: Literal["ordered", "shuffle", "leastBusy", "latency"]
    escalate: bool
    points: Mapping[str, int]
    """Points by the name of a rule, in place of its own; read-only. That the rules are there is not checked here."""


@dataclass(frozen=True, slots=True)
class BudgetSettings:
    """Section `budget`; amounts in US dollars, months in UTC."""

    monthly_usd: Decimal
    when_spent: Literal["local", "stop"]
    premium_usd: Decimal
    """For the premium tier, in a month."""
    action_usd: Decimal


@dataclass(frozen=True, slots=True)
class PrivacySettings:
    """Section `privacy`."""

    cloud: Literal["allow", "ask", "never"]
    redact: bool
    exclude: tuple[str, ...]
    """The person's patterns, then those that a project adds."""


@dataclass(frozen=True, slots=True)
class PriceSettings:
    """One table of the section `prices`: US dollars for a million tokens."""

    input: Decimal
    output: Decimal
    cached_input: Decimal | None = None
    """`None`: as `input`; so is `cache_write`."""
    cache_write: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ActionSettings:
    """One table of the section `actions`: an action of the person's own."""

    title: str
    prompt: str
    answer: Literal["text", "edit"]
    scope: Literal["auto", "selection", "symbol", "class", "file"]
    tier: Literal["auto", "local", "cheap", "premium"]
    languages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set. `load(())` gives the defaults."""

    completion: CompletionSettings
    backends: Mapping[str, BackendSettings]
    """By name; read-only."""
    tiers: TiersSettings
    routing: RoutingSettings
    budget: BudgetSettings
    privacy: PrivacySettings
    prices: Mapping[str, PriceSettings]
    """By `backend/model`; read-only. They go before the prices that come with the package."""
    actions: Mapping[str, ActionSettings]
    """The person's own, by name; read-only."""


def settings_of(
    values: Mapping[str, Any],
    backends: Mapping[str, BackendSettings],
    prices: Mapping[str, PriceSettings],
    actions: Mapping[str, ActionSettings],
) -> Settings:
    """Return the tree with `values`, by full path and each as its key's kind has read it."""
    before = f"{POINTS}."
    points = {path.removeprefix(before): value for path, value in values.items() if path.startswith(before)}
    return Settings(
        completion=CompletionSettings(**_fields(values, "completion")),
        backends=MappingProxyType(dict(backends)),
        tiers=TiersSettings(**_fields(values, "tiers")),
        routing=RoutingSettings(**_fields(values, "routing"), points=MappingProxyType(points)),
        budget=BudgetSettings(**_fields(values, "budget")),
        privacy=PrivacySettings(**_fields(values, "privacy")),
        prices=MappingProxyType(dict(prices)),
        actions=MappingProxyType(dict(actions)),
    )


def flatten(settings: Settings) -> dict[str, Any]:
    """Return every setting in force by its full path, in the order of the table; lists stay tuples."""
    return {path: value for key in KEYS for path, value in _values_of(settings, key)}


def _values_of(settings: Settings, key: Key) -> Iterator[tuple[str, Any]]:
    """Yield what is in force for one row of the table, with its full path: a value, or one for each name."""
    section = getattr(settings, key.section)
    if not key.is_named:
        yield key.path, getattr(section, snake(key.name))
    elif key.name == "*":
        for rule, points in section.points.items():
            yield key.path.replace("*", rule), points
    else:
        for name, table in section.items():
            value = getattr(table, snake(key.name))
            if value is not None:
                yield key.path.replace("*", name), value


def _fields(values: Mapping[str, Any], section: str) -> dict[str, Any]:
    """Return the values of one section under the names that they have inside."""
    return {snake(key.name): values[key.path] for key in KEYS if key.section == section and not key.is_named}
