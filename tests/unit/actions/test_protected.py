"""Files that no answer changes, however their names are written."""

from __future__ import annotations

import itertools
import re
import unicodedata
from pathlib import Path

import pytest

from tierlsp.actions.protected import why_protected

PROTECTED = [
    ".vscode/settings.json", ".vscode/tasks.json", ".idea/workspace.xml", ".cursor/mcp.json", ".claude/settings.json",
    ".zed/settings.json", ".helix/languages.toml", ".nvim.lua", ".nvimrc", ".git/hooks/pre-commit", ".git/config",
    ".github/workflows/ci.yml", ".envrc", ".husky/pre-commit", "x.code-workspace", ".devcontainer/devcontainer.json",
    "AGENTS.md", ".tierlsp.toml", "CLAUDE.md", ".gitlab-ci.yml", ".circleci/config.yml", ".gitmodules",
]  # fmt: skip

ORDINARY = [
    "src/app.py", "vscode/settings.json", ".github/ISSUE_TEMPLATE.md", "git/config.py", "docs/agents.rst", "a.vscode/x",
    ".gitignore", "workflows/ci.yml", ".githubx/workflows/a.yml", "nvim/init.lua", "src/.env_reader.py",
]  # fmt: skip


def variants(name: str) -> list[str]:
    first, *rest = Path(name).parts
    firsts = {
        first, first.upper(), first.title(), first.swapcase(), first + ".", first + " ", first + "::$DATA",
        first.replace("s", "ſ"), first.replace("k", "\u212a"), unicodedata.normalize("NFD", first),
        first[:2] + "\u200b" + first[2:], first + "\u200c", "".join(
            char.upper() if index % 2 else char for index, char in enumerate(first)),
    }  # fmt: skip
    return [str(Path(each, *others)) for each in firsts for others in (rest, [part.upper() for part in rest])]


@pytest.mark.parametrize("name", PROTECTED)
@pytest.mark.parametrize("above", ["/project", "/project/sub/deep"])
def test_no_way_of_writing_a_protected_name_gets_through(name: str, above: str) -> None:
    for variant in variants(name):
        assert why_protected(Path(above, variant)), variant


def test_there_are_enough_of_them() -> None:
    assert len(list(itertools.chain.from_iterable(variants(name) for name in PROTECTED))) * 2 >= 500


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_files_may_be_changed(name: str) -> None:
    assert why_protected(Path("/project", name)) is None


@pytest.mark.parametrize("name", ["GIT~1/config", "VSCODE~1/tasks.json", "a\\.git\\config"])
def test_names_as_windows_writes_them(name: str) -> None:
    assert why_protected(Path("/project", name))


def test_a_link_to_a_protected_file_is_one(tmp_path: Path) -> None:
    secret = tmp_path / ".git" / "hooks"
    secret.mkdir(parents=True)
    (tmp_path / "innocent").symlink_to(secret)
    (tmp_path / "dangling.sh").symlink_to(tmp_path / ".vscode" / "nothing")
    assert why_protected(tmp_path / "innocent" / "pre-commit")
    assert why_protected(tmp_path / "dangling.sh")


def test_our_own_settings_are_not_changed(tmp_path: Path) -> None:
    own = tmp_path / "config" / "tierlsp"
    assert why_protected(own / "config.toml", (own,))
    (tmp_path / "link").symlink_to(own)
    assert why_protected(tmp_path / "link" / "config.toml", (own,))
    assert why_protected(tmp_path / "config.toml", (own,)) is None


def test_a_new_buffer_is_no_file() -> None:
    assert why_protected(None) is None


def test_what_cannot_be_looked_at_is_not_changed() -> None:
    reason = why_protected(Path("/project/a\0b"))
    assert reason and re.search("cannot be found out", reason)
