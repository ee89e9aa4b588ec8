"""The VS Code extension knows the settings that the server has, and its version; and it takes none of its commands."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tierlsp import __version__
from tierlsp.lsp.capabilities import COMMANDS
from tierlsp.settings.key import Trust
from tierlsp.settings.keys import KEYS

EXTENSION = Path(__file__).parents[1] / "editors" / "vscode"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("vscode_settings", EXTENSION / "scripts" / "settings.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    return json.loads((EXTENSION / "package.json").read_text(encoding="utf-8"))


def test_the_settings_are_those_of_the_server(script: ModuleType) -> None:
    """Mend it with `python editors/vscode/scripts/settings.py`."""
    assert (EXTENSION / "package.json").read_text(encoding="utf-8") == script.written(script.package())
    assert (EXTENSION / "src" / "generated.json").read_text(encoding="utf-8") == script.written(script.generated())


def test_every_key_is_there_once(manifest: dict[str, Any]) -> None:
    names = set(manifest["contributes"]["configuration"]["properties"])
    for key in KEYS:
        parts = key.path.split(".")
        heads = {f"tierlsp.{'.'.join(parts[:length])}" for length in range(1, len(parts) + 1)}
        assert len(heads & names) == 1, key.path


def test_what_could_hurt_is_the_persons_alone(manifest: dict[str, Any]) -> None:
    properties = manifest["contributes"]["configuration"]["properties"]
    for key in KEYS:
        if key.trust is Trust.USER:
            name = next(name for name in properties if f"tierlsp.{key.path}.".startswith(f"{name}."))
            assert properties[name]["scope"] == "machine", key.path
    assert properties["tierlsp.server.path"]["scope"] == "machine"


def test_it_registers_no_command_of_the_server(manifest: dict[str, Any]) -> None:
    named = {command["command"] for command in manifest["contributes"]["commands"]}
    assert named
    assert all(name.startswith("tierlsp.ui.") for name in named)
    assert not named & set(COMMANDS)


def test_each_command_is_made_and_each_that_is_named_is_there(manifest: dict[str, Any]) -> None:
    source = (EXTENSION / "src" / "extension.ts").read_text(encoding="utf-8")
    for command in manifest["contributes"]["commands"]:
        assert f"\n    {command['command'].removeprefix('tierlsp.ui.')}: " in source
    (walkthrough,) = manifest["contributes"]["walkthroughs"]
    for step in walkthrough["steps"]:
        assert (EXTENSION / step["media"]["markdown"]).is_file()


def test_its_version_and_limits_are_stated(manifest: dict[str, Any]) -> None:
    assert manifest["version"] == __version__
    assert manifest["extensionKind"] == ["workspace"]
    assert manifest["capabilities"]["untrustedWorkspaces"]["supported"] == "limited"
    assert manifest["capabilities"]["virtualWorkspaces"]["supported"] is False
    assert manifest["engines"]["vscode"] == "^1.91.0"
    assert (EXTENSION / "LICENSE").read_text() == (EXTENSION.parents[1] / "LICENSE").read_text()


def test_files_stay_small() -> None:
    for path in [*(EXTENSION / "src").glob("*.ts"), *(EXTENSION / "test").glob("*.ts")]:
        assert path.read_text(encoding="utf-8").count("\n") <= 300, path.name
