"""What Ollama says about its models, put together: `/api/tags`, `/api/show` and `/api/ps`. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tierlsp.backends.base import Model
from tierlsp.backends.families import Family, family_of, family_of_template
from tierlsp.backends.payload import count_in, number_in, object_in, objects_in, word_in

_SIZE = re.compile(r"(?:([0-9]+)x)?([0-9]+(?:\.[0-9]+)?)([KMBT])", re.IGNORECASE)
"""A number of parameters as people write it: `7.6B`, `494.03M`, `8x7B`."""

_SCALE = {"K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}


def names_in(tags: Mapping[str, Any]) -> list[str]:
    """Return the names of the models that run on this machine, from the answer to `/api/tags`."""
    return [name for entry in objects_in(tags, "models") if (name := _name_of(entry)) and not _is_remote(entry)]


def models_in(
    tags: Mapping[str, Any], shown: Mapping[str, Mapping[str, Any]], running: Mapping[str, Any]
) -> tuple[Model, ...]:
    """Return the models of the server, in its own order.

    Args:
        tags: the answer to `/api/tags`.
        shown: the answers to `/api/show` by name; those that failed are not there.
        running: the answer to `/api/ps`, empty if that failed.
    """
    loaded = {_name_of(entry): entry for entry in objects_in(running, "models")}
    return tuple(
        _model(name, entry, shown.get(name, {}), loaded.get(name))
        for entry in objects_in(tags, "models")
        if (name := _name_of(entry))
    )


def _model(name: str, entry: Mapping[str, Any], show: Mapping[str, Any], loaded: Mapping[str, Any] | None) -> Model:
    family = family_of(name) or family_of_template(word_in(show, "template"))
    details = object_in(show, "details") or object_in(entry, "details")
    facts = object_in(show, "model_info")
    architecture = word_in(facts, "general.architecture")
    return Model(
        name=name,
        family=family.name if family else None,
        can_fim=_can_fim(show, family),
        parameters=count_in(facts, "general.parameter_count") or _parameters(word_in(details, "parameter_size")),
        size_bytes=count_in(entry, "size"),
        is_loaded=loaded is not None,
        can_chat=_can_chat(name, show),
        is_remote=_is_remote(entry) or _is_remote(show),
        context_tokens=count_in(facts, f"{architecture}.context_length"),
        on_gpu=None if loaded is None else _share_on_gpu(loaded),
    )


def _can_fim(show: Mapping[str, Any], family: Family | None) -> bool:
    """Whether the model can be asked to fill in the middle, by its template or by a raw prompt.

    Ollama grants `insert` where a model's *template* mentions the suffix. A model of a family that was
    trained for it is as able without: templates of imported files (`hf.co/…`) and of base models are often
    nothing but the prompt. A raw prompt passes by the template. A model that neither has `insert` nor
    belongs to such a family, as all that are made for chat alone, would answer with prose.
    """
    capabilities = show.get("capabilities")
    if isinstance(capabilities, list) and capabilities:
        if "insert" in capabilities:
            return True
        # An embedding model may have a coder's name, and generates nothing.
        return family is not None and "completion" in capabilities
    # Ollama before 0.6.4 does not list capabilities.
    return family is not None or ".Suffix" in word_in(show, "template")


def _can_chat(name: str, show: Mapping[str, Any]) -> bool:
    """Whether the model can hold a conversation.

    The template of a model that was tuned for it lays out more than one part, such as `.System`; that of a base model
    is nothing but the prompt. Ollama's newest models have their layout built in, and tell by what else they can do.
    """
    capabilities = show.get("capabilities")
    known = {each for each in capabilities if isinstance(each, str)} if isinstance(capabilities, list) else set()
    if (known and "completion" not in known) or _BASE.search(name.lower()):
        return False
    template = word_in(show, "template")
    if known & _SKILLS_OF_CHAT or any(part in template for part in _PARTS_OF_CHAT):
        return True
    return not template


_BASE = re.compile(r"(?:^|[-:/])base(?:$|[-:])")
"""A word of a name by which makers mark what is not tuned for instructions, whatever its template says."""

_SKILLS_OF_CHAT = frozenset({"tools", "thinking", "vision"})
_PARTS_OF_CHAT = (".Messages", ".System", ".Role")


def _is_remote(entry: Mapping[str, Any]) -> bool:
    """Whether the model runs in Ollama's cloud, and what is on this machine only passes the text on."""
    name = _name_of(entry).lower()
    return bool(word_in(entry, "remote_host") or word_in(entry, "remote_model") or name.endswith((":cloud", "-cloud")))


def _name_of(entry: Mapping[str, Any]) -> str:
    return word_in(entry, "name") or word_in(entry, "model")


def _share_on_gpu(loaded: Mapping[str, Any]) -> float | None:
    size = number_in(loaded, "size")
    return min(1.0, number_in(loaded, "size_vram") / size) if size else None


def _parameters(text: str) -> int:
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        return 0
    experts, number, scale = match.groups()
    return round(int(experts or 1) * float(number) * _SCALE[scale.upper()])
