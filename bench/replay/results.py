"""Figures by their case, kept as JSON and read again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.replay.record import Figures
from bench.replay.run import Case

BEGAN = Path(__file__).with_name("began.json")
"""The figures of the engine before it was first improved (at 0.1.0's filters and embedded completer)."""


@dataclass(frozen=True, slots=True)
class Results:
    """What a run has found."""

    files: tuple[str, ...]
    chars: int
    """How many characters of each file were typed at most."""
    figures: Mapping[Case, Figures]

    def to_json(self) -> str:
        rows = [{"case": asdict(case), "figures": asdict(figures)} for case, figures in self.figures.items()]
        return json.dumps({"files": self.files, "chars": self.chars, "rows": rows}, indent=1) + "\n"


def read_results(path: Path) -> Results:
    """Return the results that a file holds."""
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    figures = {Case(**row["case"]): _figures(row["figures"]) for row in data["rows"]}
    return Results(tuple(data["files"]), data["chars"], figures)


def _figures(fields: dict[str, Any]) -> Figures:
    return Figures(**{**fields, "ask_us": tuple(fields["ask_us"])})
