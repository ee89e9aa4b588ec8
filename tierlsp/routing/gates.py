"""What rules a model out, whatever the score. A gate only removes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tierlsp.routing.candidates import Candidate
from tierlsp.routing.decision import GateName, Removed
from tierlsp.routing.facts import Facts
from tierlsp.routing.rules import Lengths

UNKNOWN_WINDOW_TOKENS = 32_768
"""A model whose context nobody told is taken to have this much, as nearly all that are offered have; never more."""

Shut = tuple[GateName, str]
"""A gate and why it is shut, in a sentence's words."""


@dataclass(frozen=True, slots=True)
class Sorted:
    """The candidates, by whether every gate lets them pass."""

    left: tuple[Candidate, ...]
    removed: tuple[Removed, ...]
    lost: tuple[tuple[Candidate, GateName], ...]
    """The same as `removed`, with the candidates themselves."""
    is_tight: bool = False
    """Whether a local model is left only because nothing else is, though its context is small for such a prompt."""


def sort_out(facts: Facts, candidates: Sequence[Candidate], lengths: Lengths) -> Sorted:
    """Put every candidate through the gates.

    With nothing left, a model on this machine that the prompt fits may serve though its context is smaller than
    wished for: it is better than none, and costs nothing.
    """
    strict = _sort_out(facts, candidates, lengths, is_strict=True)
    if strict.left or not strict.lost:
        return strict
    return _sort_out(facts, candidates, lengths, is_strict=False)


def gate_of(candidate: Candidate, facts: Facts, lengths: Lengths, *, is_strict: bool = True) -> Shut | None:
    """Return the first gate that is shut for the candidate; `None` if it may serve."""
    if facts.model is not None and candidate.model != facts.model:
        return GateName.PINNED, "another model was asked for"
    if facts.tier is not None and candidate.tier is not facts.tier:
        return GateName.PINNED, f"the {facts.tier} tier was asked for"
    if not facts.may_use_cloud and not candidate.is_local:
        return GateName.PRIVACY, "nothing may leave this machine"
    if candidate.is_retired:
        return GateName.RETIRED, "its provider does not offer it any longer"
    return candidate.blocked or _window_gate(candidate, facts, lengths, is_strict=is_strict)


def _window_gate(candidate: Candidate, facts: Facts, lengths: Lengths, *, is_strict: bool) -> Shut | None:
    """Return why the prompt and its answer are too long for the candidate."""
    window = candidate.context_tokens or UNKNOWN_WINDOW_TOKENS
    most_output = candidate.max_output_tokens
    output = facts.max_output_tokens
    if most_output is not None and most_output < output:
        if most_output < facts.likely_output_tokens:
            return GateName.WINDOW, f"its answers end at {most_output} tokens"
        output = most_output
    prompt = facts.prompt_tokens
    if prompt + output + lengths.margin_tokens > window:
        return GateName.WINDOW, f"{prompt} tokens and the answer do not fit its context of {window}"
    if prompt > lengths.mid_tokens:
        if prompt > candidate.long_context_tokens:
            return GateName.WINDOW, f"it is not proven at a length of {prompt} tokens"
    elif prompt > lengths.short_tokens and window < lengths.mid_window and (is_strict or not candidate.is_local):
        return GateName.WINDOW, f"its context of {window} tokens is small for a prompt of {prompt}"
    return None


def _sort_out(facts: Facts, candidates: Sequence[Candidate], lengths: Lengths, *, is_strict: bool) -> Sorted:
    left = []
    removed = []
    lost = []
    for candidate in candidates:
        shut = gate_of(candidate, facts, lengths, is_strict=is_strict)
        if shut is None:
            left.append(candidate)
        else:
            removed.append(Removed(candidate.model, *shut))
            lost.append((candidate, shut[0]))
    return Sorted(tuple(left), tuple(removed), tuple(lost), is_tight=bool(left) and not is_strict)
