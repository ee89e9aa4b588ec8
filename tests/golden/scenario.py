"""Golden files: one scenario a file, a sentence and fenced blocks, of which the last is what came out.

A fence may have more than three backticks, so that the text in it may have three.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r"^(?P<fence>`{3,})(?P<name>[a-z]+)\n(?P<text>.*?)^(?P=fence)$", re.DOTALL | re.MULTILINE)


class ScenarioError(ValueError):
    """A golden file that is not one."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One golden file."""

    path: Path
    sentence: str
    blocks: dict[str, str]

    def block(self, name: str) -> str:
        """Return the text of a block, without the line end before its fence."""
        if name not in self.blocks:
            raise ScenarioError(f"{self.path.name} has no block `{name}`")
        return self.blocks[name].removesuffix("\n")

    def settings(self) -> dict[str, str]:
        """Return the lines of the block `settings`, each `key: value`."""
        pairs = (line.partition(": ") for line in self.blocks.get("settings", "").splitlines())
        return {key: value for key, _, value in pairs}


def read_scenario(path: Path) -> Scenario:
    source = path.read_text(encoding="utf-8")
    first = source.find("```")
    sentence = source[: max(first, 0)].strip()
    if not sentence:
        raise ScenarioError(f"{path.name} does not begin with a sentence that says what it is about")
    blocks = {match["name"]: match["text"] for match in _BLOCK.finditer(source)}
    return Scenario(path, sentence, blocks)


def check_last_block(scenario: Scenario, actual: str, *, update: bool) -> None:
    """Compare the last block with `actual`, or with `update` make it so and print what has changed."""
    name, expected = list(scenario.blocks.items())[-1]
    actual = actual.rstrip("\n") + "\n"
    if actual == expected:
        return
    lines = difflib.unified_diff(expected.splitlines(), actual.splitlines(), "expected", "actual", lineterm="")
    difference = f"{scenario.path.name}, block `{name}`:\n" + "\n".join(lines)
    assert update, difference
    source = scenario.path.read_text(encoding="utf-8")
    *_, last = _BLOCK.finditer(source)
    scenario.path.write_text(source[: last.start("text")] + actual + source[last.end("text") :], encoding="utf-8")
    print(difference)
