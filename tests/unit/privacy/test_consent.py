"""An answer holds where it was given, outlives restarts, and is never taken from a file that others could write."""

import json
import multiprocessing
import os
from pathlib import Path

import pytest

from tests.unit.privacy.helpers import NOW
from tierlsp.errors import SettingsError
from tierlsp.privacy.consent import ConsentBook, Recorded

STATE_MODE = 0o600


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "consent.json"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "work" / "project"
    root.mkdir(parents=True)
    return root


def test_without_a_word_the_person_is_asked(file: Path, root: Path) -> None:
    book = ConsentBook(file)
    assert book.answer_for(root, "ask") == "ask"
    assert book.problem is None
    assert book.all() == {}
    assert not file.exists()


@pytest.mark.parametrize(
    ("setting", "recorded", "answer"),
    [
        ("ask", "ask", "ask"),
        ("ask", "allow", "allow"),
        ("ask", "never", "never"),
        ("allow", "ask", "allow"),
        ("allow", "allow", "allow"),
        ("allow", "never", "never"),
        ("never", "ask", "never"),
        ("never", "allow", "never"),
        ("never", "never", "never"),
    ],
)
def test_a_no_is_stronger_than_any_yes(file: Path, root: Path, setting: str, recorded: str, answer: str) -> None:
    book = ConsentBook(file)
    book.record(root, recorded, NOW)
    assert book.answer_for(root, setting) == answer


def test_a_no_holds_below_and_a_yes_does_not(file: Path, root: Path) -> None:
    book = ConsentBook(file)
    book.record(root.parent, "allow", NOW)
    assert book.answer_for(root, "ask") == "ask"
    assert book.answer_for(root.parent.parent, "ask") == "ask"
    book.record(root.parent, "never", NOW)
    assert book.answer_for(root, "ask") == "never"
    assert book.answer_for(root.parent.with_name("workshop"), "ask") == "ask"
    book.record(root, "allow", NOW)
    assert book.answer_for(root, "ask") == "never"


def test_an_answer_is_kept_for_others_to_read_and_can_be_taken_back(file: Path, root: Path) -> None:
    ConsentBook(file).record(root, "allow", NOW)
    other = ConsentBook(file)
    assert other.answer_for(root, "ask") == "allow"
    assert other.all() == {root: Recorded("allow", "2026-11-26T12:00:00+00:00")}
    ConsentBook(file).record(root, "ask", NOW)
    assert other.answer_for(root, "ask") == "ask"
    assert other.all() == {}


def test_workspaces_are_told_apart_by_where_they_really_are(file: Path, root: Path) -> None:
    book = ConsentBook(file)
    alias = root.parent / "alias"
    alias.symlink_to(root)
    book.record(alias, "allow", NOW)
    assert book.answer_for(root, "ask") == "allow"
    assert book.answer_for(root / ".." / "project", "ask") == "allow"
    alias.unlink()
    (root.parent / "other").mkdir()
    alias.symlink_to(root.parent / "other")
    assert book.answer_for(alias, "ask") == "ask"


def test_nobody_else_can_read_it_whatever_the_umask(file: Path, root: Path) -> None:
    before = os.umask(0)
    try:
        ConsentBook(file).record(root, "allow", NOW)
    finally:
        os.umask(before)
    for path in file.parent.iterdir():
        assert path.stat().st_mode & 0o777 == STATE_MODE, path
    assert file.parent.stat().st_mode & 0o777 == 0o700


BROKEN = [
    b"",
    b"{",
    b"\xff\xfe",
    b"[]",
    b"null",
    b'{"version": 1}',
    b'{"version": 2, "workspaces": {}}',
    b'{"version": 1, "workspaces": []}',
    b'{"version": 1, "workspaces": {"/a": "allow"}}',
    b'{"version": 1, "workspaces": {"/a": {"answer": "yes", "at": ""}}}',
    b'{"version": 1, "workspaces": {"/a": {"answer": "allow"}}}',
    b'{"version": 1, "workspaces": {"a": {"answer": "allow", "at": ""}}}',
    b"[" * 100_000,
    b" " * 5_000_000,
]


@pytest.mark.parametrize("raw", BROKEN, ids=range(len(BROKEN)))
def test_a_damaged_file_allows_nothing_says_so_and_is_mended_by_the_next_answer(
    file: Path, root: Path, raw: bytes
) -> None:
    file.parent.mkdir()
    file.write_bytes(raw)
    file.chmod(STATE_MODE)
    book = ConsentBook(file)
    assert book.answer_for(root, "ask") == "ask"
    assert "is damaged" in str(book.problem)
    book.record(root, "allow", NOW)
    assert book.answer_for(root, "ask") == "allow"
    assert book.problem is None


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o660, 0o602, 0o606, 0o666, 0o604, 0o601])
def test_a_file_that_others_can_open_allows_nothing_and_says_so(file: Path, root: Path, mode: int) -> None:
    book = ConsentBook(file)
    book.record(root, "allow", NOW)
    file.chmod(mode)
    assert book.answer_for(root, "ask") == "ask"
    assert "other users" in str(book.problem)
    assert book.all() == {}


def test_a_file_of_somebody_else_allows_nothing_and_says_so(
    file: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = ConsentBook(file)
    book.record(root, "allow", NOW)
    monkeypatch.setattr(os, "geteuid", lambda: file.stat().st_uid + 1)
    assert book.answer_for(root, "ask") == "ask"
    assert "another user" in str(book.problem)


@pytest.mark.parametrize("make", [lambda path: path.mkdir(), os.mkfifo], ids=["directory", "pipe"])
def test_what_is_no_file_allows_nothing_and_does_not_hang(file: Path, root: Path, make) -> None:
    file.parent.mkdir()
    make(file)
    file.chmod(STATE_MODE)
    book = ConsentBook(file)
    assert book.answer_for(root, "ask") == "ask"
    assert book.problem


def test_an_answer_that_cannot_be_kept_is_told(tmp_path: Path, root: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    for book in (ConsentBook(None), ConsentBook(tmp_path / "file" / "consent.json")):
        with pytest.raises(SettingsError):
            book.record(root, "allow", NOW)
        assert book.answer_for(root, "ask") == "ask"


def test_a_linked_state_file_stays_a_link(tmp_path: Path, file: Path, root: Path) -> None:
    file.parent.mkdir()
    elsewhere = tmp_path / "dotfiles" / "consent.json"
    elsewhere.parent.mkdir()
    file.symlink_to(elsewhere)
    book = ConsentBook(file)
    book.record(root, "allow", NOW)
    assert file.is_symlink()
    assert json.loads(elsewhere.read_text(encoding="utf-8"))["workspaces"]
    assert book.answer_for(root, "ask") == "allow"


def _record_many(file: Path, name: str, count: int) -> None:
    book = ConsentBook(file)
    for number in range(count):
        book.record(Path(f"/workspaces/{name}/{number}"), "never" if number % 2 else "allow", NOW)


def test_several_processes_at_once_lose_no_answer(file: Path) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_record_many, args=(file, f"p{number}", 20)) for number in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    assert len(ConsentBook(file).all()) == 60
