"""The fault table, over the real backends: every run ends by its deadline with one clear outcome.

After a change of what happens, write the page's table anew with
`WRITE_DOCS=1 .venv/bin/python -m pytest tests/unit/routing/test_fault_table.py`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.servers.chat_faults import TEXT
from tests.unit.routing.fault_rows import GOOD, KEY, LIMITS, ROWS, Result, Row, Way, play
from tierlsp.backends.chat import Finish
from tierlsp.routing.calls import Answered, CallFailed

GRACE_MS = 250.0


class Case(NamedTuple):
    row: Row
    wire: str
    way: Way

    def __str__(self) -> str:
        how = "stream" if self.way.is_streamed else "plain"
        return f"{self.row}-{self.wire}-{how}-{self.way.answer}-{'alone' if self.way.is_alone else 'two'}"

    @property
    def cause(self) -> str:
        """Of the first model's failure; empty where its answer comes through, `-` where there is no such fault."""
        fault = self.row.fault
        return self.row.place if fault is None else fault.cause_for(is_streamed=self.way.is_streamed)

    @property
    def serves(self) -> bool:
        """Whether the first model's answer can be used."""
        fault = self.row.fault
        if fault is None or self.cause:
            return False
        has_hole = self.way.is_streamed and fault.skipped > 0
        is_cut = fault.finish is Finish.LENGTH
        return fault.finish is not Finish.REFUSAL and not (self.way.answer == "edit" and (has_hole or is_cut))


WAYS = [
    Way(is_streamed, answer, is_alone)
    for is_streamed in (True, False)
    for answer in ("text", "edit")
    for is_alone in (False, True)
]


def _cases(*, every_wire: bool) -> Iterator[Case]:
    for row in ROWS:
        wires = sorted(row.wires, key=lambda wire: (wire != "openai", wire))
        for wire in wires if every_wire else wires[:1]:
            cases = (Case(row, wire, way) for way in WAYS)
            yield from (case for case in cases if case.cause != "-")


CASES = list(_cases(every_wire=bool(os.environ.get("CI"))))
OURS = {"bad-request"}
"""Mistakes of ours, which nobody else is asked to suffer."""


@pytest.fixture(scope="module")
def results() -> dict[Case, Result]:
    return {}


def _result(case: Case, results: dict[Case, Result]) -> Result:
    if case not in results:
        together = [other for other in CASES if (other.row, other.wire) == (case.row, case.wire)]
        played = play(case.row, case.wire, [other.way for other in together])
        results.update(zip(together, played, strict=True))
    return results[case]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_run_ends_by_its_deadline_with_one_clear_outcome(case: Case, results: dict[Case, Result]) -> None:
    result = _result(case, results)
    told = result.told
    assert told.ended_ms <= LIMITS.total_ms + GRACE_MS
    assert sum(isinstance(event, Answered) for event in told.events) + (told.error is not None) == 1
    if case.serves:
        assert (told.answer.model, told.answer.text) == ("a/m", TEXT)
        assert told.attempts == ["a/m"], "what came through is not asked for twice"
    elif case.way.is_alone or case.cause in OURS:
        _check_sentence(told.failure)
        assert set(told.attempts) == {"a/m"}
    else:
        assert (told.answer.model, told.answer.text) == ("b/m", GOOD)
        assert told.attempts[-1] == "b/m"
        assert all(told.afters[1:]), "why the one before was given up is said"
    _check_shown(case, result)
    _check_money(case, result)


def _check_sentence(error: CallFailed) -> None:
    """One line for a person, with what to do and nothing that must not be seen."""
    sentence = str(error)
    assert sentence.isprintable()
    assert 20 < len(sentence) < 500
    assert KEY not in sentence and "<" not in sentence
    assert ";" in sentence, "the mend stands behind a semicolon"
    assert error.cause


def _check_shown(case: Case, result: Result) -> None:
    told = result.told
    if case.way.answer == "edit":
        assert told.shown == "" and told.breaks == []
    elif told.error is None:
        assert told.shown.endswith(told.answer.text)
        was_shown = told.shown != told.answer.text
        assert len(told.breaks) == was_shown, "a break stands between two models' texts, and nowhere else"


def _check_money(case: Case, result: Result) -> None:
    accounts, told = result.accounts, result.told
    assert accounts.open_rows == set()
    assert len(accounts.orders) == len(accounts.booked) + len(accounts.released) == len(told.attempts)
    assert result.asked <= 3
    if case.row.place == "served" and case.row.has_begun and case.way.is_streamed:
        assert result.asked == 1, "an answer that had begun is paid, and not asked of the same model again"
        _, cost, is_estimate = accounts.booked[1]
        assert is_estimate and cost.usd is not None and cost.usd > 0
    if told.error is None:
        assert told.answer.spent_usd == sum(cost.usd or 0 for _, cost, _ in accounts.booked.values())


PAGE = Path(__file__).parents[3] / "docs" / "reliability.md"
BEGIN, END = "<!-- fault table: begin -->\n", "<!-- fault table: end -->\n"


def test_the_page_shows_what_was_measured(results: dict[Case, Result]) -> None:
    """`WRITE_DOCS=1` writes it."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    shown, _, after = rest.partition(END)
    measured = _table(results)
    if os.environ.get("WRITE_DOCS"):
        PAGE.write_text(before + BEGIN + measured + END + after, encoding="utf-8")
    else:
        assert shown == measured, "write the page anew, as this file's first lines say"


def _table(results: dict[Case, Result]) -> str:
    lines = [
        "| fault | text, streamed | edit, streamed | text, plain | edit, plain | paid |",
        "|---|---|---|---|---|---|",
    ]
    for row in ROWS:
        wire = min(row.wires, key=lambda wire: (wire != "openai", wire))
        cells, paid = [], "–"
        for is_streamed in (True, False):
            for answer in ("text", "edit"):
                case = Case(row, wire, Way(is_streamed, answer, False))
                played = None if case.cause == "-" else _result(case, results)
                cells.append("–" if played is None else _cell(played))
                if played is not None and paid == "–":
                    paid = _paid(played)
        lines.append(f"| {row} | {' | '.join(cells)} | {paid} |")
    runs = len(list(_cases(every_wire=True)))
    said = (
        f"{len(ROWS)} rows, {runs:,} runs in the formats of OpenAI, Anthropic and Ollama, each with and without the "
        f"second model. All end by their deadline + {GRACE_MS:g} ms with the outcome shown."
    )
    return "\n".join([*lines, "", said, ""])


def _cell(result: Result) -> str:
    told = result.told
    if told.error is not None:
        return "told at once"
    if told.answer.model == "a/m":
        return "**answer**"
    again = {1: "", 2: "again, ", 3: "twice again, "}[told.attempts.count("a/m")]
    return f"{again}{'break, ' if told.breaks else ''}next model"


def _paid(result: Result) -> str:
    """What the first model's attempts cost."""
    ended = [result.accounts.booked.get(row) for row, order in result.accounts.orders.items() if order.model == "a/m"]
    if not any(ended):
        return "no"
    return "estimate" if any(booked and booked[2] for booked in ended) else "yes"
