"""Forty seeded bugs, scripted models of stated skill: nothing that does not parse is offered, the tier above is asked
when and only when it should be, and what is booked is what the providers charge."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.seeded.checking import check_ledger, wrong_runs
from tests.seeded.corpus import cases, long_cases
from tests.seeded.running import run_all
from tests.seeded.setups import SETUPS, Setup, setup_named


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of their own for ledger, audit and consents."""
    for kind in ("CONFIG", "STATE", "CACHE", "DATA"):
        monkeypatch.setenv(f"XDG_{kind}_HOME", str(tmp_path / kind.lower()))
    return tmp_path


@pytest.mark.parametrize("setup", SETUPS, ids=lambda setup: setup.name)
async def test_every_case_under(setup: Setup, home: Path) -> None:
    runs, rows = await run_all(setup, home, cases())
    assert not (wrong := wrong_runs(setup, runs)), "\n".join(wrong)
    check_ledger(runs, rows)


async def test_every_case_in_a_function_that_is_too_long_to_be_written_again(home: Path) -> None:
    setup = setup_named("cheap weak, premium strong")
    runs, rows = await run_all(setup, home, long_cases())
    assert all(asked.question.shown.is_in_blocks for told in runs for asked in told.asked)
    assert not (wrong := wrong_runs(setup, runs)), "\n".join(wrong)
    check_ledger(runs, rows)
