"""What the README promises is there: its commands, its links, its options; and CI runs what it tells newcomers."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from tierlsp.cli.main import COMMANDS, DEFAULT_COMMAND, main
from tierlsp.settings import Layer, load
from tierlsp.settings.layers import Origin

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")

DEMO = "python3 -m venv .venv && .venv/bin/pip install -q -e . && .venv/bin/tierlsp demo"
TESTS = "python3 -m venv .venv && .venv/bin/pip install -q -e '.[dev]' && .venv/bin/pytest"

MADE = {"node_modules", "out"}
"""Folders that npm fills."""

EDITORS = [path for path in (ROOT / "editors").rglob("*") if not MADE & set(path.relative_to(ROOT).parts)]

PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(path for path in EDITORS if path.suffix == ".md")]
)

SHIPPED = sorted(
    path
    for path in [*PAGES, ROOT / ".ci" / "run", *EDITORS, *(ROOT / "tierlsp").rglob("*")]
    if path.is_file() and path.suffix not in {".pyc", ".png", ".vsix"}
)

MACHINE_PATH = re.compile(r"(?<![\w.~*-])/(?:home|root|Users|work|workspace|tmp)/\w")
"""A path that exists on somebody's machine only."""


def code_blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def commands_named() -> set[str]:
    """Return every word that stands where a command of `tierlsp` does, in code."""
    code = [*code_blocks("sh"), *re.findall(r"`([^`\n]+)`", README)]
    return {word for text in code for word in re.findall(r"(?:^|[\s/])tierlsp ([a-z]+)", text)}


def help_of(command: str, capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit):
        main([command, "--help"])
    return capsys.readouterr().out


def rows_of_commands() -> dict[str, str]:
    """Return the README's table of commands: what is said of each, by its name."""
    rows = re.findall(r"^\| `tierlsp ?(\w*)[^`]*` \| (.*) \|$", README, re.MULTILINE)
    return {name or DEFAULT_COMMAND: text for name, text in rows}


def test_there_are_exactly_two_commands_to_set_it_up() -> None:
    lines = [line for block in code_blocks("sh") for line in block.splitlines()]
    assert [line for line in lines if "pip" in line or "venv" in line] == [DEMO, TESTS]
    assert f"```sh\n{DEMO}\n```" in README
    assert f"```sh\n{TESTS}\n```" in README


def test_ci_runs_the_second_command_to_the_letter() -> None:
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert TESTS in [line.strip() for line in ci.splitlines()]
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    targets = re.findall(r"\]\(([^)\s]+)\)", text)
    inside = [target.partition("#")[0] for target in targets if not re.match(r"[a-z]+:|#", target)]
    assert [target for target in inside if not (page.parent / target).exists()] == []


def test_every_command_named_is_there_and_every_command_is_named() -> None:
    assert commands_named() <= set(COMMANDS)
    assert set(rows_of_commands()) == set(COMMANDS)


@pytest.mark.parametrize("command", sorted(rows_of_commands()))
def test_every_option_named_is_there(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    options = set(re.findall(r"`(--[a-z-]+)", rows_of_commands()[command]))
    general = set() if command != DEFAULT_COMMAND else {"--config", "--set"}
    with pytest.raises(SystemExit):
        main(["--help"])
    assert general <= set(re.findall(r"--[a-z-]+", capsys.readouterr().out))
    assert options - general <= set(re.findall(r"--[a-z-]+", help_of(command, capsys)))


def test_its_settings_are_settings() -> None:
    trees = [tree for block in code_blocks("toml") if "backends" in (tree := tomllib.loads(block))]
    assert trees
    for tree in trees:
        assert load([Layer(Origin.FILE, tree)]).problems == ()


def test_no_path_of_one_machine_is_shipped() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in SHIPPED
        for line in path.read_text(encoding="utf-8").splitlines()
        if MACHINE_PATH.search(line)
    ]
    assert found == []


def test_a_path_of_one_machine_is_seen() -> None:
    assert MACHINE_PATH.search("see /home/someone/tierlsp")
    assert not MACHINE_PATH.search("/path/to/tierlsp, editors/home/x and ~/.config/helix")


@pytest.mark.parametrize("name", ["ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE"])
def test_the_pages_that_people_look_for_are_there(name: str) -> None:
    assert (ROOT / name).read_text(encoding="utf-8").strip()
