"""What is read of a workspace: plain files inside of it, within bounds; never a link, a pipe, or what is kept away."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.fakes import FakeClock
from tierlsp.actions.types import ActionRequest, Document, Place, Span
from tierlsp.actions.workspace import Sample, Wanted
from tierlsp.assemble.workspace import MOST_FILE_BYTES, MOST_FILES_WITH, WorkspaceFiles
from tierlsp.privacy.exclude import Exclusion
from tierlsp.routing.facts import Kind


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "work"
    (root / "src").mkdir(parents=True)
    (root / ".git").mkdir()
    return root


def write(root: Path, name: str, text: str) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


async def look(root: Path, wanted: Wanted, *opened: Document, exclude: tuple[str, ...] = ()) -> Sample:
    path = root / "src" / "area.py"
    document = Document(path.as_uri(), path, "python", 1, ("def area():",))
    request = ActionRequest("r", Kind.TESTS, document, Span(Place(0, 0), Place(0, 0)), root)
    return await WorkspaceFiles(Exclusion(exclude), FakeClock(), lambda run: opened)(request, wanted)


def names(documents: tuple[Document, ...]) -> set[str]:
    return {each.path.name for each in documents if each.path is not None}


async def test_files_with_the_word_come_and_those_with_a_part_of_it_do_not(root: Path) -> None:
    write(root, "src/shop.py", "price = area(2)\n")
    write(root, "src/other.py", "areas = 2\n")
    write(root, "src/area.py", "def area(): ...\n")
    sample = await look(root, Wanted(words=("area",)))
    assert names(sample.files) == {"shop.py"}
    assert sample.files[0].version is None
    assert len(sample.files[0].digest) == 64


async def test_what_is_open_is_taken_from_the_editor(root: Path) -> None:
    path = write(root, "src/shop.py", "old = area\n")
    held = Document(path.as_uri(), path, "python", 7, ("new = area",))
    sample = await look(root, Wanted(words=("area",)), held)
    assert sample.files == (held,)


async def test_nothing_comes_from_links_pipes_or_outside(root: Path) -> None:
    outside = write(root.parent, "outside/secret.py", "area = 1\n")
    (root / "src" / "link.py").symlink_to(outside)
    (root / "away").symlink_to(outside.parent)
    os.mkfifo(root / "src" / "pipe.py")
    (root / "AGENTS.md").symlink_to(outside)
    os.mkfifo(root / "CONTRIBUTING.md")
    sample = await look(root, Wanted(words=("area",), tests_for="area"))
    assert sample.files == ()
    assert sample.conventions == ()


async def test_nothing_comes_that_is_excluded_ignored_hidden_or_huge(root: Path) -> None:
    write(root, "secrets/area.py", "area = 1\n")
    write(root, ".hidden/area.py", "area = 1\n")
    write(root, "made/area.py", "area = 1\n")
    write(root, ".gitignore", "made/\n")
    write(root, "src/huge.py", "area = 1\n" * (MOST_FILE_BYTES // 8))
    (root / "src" / "data.py").write_bytes(b"area\x00\xff")
    sample = await look(root, Wanted(words=("area",)), exclude=("**/secrets/**",))
    assert sample.files == ()


async def test_conventions_and_settings_are_read_within_bounds(root: Path) -> None:
    write(root, "AGENTS.md", "Be short.\n")
    write(root, ".editorconfig", "[*]\n")
    write(root, "CONTRIBUTING.md", "x" * 100_000)
    write(root, "pyproject.toml", "[tool.pytest.ini_options]\n")
    sample = await look(root, Wanted(tests_for="area"))
    assert names(sample.conventions) == {"AGENTS.md", ".editorconfig"}
    assert names(sample.configs) == {"pyproject.toml"}


async def test_the_nearest_tests_come_first(root: Path) -> None:
    for name in ("tests/test_shop.py", "tests/test_area.py", "src/deep/test_deep.py"):
        write(root, name, "def test_it(): ...\n")
    sample = await look(root, Wanted(tests_for="area"))
    assert next(each.path.name for each in sample.tests if each.path) == "test_area.py"
    assert "tests/test_shop.py" in sample.paths


async def test_a_folder_is_read_whole_and_one_outside_not_at_all(root: Path) -> None:
    write(root, "src/shop.py", "x = 1\n")
    write(root, "lib/far.py", "x = 1\n")
    assert names((await look(root, Wanted(folder=root / "src"))).files) == {"shop.py"}
    assert (await look(root, Wanted(folder=root.parent))).files == ()


async def test_a_slow_disk_ends_the_look(root: Path) -> None:
    for number in range(200):
        write(root, f"src/f{number}.py", "area = 1\n")

    class Racing(FakeClock):
        def now_ms(self) -> float:
            self._now_ms += 100.0
            return self._now_ms

    path = root / "src" / "area.py"
    document = Document(path.as_uri(), path, "python", 1, ("def area():",))
    request = ActionRequest("r", Kind.TESTS, document, Span(Place(0, 0), Place(0, 0)), root)
    sample = await WorkspaceFiles(Exclusion(()), Racing())(request, Wanted(words=("area",)))
    assert sample.is_cut
    assert len(sample.files) < 60


USED = Wanted(defined=("cost",), used=("area",), language="python", beside="src/area.py", has_conventions=True)


def said(sample: Sample) -> set[tuple[str, str]]:
    return {(each.sort.value, each.name_below) for each in sample.excerpts}


async def test_definitions_and_uses_come_from_the_text_and_from_what_is_open(root: Path) -> None:
    write(root, "lib/prices.py", "def cost():\n    return 1\n")
    shop = write(root, "src/shop.py", "old = 1\n")
    new = root / "src" / "unsaved.py"
    held = Document(shop.as_uri(), shop, "python", 7, ("from area import area", "print(area())"))
    unsaved = Document(new.as_uri(), new, "python", 1, ("from area import area", "x = area()"))
    sample = await look(root, USED, held, unsaved)
    assert said(sample) == {("definition", "lib/prices.py"), ("caller", "src/shop.py"), ("caller", "src/unsaved.py")}


async def test_no_excerpt_comes_from_what_is_excluded_linked_or_outside(root: Path) -> None:
    text = "def cost(): ...\nprint(area())\n"
    outside = write(root.parent, "outside/a.py", text)
    write(root, "secrets/a.py", text)
    write(root, "made/a.py", text)
    write(root, ".gitignore", "made/\n")
    (root / "src" / "link.py").symlink_to(outside)
    (root / "away").symlink_to(outside.parent)
    os.mkfifo(root / "src" / "pipe.py")
    far = Document(outside.as_uri(), outside, "python", 1, tuple(text.split("\n")))
    secret = root / "secrets" / "new.py"
    kept = Document(secret.as_uri(), secret, "python", 1, tuple(text.split("\n")))
    sample = await look(root, USED, far, kept, exclude=("**/secrets/**",))
    assert sample.excerpts == ()


async def test_of_conventions_the_nearest_file_counts(root: Path) -> None:
    write(root, "AGENTS.md", "# Far\n")
    write(root, "src/AGENTS.md", "# Near\n")
    write(root, "lib/CONTRIBUTING.md", "# Elsewhere\n")
    write(root.parent, "CONTRIBUTING.md", "# Above the workspace\n")
    sample = await look(root, USED)
    assert [each.lines[0] for each in sample.conventions] == ["# Near"]


async def test_a_name_that_every_file_has_is_given_up_and_others_are_found(root: Path) -> None:
    for number in range(MOST_FILES_WITH + 5):
        write(root, f"src/f{number}.py", "print(area())\n")
    write(root, "src/prices.py", "def cost(): ...\n")
    os.utime(root / "src" / "prices.py", (1, 1))
    sample = await look(root, USED)
    assert ("definition", "src/prices.py") in said(sample)
    assert len(said(sample)) <= MOST_FILES_WITH + 1
