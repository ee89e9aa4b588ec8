"""The table of `docs/reliability.md` is that of the runs which are tried; `WRITE_DOCS=1` writes it."""

from __future__ import annotations

import os
from pathlib import Path

from tests.protocol.every_action import ROWS
from tests.protocol.failure_classes import FAILURES, GOOD, Failure, Spent
from tests.protocol.test_actions import PROFILES
from tests.protocol.test_every_action import CASES

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
BEGIN, END = "<!-- every action: begin -->\n", "<!-- every action: end -->\n"


def test_the_page_shows_what_is_tried() -> None:
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    shown, _, after = rest.partition(END)
    if os.environ.get("WRITE_DOCS"):
        PAGE.write_text(f"{before}{BEGIN}{table()}{END}{after}", encoding="utf-8")
        return
    assert shown == table()


def table() -> str:
    """Return the table and what is said below it."""
    lines = ["| what happens | runs | the right result | the end says | booked |", "|---|---|---|---|---|"]
    for failure in (GOOD, *FAILURES):
        rows = [row for row, other in CASES if other is failure]
        good = {failure.gives(row) for row in rows}
        result = "for some" if len(good) > 1 else "yes" if True in good else "no"
        words = dict.fromkeys("what was done" if failure.words(row) == row.said else failure.words(row) for row in rows)
        said = " / ".join(f"“{each}”" if each != "what was done" else each for each in words)
        lines.append(f"| {failure} | {len(rows) * len(PROFILES)} | {result} | {said} | {_booked(failure)} |")
    reasons = dict.fromkeys(why for row in ROWS for failure in FAILURES if (why := failure.why_not(row)))
    told = "; ".join(reason for reason in reasons if "the way of" not in reason)
    said = (
        f"{len(ROWS)} ways to ask for an action, {1 + len(FAILURES)} classes, {len(PROFILES)} editors: "
        f"{len(CASES) * len(PROFILES):,} runs. Left out is what cannot come up ({told}), and with a second choice of "
        f"an action what goes the same way as with the first."
    )
    return "\n".join([*lines, "", said, ""])


def _booked(failure: Failure) -> str:
    if failure.spent is Spent.ESTIMATE:
        return "an estimate"
    if not failure.is_asked or (failure.fault and not failure.is_fault_once) or failure is _REFUSED:
        return "nothing"
    return "as the provider counted"


_REFUSED = next(failure for failure in FAILURES if failure.name == "no key")
