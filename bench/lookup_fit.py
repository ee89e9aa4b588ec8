"""Fits the confidence of the embedded completer, on trees that its report leaves out.

    python -m bench.lookup_fit [--positions N] [--seed S]

Prints the constants of `tierlsp/completion/lookup/confidence.py`, and what each gate would bring.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import exp, log1p

from rich.console import Console
from rich.progress import Progress

from bench.lookup_run import Indexed
from bench.lookup_trees import FIT_TREES, draw_places, find_trees, read_tree
from tierlsp.completion.lookup import vote
from tierlsp.completion.lookup.confidence import Evidence
from tierlsp.completion.lookup.lookup import DEFAULT_MAX_BYTES

LINE_END_WEIGHT = 0.25
"""What a line end counts against a place within a line: a line has one, and is asked at about four others.

Typing along a line asks at every key, but once ghost text is shown most of those keys are answered by it.
"""

RIDGE = 1e-3
"""Keeps the fit finite where a feature tells right from wrong without exception."""


@dataclass(slots=True)
class Sample:
    """Texts that were weighed, and whether each was right."""

    features: list[list[float]] = field(default_factory=list)
    labels: list[bool] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    chars: list[int] = field(default_factory=list)

    def add(self, evidence: Evidence, label: bool, weight: float) -> None:
        """Add one text."""
        self.features.append(features_of(evidence))
        self.labels.append(label)
        self.weights.append(weight)
        self.chars.append(len(evidence.text))


def features_of(evidence: Evidence) -> list[float]:
    """Return what the confidence is computed from."""
    return [1.0, log1p(evidence.matched), evidence.share, log1p(evidence.voters), log1p(len(evidence.text))]


@contextmanager
def weighing(lines: list[Evidence], prefixes: list[Evidence]) -> Iterator[None]:
    """Note every text whose confidence is asked for, and let none be shown."""

    def noting(notes: list[Evidence]) -> Callable[[Evidence], float]:
        def note(evidence: Evidence) -> float:
            notes.append(evidence)
            return 0.0

        return note

    kept = vote.line_confidence, vote.prefix_confidence
    vote.line_confidence, vote.prefix_confidence = noting(lines), noting(prefixes)
    try:
        yield
    finally:
        vote.line_confidence, vote.prefix_confidence = kept


def collect(names: Sequence[str], positions: int, seed: int, progress: Progress) -> tuple[Sample, Sample]:
    """Weigh texts at places in the trees `names`; return whole lines, and beginnings of lines."""
    lines, prefixes = Sample(), Sample()
    for name, root in find_trees(names):
        task = progress.add_task(f"{name}: read", total=None)
        indexed = Indexed(read_tree(name, root), DEFAULT_MAX_BYTES)
        places = draw_places(indexed.tree, positions, seed)
        progress.update(task, description=name, total=len(places))
        noted_lines: list[Evidence] = []
        noted_prefixes: list[Evidence] = []
        with weighing(noted_lines, noted_prefixes):
            for answer in indexed.ask(places, "append", lambda task=task: progress.advance(task)):
                weight = 1.0 if answer.rest else LINE_END_WEIGHT
                for evidence in noted_lines:
                    lines.add(evidence, evidence.text == answer.rest, weight)
                for evidence in noted_prefixes:
                    prefixes.add(evidence, answer.rest.startswith(evidence.text), weight)
                noted_lines.clear()
                noted_prefixes.clear()
    return lines, prefixes


def fit(sample: Sample) -> list[float]:
    """Return the weights of a logistic model of `sample`, by Newton's method."""
    size = len(sample.features[0])
    model = [0.0] * size
    total = sum(sample.weights)
    for _ in range(15):
        gradient = [-RIDGE * total * value for value in model]
        curvature = [[RIDGE * total * (row == column) for column in range(size)] for row in range(size)]
        for features, label, weight in zip(sample.features, sample.labels, sample.weights, strict=True):
            likely = probability(model, features)
            slope = weight * likely * (1.0 - likely)
            for row in range(size):
                gradient[row] += weight * (label - likely) * features[row]
                for column in range(size):
                    curvature[row][column] += slope * features[row] * features[column]
        model = [value + step for value, step in zip(model, solve(curvature, gradient), strict=True)]
    return model


def probability(model: Sequence[float], features: Sequence[float]) -> float:
    """Return what `model` says of `features`."""
    return 1.0 / (1.0 + exp(-sum(weight * value for weight, value in zip(model, features, strict=True))))


def solve(matrix: list[list[float]], right: list[float]) -> list[float]:
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


def print_gates(title: str, sample: Sample, model: Sequence[float]) -> None:
    """Print what each gate would let through."""
    print(f"\n{title}: {' '.join(f'{value:.2f}' for value in model)}")
    inside = sum(weight == 1.0 for weight in sample.weights)
    print(
        f"{'gate':>6} {'shown':>7} {'right':>7} {'chars':>6} {'4+ right':>8} {'at line ends':>13}   (of {inside} weighed)"
    )
    for gate in (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95):
        shown = [
            (label, chars, weight)
            for features, label, chars, weight in zip(
                sample.features, sample.labels, sample.chars, sample.weights, strict=True
            )
            if probability(model, features) >= gate
        ]
        in_line = [(label, chars) for label, chars, weight in shown if weight == 1.0]
        long = [label for label, chars in in_line if chars >= 4]
        print(
            f"{gate:6.2f} {len(in_line) / max(1, inside):7.1%}"
            f" {sum(label for label, _ in in_line) / max(1, len(in_line)):7.1%}"
            f" {sum(chars for _, chars in in_line) / max(1, len(in_line)):6.1f}"
            f" {sum(long) / max(1, len(long)):8.1%}"
            f" {(len(shown) - len(in_line)) / max(1, len(sample.weights) - inside):13.1%}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--positions", type=int, default=400, help="places in each tree")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    print("trees:", ", ".join(name for name, _ in find_trees(FIT_TREES)))
    with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty()) as progress:
        lines, prefixes = collect(FIT_TREES, arguments.positions, arguments.seed, progress)
    print_gates("rest of the line", lines, fit(lines))
    print_gates("beginning of the rest", prefixes, fit(prefixes))


if __name__ == "__main__":
    main()
