"""Lets the places that were found vote on how the line goes on, and says how sure the result is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tierlsp.completion.lookup.confidence import (
    LINE_GATE,
    MIN_PREFIX_CHARS,
    MIN_PREFIX_SHARE,
    PREFIX_GATE,
    line_confidence,
    prefix_confidence,
)
from tierlsp.completion.lookup.context import MAX_MATCH_TOKENS, Context
from tierlsp.completion.lookup.gather import Candidate
from tierlsp.completion.lookup.guess import Guess
from tierlsp.completion.lookup.restore import Restored, restore
from tierlsp.completion.lookup.suffix import tokens_before
from tierlsp.completion.lookup.tokens import token_ids

NEAR_LINES = 100
"""Lines from the cursor within which a place counts more for being near."""

_NEAR_BONUS = tuple(round(16 * 20 / (20 + distance)) for distance in range(NEAR_LINES + 1))
"""What a place counts at each distance, beyond the weight of its source (`lookup.py`)."""

_MATCH_WEIGHT = tuple(round(100 * 2.5**matched) for matched in range(MAX_MATCH_TOKENS + 1))
"""What a place counts by the length of its match.

Whole numbers, so that a sum does not depend on the order of the votes. Of the bases 1.5, 1.7, 2, 2.5 and 4 this one
gave the most exact lines, none being more than one point behind (`bench/lookup.py`).
"""


@dataclass(slots=True)
class Party:
    """The places that say the same."""

    tokens: tuple[int, ...]
    speaker: Candidate
    """The place with the most weight, whose blanks are taken over."""
    speaker_weight: int = 0
    weight: int = 0
    voters: int = 0
    matched: int = 0
    """The longest match among them."""

    def join(self, candidate: Candidate, weight: int) -> None:
        """Count one more place. Which of several equal ones speaks depends on their lines, not on their order."""
        self.weight += weight
        self.voters += 1
        self.matched = max(self.matched, candidate.matched)
        if weight > self.speaker_weight or (
            weight == self.speaker_weight and _line_of(candidate) < _line_of(self.speaker)
        ):
            self.speaker = candidate
            self.speaker_weight = weight


@dataclass(frozen=True, slots=True)
class Ballot:
    """All votes."""

    parties: list[Party]
    total: int
    """The weight of all votes, also of those that fit no party."""


def vote(candidates: Iterable[Candidate], context: Context, suffix: str) -> Guess | None:
    """Return the guess that `candidates` agree on most, or `None` if none of them has anything to add.

    Args:
        candidates: Places like the one before the cursor.
        context: What stands before the cursor.
        suffix: What stands right of the cursor.
    """
    right = token_ids(suffix)
    ballot = _count(candidates, right, bool(context.word))
    best = _winner(ballot, context, suffix)
    if best is None:
        return None
    party, restored = best
    share = party.weight / ballot.total
    is_sure = line_confidence(party.matched, share, party.voters, len(restored.text)) >= LINE_GATE
    if not is_sure and not right:
        prefix = _agreed_prefix(ballot, context)
        if prefix is not None:
            return prefix
    return Guess(restored.text, party.matched, share, is_sure)


def _count(candidates: Iterable[Candidate], right: Sequence[int], has_word: bool) -> Ballot:
    """Group `candidates` by the tokens that they would insert."""
    parties: dict[tuple[int, ...], Party] = {}
    total = 0
    for candidate in candidates:
        source, record, position, matched = candidate
        weight = source.weight + _NEAR_BONUS[source.near[record]] if record in source.near else source.weight
        weight *= _MATCH_WEIGHT[matched]
        total += weight
        rest = tuple(source.tape.tokens[position : source.tape.end(record) - 1])
        if right:
            # The word at the cursor is not what the suffix begins with.
            cut = tokens_before(rest[has_word:], right)
            if cut is None:
                continue
            rest = rest[: cut + has_word]
        party = parties.get(rest)
        if party is None:
            party = parties[rest] = Party(rest, candidate)
        party.join(candidate, weight)
    return Ballot(list(parties.values()), total)


def _winner(ballot: Ballot, context: Context, suffix: str) -> tuple[Party, Restored] | None:
    """Return the party with the most weight among those that insert anything, and its text."""
    best: tuple[Party, Restored] | None = None
    for party in sorted(ballot.parties, key=lambda party: -party.weight):
        if best is not None and party.weight < best[0].weight:
            break
        restored = restore(party.speaker, len(party.tokens), context, suffix)
        if restored.text and (best is None or restored.text < best[1].text):
            best = party, restored
    return best


def _agreed_prefix(ballot: Ballot, context: Context) -> Guess | None:
    """Return the longest beginning that nearly all agree on, if it is sure and long enough to be shown."""
    parties = ballot.parties
    agreed: list[tuple[float, int, int]] = []
    while True:
        depth = len(agreed)
        weights: dict[int, int] = {}
        for party in parties:
            if len(party.tokens) > depth:
                token = party.tokens[depth]
                weights[token] = weights.get(token, 0) + party.weight
        if not weights:
            break
        token = max(weights, key=weights.__getitem__)
        share = weights[token] / ballot.total
        if share < MIN_PREFIX_SHARE:
            break
        parties = [party for party in parties if len(party.tokens) > depth and party.tokens[depth] == token]
        agreed.append((share, sum(p.voters for p in parties), max(p.matched for p in parties)))
    if not agreed:
        return None
    restored = restore(max(parties, key=lambda party: party.weight).speaker, len(agreed), context, "")
    for depth, (share, voters, matched) in reversed(list(enumerate(agreed, 1))):
        text = restored.head(depth)
        if len(text) < MIN_PREFIX_CHARS:
            break
        if prefix_confidence(matched, share, voters, len(text)) >= PREFIX_GATE:
            return Guess(text, matched, share, is_confident=True)
    return None


def _line_of(candidate: Candidate) -> tuple[bytes, int]:
    """What tells the place from others by its text alone."""
    tape = candidate.source.tape
    return tape.raw_line(candidate.record), candidate.position - tape.start(candidate.record)
