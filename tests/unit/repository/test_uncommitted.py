"""What is not committed, read without git, is what git says."""

from __future__ import annotations

import os
from pathlib import Path
from random import Random

import pytest

from tests.repositories import Repository, needs_git, new_repository
from tests.unit.repository.looking import changes, shown
from tierlsp.actions.types import Document
from tierlsp.errors import RepositoryError
from tierlsp.text.unified_diff import read_diff

pytestmark = needs_git

AREA = "def area(radius):\n    return 3 * radius\n"
OTHER = "def other():\n    return 1\n"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return new_repository(tmp_path / "work", area_py=AREA, other_py=OTHER)


def test_a_clean_repository_has_nothing(repository: Repository) -> None:
    assert changes(repository.root).portions == ()


@pytest.mark.parametrize("is_added", [False, True])
def test_a_changed_file_comes_with_its_lines_and_what_stood_there(repository: Repository, is_added: bool) -> None:
    repository.write("area.py", AREA.replace("3 *", "4 *"))
    if is_added:
        repository.git("add", "-A")
    assert shown(changes(repository.root)) == {"area.py": [(1, 2, ("    return 3 * radius",))]}


def test_a_change_in_the_moment_of_the_index_is_seen(repository: Repository) -> None:
    path = repository.root / "area.py"
    before = path.stat()
    # As long as before, and in the same instant: by what the system says of it nothing has changed.
    repository.write("area.py", AREA.replace("3 *", "4 *"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert list(shown(changes(repository.root))) == ["area.py"]


def test_new_files_are_whole_and_ignored_ones_are_not_there(repository: Repository) -> None:
    repository.write("new.py", "x = 1\n")
    repository.write(".github/run.yml", "on: push\n")
    repository.write("skipped.py", "x = 1\n")
    repository.write("here/also.py", "x = 1\n")
    repository.write("node_modules/x/index.js", "x = 1\n")
    repository.write(".gitignore", "skipped.py\n")
    repository.write(".git/info/exclude", "also.py\n")
    found = changes(repository.root)
    assert shown(found).keys() == {"new.py", "run.yml", ".gitignore"}
    assert shown(found)["new.py"] == [(0, 2, ())]
    [sentence] = found.left_out
    assert sentence.startswith("node_modules: ")


def test_a_file_that_git_was_told_to_forget_is_compared_all_the_same(repository: Repository) -> None:
    repository.git("rm", "-q", "--cached", "area.py")
    repository.write("area.py", AREA + "x = 1\n")
    assert shown(changes(repository.root)) == {"area.py": [(2, 3, ())]}


def test_deleted_files_and_modes_are_nothing_to_look_at(repository: Repository) -> None:
    (repository.root / "other.py").unlink()
    (repository.root / "area.py").chmod(0o755)
    assert changes(repository.root).portions == ()


@pytest.mark.parametrize("setting", ["true", "input", "false"])
def test_line_ends_alone_are_no_change(repository: Repository, setting: str) -> None:
    repository.git("config", "core.autocrlf", setting)
    repository.write("area.py", AREA.replace("\n", "\r\n"))
    assert changes(repository.root).portions == ()
    repository.write("area.py", AREA.replace("\n", "\r\n").replace("3 *", "4 *"))
    assert shown(changes(repository.root)) == {"area.py": [(1, 2, ("    return 3 * radius",))]}


def test_what_is_open_and_not_saved_counts(repository: Repository) -> None:
    path = repository.root / "other.py"
    held = Document(path.as_uri(), path, "python", 3, ("def other():", "    return 2", ""))
    found = changes(repository.root, held)
    assert shown(found) == {"other.py": [(1, 2, ("    return 1",))]}
    assert found.portions[0].document is held


def test_what_models_may_not_see_is_left_out_and_said(repository: Repository) -> None:
    repository.write("area.py", "secret = 1\n")
    repository.write("other.py", OTHER + "x = 1\n")
    repository.write("new.lock", "x")
    repository.write("picture.bin", b"\x00\x01")
    found = changes(repository.root, exclude=("area.py",))
    assert shown(found).keys() == {"other.py"}
    assert {each.partition(":")[0] for each in found.left_out} == {"area.py", "new.lock", "picture.bin"}
    assert not any("secret" in each for each in found.left_out)


def test_only_the_folder_that_is_open_is_looked_at(repository: Repository) -> None:
    repository.write("inside/new.py", "x = 1\n")
    repository.write("area.py", "x = 1\n")
    assert shown(changes(repository.root / "inside")).keys() == {"new.py"}


def test_before_the_first_commit_everything_is_new(tmp_path: Path) -> None:
    repository = Repository(tmp_path)
    repository.git("init", "-q")
    repository.write("area.py", AREA)
    repository.git("add", "area.py")
    assert shown(changes(tmp_path)) == {"area.py": [(0, 3, ())]}


def test_a_conflict_is_compared_with_the_last_commit(repository: Repository) -> None:
    repository.git("checkout", "-q", "-b", "side")
    repository.write("area.py", AREA.replace("3", "4"))
    repository.commit()
    repository.git("checkout", "-q", "main")
    repository.write("area.py", AREA.replace("3", "5"))
    repository.commit()
    with pytest.raises(AssertionError):
        repository.git("merge", "-q", "side")
    [(name, found)] = shown(changes(repository.root)).items()
    assert name == "area.py"
    assert sum(end - first for first, end, _ in found) == 4


def test_a_branch_is_compared_with_where_it_left(repository: Repository) -> None:
    repository.git("checkout", "-q", "-b", "side")
    repository.write("area.py", AREA.replace("3", "4"))
    repository.commit()
    repository.git("checkout", "-q", "main")
    repository.write("other.py", OTHER.replace("1", "2"))
    repository.commit()
    repository.git("tag", "-a", "v1", "-m", "one")
    repository.git("pack-refs", "--all")
    repository.git("checkout", "-q", "side")
    for revision in ("main", "v1", repository.git("rev-parse", "main").strip()):
        assert shown(changes(repository.root, revision=revision)) == {"area.py": [(1, 2, ("    return 3 * radius",))]}
    with pytest.raises(RepositoryError, match="no branch"):
        changes(repository.root, revision="nosuch")


@pytest.mark.parametrize("version", ["2", "3", "4"])
def test_packed_objects_and_every_form_of_the_index_are_read(repository: Repository, version: str) -> None:
    text = "\n".join(f"line {number}" for number in range(500)) + "\n"
    for number in range(4):
        repository.write("long.txt", text.replace("line 7\n", f"line seven {number}\n"))
        repository.commit(str(number))
    repository.git("repack", "-q", "-a", "-d", "-f")
    repository.git("update-index", f"--index-version={version}")
    assert not list((repository.root / ".git" / "objects").glob("[0-9a-f][0-9a-f]"))
    repository.write("long.txt", text.replace("line 7\n", "line VII\n"))
    assert shown(changes(repository.root)) == {"long.txt": [(7, 8, ("line seven 3",))]}


def test_worktrees_and_submodules_are_read_where_they_are(repository: Repository, tmp_path: Path) -> None:
    repository.git("worktree", "add", "-q", str(tmp_path / "second"), "-b", "second")
    (tmp_path / "second" / "area.py").write_text("x = 1\n")
    assert shown(changes(tmp_path / "second")).keys() == {"area.py"}
    inner = new_repository(tmp_path / "inner", area_py=AREA)
    repository.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner.root), "sub")
    repository.commit()
    (repository.root / "sub" / "area.py").write_text("x = 1\n")
    found = changes(repository.root)
    assert found.portions == ()
    assert "1 submodule" in found.left_out[0]
    assert shown(changes(repository.root / "sub")).keys() == {"area.py"}


