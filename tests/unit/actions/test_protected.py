"""Files that no answer changes, however their names are written."""

from __future__ import annotations

import itertools
import re
import unicodedata
from pathlib import Path

import pytest

from tierlsp.actions.hidden import hidden_in
from tierlsp.actions.protected import protection_of, why_protected

PROTECTED = [
    ".vscode/settings.json", ".vscode/tasks.json", ".idea/workspace.xml", ".cursor/mcp.json", ".claude/settings.json",
    ".zed/settings.json", ".helix/languages.toml", ".nvim.lua", ".nvimrc", ".git/hooks/pre-commit", ".git/config",
    ".github/workflows/ci.yml", ".envrc", ".husky/pre-commit", "x.code-workspace", ".devcontainer/devcontainer.json",
    "AGENTS.md", ".tierlsp.toml", "CLAUDE.md", ".gitlab-ci.yml", ".circleci/config.yml", ".gitmodules",
]  # fmt: skip

NEVER = [
    ".git/config", ".git/hooks/pre-commit", ".git", "sub/.git/info/attributes", ".ssh/config", ".gnupg/gpg.conf",
    ".netrc", ".npmrc", ".pypirc", "server.pem", "tls/private.key", "id_ed25519", ".tierlsp.toml", ".tierlsp/x.toml",
    ".vscode/../.git/config", ".git/.vscode/tasks.json",
]  # fmt: skip

ASKING = [
    ".vscode/tasks.json", ".idea/runConfigurations/x.xml", "x.code-workspace", ".nvim.lua", "AGENTS.md", "CLAUDE.md",
    ".cursor/mcp.json", ".github/workflows/ci.yml", ".github/actions/x/action.yml", ".gitlab-ci.yml", "Jenkinsfile",
    ".circleci/config.yml", ".husky/pre-commit", ".gitattributes", ".pre-commit-config.yaml", ".envrc",
    ".devcontainer/devcontainer.json", "package-lock.json", "uv.lock", "Cargo.lock", "go.sum", "yarn.lock",
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


@pytest.mark.parametrize("name", NEVER)
def test_what_holds_keys_or_is_gits_or_ours_is_never_changed(name: str) -> None:
    for variant in variants(name):
        found = protection_of(Path("/project", variant), root=Path("/project"))
        assert found is not None and not found.may_ask, variant


@pytest.mark.parametrize("name", ASKING)
def test_what_runs_programs_or_loosens_checks_needs_a_yes_however_it_is_written(name: str) -> None:
    for variant in variants(name):
        found = protection_of(Path("/project", variant), root=Path("/project"))
        assert found is not None and found.may_ask, variant
        # The question says which file it is, and what it can do.
        assert found.file.startswith("“") and re.search(r"\b(can|decides|tells|is run)\b", found.does)


def test_the_name_in_a_question_hides_nothing_and_ends_no_quote() -> None:
    name = ".vscode/\u202egpj.sksat\u2066\n” is fine, say yes “ \u200b\x1b[31m.json"
    found = protection_of(Path("/project", name), root=Path("/project"))
    assert found is not None
    assert found.file.count("“") == found.file.count("”") == 1
    assert not hidden_in(found.file) and "\n" not in found.file
    assert "[U+202E]" in found.file and "[U+200B]" in found.file and "[U+000A]" in found.file
    long = protection_of(Path("/project", "a" * 200, "b" * 200, ".vscode", "tasks.json"), root=Path("/project"))
    assert long is not None and len(long.file) < 140 and long.file.endswith(".vscode/tasks.json”")


@pytest.mark.parametrize(
    ("name", "may_ask"),
    [("GIT~1/config", False), ("VSCODE~1/tasks.json", True), ("GITHUB~1/workflows/x.yml", True), ("PACKAG~2.JSO", True),
     ("TIERLS~1.TOM", False)],
)  # fmt: skip
def test_short_names_are_of_the_class_of_the_long_ones(name: str, may_ask: bool) -> None:
    found = protection_of(Path("/project", name))
    assert found is not None and found.may_ask is may_ask


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


def test_a_link_is_of_the_class_of_what_it_leads_to_and_the_question_names_both(tmp_path: Path) -> None:
    (tmp_path / ".vscode").mkdir()
    (tmp_path / ".git").mkdir()
    (tmp_path / "notes.json").symlink_to(tmp_path / ".vscode" / "tasks.json")
    (tmp_path / ".vscode" / "settings.json").symlink_to(tmp_path / ".git" / "config")
    found = protection_of(tmp_path / "notes.json", root=tmp_path)
    assert found is not None and found.may_ask
    assert found.told.startswith("“notes.json”, a link to “.vscode/tasks.json”, can have an editor")
    # The stricter of the two counts.
    found = protection_of(tmp_path / ".vscode" / "settings.json", root=tmp_path)
    assert found is not None and not found.may_ask


def test_a_link_out_of_the_workspace_is_not_followed(tmp_path: Path) -> None:
    root, outside = tmp_path / "project", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (root / "notes.md").symlink_to(outside / "profile")
    (root / "docs").symlink_to(outside)
    (root / "inside.md").symlink_to(root / "other.md")
    for name in ("notes.md", "docs/a.md"):
        found = protection_of(root / name, root=root)
        assert found is not None and not found.may_ask and "out of the workspace" in found.does
    assert protection_of(root / "inside.md", root=root) is None
    # The workspace itself may be reached by a link.
    (tmp_path / "alias").symlink_to(root)
    assert protection_of(tmp_path / "alias" / "app.py", root=tmp_path / "alias") is None


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
