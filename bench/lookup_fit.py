"""Fits the confidence of the embedded completer, on trees that its report leaves out.

    python -m bench.lookup_fit [--positions N] [--seed S]

Prints the constants of `tierlsp/completion/lookup/confidence.py`, and what each gate would bring.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import exp, log1p
from unittest import mock

from rich.console import Console
from rich.progress import Progress

from bench.lookup_run import Indexed
from bench.lookup_trees import FIT_TREES, draw_places, find_trees, read_tree
from tierlsp.completion.lookup import vote
from tierlsp.completion.lookup.confidence import LINE_GATE, Evidence
from tierlsp.completion.lookup.lookup import DEFAULT_MAX_BYTES

LINE_END_WEIGHT = 0.25
"""What a line end counts against a place within a line: each line was asked about once at either.

While a line is typed it is asked about at every key until ghost text stands there, some four times; at its end once.
"""

RIDGE = 1e-3
"""Keeps the fit finite where a feature tells right from wrong without exception."""

GATES = (0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)

LONG_CHARS = 4
"""Texts of at least this many characters are also reported apart: a closing bracket is easily right."""

Model = Sequence[float]


@dataclass(frozen=True, slots=True)
class Weighed:
    """The texts that were weighed at one place."""

    rest: str
    """What truly follows; empty at a line end."""
    line: Evidence | None
    prefixes: tuple[Evidence, ...]
    """Beginnings that most agree on, the longest first."""

    @property
    def weight(self) -> float:
        return 1.0 if self.rest else LINE_END_WEIGHT


@dataclass(slots=True)
class Notes:
    """Stands in for the confidence: notes what it is asked about, and lets nothing be shown."""

    lines: list[Evidence] = field(default_factory=list)
    prefixes: list[Evidence] = field(default_factory=list)

    def of_line(self, evidence: Evidence) -> float:
        self.lines.append(evidence)
        return 0.0

    def of_prefix(self, evidence: Evidence) -> float:
        self.prefixes.append(evidence)
        return 0.0

    def take(self, rest: str) -> Weighed:
        """Return what was noted since the last time."""
        weighed = Weighed(rest, self.lines[0] if self.lines else None, tuple(self.prefixes))
        self.lines.clear()
        self.prefixes.clear()
        return weighed


@contextmanager
def noting() -> Iterator[Notes]:
    """Note all that the lookup weighs."""
    notes = Notes()
    with mock.patch.multiple(vote, line_confidence=notes.of_line, prefix_confidence=notes.of_prefix):
        yield notes


def collect(positions: int, seed: int, progress: Progress) -> list[Weighed]:
    """Weigh texts at places in the trees of the fit, as a file is written from top to bottom."""
    found: list[Weighed] = []
    for name, root in find_trees(FIT_TREES):
        task = progress.add_task(name, total=None)
        indexed = Indexed(read_tree(name, root), DEFAULT_MAX_BYTES)
        places = draw_places(indexed.tree, positions, seed)
        progress.update(task, total=len(places))
        with noting() as notes:
            for answer in indexed.ask(places, "append"):
                found.append(notes.take(answer.rest))
                progress.update(task, completed=len(found) / 2 % len(places))
    return found


def features_of(evidence: Evidence) -> list[float]:
    """Return what the confidence is computed from."""
    return [1.0, log1p(evidence.matched), evidence.share, log1p(evidence.voters), log1p(len(evidence.text))]


def confidence(model: Model, evidence: Evidence) -> float:
    """Return what `model` says of a text."""
    return _logistic(model, features_of(evidence))


def _logistic(model: Model, features: Sequence[float]) -> float:
    return 1.0 / (1.0 + exp(-sum(weight * value for weight, value in zip(model, features, strict=True))))


def fit(samples: Sequence[tuple[Evidence, bool, float]]) -> list[float]:
    """Return a logistic model of texts, whether each was right, and what each counts; by Newton's method."""
    rows = [(features_of(evidence), is_right, weight) for evidence, is_right, weight in samples]
    size = len(rows[0][0])
    ridge = RIDGE * sum(weight for _, _, weight in rows)
    model = [0.0] * size
    for _ in range(12):
        gradient = [-ridge * value for value in model]
        curvature = [[ridge * (row == column) for column in range(size)] for row in range(size)]
        for features, is_right, weight in rows:
            likely = _logistic(model, features)
            slope = weight * likely * (1.0 - likely)
            for row in range(size):
                gradient[row] += weight * (is_right - likely) * features[row]
                for column in range(size):
                    curvature[row][column] += slope * features[row] * features[column]
        model = [value + step for value, step in zip(model, _solve(curvature, gradient), strict=True)]
    return model


