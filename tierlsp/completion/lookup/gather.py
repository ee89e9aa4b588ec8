"""Collects the places that look like the place before the cursor, best chained first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from tierlsp.completion.lookup.context import Context, Probe
from tierlsp.completion.lookup.tape import Tape
from tierlsp.completion.lookup.tokens import END_OF_LINE, SHALLOWER, token_id, token_spans

MAX_CANDIDATES = 192
"""Places that may vote on one guess. Each costs about 1.5 µs."""

MAX_PER_LEVEL = 128
"""Places that one key may bring, so that the shorter keys are heard too."""

MAX_STEPS = 768
"""Links followed under one key. A link costs 0.1 µs, more than a candidate only where most do not fit the word."""

LEVEL_TOKENS = (4, 2, 1)
"""How many tokens each of the `Keys` covers."""


@dataclass(frozen=True, slots=True)
class Source:
    """A tape to look in."""

    tape: Tape
    weight: int
    """What a place here counts, against places elsewhere."""
    cursor_record: int = -1
    """The record of the cursor's line, which is no evidence."""
    barrier: int = -1
    """The record of the line below the cursor's: what stands above it is no evidence either."""
    near: Mapping[int, int] = field(default_factory=dict)
    """Records near the cursor, with their distance in lines."""


class Candidate(NamedTuple):
    """A place whose line may go on as the cursor's line will."""

    source: Source
    record: int
    position: int
    """Of the token that stands where the cursor's does (the whole token where a part of it is typed)."""
    matched: int
    """Tokens before it that are the same as before the cursor."""


def gather(sources: Sequence[Source], context: Context) -> list[Candidate]:
    """Return places with the same tokens before them as the cursor, those under the longest key first.

    Sources are searched in their order, each from its newest position.
    """
    search = _Search(context)
    for level, probe, shift in _plan(context):
        if search.is_full:
            break
        if level == len(LEVEL_TOKENS) - 1 and search.found:
            break
        search.level(sources, level, probe, shift)
    return search.found


def _plan(context: Context) -> list[tuple[int, Probe, int]]:
    """Return the keys to look under, longest first, and how far behind the wanted place each of them leads."""
    plan: list[tuple[int, Probe, int]] = []
    for level, tokens in enumerate(LEVEL_TOKENS):
        if context.word_probe is not None and level < 2 and context.word_probe.tokens >= tokens:
            plan.append((level, context.word_probe, 1))
        if context.probe.tokens >= tokens:
            plan.append((level, context.probe, 0))
    return plan


class _Search:
    """The places found so far for one context."""

    def __init__(self, context: Context) -> None:
        self.found: list[Candidate] = []
        self._nearest_first = context.nearest_first
        self._word = context.word
        self._word_id = token_id(context.word) if context.word else 0
        self._fits: dict[int, bool] = {}
        self._seen: set[tuple[int, int]] = set()

    @property
    def is_full(self) -> bool:
        return len(self.found) >= MAX_CANDIDATES

    def level(self, sources: Sequence[Source], level: int, probe: Probe, shift: int) -> None:
        """Add the places under one key."""
        steps = MAX_STEPS
        room = min(MAX_PER_LEVEL, MAX_CANDIDATES - len(self.found))
        least = LEVEL_TOKENS[level] - shift
        for index, source in enumerate(sources):
            positions = source.tape.positions(level, probe.keys[level], steps)
            steps -= len(positions)
            for position in positions:
                if room and self._add(index, source, position - shift, least):
                    room -= 1
            if not room or steps <= 0:
                return

    def _add(self, index: int, source: Source, position: int, least: int) -> bool:
        """Add one place, if it is new and at least `least` tokens before it match."""
        tape = source.tape
        if tape.tokens[position - 1] != self._nearest_first[0] or (index, position) in self._seen:
            return False
        if self._word and not self._fits_word(tape, position):
            return False
        record = tape.record_at(position)
        if record == source.cursor_record:
            return False
        matched = match_length(tape, position, self._nearest_first, source.barrier)
        if matched < least:
            return False
        self._seen.add((index, position))
        self.found.append(Candidate(source, record, position, matched))
        return True

    def _fits_word(self, tape: Tape, position: int) -> bool:
        """Whether the token at `position` begins with what is typed of the one at the cursor."""
        token = tape.tokens[position]
        if token == self._word_id:
            return True
        fits = self._fits.get(token)
        if fits is None:
            fits = token > SHALLOWER and word_at(tape, position).startswith(self._word)
            self._fits[token] = fits
        return fits


def word_at(tape: Tape, position: int) -> str:
    """Return the text of the token at `position`, which must be one of a line's own."""
    record = tape.record_at(position)
    line = tape.line(record)
    start, end = token_spans(line)[position - tape.start(record) - 1]
    return line[start:end]


def match_length(tape: Tape, position: int, nearest_first: Sequence[int], barrier: int) -> int:
    """Return how many tokens before `position` equal `nearest_first`, running on over line boundaries.

    The match does not leave the record `barrier` upwards, and does not count the id that opens it.
    """
    tokens = tape.tokens
    at = position - 1
    matched = 0
    for wanted in nearest_first:
        if tokens[at] != wanted:
            break
        if END_OF_LINE < wanted <= SHALLOWER:
            record = tape.record_at(at)
            if record == barrier:
                break
            matched += 1
            above = tape.prev(record)
            if above < 0:
                break
            # The line above ends in `END_OF_LINE`, which no context holds.
            at = tape.end(above) - 2
        else:
            matched += 1
            at -= 1
    return matched
