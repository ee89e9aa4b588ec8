"""Changes from a terminal: a diff of all of them, or all of them written; none where one cannot be."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tierlsp.actions.edits import Change, file_edit
from tierlsp.actions.types import Document, FileEdit, NewFile, RunOutcome, RunResult
from tierlsp.cli.edits import diff_of, write
from tierlsp.errors import TierlspError
from tierlsp.routing.facts import Kind


def edit_of(path: Path, old: str, new: str) -> FileEdit:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(old, encoding="utf-8")
    document = Document(path.as_uri(), path, "python", None, tuple(old.split("\n")))
    return file_edit(document, [Change(0, len(document.lines), tuple(new.split("\n")))])


def result_of(root: Path) -> RunResult:
    edits = (edit_of(root / "a.py", "x = 1\n", "x = 2\n"), edit_of(root / "lib" / "b.py", "y = 1", "y = 2"))
    new = (NewFile(root / "lib" / "c.py", "z = 3\n"),)
    return RunResult("r", Kind.REFACTOR_FILES, RunOutcome.DONE, "", edits=edits, new_files=new)


def test_all_changes_are_written(tmp_path: Path) -> None:
    write(result_of(tmp_path))
    assert [(tmp_path / name).read_text() for name in ("a.py", "lib/b.py", "lib/c.py")] == [
        "x = 2\n",
        "y = 2",
        "z = 3\n",
    ]
    assert not list(tmp_path.rglob("*.tierlsp"))


def test_the_diff_is_one_that_git_applies(tmp_path: Path) -> None:
    diff = diff_of(result_of(tmp_path))
    assert diff is not None
    subprocess.run(["git", "apply", "-p1", "-"], input=diff.encode(), cwd=tmp_path, check=True)
    assert [(tmp_path / name).read_text() for name in ("a.py", "lib/b.py", "lib/c.py")] == [
        "x = 2\n",
        "y = 2",
        "z = 3\n",
    ]


@pytest.mark.parametrize("name", ["lib/b.py", "lib/c.py"])
def test_where_one_was_changed_meanwhile_none_is_written(tmp_path: Path, name: str) -> None:
    result = result_of(tmp_path)
    (tmp_path / name).write_text("mine\n", encoding="utf-8")
    with pytest.raises(TierlspError, match="meanwhile"):
        write(result)
    assert (tmp_path / "a.py").read_text() == "x = 1\n"
    assert (tmp_path / name).read_text() == "mine\n"