def _solve(matrix: list[list[float]], right: list[float]) -> list[float]:
    """Solve a system of linear equations by elimination."""
    size = len(right)
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    for pivot in range(size):
        best = max(range(pivot, size), key=lambda row: abs(rows[row][pivot]))
        rows[pivot], rows[best] = rows[best], rows[pivot]
        for row in range(size):
            if row != pivot:
                factor = rows[row][pivot] / rows[pivot][pivot]
                rows[row] = [value - factor * above for value, above in zip(rows[row], rows[pivot], strict=True)]
    return [rows[row][size] / rows[row][row] for row in range(size)]


def print_gates(title: str, model: Model, shown_at: dict[float, list[tuple[str, str]]], places: list[Weighed]) -> None:
    """Print what is shown (text, rest of the line) at each gate."""
    inside = sum(bool(place.rest) for place in places)
    print(f"\n{title}: {' '.join(f'{value:.2f}' for value in model)}")
    print("  gate   shown   exact   right   chars  4+ exact  at line ends")
    for gate, shown in shown_at.items():
        texts = [(text, rest) for text, rest in shown if rest]
        long = [text == rest for text, rest in texts if len(text) >= LONG_CHARS]
        count = max(1, len(texts))
        print(
            f"{gate:6.2f} {len(texts) / inside:7.1%}"
            f" {sum(text == rest for text, rest in texts) / count:7.1%}"
            f" {sum(rest.startswith(text) for text, rest in texts) / count:7.1%}"
            f" {sum(len(text) for text, _ in texts) / count:7.1f}"
            f" {sum(long) / max(1, len(long)):9.1%}"
            f" {(len(shown) - len(texts)) / (len(places) - inside):13.1%}"
        )


def fit_lines(places: list[Weighed]) -> Model:
    """Fit and print the confidence of whole lines."""
    weighed = [(place.line, place.rest, place.weight) for place in places if place.line is not None]
    model = fit([(line, line.text == rest, weight) for line, rest, weight in weighed])
    shown_at = {
        gate: [(line.text, rest) for line, rest, _ in weighed if confidence(model, line) >= gate] for gate in GATES
    }
    print_gates("line_confidence", model, shown_at, places)
    return model


def fit_prefixes(places: list[Weighed], lines: Model) -> None:
    """Fit and print the confidence of beginnings, at the places where no whole line is shown."""
    left = [place for place in places if place.line is not None and confidence(lines, place.line) < LINE_GATE]
    samples = [
        (prefix, place.rest.startswith(prefix.text), place.weight) for place in left for prefix in place.prefixes
    ]
    model = fit(samples)
    shown_at: dict[float, list[tuple[str, str]]] = {}
    for gate in GATES:
        shown_at[gate] = []
        for place in left:
            sure = (prefix.text for prefix in place.prefixes if confidence(model, prefix) >= gate)
            text = next(sure, None)
            if text is not None:
                shown_at[gate].append((text, place.rest))
    print_gates(f"prefix_confidence (where no line is above {LINE_GATE})", model, shown_at, places)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--positions", type=int, default=500, help="places in each tree")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    print("trees:", ", ".join(name for name, _ in find_trees(FIT_TREES)))
    with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty()) as progress:
        places = collect(arguments.positions, arguments.seed, progress)
    fit_prefixes(places, fit_lines(places))


if __name__ == "__main__":
    main()
