"""Tests with real programs are skipped where those are missing, and fail where they are required."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.real.home import REPOSITORY
from tests.real.programs import REQUIRED, need

SCRIPT = REPOSITORY / "tests" / "real" / "real-parts.sh"


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder on PATH, with one program: `nvim` of version 0.12.4."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv(REQUIRED, raising=False)
    program = tmp_path / "nvim"
    program.write_text("#!/bin/sh\necho NVIM v0.12.4\necho Build type: Release 9.9\n", encoding="utf-8")
    program.chmod(0o755)
    return tmp_path


def test_a_program_that_is_new_enough_is_found(path: Path) -> None:
    assert need("nvim") == str(path / "nvim")
    assert need("nvim", (0, 12)) == str(path / "nvim")


def test_a_missing_program_skips_the_test_and_says_where_to_get_it(path: Path) -> None:
    with pytest.raises(pytest.skip.Exception, match=r"hx is not on PATH; tests/real/real-parts\.sh"):
        need("hx")


def test_a_program_that_is_too_old_skips_the_test(path: Path) -> None:
    with pytest.raises(pytest.skip.Exception, match=r"version 0\.12\.4, and these tests need 0\.13"):
        need("nvim", (0, 13))


def test_where_programs_are_required_a_missing_one_is_a_failure(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(REQUIRED, "required")
    for name, version in (("hx", ()), ("nvim", (0, 13))):
        with pytest.raises(pytest.fail.Exception):
            need(name, version)


def test_ci_requires_them() -> None:
    ci = (REPOSITORY / ".ci" / "run").read_text(encoding="utf-8")
    assert "tests/real/real-parts.sh .parts" in ci
    assert f'export PATH="$PWD/.parts/bin:$PATH" {REQUIRED}=required\n' in ci
    assert "\n  .venv/bin/pytest tests/real -m real" in ci


def test_the_script_says_in_one_sentence_why_it_cannot_unpack_them(tmp_path: Path) -> None:
    bash, mkdir = shutil.which("bash"), shutil.which("mkdir")
    assert bash is not None
    assert mkdir is not None
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "mkdir").symlink_to(mkdir)
    ended = subprocess.run(
        [bash, str(SCRIPT), str(tmp_path / "parts")],
        env={"PATH": str(tools)}, capture_output=True, text=True, timeout=20, check=False,
    )  # fmt: skip
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr.count("\n") == 1
    assert ended.stderr.startswith("real-parts: this needs Debian's apt-get")
    assert not (tmp_path / "parts" / "complete").exists()


def test_the_script_names_no_host() -> None:
    assert "://" not in SCRIPT.read_text(encoding="utf-8")
