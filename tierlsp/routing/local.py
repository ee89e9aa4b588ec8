"""Which model on this machine serves actions where the settings say `auto`, and why. Pure.

It keeps to the model that completes wherever that can follow instructions: another one would push it out of memory,
and the next key press would wait for it to be loaded again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tierlsp.backends.base import Model
from tierlsp.backends.choose import QUALITY, SLOW_PARAMETERS, is_instruct

PULL = "ollama pull qwen2.5-coder:7b"
"""What to tell those who have none: 5 GB, tuned for instructions, and able to fill in the middle as well."""


@dataclass(frozen=True, slots=True)
class Installed:
    """A model, and the backend that has it."""

    backend: str
    """The person's name for it."""
    model: Model

    @property
    def name(self) -> str:
        """`backend/model`."""
        return f"{self.backend}/{self.model.name}"


@dataclass(frozen=True, slots=True)
class LocalChoice:
    """What was chosen."""

    model: str | None
    """`backend/model`; `None` if nothing on this machine can follow instructions."""
    why: str
    """One sentence for a person; where there is no model, what to do."""


class _Rank(NamedTuple):
    """What decides between two models, in this order; the smaller is the better."""

    is_untuned: bool
    is_slow: bool
    is_not_loaded: bool
    quality: int
    smallness: int
    name: str


def choose_local(installed: Sequence[Installed], completing: str | None) -> LocalChoice:
    """Return the best model on this machine for actions.

    Args:
        installed: every model of the servers on this machine, in the order of the backends.
        completing: `backend/model` of the one that completes, `None` if none does.
    """
    usable = [each for each in installed if each.model.can_chat and not each.model.is_remote]
    if not usable:
        found = "no model on this machine can follow instructions" if installed else "no model is installed"
        return LocalChoice(None, f"{found}; get one with: {PULL}")
    same = next((each for each in usable if each.name == completing), None)
    if same is not None and _is_tuned(same.model):
        return LocalChoice(same.name, "it completes too, so that it stays in memory, and is tuned for instructions")
    best = min(usable, key=_rank)
    if not _is_tuned(best.model) and same is not None:
        why = f"it completes too; one that is tuned for instructions would be better: {PULL}"
        return LocalChoice(same.name, why)
    return LocalChoice(best.name, _reason(best.model, len(usable)))


def _is_tuned(model: Model) -> bool:
    """Whether the model was tuned for instructions. A model that is made for chat alone has no name that says so."""
    return is_instruct(model) or (model.can_chat and not model.can_fim) or model.family == "codestral"


def _rank(installed: Installed) -> _Rank:
    model = installed.model
    return _Rank(
        is_untuned=not _is_tuned(model),
        is_slow=model.parameters > SLOW_PARAMETERS,
        is_not_loaded=not model.is_loaded,
        quality=QUALITY.index(model.family) if model.family in QUALITY else len(QUALITY),
        smallness=-model.parameters,
        name=installed.name,
    )


def _reason(best: Model, total: int) -> str:
    """Return the sentence on the model that was chosen."""
    start = "the only model that can follow instructions" if total == 1 else f"the best of {total} for actions"
    tuned = "tuned for instructions" if _is_tuned(best) else f"not tuned for instructions; better: {PULL}"
    return f"{start}: {tuned}"
