"""Ollama asks nobody for a password, so doctor says where others can reach it, and where it is too old."""

import pytest

from tierlsp.cli import ollama_checks
from tierlsp.cli.findings import Verdict
from tierlsp.cli.ollama_checks import is_old, is_open_to_others, ollama_findings

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"


def line(address: str, port: int, state: str = "0A") -> str:
    return (
        f"{HEAD}   0: {address}:{port:04X} 00000000:0000 {state} 00000000:00000000 00:00000000 00000000   998 0 1 1\n"
    )


@pytest.mark.parametrize(
    ("version", "old"),
    [
        ("0.17.0", True),
        ("0.5.1", True),
        ("v0.16.9-rc1", True),
        ("0.17.1", False),
        ("0.17.10", False),
        ("1.0.0", False),
        ("0.0.0", False),
        ("", False),
        ("dev", False),
    ],
)
def test_versions_with_the_hole_are_known(version: str, old: bool) -> None:
    assert is_old(version) is old


@pytest.mark.parametrize(
    ("address", "is_open"),
    [
        ("0100007F", False),
        ("0200007F", False),
        ("00000000", True),
        ("0500000A", True),
        ("00000000000000000000000000000000", True),
        ("00000000000000000000000001000000", False),
        ("0000000000000000FFFF00000100007F", False),
        ("0000000000000000FFFF00000500000A", True),
    ],
)
def test_an_address_that_others_reach_is_told_from_loopback(address: str, is_open: bool) -> None:
    assert is_open_to_others(line(address, 11434), 11434) is is_open
    assert not is_open_to_others(line(address, 80), 11434)
    assert not is_open_to_others(line(address, 11434, state="01"), 11434)


@pytest.mark.parametrize("table", ["", HEAD, "x\n", "a b c 0A", "0: zz:zz 0 0A", "0: 00:2CAA 0 0A", "0: 00000000 0 0A"])
def test_a_table_that_cannot_be_read_says_nothing(table: str) -> None:
    assert not is_open_to_others(table, 11434)


def test_each_danger_is_a_note_with_its_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ollama_checks, "_read_tables", lambda: line("00000000", 11434))
    found = ollama_findings("ollama", "http://127.0.0.1:11434", "0.12.0")
    assert [finding.verdict for finding in found] == [Verdict.NOTE, Verdict.NOTE]
    assert "CVE-2026-7482" in found[0].text
    assert "OLLAMA_HOST=127.0.0.1" in found[1].mend
    (elsewhere,) = ollama_findings("ollama", "http://10.0.0.5:11434", "0.17.1")
    assert "10.0.0.5" in elsewhere.text
    monkeypatch.setattr(ollama_checks, "_read_tables", lambda: line("0100007F", 11434))
    assert ollama_findings("ollama", "http://127.0.0.1:11434", "0.17.1") == []
