"""The whole prompts that models get: `prompts/*.md`.

Settings of a file: `model` (its family is told by its name), `layout` (`auto` unless given), `size` (code points of
prefix and suffix, large unless given). The document is `before`, where the cursor has rested, and then, where there is
one, `now`, where a completion is asked for.
"""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest

from tests.fakes import FakeBackend
from tests.fixture import at
from tests.golden.scenario import Scenario, check_last_block, read_scenario
from tierlsp.backends.base import FimRequest
from tierlsp.backends.families import FAMILIES, family_of
from tierlsp.completion.prompt import Layout, build_request
from tierlsp.completion.supply import Serving
from tierlsp.completion.window import next_window
from tierlsp.completion.window_size import WindowSize

FILES = sorted((Path(__file__).parent / "prompts").glob("*.md"))


def size_of(scenario: Scenario) -> WindowSize:
    prefix_chars, suffix_chars = scenario.settings().get("size", "3000 600").split()
    return WindowSize(int(prefix_chars), int(suffix_chars))


def request_of(scenario: Scenario) -> FimRequest:
    settings = scenario.settings()
    size = size_of(scenario)
    window = next_window(None, at(scenario.block("before")), size, is_settled=True)
    if "now" in scenario.blocks:
        window = next_window(window, at(scenario.block("now")), size)
    serving = Serving(FakeBackend(), settings["model"], family_of(settings["model"]))
    return build_request(window, serving, cast(Layout, settings.get("layout", "auto")), 128)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_golden(path: Path, update: bool) -> None:
    scenario = read_scenario(path)
    request = request_of(scenario)
    sides = f"prefix ├{request.prefix}┤\nsuffix ├{request.suffix}┤"
    check_last_block(scenario, sides if request.prompt is None else f"├{request.prompt}┤", update=update)


def test_every_family_has_a_prompt_in_both_layouts() -> None:
    shown = set()
    for path in FILES:
        settings = read_scenario(path).settings()
        family = family_of(settings["model"])
        shown.add((family.name if family else None, settings.get("layout", "auto")))
    wanted = {(family.name, layout) for family in FAMILIES for layout in ("native", "lineAfterMiddle")}
    assert wanted <= shown
    assert {("qwen-coder", "auto"), ("codestral", "auto"), (None, "auto")} <= shown
