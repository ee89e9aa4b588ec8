"""A repository that somebody made to do harm starts nothing, leads nowhere, and ends in a sentence within bounds."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import struct
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.fakes import FakeClock
from tests.repositories import Repository, needs_git, new_repository
from tests.unit.repository.looking import changes, diff, shown
from tierlsp.errors import RepositoryError, TierlspError
from tierlsp.repository import bounds as limits
from tierlsp.repository.bounds import bounds_from
from tierlsp.repository.index import read_index
from tierlsp.repository.objects import MOST_OBJECT_BYTES, Objects, ObjectTooLarge
from tierlsp.repository.trees import files_of

pytestmark = needs_git

AREA = "def area(radius):\n    return 3 * radius\n"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = new_repository(tmp_path / "work", area_py=AREA)
    made.write("area.py", AREA + "x = 1\n")
    return made


_WATCHED: list[tuple[str, tuple[Any, ...]]] = []
_IS_WATCHING = [False]


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if _IS_WATCHING[0] and event in ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "open"):
        _WATCHED.append((event, arguments))


sys.addaudithook(_watch)


@pytest.fixture
def watched() -> Iterator[list[tuple[str, tuple[Any, ...]]]]:
    """What this process starts and opens meanwhile."""
    _WATCHED.clear()
    _IS_WATCHING[0] = True
    yield _WATCHED
    _IS_WATCHING[0] = False


def started(events: list[tuple[str, tuple[Any, ...]]]) -> list[str]:
    return [event for event, _ in events if event != "open"]


def written(events: list[tuple[str, tuple[Any, ...]]]) -> list[Any]:
    writing = os.O_WRONLY | os.O_RDWR | os.O_CREAT
    return [arguments[0] for event, arguments in events if event == "open" and arguments[2] & writing]


def test_nothing_that_the_settings_or_attributes_name_is_run_or_read(
    repository: Repository, tmp_path: Path, watched: list[tuple[str, tuple[Any, ...]]]
) -> None:
    mark = tmp_path / "ran"
    program = repository.write("run.sh", f"#!/bin/sh\ntouch {mark}\ncat\n")
    program.chmod(0o755)
    elsewhere = tmp_path / "elsewhere.config"
    elsewhere.write_text("[core]\n\tbare = true\n")
    for name in ("clean", "smudge", "process"):
        repository.git("config", f"filter.bad.{name}", str(program))
    for name in ("core.fsmonitor", "diff.bad.textconv", "diff.bad.command", "diff.external", "core.sshCommand"):
        repository.git("config", name, str(program))
    hooks = repository.write("hooks/post-index-change", f"#!/bin/sh\ntouch {mark}\n")
    hooks.chmod(0o755)
    repository.git("config", "core.hooksPath", str(hooks.parent))
    repository.write(".gitattributes", "*.py filter=bad diff=bad\n")
    with (repository.root / ".git" / "config").open("a") as config:
        config.write(f'[include]\n\tpath = {elsewhere}\n[includeIf "gitdir:/**"]\n\tpath = {elsewhere}\n')
    _WATCHED.clear()
    assert "area.py" in shown(changes(repository.root))
    assert diff(repository.root) == []
    assert started(watched) == []
    assert written(watched) == []
    opened = [str(arguments[0]) for event, arguments in watched if event == "open"]
    assert any(name.endswith(".git/config") for name in opened)
    assert str(elsewhere) not in opened
    assert not mark.exists()


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("core.worktree", "/", "another folder"),
        ("core.bare", "true", "bare"),
        ("core.repositoryformatversion", "7", "newer format .* `tierlsp run review --changes`"),
        ("extensions.objectformat", "sha256", "SHA-256.* `tierlsp run review --changes`"),
        ("extensions.refstorage", "reftable", r"\(reftable\); `git refs migrate --ref-format=files`"),
        ("extensions.unheardof", "true", "unheardof, .* `git diff --cached \\| tierlsp run commit -`"),
    ],
)
def test_a_repository_of_another_form_is_refused(repository: Repository, setting: str, value: str, words: str) -> None:
    section, _, name = setting.partition(".")
    with (repository.root / ".git" / "config").open("a") as config:
        config.write(f"[{section}]\n\t{name} = {value}\n")
    with pytest.raises(RepositoryError, match=words):
        changes(repository.root)


def test_a_real_sha256_repository_is_refused(tmp_path: Path) -> None:
    repository = Repository(tmp_path)
    repository.git("init", "-q", "--object-format=sha256")
    repository.write("area.py", AREA)
    repository.commit()
    with pytest.raises(RepositoryError, match="SHA-256"):
        changes(tmp_path)


@pytest.mark.parametrize(
    ("made", "kind"),
    [
        (("update-index", "--split-index"), "split"),
        (("sparse-checkout", "set", "--cone", "--sparse-index", "kept"), "sparse"),
    ],
)
def test_what_to_do_about_a_split_or_sparse_index_is_said_and_works(
    repository: Repository, made: tuple[str, ...], kind: str
) -> None:
    repository.write("kept/a.py", "a = 1\n")
    repository.write("left/b.py", "b = 1\n")
    repository.commit()
    repository.git(*made)
    repository.write("kept/a.py", "a = 2\n")
    with pytest.raises(RepositoryError, match=kind) as told:
        changes(repository.root)
    mends = re.findall(r"`git ([^`]+)`", str(told.value))
    assert mends
    for mend in mends:
        repository.git(*mend.split())
    assert shown(changes(repository.root)) == {"a.py": [(0, 1, ("a = 1",))]}


@pytest.mark.parametrize("how", ["link", "file"])
def test_somebody_elses_repository_is_not_read_in_place_of_ones_own(
    repository: Repository, tmp_path: Path, how: str
) -> None:
    private = new_repository(tmp_path / "private", secret_py="password = 'hunter2'\n")
    trap = tmp_path / "trap"
    trap.mkdir()
    (trap / "secret.py").write_text("x\n")
    if how == "link":
        (trap / ".git").symlink_to(private.root / ".git")
    else:
        (trap / ".git").write_text(f"gitdir: {private.root / '.git'}\n")
    with pytest.raises(RepositoryError, match=r"link|does not name this folder"):
        changes(trap)


@pytest.mark.parametrize("part", ["objects", "refs", "HEAD"])
def test_parts_that_are_links_are_not_followed(repository: Repository, tmp_path: Path, part: str) -> None:
    (repository.root / ".git" / part).rename(tmp_path / part)
    (repository.root / ".git" / part).symlink_to(tmp_path / part)
    with pytest.raises(RepositoryError, match="link"):
        changes(repository.root)


def test_objects_are_not_borrowed_from_elsewhere(repository: Repository, tmp_path: Path) -> None:
    other = tmp_path / "other"
    repository.git("clone", "-q", "--shared", str(repository.root), str(other))
    with pytest.raises(RepositoryError, match="borrowed"):
        changes(other)


def test_a_file_behind_a_linked_folder_is_not_read(repository: Repository, tmp_path: Path) -> None:
    repository.write("sub/here.py", AREA)
    repository.commit()
    shutil.move(repository.root / "sub", tmp_path / "outside")
    (tmp_path / "outside" / "here.py").write_text("password = 1\n")
    (repository.root / "sub").symlink_to(tmp_path / "outside")
    found = changes(repository.root)
    assert found.portions == ()
    assert any("outside of the workspace" in each for each in found.left_out)


def test_pipes_in_the_place_of_files_do_not_hang(repository: Repository) -> None:
    for name in ("config", "index", "packed-refs", "info/exclude"):
        path = repository.root / ".git" / name
        kept = path.read_bytes() if path.exists() else None
        path.unlink(missing_ok=True)
        os.mkfifo(path)
        with contextlib.suppress(TierlspError):
            changes(repository.root)
        path.unlink()
        if kept is not None:
            path.write_bytes(kept)
    os.mkfifo(repository.root / "pipe.py")
    os.mkfifo(repository.root / "folder.gitignore")
    assert "area.py" in shown(changes(repository.root))


def index_of(*names: bytes, count: int | None = None, mode: int = 0o100644) -> bytes:
    """An index of the second form."""
    raw = b"DIRC" + struct.pack(">LL", 2, len(names) if count is None else count)
    for name in names:
        entry = struct.pack(">10L", 0, 0, 0, 0, 0, 0, mode, 0, 0, 0) + b"\1" * 20 + struct.pack(">H", len(name)) + name
        raw += entry + b"\0" * (8 - len(entry) % 8)
    return raw + hashlib.sha1(raw, usedforsecurity=False).digest()


@pytest.mark.parametrize("name", [b"../up.py", b"/etc/passwd", b"a//b", b".git/config", b"a/.GIT/x", b"./x"])
def test_an_index_leads_out_of_nothing(repository: Repository, name: bytes) -> None:
    repository.write(".git/index", index_of(name))
    with pytest.raises(RepositoryError, match="path"):
        changes(repository.root)


def test_an_index_that_says_more_than_it_has_is_refused(repository: Repository) -> None:
    repository.write(".git/index", index_of(b"a.py", count=4_000_000_000))
    with pytest.raises(RepositoryError, match="index"):
        changes(repository.root)


def test_names_in_an_index_cannot_grow_without_an_end(repository: Repository) -> None:
    raw = b"DIRC" + struct.pack(">LL", 4, 100_000)
    head = struct.pack(">10L", 0, 0, 0, 0, 0, 0, 0o100644, 0, 0, 0) + b"\1" * 20 + struct.pack(">H", 0)
    # Each name is the one before with two letters more.
    path = repository.write(".git/index", raw + b"".join(head + b"\0aa\0" for _ in range(100_000)) + b"\0" * 20)
    with pytest.raises(RepositoryError, match="path"):
        read_index(path, bounds_from(FakeClock()))


def test_a_huge_index_ends_at_the_bounds(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_STEPS", 1_000)
    path = repository.write(".git/index", index_of(*(b"%06d" % number for number in range(2_000))))
    bounds = bounds_from(FakeClock())
    bounds.left_steps = 1_000
    with pytest.raises(RepositoryError, match="too many files"):
        read_index(path, bounds)


def loose(repository: Repository, kind: bytes, body: bytes) -> str:
    """Write an object as git does, and return its name."""
    raw = b"%s %d\0" % (kind, len(body)) + body
    name = hashlib.sha1(raw, usedforsecurity=False).hexdigest()
    repository.write(f".git/objects/{name[:2]}/{name[2:]}", zlib.compress(raw, 1))
    return name


def test_folders_that_name_each_other_a_billion_times_end_at_the_bounds(repository: Repository) -> None:
    name = loose(repository, b"tree", b"100644 x\0" + b"\1" * 20)
    for _ in range(12):
        entry = b"".join(b"40000 %d\0" % number + bytes.fromhex(name) for number in range(10))
        name = loose(repository, b"tree", entry)
    bounds = bounds_from(FakeClock())
    bounds.left_steps = 20_000
    with (
        Objects(repository.root / ".git" / "objects", bounds) as objects,
        pytest.raises(RepositoryError, match="too many"),
    ):
        files_of(objects, name, bounds)


def test_a_small_file_that_unpacks_to_a_huge_one_is_not_unpacked(repository: Repository) -> None:
    name = loose(repository, b"blob", b"\0" * (MOST_OBJECT_BYTES * 4))
    with (
        Objects(repository.root / ".git" / "objects", bounds_from(FakeClock())) as objects,
        pytest.raises(ObjectTooLarge),
    ):
        objects.read(name, "blob")
    repository.git("update-ref", "refs/tags/huge", name)
    repository.git("repack", "-q", "-a", "-d")
    assert not (repository.root / ".git" / "objects" / name[:2] / name[2:]).exists()
    with (
        Objects(repository.root / ".git" / "objects", bounds_from(FakeClock())) as objects,
        pytest.raises(ObjectTooLarge),
    ):
        objects.read(name, "blob")


def test_an_object_of_another_content_than_its_name_says_is_refused(repository: Repository) -> None:
    name = loose(repository, b"blob", b"one")
    repository.write(f".git/objects/{name[:2]}/{name[2:]}", zlib.compress(b"blob 3\0two"))
    with (
        Objects(repository.root / ".git" / "objects", bounds_from(FakeClock())) as objects,
        pytest.raises(RepositoryError, match="broken"),
    ):
        objects.read(name, "blob")


def damaged(raw: bytes, random: Random) -> bytes:
    ways: list[Callable[[bytes], bytes]] = [
        lambda raw: raw[: random.randrange(len(raw))],
        lambda raw: b"".join((raw[: (at := random.randrange(len(raw)))], random.randbytes(4), raw[at + 4 :])),
        lambda raw: b"\xff" * len(raw),
        lambda raw: b"".join((raw[: (at := random.randrange(len(raw)))], b"\xff" * 40, raw[at + 40 :])),
        lambda raw: b"",
    ]
    return random.choice(ways)(raw)


def test_damaged_files_end_in_a_sentence_or_in_what_was_there(repository: Repository) -> None:
    """Packs, their indexes, git's index, settings, references: 400 damages, none of which may do anything else."""
    text = "\n".join(f"line {number}" for number in range(300)) + "\n"
    for number in range(3):
        repository.write("long.txt", text.replace("line 7\n", f"line seven {number}\n"))
        repository.commit(str(number))
    repository.git("repack", "-q", "-a", "-d", "-f")
    repository.git("pack-refs", "--all")
    repository.write("long.txt", text)
    git = repository.root / ".git"
    packs = [*(git / "objects" / "pack").glob("*.idx"), *(git / "objects" / "pack").glob("*.pack")]
    for path in packs:
        path.chmod(0o644)
    files = [*packs, git / "index", git / "config", git / "packed-refs", git / "HEAD"]
    random = Random(11)
    whole = shown(changes(repository.root))
    refused = 0
    for path in files:
        kept = path.read_bytes()
        for _ in range(400 // len(files)):
            path.write_bytes(damaged(kept, random))
            try:
                assert changes(repository.root) is not None
            except RepositoryError as error:
                refused += 1
                assert "\n" not in str(error)
        path.write_bytes(kept)
    assert refused > 100
    assert shown(changes(repository.root)) == whole


def test_a_look_ends_when_time_is_up_or_nobody_waits(repository: Repository) -> None:
    clock = FakeClock()
    bounds = bounds_from(clock)
    bounds.stopped.set()
    with pytest.raises(RepositoryError, match="stopped"):
        bounds.check()
    late = bounds_from(clock)
    late.until_ms = clock.now_ms() - 1
    with pytest.raises(RepositoryError, match="git status"):
        late.spend(1)
