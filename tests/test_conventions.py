"""Conventions that a reviewer would otherwise have to remember."""

import ast
from pathlib import Path

import pytest

import tierlsp

PACKAGE = Path(tierlsp.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))

MAX_FILE_LINES = 350
"""CONTRIBUTING.md asks for about 300; here is where it ends."""
MAX_FUNCTION_LINES = 45


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_files_and_functions_stay_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= MAX_FILE_LINES
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= MAX_FUNCTION_LINES, f"{node.name} has {length} lines"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_time_comes_from_the_clock(path: Path) -> None:
    if name_of(path) == "clock.py":
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            called = f"{node.value.id}.{node.attr}"
            assert called not in {"time.time", "time.monotonic", "time.perf_counter", "time.sleep", "asyncio.sleep"}, (
                f"line {node.lineno} uses {called}"
            )


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_every_module_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


def test_the_package_starts_no_process() -> None:
    """No child of ours can touch the wire, and no setting can run a program.

    The demo starts the server; a command that the person typed asks git for a diff. Nothing imports these two but
    commands, which the server does not: `test_floors.py` holds that.
    """
    starters = {
        name_of(path)
        for path in MODULES
        if any(word in path.read_text(encoding="utf-8") for word in ("subprocess", "os.system", "os.exec", "os.spawn"))
    }
    assert starters <= {"cli/playing/client.py", "cli/git.py"}
