"""What left is written down whole, for the person alone, whoever else writes at the same time."""

import multiprocessing
import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from tierlsp.errors import NotAllowed, SettingsError
from tierlsp.privacy.audit import KEPT_FILES, MAX_LISTED_FILES, AuditEntry, AuditLog, listed, read_audit

ENTRY = AuditEntry(
    at="2026-11-26T12:00:00.000+00:00",
    run="run-1",
    workspace="/work/project",
    backend="openai",
    host="api.openai.com",
    model="gpt-5.4",
    chars=1200,
    tokens=300,
    redactions=2,
    files=("src/a.py", "ü/\ud800.py"),
    file_count=2,
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "audit.jsonl"


def test_what_is_written_is_read_again(file: Path) -> None:
    log = AuditLog(file)
    log.write(ENTRY)
    log.write(replace(ENTRY, at="2026-12-01T00:00:00.000+00:00", run="run-2"))
    assert read_audit(file).entries[0] == ENTRY
    assert [entry.run for entry in read_audit(file).entries] == ["run-1", "run-2"]
    assert [entry.run for entry in read_audit(file, month="2026-12").entries] == ["run-2"]
    assert read_audit(file).broken_lines == 0


def test_nothing_written_is_nothing_read(file: Path) -> None:
    assert read_audit(file).entries == ()


def test_nobody_else_can_read_it_whatever_the_umask(file: Path) -> None:
    before = os.umask(0)
    try:
        log = AuditLog(file, max_bytes=500)
        for _ in range(10):
            log.write(ENTRY)
    finally:
        os.umask(before)
    assert {path.stat().st_mode & 0o777 for path in file.parent.iterdir()} == {0o600}
    assert file.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("mode", [0o644, 0o666, 0o620])
def test_a_file_that_others_can_open_is_not_written_to(file: Path, mode: int) -> None:
    AuditLog(file).write(ENTRY)
    file.chmod(mode)
    with pytest.raises(NotAllowed, match="other users"):
        AuditLog(file).write(ENTRY)


def test_a_link_is_not_followed(file: Path, tmp_path: Path) -> None:
    file.parent.mkdir()
    (tmp_path / "target").write_text("", encoding="utf-8")
    file.symlink_to(tmp_path / "target")
    with pytest.raises(NotAllowed):
        AuditLog(file).write(ENTRY)
    assert (tmp_path / "target").read_text(encoding="utf-8") == ""


def test_a_full_disk_is_told(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = AuditLog(file)
    log.write(ENTRY)
    monkeypatch.setattr(os, "write", lambda _descriptor, line: len(line) // 2)
    with pytest.raises(NotAllowed, match="the disk is full"):
        log.write(ENTRY)


def test_a_line_that_was_cut_off_takes_no_other_with_it(file: Path) -> None:
    log = AuditLog(file)
    log.write(ENTRY)
    with file.open("ab") as stream:
        stream.write(b'{"at": "2026-11-')
    log.write(replace(ENTRY, run="run-2"))
    read = read_audit(file)
    assert [entry.run for entry in read.entries] == ["run-1", "run-2"]
    assert read.broken_lines == 1


@pytest.mark.parametrize(
    "line",
    ["x", "[]", "{}", "null", '{"at": 1}', "[" * 50_000, "\0", '{"files": 3}'],
)
def test_a_line_that_is_none_of_ours_is_counted_and_passed_over(file: Path, line: str) -> None:
    AuditLog(file).write(ENTRY)
    with file.open("a", encoding="utf-8") as stream:
        stream.write(line + "\n")
    AuditLog(file).write(ENTRY)
    read = read_audit(file)
    assert len(read.entries) == 2
    assert read.broken_lines == 1


def test_a_large_file_is_set_aside_and_still_read_and_the_oldest_are_dropped(file: Path) -> None:
    size = len(ENTRY.run) + 400
    log = AuditLog(file, max_bytes=size * 4)
    for number in range(200):
        log.write(
            replace(ENTRY, run=f"run-{number:04}", at=f"2026-11-26T12:{number // 60:02}:{number % 60:02}.000+00:00")
        )
    names = sorted(path.name for path in file.parent.iterdir() if path.suffix == ".jsonl")
    assert len(names) <= KEPT_FILES + 1
    runs = [entry.run for entry in read_audit(file).entries]
    assert runs == sorted(runs)
    assert runs[-1] == "run-0199"
    assert len(runs) >= KEPT_FILES * 3


def test_a_file_that_cannot_be_read_is_told(file: Path) -> None:
    file.mkdir(parents=True)
    with pytest.raises(SettingsError):
        read_audit(file)


def test_files_are_listed_once_in_order_and_bounded() -> None:
    assert listed(["b", "a", "b"]) == (("a", "b"), 2)
    names = [f"{number:03}" for number in range(200)]
    assert listed(names) == (tuple(names[:MAX_LISTED_FILES]), 200)


def _write_many(file: Path, name: str, count: int) -> None:
    log = AuditLog(file, max_bytes=8000)
    for number in range(count):
        log.write(replace(ENTRY, run=f"{name}-{number}", files=(f"{name}/{number}.py",) * 3))


def test_several_processes_and_threads_at_once_lose_no_line(file: Path) -> None:
    """Each file holds some 25 lines, so that files are set aside all the time."""
    count = 14
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_write_many, args=(file, f"p{number}", count)) for number in range(3)]
    threads = [threading.Thread(target=_write_many, args=(file, f"t{number}", count)) for number in range(3)]
    for worker in [*processes, *threads]:
        worker.start()
    for worker in [*processes, *threads]:
        worker.join(60)
    read = read_audit(file)
    assert read.broken_lines == 0
    assert len({entry.run for entry in read.entries}) == len(read.entries) == 6 * count
