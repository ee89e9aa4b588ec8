"""`tierlsp complete`, as a person runs it: the whole command as a child."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

from tests.servers.fake_ollama import FakeOllama


async def complete(tmp_path: Path, *arguments: str, ollama: str = "127.0.0.1:1") -> tuple[int, str, str]:
    """Run the command with settings and caches in `tmp_path`; return exit code, stdout, stderr."""
    environ = {
        **os.environ,
        "HOME": str(tmp_path),
        "XDG_CONFIG_HOME": str(tmp_path),
        "XDG_STATE_HOME": str(tmp_path),
        "XDG_CACHE_HOME": str(tmp_path),
        "OLLAMA_HOST": ollama,
    }
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tierlsp", "complete", *arguments,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env=environ,
    )  # fmt: skip
    stdout, stderr = await asyncio.wait_for(child.communicate(), 60)
    return child.returncode or 0, stdout.decode(), stderr.decode()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "area.py"
    path.write_text("def area(r):\n    return \n\nprint(area(2))\n", encoding="utf-8")
    return path


async def test_the_models_line_is_printed_and_json_stands_alone(tmp_path: Path, source: Path) -> None:
    async with FakeOllama(lambda request: "3.14 * r * r") as ollama:
        code, stdout, _ = await complete(tmp_path, f"{source}:2:12", "--json", ollama=ollama.url)
        assert code == 0
        result = json.loads(stdout)
        assert result["text"] == "3.14 * r * r"
        assert (result["outcome"], result["source"]) == ("fresh", "model")
        assert result["model"] == ollama.models[0].name
        assert result["ms"] > 0
        code, stdout, stderr = await complete(tmp_path, f"{source}:2:12", ollama=ollama.url)
        assert (code, stdout) == (0, "3.14 * r * r\n")
        assert "fresh" in stderr


async def test_without_a_model_the_embedded_completer_answers_from_the_files_around(tmp_path: Path) -> None:
    line = "    result = compute_the_answer(first_value, second_value, timeout=30)\n"
    for number in range(6):
        (tmp_path / f"part_{number}.py").write_text(f"def part_{number}():\n{line}", encoding="utf-8")
    place = tmp_path / "second.py"
    place.write_text("def two():\n    result = compute_the_answer(first_value, \n", encoding="utf-8")
    code, stdout, _ = await complete(tmp_path, f"{place}:2:46", "--json")
    assert code == 0
    assert json.loads(stdout)["text"] == "second_value, timeout=30)"
    assert json.loads(stdout)["outcome"] == "lookup"


@pytest.mark.parametrize(
    ("place", "code", "words"),
    [
        ("nosuch.py:1:1", 1, "cannot be read"),
        ("area.py:99:1", 1, "line 99"),
        ("area.py:0:1", 2, "FILE:LINE:COL"),
        ("area.py", 2, "FILE:LINE:COL"),
    ],
)
async def test_a_wrong_place_is_one_clear_sentence(
    tmp_path: Path, source: Path, place: str, code: int, words: str
) -> None:
    found, stdout, stderr = await complete(tmp_path, str(tmp_path / place))
    assert (found, stdout) == (code, "")
    assert words in stderr
    assert "Traceback" not in stderr
