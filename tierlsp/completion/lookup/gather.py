"""Collects the places that look like the place before the cursor, best chained first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tierlsp.completion.lookup.context import Context, Probe
from tierlsp.completion.lookup.tape import Tape, Wanted
from tierlsp.completion.lookup.tokens import END_OF_LINE, SHALLOWER, initial_of, token_id, token_spans

MAX_CANDIDATES = 48
"""Places that may vote on one guess. Each costs about 4 µs. With 192 the exact lines are half a point more."""

MAX_PER_LEVEL = 32
"""Places that one key may bring, so that the shorter keys are heard too."""

MAX_STEPS = 300
"""Links followed under one key. A link costs 0.1 µs, more than a candidate only where most do not fit the word."""

LEVEL_TOKENS = (4, 2, 1)
"""How many tokens each of the `Keys` covers."""
ENOUGH = (MAX_CANDIDATES, 8, 1)
"""Places found so far that make it needless to look under a shorter key."""
SINGLE = 2
"""The level of the last resort, asked only where the others found nothing."""

MAX_WORDS = 20_000
"""Words remembered between guesses: about 2 MB."""


OWN_WEIGHT = 12
"""What a place in the cursor's document counts. Between equal weights and twice this, one exact line in 200 changes."""
OPEN_WEIGHT = 8
"""What a place in another open document counts."""
FILE_WEIGHT = 4
"""What a place in a file counts."""


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


Candidate = tuple[Source, int, int, int]
"""A place whose line may go on as the cursor's line will: its source, its record, the position of the token that
stands where the cursor's does (the whole token where part of it is typed), and how many tokens before it match."""


class Words:
    """The words behind token ids, as far as they were needed lately. Reading one from its line takes 5 µs."""

    def __init__(self) -> None:
        self._words: dict[int, str] = {}

    def at(self, tape: Tape, position: int) -> str:
        """Return the text of the token at `position`, which must be one of a line's own."""
        token = tape.tokens[position]
        word = self._words.get(token)
        if word is None:
            record = tape.record_at(position)
            line = tape.line(record)
            start, end = token_spans(line)[position - tape.start(record) - 1]
            if len(self._words) >= MAX_WORDS:
                self._words.clear()
            word = self._words[token] = line[start:end]
        return word


def gather(sources: Sequence[Source], context: Context, words: Words) -> list[Candidate]:
    """Return places with the same tokens before them as the cursor, those under the longest key first.

    Sources are searched in their order, each from its newest position.
    """
    search = _Search(sources, context, words)
    for level, probe, shift in _plan(context):
        if len(search.found) >= ENOUGH[level]:
            break
        search.level(level, probe, shift)
    return search.found


def _plan(context: Context) -> list[tuple[int, Probe, int]]:
    """Return the keys to look under, longest first, and how far behind the wanted place each of them leads."""
    plan: list[tuple[int, Probe, int]] = []
    for level, tokens in enumerate(LEVEL_TOKENS):
        if level == SINGLE and context.nearest_first[0] <= SHALLOWER:
            # Any line begins like this.
            break
        if context.word_probe is not None and level != SINGLE and context.word_probe.tokens >= tokens:
            plan.append((level, context.word_probe, 1))
        if context.probe.tokens >= tokens:
            plan.append((level, context.probe, 0))
    return plan


class _Search:
    """The places found so far for one context."""

    def __init__(self, sources: Sequence[Source], context: Context, words: Words) -> None:
        self.found: list[Candidate] = []
        self._sources = sources
        self._nearest_first = context.nearest_first
        self._second = _second_on_line(context)
        self._word = context.word
        self._words = words
        self._initial = initial_of(token_id(context.word)) if context.word else -1
        # Token ids of which it is known whether they begin with the word at the cursor.
        self._fits: dict[int, bool] = {token_id(context.word): True} if context.word else {}
        self._seen: list[set[int]] = [set() for _ in sources]

    @property
    def room(self) -> int:
        """How many more places are wanted."""
        return MAX_CANDIDATES - len(self.found)

    def level(self, level: int, probe: Probe, shift: int) -> None:
        """Add the places under one key."""
        steps = MAX_STEPS
        room = len(self.found) + min(MAX_PER_LEVEL, self.room)
        least = LEVEL_TOKENS[level] - shift
        wanted = Wanted(self._nearest_first[0], self._second if least > 1 else 0, self._initial, shift, MAX_PER_LEVEL)
        key = probe.keys[level]
        for source, seen in zip(self._sources, self._seen, strict=True):
            positions: list[int] = []
            if level < source.tape.levels:
                steps = source.tape.find(level, key, wanted, positions, steps)
            if positions:
                self._add(source, seen, positions, least, room)
            if not steps or len(self.found) >= room:
                return

    def _add(self, source: Source, seen: set[int], positions: Sequence[int], least: int, room: int) -> None:
        """Add the places at `positions` that match at least `least` tokens, until there are `room`."""
        tape = source.tape
        for position in positions:
            if position in seen or (self._word and not self._fits_word(tape, position)):
                continue
            matched = match_length(tape, position, self._nearest_first, source.barrier)
            if matched < least:
                continue
            record = tape.record_at(position)
            if record != source.cursor_record:
                seen.add(position)
                self.found.append((source, record, position, matched))
                if len(self.found) >= room:
                    return

    def _fits_word(self, tape: Tape, position: int) -> bool:
        """Whether the token at `position` begins with what is typed of the one at the cursor."""
        token = tape.tokens[position]
        fits = self._fits.get(token)
        if fits is None:
            fits = token > SHALLOWER and self._words.at(tape, position).startswith(self._word)
            self._fits[token] = fits
        return fits


def _second_on_line(context: Context) -> int:
    """Return the second token before the cursor if it stands on the same line, else 0."""
    nearest_first = context.nearest_first
    return nearest_first[1] if nearest_first[0] > SHALLOWER else 0


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
