"""Forty seeded bugs, scripted models of stated skill: nothing that does not parse is offered, the tier above is asked
when and only when it should be, and what is booked is what the providers charge."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.seeded.checking import check_ledger, wrong_runs
from tests.seeded.running import run_all
from tests.seeded.setups import SETUPS, Setup


@pytest.mark.parametrize("setup", SETUPS, ids=lambda setup: setup.name)
async def test_every_case_under(setup: Setup, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in ("CONFIG", "STATE", "CACHE", "DATA"):
        monkeypatch.setenv(f"XDG_{kind}_HOME", str(tmp_path / kind.lower()))
    runs, rows = await run_all(setup, tmp_path)
    wrong = wrong_runs(setup, runs)
    assert not wrong, "\n".join(wrong)
    check_ledger(runs, rows)
