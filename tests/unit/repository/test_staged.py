"""What is about to be committed, read without git, is the diff that git shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.repositories import Repository, needs_git, new_repository
from tests.unit.repository.looking import diff
from tierlsp.errors import RepositoryError

pytestmark = needs_git

LONG = "".join(f"line {number}\n" for number in range(60))


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return new_repository(tmp_path / "work", long_txt=LONG, gone_py="x = 1\n", run_sh="true\n")


def theirs(repository: Repository, *more: str) -> list[str]:
    """git's own diff, without the names of the objects, which we do not write, and what it guesses of functions."""
    said = repository.git("diff", "--cached", "--no-renames", *more).split("\n")
    kept = [line for line in said if line and not line.startswith("index ")]
    return [f"{line.rpartition(' @@')[0]} @@" if line.startswith("@@ ") else line for line in kept]


def test_it_is_what_git_shows(repository: Repository) -> None:
    text = LONG.replace("line 2\n", "line two\n").replace("line 9\n", "").replace("line 40\n", "line 40\nline 40b\n")
    repository.write("long.txt", text)
    repository.write("new.py", "def new():\n    return 1\n")
    (repository.root / "gone.py").unlink()
    repository.git("add", "-A")
    repository.git("update-index", "--chmod=+x", "run.sh")
    # Not added, so not in it.
    repository.write("long.txt", "nothing\n")
    assert diff(repository.root) == theirs(repository)


def test_nothing_staged_is_no_diff(repository: Repository) -> None:
    repository.write("long.txt", "nothing\n")
    assert diff(repository.root) == []


def test_binary_and_excluded_files_are_not_shown(repository: Repository) -> None:
    repository.write("picture.bin", b"\x00\x01")
    repository.write("secret.pem", "key\n")
    repository.git("add", "-A")
    said = diff(repository.root, exclude=("**/*.pem",))
    assert said == ["diff --git a/picture.bin b/picture.bin", "new file mode 100644", "Binary files picture.bin differ"]


@pytest.mark.parametrize(
    ("arguments", "words"), [(("-a",), {"all", "part"}), (("--only", "part.py"), {"part"}), ((), {"staged"})]
)
def test_while_git_waits_for_the_message_it_is_the_commit_that_is_made(
    repository: Repository, tmp_path: Path, arguments: tuple[str, ...], words: set[str]
) -> None:
    for name in ("all", "part", "staged"):
        repository.write(f"{name}.py", "old\n")
    repository.commit()
    if not arguments:
        repository.write("staged.py", "staged\n")
        repository.git("add", "staged.py")
    repository.write("all.py", "all\n")
    repository.write("part.py", "part\n")
    # The editor that git waits for: it keeps the folder as it is in that moment.
    kept = tmp_path / "kept"
    repository.git("commit", *arguments, more={"GIT_EDITOR": f"cp -r .git {kept}; echo words >"})
    (tmp_path / "then").mkdir()
    kept.rename(tmp_path / "then" / ".git")
    said = diff(tmp_path / "then", tmp_path / "then" / ".git" / "COMMIT_EDITMSG")
    assert {line[1:] for line in said if line.startswith("+") and not line.startswith("+++")} == words


def test_the_message_of_a_worktree_belongs_to_it(repository: Repository, tmp_path: Path) -> None:
    repository.git("worktree", "add", "-q", str(tmp_path / "second"), "-b", "second")
    second = Repository(tmp_path / "second")
    second.write("new.py", "x = 1\n")
    second.git("add", "new.py")
    message = Path(second.git("rev-parse", "--git-path", "COMMIT_EDITMSG").strip())
    assert message.parent.name == "second"
    assert diff(repository.root, message)[0] == "diff --git a/new.py b/new.py"


def test_a_conflict_is_said(repository: Repository) -> None:
    repository.git("checkout", "-q", "-b", "side")
    repository.write("gone.py", "x = 2\n")
    repository.commit()
    repository.git("checkout", "-q", "main")
    repository.write("gone.py", "x = 3\n")
    repository.commit()
    with pytest.raises(AssertionError):
        repository.git("merge", "-q", "side")
    with pytest.raises(RepositoryError, match="conflict"):
        diff(repository.root)
