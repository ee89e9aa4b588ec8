"""What is typed is a real stretch of the file, and it is gone from what the server is shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierlsp.cli.playing.material import (
    choose_stretch,
    default_file,
    load_material,
    root_of,
    wanted_chars,
)
from tierlsp.completion.gate import MAX_DOCUMENT_CHARS
from tierlsp.errors import TierlspError

FUNCTIONS = "\n".join(f"def function_{number}(value):\n    return value + {number}\n" for number in range(30))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "code.py"
    path.write_text(FUNCTIONS, encoding="utf-8")
    return path


def test_above_target_and_below_are_the_file(file: Path) -> None:
    material = load_material(file, 100)
    assert "\n".join((*material.above, material.target, *material.below)) == FUNCTIONS
    assert len(material.target) >= 100


def test_the_typed_stretch_is_not_in_the_opened_document(file: Path) -> None:
    material = load_material(file, 100)
    for line in material.target.split("\n"):
        if line.startswith("def"):
            assert line not in material.opened
    assert material.opened.split("\n")[len(material.above)] == ""


def test_whole_blocks_are_taken(file: Path) -> None:
    material = load_material(file, 100)
    assert material.target.startswith("def ")
    assert material.target.split("\n")[-1].startswith("    return")
    assert material.below[:2] == ("", f"def function_{int(material.target.split()[-1]) + 1}(value):")


def test_the_default_file_is_the_installations_own() -> None:
    material = load_material(None, wanted_chars(25, 1))
    assert material.path == default_file().resolve()
    assert material.root == material.path.parent
    assert material.language == "python"
    assert len(material.target) > 300
    assert material.above
    assert material.below


@given(
    lines=st.lists(st.sampled_from(["", "def f():", "    pass", "        x", "}"]), max_size=40),
    wanted=st.integers(1, 400),
)
def test_a_stretch_holds_text_and_leaves_half_of_the_file(lines: list[str], wanted: int) -> None:
    start, end = choose_stretch(lines, wanted)
    assert 0 <= start <= end <= len(lines)
    assert end - start <= max(1, len(lines) // 2 + 1)
    if start < end:
        assert lines[start].strip()
        assert lines[end - 1].strip()


def test_the_workspace_is_the_repository(file: Path, tmp_path: Path) -> None:
    assert root_of(file) == tmp_path
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    assert root_of(inner / "x.py") == tmp_path


def test_line_ends_of_windows_are_lines(tmp_path: Path) -> None:
    path = tmp_path / "code.py"
    path.write_bytes(FUNCTIONS.replace("\n", "\r\n").encode())
    assert "\r" not in load_material(path, 100).opened


def test_more_time_and_more_speed_take_more_text() -> None:
    assert wanted_chars(10, 1) < wanted_chars(20, 1) == wanted_chars(10, 2)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "nothing to type"),
        (b"\n\n\n\n\n", "nothing to type"),
        (b"\xff\xfe\x00", "not UTF-8"),
        pytest.param(b"a" * (MAX_DOCUMENT_CHARS + 1), "too large", id="too large"),
    ],
)
def test_a_file_that_cannot_be_typed_is_named(tmp_path: Path, content: bytes, problem: str) -> None:
    path = tmp_path / "code.py"
    path.write_bytes(content)
    with pytest.raises(TierlspError, match=problem) as caught:
        load_material(path, 100)
    assert str(path) in str(caught.value)


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(TierlspError, match="No such file"):
        load_material(tmp_path / "nowhere.py", 100)
    with pytest.raises(TierlspError, match="directory"):
        load_material(tmp_path, 100)
