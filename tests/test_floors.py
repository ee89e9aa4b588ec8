"""Imports go down: the floors of ARCHITECTURE.md, held by reading every import in the package."""

import ast
from pathlib import Path

import pytest

import tierlsp

PACKAGE = Path(tierlsp.__file__).parent

FLOORS: dict[str, int] = {
    # ground: the standard library only
    "text": 0, "clock": 0, "errors": 0, "trace": 0,
    "settings": 1,
    "backends": 2, "privacy": 2, "repository": 2,
    "routing": 3,
    "completion": 4, "actions": 4,
    "assemble": 5,
    "lsp": 6,
    "cli": 7,
}  # fmt: skip
"""Every room and its floor. A module imports from its own room and from lower floors."""

NO_FLOOR = {"__init__", "__main__"}

ROOM_OF_LIBRARY = {
    "pygls": {"lsp"},
    "lsprotocol": {"lsp"},
    "h11": {"backends"},
    "httpx2": {"backends"},
    "dulwich": {"repository"},
    "cachetools": {"completion", "backends", "privacy"},
    "keyring": {"backends"},
    "platformdirs": {"settings"},
    "rich": {"cli"},
    "tree_sitter": {"actions"},
}
"""Which rooms may import each run-time dependency. What is not listed may be imported nowhere."""

STANDARD_LIBRARY_ONLY = {"text", "clock", "errors", "trace"}

MODULES = sorted(PACKAGE.rglob("*.py"))


def room_of(parts: tuple[str, ...]) -> str:
    return parts[0].removesuffix(".py")


def imports_of(path: Path) -> list[tuple[int, str]]:
    """Return (line, module) of every import in the file, those inside functions too."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} is a relative import"
            found.append((node.lineno, node.module or ""))
    return found


def breaches(path: Path) -> list[str]:
    room = room_of(path.relative_to(PACKAGE).parts)
    found = []
    for line, module in imports_of(path):
        top, *rest = module.split(".")
        where = f"{path.relative_to(PACKAGE)}:{line}"
        if top == "tierlsp":
            other = rest[0] if rest else None
            if other is None or other == room or other in NO_FLOOR or room in NO_FLOOR:
                continue
            if other not in FLOORS:
                found.append(f"{where} imports {module}, a room without a floor")
            elif FLOORS[other] >= FLOORS[room]:
                found.append(f"{where}: {room} (floor {FLOORS[room]}) imports {other} (floor {FLOORS[other]})")
        elif top in ROOM_OF_LIBRARY:
            if room not in ROOM_OF_LIBRARY[top]:
                found.append(f"{where}: only {sorted(ROOM_OF_LIBRARY[top])} may import {top}")
        elif top not in __import__("sys").stdlib_module_names:
            found.append(f"{where} imports {top}, which is no dependency")
    return found


def test_every_room_has_a_floor() -> None:
    rooms = {room_of(path.relative_to(PACKAGE).parts) for path in MODULES} - NO_FLOOR
    assert rooms == set(FLOORS)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_down(path: Path) -> None:
    assert breaches(path) == []


def test_a_breach_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test above must be able to fail."""
    monkeypatch.setitem(globals(), "PACKAGE", tmp_path)
    text = tmp_path / "text"
    text.mkdir()
    module = text / "bad.py"
    module.write_text(
        "import httpx2\nimport nosuch\nfrom tierlsp.lsp import wire\nfrom tierlsp.attic import x\n",
        encoding="utf-8",
    )
    assert len(breaches(module)) == 4
