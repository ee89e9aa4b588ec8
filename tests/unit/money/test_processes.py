"""The ledger among processes: killed at any point, racing to a cap, out of disk. No money is lost sight of."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.unit.money.accounts import rows_in

IS_CI = bool(os.environ.get("CI"))
KILLS = 200 if IS_CI else 30
ROUNDS = 45 if IS_CI else 9

ROOT = Path(__file__).parents[3]


def run_editors(what: str, directory: Path, *numbers: int) -> Any:
    command = [sys.executable, "-m", "tests.unit.money.editors", what, str(directory), *map(str, numbers)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_kill_loses_no_booked_row_and_no_call_was_made_without_a_row(tmp_path: Path) -> None:
    lines = run_editors("killed", tmp_path, KILLS, 1)
    assert not [line for line in lines if not line or line.startswith("failed")], "an editor ended before it was killed"
    told = [line.split() for line in lines]
    rows = rows_in(tmp_path / "ledger.db")
    sent = {int(words[1]) for words in told if words[0] == "sent"}
    booked = {int(words[1]): int(words[2]) for words in told if words[0] == "booked"}
    released = {int(words[1]) for words in told if words[0] == "released"}
    assert len(sent) > KILLS
    assert sent <= rows.keys()
    assert {number: rows[number] for number in booked} == {
        number: ("booked", 20_000_000, nano) for number, nano in booked.items()
    }
    assert all(rows[number][0] == "released" for number in released)
    # What was cut off counts at its highest price.
    cut = {number: row for number, row in rows.items() if row[0] == "open"}
    assert cut
    assert all(row == ("open", 20_000_000, None) for row in cut.values())


def test_eight_processes_that_race_to_a_cap_never_pass_it(tmp_path: Path) -> None:
    results = run_editors("racing", tmp_path, ROUNDS)
    assert len(results) == ROUNDS
    for result in results:
        assert result["total"] <= 0.1
        # They stopped because the cap was reached, not because they could not write.
        assert result["total"] > 0.08
        assert result["calls"] >= 5


def test_a_full_disk_stops_paid_calls_and_loses_nothing(tmp_path: Path) -> None:
    result = run_editors("full", tmp_path)
    assert result["kept"] >= 3
    assert result["lost"] == 0
    assert "nothing that costs money is sent" in result["message"]
    assert result["held"] == ["booked", 10_000_000, 2_000_000]
