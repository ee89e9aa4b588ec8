"""The page for newcomers does what it says: its commands are run, in order, by a user who has nothing set up."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tierlsp.cli.main import COMMANDS

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "getting-started.md").read_text(encoding="utf-8")
VSCODE = ROOT / "editors" / "vscode"
EDITORS = sorted((ROOT / "docs" / "editors").glob("*.md"))

SHAPES = "def area(width, height):\n    return width * height\n\n\ndef perimeter(width, height):\n    ret\n"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture
def newcomer(tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """A project, and the environment of a user without settings, keys and models."""
    program = tmp_path / "bin" / "tierlsp"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m tierlsp "$@"\n')
    program.chmod(0o755)
    project = tmp_path / "project"
    (project / ".git").mkdir(parents=True)
    (project / "shapes.py").write_text(SHAPES)
    hidden = ("TIERLSP_", "XDG_", "OLLAMA_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(hidden) and "_KEY" not in name}
    path = os.pathsep.join([str(program.parent), kept["PATH"]])
    python_path = os.pathsep.join(filter(None, [str(ROOT), kept.get("PYTHONPATH")]))
    # Port 9 is closed: no Ollama of this machine plays a part.
    more = {"HOME": str(tmp_path), "PATH": path, "PYTHONPATH": python_path, "OLLAMA_HOST": "127.0.0.1:9"}
    return project, kept | more


def test_every_command_that_can_run_here_runs(newcomer: tuple[Path, dict[str, str]]) -> None:
    project, environ = newcomer
    commands = [line for block in blocks("sh") for line in block.splitlines()]
    assert len(commands) >= 12
    # One shell, so that what is exported counts for what follows; each command is told before it runs.
    script = "set -e\n" + "\n".join(f"echo {shlex.quote('$ ' + line)}\n{line}" for line in commands)
    done = subprocess.run(
        ["sh", "-c", script], cwd=project, env=environ, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    said = dict(re.findall(r"^\$ (.*?)\n(.*?)(?=^\$ |\Z)", done.stdout, re.MULTILINE | re.DOTALL))
    assert "embedded completer" in said["tierlsp doctor"], "the last of them, with a key"
    assert "openrouter/" in said["tierlsp route explain shapes.py:1-5"]
    assert '"text"' in said["tierlsp complete shapes.py:6:8 --json"]
    assert (Path(environ["HOME"]) / ".config" / "tierlsp" / "config.toml").is_file()


def test_what_it_names_is_there() -> None:
    named = {word for block in blocks("sh") for word in re.findall(r"^tierlsp ([a-z]+)", block, re.MULTILINE)}
    assert named <= set(COMMANDS)


def test_the_commands_for_vs_code_are_those_that_ci_and_its_end_to_end_tests_run() -> None:
    (line,) = (line for block in blocks("console") for line in block.splitlines() if "vsix" in line)
    steps = line.removeprefix("$ ").split(" && ")
    assert steps == ["cd editors/vscode", "npm ci", "npm run package", "code --install-extension tierlsp.vsix"]
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert all(step in ci for step in steps[:3])
    rig = (VSCODE / "e2e" / "rig.mjs").read_text(encoding="utf-8")
    assert "'--install-extension'" in rig and "'../tierlsp.vsix'" in rig


@pytest.mark.parametrize("page", ["docs/getting-started.md", "README.md", "editors/vscode/README.md"])
def test_the_commands_of_vs_code_that_a_page_names_are_there(page: str) -> None:
    manifest = json.loads((VSCODE / "package.json").read_text(encoding="utf-8"))
    titles = {command["title"] for command in manifest["contributes"]["commands"]}
    named = set(re.findall(r"\*tierlsp: ([^*]+)\*", (ROOT / page).read_text(encoding="utf-8")))
    assert named and named <= titles


def test_the_settings_for_helix_are_those_that_are_tried() -> None:
    (block,) = (tomllib.loads(block) for block in blocks("toml"))
    shipped = tomllib.loads((ROOT / "editors" / "helix" / "languages.toml").read_text(encoding="utf-8"))
    assert block["language"][0] == shipped["language"][0]
    assert set(block["language-server"]) == set(shipped["language-server"])


@pytest.mark.parametrize("page", EDITORS, ids=lambda page: page.stem)
def test_each_page_on_an_editor_says_whether_it_was_tried(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert re.search(r"^\*\*(Tried|Not tried)\.?\*\*", text, re.MULTILINE)
