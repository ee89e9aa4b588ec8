"""Which of the installed models serves completions when the settings say `auto`, and why. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tierlsp.backends.base import Model
from tierlsp.backends.families import family_of, plain_name

QUALITY = (
    "codestral",
    "qwen-coder",
    "deepseek-coder",
    "seed-coder",
    "starcoder",
    "codegemma",
    "granite",
    "codellama",
)
"""Families, the best at filling in the middle first.

A judgement, from what their makers publish and users report. Codestral stands first also because its order,
suffix first, keeps the model's cache alive while a person types. A model that Ollama says can insert, of a
family that we do not know, comes after all of them.
"""

SLOW_PARAMETERS = 34_000_000_000
"""A model with more weights is too slow for typing.

At 4 bits, 34 B are 20 GB, all of which are read for every token. A 27 B model was measured at 47 tokens a
second on an RTX 4090, so that a line takes a quarter of a second and more.
"""

SMALL_PARAMETERS = 4_000_000_000
"""A model with fewer weights is quick enough on a processor.

Two cores were measured at 30 tokens a second for 1.5 B at 4 bits; a desk machine has some times that.
"""

INSTRUCT_DISCOUNT = 0.5
"""A model tuned for instructions counts as one of half its size.

The tuning costs it skill at filling in the middle. How much is a judgement: it makes a 7 B base model beat a
14 B tuned one, and a 7 B tuned one beat a 1.5 B base model.
"""

ON_GPU = 0.95
"""The share on the GPU from which a model counts as being there; Ollama keeps some small parts elsewhere."""

INSTRUCT_BY_DEFAULT = frozenset({"qwen-coder", "deepseek-coder", "codellama", "codegemma"})
"""Families whose plain tags in Ollama's library (`qwen2.5-coder:7b`) are models tuned for instructions."""

PULL = "ollama pull qwen2.5-coder:1.5b-base"
"""What to tell those who have none: under 1 GB, and quick without a GPU."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen, and what was thought of every model."""

    model: Model | None
    reason: str
    """One sentence for a person."""
    ranked: tuple[tuple[Model, str], ...]
    """All models, the best first, those that cannot be used last, each with a sentence."""


class _Rank(NamedTuple):
    """What decides between two models, in this order; the smaller is the better."""

    is_slow: bool
    is_cold: bool
    quality: int
    smallness: float
    """Parameters with the sign turned, those tuned for instructions discounted."""
    is_instruct: bool
    name: str


def choose(models: Sequence[Model]) -> Choice:
    """Return the best of `models` for filling in the middle while a person types.

    Models that run on somebody else's machine are never chosen: nothing leaves this one unless the person
    names such a model.
    """
    usable = sorted((model for model in models if _why_not(model) is None), key=_rank)
    unusable = [(model, why) for model in models if (why := _why_not(model)) is not None]
    ranked = (*((model, _sentence(model)) for model in usable), *unusable)
    if not usable:
        return Choice(None, _none_fits(models), ranked)
    best = usable[0]
    return Choice(best, _reason(best, len(models)), ranked)


def is_instruct(model: Model) -> bool:
    """Whether the model's name tells that it was tuned to follow instructions."""
    name = plain_name(model.name)
    if any(word in name for word in ("instruct", "-it", "chat")):
        return True
    if "base" in name or "-code" in name.partition(":")[2]:
        return False
    is_library_tag = ":" in model.name and "/" not in model.name
    return is_library_tag and model.family in INSTRUCT_BY_DEFAULT


def _rank(model: Model) -> _Rank:
    family = family_of(model.family) if model.family else None
    return _Rank(
        is_slow=_is_too_large(model) or _is_beside_gpu(model),
        is_cold=not _is_on_gpu(model),
        quality=QUALITY.index(family.name) if family else len(QUALITY),
        smallness=-model.parameters * (INSTRUCT_DISCOUNT if is_instruct(model) else 1.0),
        is_instruct=is_instruct(model),
        name=model.name,
    )


def _is_too_large(model: Model) -> bool:
    return model.parameters > SLOW_PARAMETERS


def _is_on_gpu(model: Model) -> bool:
    return model.is_loaded and model.on_gpu is not None and model.on_gpu >= ON_GPU


def _is_beside_gpu(model: Model) -> bool:
    """Whether the model is known to run on the processor, at least in part, and is too large for that."""
    return (
        model.is_loaded and model.on_gpu is not None and model.on_gpu < ON_GPU and model.parameters >= SMALL_PARAMETERS
    )


def _why_not(model: Model) -> str | None:
    if model.is_remote:
        return "runs on somebody else's machine; used only if the settings name it"
    if not model.can_fim:
        return "cannot fill in the middle"
    return None


def _sentence(model: Model) -> str:
    """Return what is thought of a model that can be used."""
    parts = [f"of the family {model.family}" if model.family else "of an unknown family"]
    if model.parameters:
        parts.append(f"{model.parameters / 1e9:.3g} B parameters")
    if is_instruct(model):
        parts.append("tuned for instructions, which costs it skill at filling in")
    if _is_too_large(model):
        parts.append(f"over {SLOW_PARAMETERS // 10**9} B, too slow for typing")
    if _is_beside_gpu(model):
        parts.append(f"only {model.on_gpu or 0:.0%} of it on the GPU, too slow for typing")
    elif _is_on_gpu(model):
        parts.append("loaded on the GPU")
    elif model.is_loaded:
        parts.append("loaded")
    return ", ".join(parts)


def _reason(best: Model, total: int) -> str:
    """Return the sentence on the model that was chosen."""
    start = "the only model" if total == 1 else f"the best of {total} models at filling in the middle"
    sentence = f"{start}: {_sentence(best)}"
    if _is_too_large(best) or _is_beside_gpu(best):
        return f"{sentence}; a smaller one would be quicker: {PULL}"
    return sentence


def _none_fits(models: Sequence[Model]) -> str:
    """Return the sentence for the case that nothing can be chosen, with what to do."""
    if not models:
        return f"no model is installed; get one with: {PULL}"
    able = [model for model in models if model.can_fim]
    if able:
        return (
            f"the models that can fill in the middle ({_listed(able)}) run on somebody else's machine; "
            f"get one for this machine with: {PULL}"
        )
    return f"none of the installed models ({_listed(models)}) can fill in the middle; get one with: {PULL}"


def _listed(models: Sequence[Model]) -> str:
    """Return the first names, and how many more there are."""
    names = [model.name for model in models[:3]]
    more = len(models) - len(names)
    return ", ".join(names) + (f" and {more} more" if more else "")