def test_random_edits_come_as_git_has_them(repository: Repository) -> None:
    """The lines on both sides are the same; where git and we pair up equal lines differently, the texts still agree."""
    random = Random(7)
    old = [f"{random.choice('abcdef') * random.randrange(1, 4)}" for _ in range(1_500)]
    repository.write("long.txt", "\n".join(old) + "\n")
    repository.commit()
    for _ in range(12):
        new = list(old)
        for _ in range(random.randrange(1, 30)):
            at = random.randrange(len(new))
            new[at : at + random.randrange(3)] = [random.choice("abcdefxyz")] * random.randrange(3)
        repository.write("long.txt", "\n".join(new) + "\n")
        found = shown(changes(repository.root)).get("long.txt", [])
        assert undone(new, found) == old
        [theirs] = read_diff(repository.git("diff", "HEAD")) or [None]
        if theirs is not None:
            assert undone(new, [(each.first, each.end, each.removed) for each in theirs.changes]) == old


def undone(lines: list[str], changes: list[tuple[int, int, tuple[str, ...]]]) -> list[str]:
    lines = list(lines)
    for first, end, removed in reversed(changes):
        lines[first:end] = removed
    return lines


def test_where_there_is_no_repository_that_is_said(tmp_path: Path) -> None:
    with pytest.raises(RepositoryError, match="no git repository"):
        changes(tmp_path)
