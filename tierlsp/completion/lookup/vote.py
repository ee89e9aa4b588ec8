"""Lets the places that were found vote on how the line goes on, and says how sure the result is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from operator import itemgetter

from tierlsp.completion.lookup.confidence import (
    LINE_GATE,
    MIN_PREFIX_CHARS,
    MIN_PREFIX_SHARE,
    PREFIX_GATE,
    Evidence,
    line_confidence,
    prefix_confidence,
)
from tierlsp.completion.lookup.context import MAX_MATCH_TOKENS, Context
from tierlsp.completion.lookup.gather import Candidate
from tierlsp.completion.lookup.guess import Guess
from tierlsp.completion.lookup.restore import restore
from tierlsp.completion.lookup.suffix import tokens_before
from tierlsp.completion.lookup.tokens import token_id, token_ids

NEAR_LINES = 50
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
    weight: int = 0
    voters: int = 0
    matched: int = 0
    """The longest match among them."""
    heaviest: int = 0
    leaders: list[Candidate] = field(default_factory=list)
    """The places with the most weight."""

    def join(self, candidate: Candidate, weight: int) -> None:
        """Count one more place."""
        matched = candidate[3]
        self.weight += weight
        self.voters += 1
        if matched > self.matched:
            self.matched = matched
        if weight > self.heaviest:
            self.heaviest = weight
            self.leaders = [candidate]
        elif weight == self.heaviest:
            self.leaders.append(candidate)

    def speaker(self) -> Candidate:
        """Return the place whose blanks are taken over. Among equals their lines decide, not their order."""
        return min(self.leaders, key=_line_of) if len(self.leaders) > 1 else self.leaders[0]


@dataclass(frozen=True, slots=True)
class Ballot:
    """All votes."""

    parties: list[Party]
    total: int
    """The weight of all votes, also of those for adding nothing."""


def vote(candidates: Iterable[Candidate], context: Context, suffix: str) -> Guess | None:
    """Return the guess that `candidates` agree on most, or `None` if none of them has anything to add.

    Args:
        candidates: Places like the one before the cursor.
        context: What stands before the cursor.
        suffix: What stands right of the cursor.
    """
    right = tuple(token_ids(suffix))
    ballot = _count(candidates, right, context.word)
    line = _winner(ballot, context, suffix)
    if line is None:
        return None
    if line_confidence(line) >= LINE_GATE:
        return _guess(line, is_confident=True)
    if not right:
        for prefix in _agreed_prefixes(ballot, context):
            if prefix_confidence(prefix) >= PREFIX_GATE:
                return _guess(prefix, is_confident=True)
    return _guess(line, is_confident=False)


def _guess(evidence: Evidence, *, is_confident: bool) -> Guess:
    return Guess(evidence.text, evidence.matched, evidence.share, is_confident)


def _count(candidates: Iterable[Candidate], right: tuple[int, ...], word: str) -> Ballot:
    """Group `candidates` by the tokens that they would insert."""
    parties: dict[tuple[int, ...], Party] = {}
    # What a place says where nothing is to be added: it counts against all others.
    finished: tuple[tuple[int, ...], ...] = ((), (token_id(word),)) if word else ((),)
    has_word = bool(word)
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
        if rest in finished:
            continue
        party = parties.get(rest)
        if party is None:
            party = parties[rest] = Party(rest)
        party.join(candidate, weight)
    return Ballot(list(parties.values()), total)


def _winner(ballot: Ballot, context: Context, suffix: str) -> Evidence | None:
    """Return the text of the party with the most weight."""
    if not ballot.parties:
        return None
    heaviest = max(party.weight for party in ballot.parties)
    tied = [(party.speaker(), party) for party in ballot.parties if party.weight == heaviest]
    speaker, party = tied[0] if len(tied) == 1 else min(tied, key=lambda pair: _line_of(pair[0]))
    text = restore(speaker, len(party.tokens), context, suffix).text
    return Evidence(text, party.matched, heaviest / ballot.total, party.voters) if text else None


def _agreed_prefixes(ballot: Ballot, context: Context) -> list[Evidence]:
    """Return the beginnings of the rest of the line that nearly all agree on, the longest first."""
    agreed: list[Evidence] = []
    backers: list[Party] = []
    parties = ballot.parties
    while parties := [party for party in parties if len(party.tokens) > len(agreed)]:
        weights: dict[int, int] = {}
        for party in parties:
            token = party.tokens[len(agreed)]
            weights[token] = weights.get(token, 0) + party.weight
        token, weight = max(weights.items(), key=itemgetter(1))
        if weight < MIN_PREFIX_SHARE * ballot.total:
            break
        backers = parties = [party for party in parties if party.tokens[len(agreed)] == token]
        matched, voters = max(party.matched for party in parties), sum(party.voters for party in parties)
        agreed.append(Evidence("", matched, weight / ballot.total, voters))
    if not backers:
        return []
    heaviest = max(party.weight for party in backers)
    speaker = min((party.speaker() for party in backers if party.weight == heaviest), key=_line_of)
    restored = restore(speaker, len(agreed), context, "")
    prefixes = [replace(evidence, text=restored.head(tokens)) for tokens, evidence in enumerate(agreed, 1)]
    return [prefix for prefix in reversed(prefixes) if len(prefix.text) >= MIN_PREFIX_CHARS]


def _line_of(candidate: Candidate) -> tuple[bytes, int]:
    """What tells the place from others by its text alone."""
    source, record, position, _ = candidate
    return source.tape.raw_line(record), position - source.tape.start(record)
