"""Answers made of what there is: a candidate, a generation, a guess."""

from __future__ import annotations

from tierlsp.completion.anchor import anchor_of
from tierlsp.completion.candidates import Candidate, Candidates, Found
from tierlsp.completion.flight import Flight, Reading
from tierlsp.completion.lookup import Guess, Lookup
from tierlsp.completion.request import Answer, Ask
from tierlsp.text.cursor import Cursor
from tierlsp.trace import Outcome, Source

LOOKUP_MODEL = "lookup"
"""What stands for a model's name where the embedded completer has answered."""

MOST_OTHERS = 4
"""Texts to choose from beside the first: more are not looked through one by one."""


def candidate_of(flight: Flight, text: str) -> Candidate:
    """Return what a generation has written, to be kept."""
    source = Source.SPECULATION if flight.source is Source.SPECULATION else Source.CACHE
    return Candidate(flight.anchor, text, flight.model, source, flight.site.cursor.line)


def keep(candidates: Candidates, flight: Flight) -> None:
    """Keep the whole lines of a generation that did not come to its end."""
    if text := flight.whole_lines:
        candidates.add(flight.uri, candidate_of(flight, text))


def candidate_of_guess(cursor: Cursor, guess: Guess) -> Candidate:
    """Return what the embedded completer has guessed, to be kept."""
    return Candidate(anchor_of(cursor), guess.text, LOOKUP_MODEL)


def is_stopgap(found: Found) -> bool:
    """Whether `found` is a guess that was made while the model was too far away, and that nobody has typed along."""
    return found.candidate.model == LOOKUP_MODEL and not found.typed_chars


def answer_of_found(found: Found) -> Answer:
    """Return the answer that a candidate gives. One without text says that nothing belongs there."""
    if not found.rest:
        return Answer(Outcome.EMPTY)
    outcome = Outcome.TYPED if found.typed_chars else Outcome.HIT
    return Answer(outcome, found.rest, found.candidate.source, found.candidate.model, found.replaces)


def answer_of_flight(flight: Flight, reading: Reading, ask: Ask) -> Answer:
    """Return the answer that a generation gives to `ask`: whole lines, or the words of one that is not whole yet."""
    is_own = flight.site.cursor.is_at(ask.cursor)
    source = Source.MODEL if is_own else Source.FLIGHT
    if not reading.rest:
        return Answer(Outcome.PARTIAL, reading.words, source, flight.model)
    whole = Outcome.FRESH if is_own else Outcome.JOINED
    outcome = whole if flight.is_over else Outcome.PARTIAL
    return Answer(outcome, reading.rest, source, flight.model, reading.replaces)


def others_than(answer: Answer, cursor: Cursor, candidates: Candidates, lookup: Lookup | None) -> list[Answer]:
    """Return what else than `answer` is known for `cursor`: what candidates have, then a guess that is sure.

    A text that only goes further than another one, or not as far, is the same text.
    """
    if not answer.text:
        return []
    known = [answer_of_found(found) for found in candidates.all_with_text(cursor)]
    guess = lookup.guess(cursor) if lookup is not None else None
    if guess is not None and guess.is_confident:
        known.append(Answer(Outcome.LOOKUP, guess.text, Source.LOOKUP, LOOKUP_MODEL))
    kept = [answer]
    for each in known:
        if len(kept) <= MOST_OTHERS and not any(_is_same(each.text, old.text) for old in kept):
            kept.append(each)
    return kept[1:]


def _is_same(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)
