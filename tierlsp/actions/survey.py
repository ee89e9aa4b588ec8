"""What a review has to look at, what of it is known already, and the calls for the rest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from tierlsp.actions.chunks import Chunk, chunk_parts, chunks_of, length_of, with_workspace
from tierlsp.actions.finding_memory import Remembered, key_of, recalled
from tierlsp.actions.plan import Plan
from tierlsp.actions.review import CHUNK_TOKENS, CONTEXT_TOKENS, FRAME_TOKENS
from tierlsp.actions.shares import Shares, lessened
from tierlsp.actions.types import Document, Finding
from tierlsp.actions.units import Unit, shortened, units_of, units_of_portion
from tierlsp.privacy.outbound import Part
from tierlsp.routing.decision import Decision
from tierlsp.routing.estimate import CHARS_PER_TOKEN, tokens_for_chars
from tierlsp.routing.facts import Facts

LEAST_TOKENS = 500
"""Of code in a call to a model with a small context."""


@dataclass(frozen=True, slots=True)
class Survey:
    """A review before its first call."""

    units: tuple[Unit, ...]
    known: tuple[tuple[Unit, tuple[Finding, ...]], ...]
    """Pieces that were judged before and have not changed, and what was found then."""
    chunks: tuple[Chunk, ...]
    """Of the others, one call each."""
    prompts: tuple[tuple[Part, ...], ...]
    facts: Facts
    """For the decision and the price of all calls together."""
    dismissed: frozenset[str]
    too_long: int = 0
    """Pieces with lines that are too long for any call."""

    @property
    def documents(self) -> tuple[Document, ...]:
        """Those that are looked at, each once."""
        return tuple({unit.document.uri: unit.document for unit in self.units}.values())


def survey_of(
    plan: Plan,
    decision: Decision,
    memory: Remembered,
    room_tokens: int | None,
    *,
    most_tokens: int | None = None,
) -> Survey:
    """Return what there is to do.

    Args:
        plan: What was asked for.
        decision: Who may do it: what any of their families has judged is not asked again.
        memory: What is remembered.
        room_tokens: How long a prompt may be at most, for a model with a small context; then all is left out that it
            can do without.
        most_tokens: How long it may be with what it can do without; `None` for as long as the action likes.
    """
    most, context = _room(room_tokens)
    most_chars = int(most * CHARS_PER_TOKEN)
    every = [part for unit in _units(plan) for part in shortened(unit, most_chars)]
    # A line that is longer than a call is data, or made by a machine.
    units = tuple(unit for unit in every if unit.chars <= most_chars * 2)
    known, asked = _recalled(plan, decision, memory, units)
    chunks = chunks_of(asked, most)
    bare = tuple(chunk_parts(plan.action, plan.request, chunk, context) for chunk in chunks)
    prompts = bare
    if room_tokens is None and plan.job.sample is not None:
        shares = plan.action.shares_for(plan.job, decision.tier)
        prompts = tuple(
            _with_workspace(plan, chunk, parts, shares, most_tokens) for chunk, parts in zip(chunks, bare, strict=True)
        )
    facts = _facts(plan, units, chunks, prompts, bare)
    return Survey(units, tuple(known), chunks, prompts, facts, memory.dismissed, len(every) - len(units))


def _recalled(
    plan: Plan, decision: Decision, memory: Remembered, units: Sequence[Unit]
) -> tuple[list[tuple[Unit, tuple[Finding, ...]]], list[Unit]]:
    """Return the pieces that were judged before, with what was found then, and those that are to be asked about.

    What the workspace says of a piece is no part of what it is remembered under, by choice: else a change of one
    function would have everything judged again, and paid for, that uses it.
    """
    request = plan.request
    models = [*decision.candidates, *(model for _, tier in decision.higher for model in tier)]
    known: list[tuple[Unit, tuple[Finding, ...]]] = []
    asked: list[Unit] = []
    for unit in units:
        keys = (key_of(unit, request.kind, model, request.instruction) for model in models)
        values = next((memory.units[key] for key in keys if key in memory.units), None)
        if values is None:
            asked.append(unit)
        else:
            found = (recalled(value, unit) for value in values if isinstance(value, dict))
            known.append((unit, tuple(each for each in found if each is not None)))
    return known, asked


def _with_workspace(
    plan: Plan, chunk: Chunk, bare: tuple[Part, ...], shares: Shares, most_tokens: int | None
) -> tuple[Part, ...]:
    """Return the prompt of one call with what the workspace says of its pieces, as much as there is room for."""
    for less in lessened(shares):
        parts = with_workspace(bare, plan.job, chunk, less)
        if most_tokens is None or length_of(parts).likely <= most_tokens:
            return parts
    return bare


def _units(plan: Plan) -> Iterable[Unit]:
    if plan.request.portions:
        return (unit for portion in plan.request.portions for unit in units_of_portion(portion))
    target = plan.job.target
    return units_of(plan.request.document, target.first, target.end)


def _room(room_tokens: int | None) -> tuple[int, int]:
    """Return how much code goes into one call, and how much of the file around."""
    if room_tokens is None or room_tokens >= CHUNK_TOKENS + CONTEXT_TOKENS + FRAME_TOKENS:
        return CHUNK_TOKENS, CONTEXT_TOKENS
    # A fifth is left for what the estimate is off.
    return max(LEAST_TOKENS, (room_tokens - FRAME_TOKENS) * 4 // 5), 0


def _facts(
    plan: Plan,
    units: Sequence[Unit],
    chunks: Sequence[Chunk],
    prompts: Sequence[tuple[Part, ...]],
    bare: Sequence[tuple[Part, ...]],
) -> Facts:
    lengths = [length_of(parts) for parts in prompts]
    likely_tokens = max((length.likely for length in lengths), default=0)
    needed = max((length_of(parts).likely for parts in bare), default=0)
    code = max((tokens_for_chars(sum(unit.chars for unit in chunk.units)).likely for chunk in chunks), default=0)
    likely, most = plan.action.output(plan.job.form).tokens(code)
    return replace(
        plan.facts,
        calls=max(1, len(chunks)),
        files=len({unit.document.uri for unit in units}) or 1,
        lines=sum(unit.end - unit.first for unit in units),
        prompt_tokens=likely_tokens,
        spare_tokens=likely_tokens - needed,
        highest_prompt_tokens=max((length.highest for length in lengths), default=0),
        likely_output_tokens=likely,
        max_output_tokens=most,
    )
