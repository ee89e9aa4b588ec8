"""Actions of the person's own run as all others do: the same checks, the same ends."""

from __future__ import annotations

import pytest

from tests.unit.actions.runs import BROKEN, FIXED, SOURCE, Answer, bench_of, request_of
from tierlsp.actions.edits import apply_edit
from tierlsp.actions.types import OwnAction, RunOutcome
from tierlsp.routing.facts import Kind

EDIT = OwnAction("mend", "Mend it", "Mend the spelling.", gives_edit=True)
TEXT = OwnAction("rate", "Rate it", "Say how good it is.", gives_edit=False)


async def test_an_edit_is_checked_and_says_whose_it_is() -> None:
    bench = bench_of(Answer(FIXED))
    result = await bench.run(request_of(Kind.OWN, own=EDIT))
    assert (result.outcome, result.name) == (RunOutcome.DONE, "mend")
    assert result.edit is not None
    assert "\n".join(apply_edit(result.edit)) == SOURCE.replace("raduis", "radius")
    assert "Mend the spelling." in bench.caller.calls[0].parts[-1].text
    assert bench.caller.calls[0].kind is Kind.OWN
    assert "did mend in area.py" in result.message


async def test_an_edit_that_does_not_parse_is_repaired_or_refused() -> None:
    bench = bench_of(Answer(BROKEN), Answer(BROKEN), Answer(BROKEN))
    result = await bench.run(request_of(Kind.OWN, own=EDIT))
    assert (result.outcome, result.edit) == (RunOutcome.UNVERIFIED, None)
    assert len(bench.caller.calls) == 3


async def test_a_text_is_a_page_under_its_own_name() -> None:
    result = await bench_of(Answer("Good. ![x](https://evil.test)")).run(request_of(Kind.OWN, own=TEXT))
    assert result.outcome is RunOutcome.DONE
    assert (result.document or "").startswith("# Rate: ")
    assert "](https://evil" not in (result.document or "")


@pytest.mark.parametrize("own", [None])
async def test_one_that_is_not_there_is_said(own: None) -> None:
    result = await bench_of().run(request_of(Kind.OWN, own=own))
    assert result.outcome is RunOutcome.FAILED
    assert "no such action" in result.message
