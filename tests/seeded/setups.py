"""The settings under which the cases are run: which models there are, who is down, what may be spent, who is chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tests.seeded.models import CHEAP, DEAR, FREE, MIDDLING, STRONG, WEAK, Model, price

TIERS = ("local", "cheap", "premium")

NEAR = Model("ollama", "qwen2.5-coder:7b", "ollama", "local", WEAK, FREE)
WORK_WEAK = Model("work", "small", "litellm", "cheap", WEAK, CHEAP)
WORK = Model("work", "medium", "litellm", "cheap", MIDDLING, CHEAP)
FAR = Model("far", "large", "anthropic", "premium", STRONG, DEAR)
FAR_WEAK = Model("far", "overrated", "anthropic", "premium", WEAK, DEAR)
SALE = Model("far", "sale", "anthropic", "premium", STRONG, price("0.1", "0.01", "0.1", "0.1"))
SWAPPED_CHEAP = Model("far", "haste", "anthropic", "cheap", WEAK, CHEAP)
SWAPPED_PREMIUM = Model("work", "thought", "litellm", "premium", STRONG, DEAR)


@dataclass(frozen=True)
class Setup:
    """One set of settings, and what the person says to it."""

    name: str
    models: tuple[Model, ...]
    down: frozenset[str] = frozenset()
    """Backends at which nobody answers."""
    escalate: bool = True
    model: str | None = None
    """What the person chose, …"""
    tier: str | None = None
    is_held: bool = True
    """Whether a run may cost what was shown, as from a menu; else what `budget.actionUsd` says."""
    is_premium_spent: bool = False
    begins_here: bool = False
    """Whether the rules are set so that a fix is work for this machine."""

    def of_tier(self, tier: str) -> tuple[Model, ...]:
        return tuple(model for model in self.models if model.tier == tier)

    def seeded(self, seed: int) -> Setup:
        """The same with models that answer otherwise."""
        return replace(self, models=tuple(replace(model, seed=seed) for model in self.models))

    def named(self, full_name: str) -> Model:
        return next(model for model in self.models if model.full_name == full_name)

    def toml(self, urls: Mapping[str, str]) -> str:
        """The settings; `urls` are the backends' addresses."""
        kinds = {model.backend: model.kind for model in self.models}
        lines = []
        for backend, kind in kinds.items():
            base = urls[backend] + ("/v1" if kind == "anthropic" else "")
            key = "" if kind == "ollama" else f'apiKeyEnv = "{key_name(backend)}"\n'
            lines.append(f'[backends.{backend}]\nkind = "{kind}"\nbaseUrl = "{base}"\n{key}')
        lines.append("[tiers]")
        for tier in TIERS:
            names = [f'"{model.full_name}"' for model in self.of_tier(tier)]
            lines.append(f"{tier} = [{', '.join(names)}]")
        for model in self.models:
            if model.kind != "ollama":
                cost = model.price
                lines.append(f'[prices."{model.full_name}"]\ninput = {cost.input}\noutput = {cost.output}')
                lines.append(f"cachedInput = {cost.cached}\ncacheWrite = {cost.written}")
        lines.append(f'[privacy]\ncloud = "allow"\n[routing]\nescalate = {str(self.escalate).lower()}')
        if self.begins_here:
            lines.append('[routing.points]\n"kind:fix" = 0\n"lang:rust" = 0\n"lang:rust:fix" = 0')
        if self.is_premium_spent:
            lines.append("[budget]\npremiumUsd = 0")
        return "\n".join(lines) + "\n"


def key_name(backend: str) -> str:
    """The variable that holds a backend's key."""
    return f"{backend.upper()}_KEY"


def _pair(name: str, cheap: Model, premium: Model, **more: object) -> Setup:
    return Setup(name, (cheap, premium), **more)


SETUPS: tuple[Setup, ...] = (
    Setup("local weak", (NEAR,)),
    Setup("cheap middling", (WORK,)),
    _pair("premium strong, asked for", WORK, FAR, tier="premium"),
    _pair("cheap weak, premium strong", WORK_WEAK, FAR, is_held=False),
    _pair("cheap middling, premium strong", WORK, FAR, is_held=False),
    _pair("held to the price shown", WORK_WEAK, FAR),
    _pair("premium within the price shown", WORK_WEAK, SALE),
    _pair("escalation off", WORK_WEAK, FAR, is_held=False, escalate=False),
    _pair("a chosen model", WORK_WEAK, FAR, is_held=False, model="work/small"),
    _pair("a chosen tier", WORK_WEAK, FAR, is_held=False, tier="cheap"),
    _pair("cheap down", WORK_WEAK, FAR, is_held=False, down=frozenset({"work"})),
    _pair("cheap down, held", WORK_WEAK, FAR, down=frozenset({"work"})),
    _pair("premium down", WORK_WEAK, FAR, is_held=False, down=frozenset({"far"})),
    _pair("premium spent", WORK_WEAK, FAR, is_held=False, is_premium_spent=True),
    _pair("premium no better", WORK_WEAK, FAR_WEAK, is_held=False),
    _pair("a cheap model on this machine", SWAPPED_CHEAP, SWAPPED_PREMIUM, is_held=False),
    Setup("begun on this machine", (NEAR, WORK, FAR), is_held=False, begins_here=True),
)


def setup_named(name: str) -> Setup:
    return next(setup for setup in SETUPS if setup.name == name)
