"""What rules a model out, whatever the score. A gate only removes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from tierlsp.routing.candidates import Candidate
from tierlsp.routing.decision import GateName, Removed
from tierlsp.routing.facts import Facts
from tierlsp.routing.rules import Lengths
from tierlsp.routing.tiers import Tier

UNKNOWN_WINDOW_TOKENS = 32_768
"""A model whose context nobody told is taken to have this much, as nearly all that are offered have; never more."""


_TIERS = tuple(Tier)


@dataclass(frozen=True, slots=True)
class Sorted:
    """The candidates, by whether every gate lets them pass."""

    left: Mapping[Tier, Sequence[Candidate]]
    """By tier, each in the person's order; every tier is there."""
    lost: Sequence[tuple[Candidate, Removed]]
    is_tight: bool = False
    """Whether a local model is left only because nothing else is, though its context is small for such a prompt."""


def sort_out(facts: Facts, candidates: Sequence[Candidate], lengths: Lengths) -> Sorted:
    """Put every candidate through the gates.

    With nothing left, a model on this machine that the prompt fits may serve though its context is smaller than
    wished for: it is better than none, and costs nothing.
    """
    left: dict[Tier, list[Candidate]] = {tier: [] for tier in _TIERS}
    lost = []
    is_open = facts.model is None and facts.tier is None and facts.may_use_cloud
    for candidate in candidates:
        if is_open and not candidate.is_retired and candidate.blocked is None:
            removed = _window_gate(candidate, facts, lengths, True)  # the only gate left; the usual case
        else:
            removed = gate_of(candidate, facts, lengths)
        if removed is None:
            left[candidate.tier].append(candidate)
        else:
            lost.append((candidate, removed))
    if len(lost) == len(candidates):
        tight = [candidate for candidate, removed in lost if _may_be_tight(candidate, removed, facts, lengths)]
        for candidate in tight:
            left[candidate.tier].append(candidate)
        if tight:
            return Sorted(left, [each for each in lost if each[0] not in tight], is_tight=True)
    return Sorted(left, lost)


def gate_of(candidate: Candidate, facts: Facts, lengths: Lengths, *, is_strict: bool = True) -> Removed | None:
    """Return the first gate that is shut for the candidate; `None` if it may serve."""
    model = candidate.model
    if facts.model is not None and model != facts.model:
        return _removed(model, GateName.PINNED, "another model was asked for")
    if facts.tier is not None and candidate.tier is not facts.tier:
        return _removed(model, GateName.PINNED, f"the {facts.tier} tier was asked for")
    if not candidate.is_local and not facts.may_use_cloud:
        return _removed(model, GateName.PRIVACY, "nothing may leave this machine")
    if candidate.is_retired:
        return _removed(model, GateName.RETIRED, "its provider does not offer it any longer")
    if candidate.blocked is not None:
        return _removed(model, *candidate.blocked)
    return _window_gate(candidate, facts, lengths, is_strict)


@lru_cache(maxsize=512)
def _removed(model: str, gate: GateName, text: str) -> Removed:
    """Return the value, made once: the same models are ruled out for the same reasons again and again."""
    return Removed(model, gate, text)


@lru_cache(maxsize=512)
def _too_long(model: str, tokens: int, text: str) -> Removed:
    """Return the value for a prompt that is too long, with the number of tokens put into `text`."""
    return Removed(model, GateName.WINDOW, text.format(tokens))


def _may_be_tight(candidate: Candidate, removed: Removed, facts: Facts, lengths: Lengths) -> bool:
    if not candidate.is_local or removed.gate is not GateName.WINDOW:
        return False
    return gate_of(candidate, facts, lengths, is_strict=False) is None


def _window_gate(candidate: Candidate, facts: Facts, lengths: Lengths, is_strict: bool) -> Removed | None:
    """Return why the prompt and its answer are too long for the candidate."""
    window = candidate.context_tokens or UNKNOWN_WINDOW_TOKENS
    output = facts.max_output_tokens
    most_output = candidate.max_output_tokens
    if most_output is not None and most_output < output:
        output = most_output
        if output < facts.likely_output_tokens:
            return _too_long(candidate.model, output, "its answers end at {} tokens")
    prompt = facts.prompt_tokens - facts.spare_tokens
    if prompt + output + lengths.margin_tokens > window:
        return _too_long(candidate.model, window, "the prompt and its answer do not fit its context of {} tokens")
    if prompt > lengths.mid_tokens:
        if prompt > candidate.long_context_tokens:
            known = candidate.long_context_tokens or lengths.mid_tokens
            return _too_long(candidate.model, known, "it is not proven with prompts of more than {} tokens")
    elif prompt > lengths.short_tokens and window < lengths.mid_window and (is_strict or not candidate.is_local):
        return _too_long(candidate.model, window, "its context of {} tokens is small for such a prompt")
    return None


def longest_prompt(candidate: Candidate, facts: Facts, lengths: Lengths) -> int:
    """Return how many tokens the prompt may have for a candidate that may serve, with what it could do without."""
    window = candidate.context_tokens or UNKNOWN_WINDOW_TOKENS
    output = min(facts.max_output_tokens, candidate.max_output_tokens or facts.max_output_tokens)
    proven = lengths.short_tokens if window < lengths.mid_window else lengths.mid_tokens
    needed = facts.prompt_tokens - facts.spare_tokens
    return max(needed, min(window - output - lengths.margin_tokens, max(proven, candidate.long_context_tokens)))
