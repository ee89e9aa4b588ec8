"""What became of each request: one outcome, one source, how long.

**Law:** every inline completion request ends in exactly one `Outcome`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum


class Outcome(StrEnum):
    """How a completion request ended."""

    GATED = "gated"
    """Not asked at all: switched off, excluded file, wrong place."""
    HIT = "hit"
    """Answered from a finished candidate, at the place it was made for."""
    TYPED = "typed"
    """Answered with what is left of a candidate that the person is typing along."""
    JOINED = "joined"
    """Answered by a generation that an earlier request had started."""
    FRESH = "fresh"
    """Answered by a generation that this request started."""
    PARTIAL = "partial"
    """Answered with the first lines of a generation that goes on."""
    LOOKUP = "lookup"
    """Answered by the embedded completer."""
    LATE = "late"
    """No answer within the time that a request may wait."""
    STALE = "stale"
    """A newer request or change overtook it."""
    EMPTY = "empty"
    """The model, or the filters, found nothing to add."""
    FAILED = "failed"
    """The model server failed, and nothing else had an answer."""
    CANCELLED = "cancelled"
    """The editor withdrew it."""


class Source(StrEnum):
    """Where the text of an answer came from."""

    CACHE = "cache"
    FLIGHT = "flight"
    MODEL = "model"
    LOOKUP = "lookup"
    SPECULATION = "speculation"


LATENCY_EDGES_MS = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0)
"""Upper edges of the latency histogram, in milliseconds; the last bucket is open."""


@dataclass(slots=True)
class Tally:
    """Counts of outcomes, sources and latencies since the server started."""

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    sources: Counter[Source] = field(default_factory=Counter)
    latencies: list[int] = field(default_factory=lambda: [0] * (len(LATENCY_EDGES_MS) + 1))
    """Answers with text, by the bucket of `LATENCY_EDGES_MS` that they fell into."""

    def count(self, outcome: Outcome, source: Source | None, ms: float) -> None:
        """Enter one finished request."""
        self.outcomes[outcome] += 1
        if source is not None:
            self.sources[source] += 1
            self.latencies[bisect_left(LATENCY_EDGES_MS, ms)] += 1

    def share_within(self, edge_ms: float) -> float | None:
        """The share of answers with text that took at most `edge_ms` (one of the edges); `None` if there were none."""
        total = sum(self.latencies)
        if not total:
            return None
        return sum(self.latencies[: LATENCY_EDGES_MS.index(edge_ms) + 1]) / total

    def summary(self) -> str:
        """One line for the log."""
        if not self.outcomes:
            return "no completion was asked for"
        counts = ", ".join(f"{count} {outcome}" for outcome, count in self.outcomes.most_common())
        share = self.share_within(100.0)
        return counts if share is None else f"{counts}; {share:.0%} of answers within 100 ms"
