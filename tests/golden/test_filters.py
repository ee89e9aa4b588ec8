"""What the filters make of whole answers of models: `filters/*.md`, through the pipeline or one filter of it.

Settings of a file: `language`, `multiline` (as in the settings, `auto` unless given), `filter` (one name, the whole
pipeline unless given), `uri`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal, cast

import pytest

from tests.fixture import at, bracketed
from tests.golden.scenario import Scenario, check_last_block, read_scenario
from tierlsp.completion.filters import PIPELINE, run
from tierlsp.completion.filters.base import Cut, Filter
from tierlsp.completion.filters.settle_start import START, settle_start
from tierlsp.completion.multiline import is_multiline
from tierlsp.completion.site import Site

FILES = sorted((Path(__file__).parent / "filters").glob("*.md"))

BY_NAME: dict[str, Filter] = {apply.__name__: apply for apply in (*PIPELINE, *START) if apply is not settle_start}

MIN_SCENARIOS = 3
"""Scenarios that each filter must decide."""


CARRIAGE_RETURN = "␍"
"""How a golden file says that a model has written one; editors and git change real ones."""


def site_of(scenario: Scenario) -> Site:
    settings = scenario.settings()
    uri = settings.get("uri", "file:///work/src/main")
    cursor = at(scenario.block("before"), language=settings["language"], uri=uri)
    setting = cast(Literal["auto", "always", "never"], settings.get("multiline", "auto"))
    return Site(cursor, is_multiline(cursor, setting))


def filters_of(scenario: Scenario) -> tuple[Filter, ...]:
    name = scenario.settings().get("filter")
    return PIPELINE if name is None else (BY_NAME[name],)


def shown_of(cut: Cut) -> str:
    """What the engine shows: whole lines while the text grows, all of it at its end."""
    return cut.text if cut.stop else cut.text[: max(0, cut.text.rfind("\n"))]


def streamed(model: str, site: Site, filters: tuple[Filter, ...]) -> tuple[Cut, int | None]:
    """Return what comes out if the model is heard letter by letter, and the letters after which it is stopped."""
    shown = ""
    for length in range(1, len(model) + 1):
        cut = run(model[:length], site, False, filters)
        assert shown_of(cut).startswith(shown), "what was shown is taken back"
        shown = shown_of(cut)
        if cut.stop:
            return cut, length
    return run(model, site, True, filters), None


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_golden(path: Path, update: bool) -> None:
    scenario = read_scenario(path)
    site = site_of(scenario)
    filters = filters_of(scenario)
    model = bracketed(scenario.block("model")).replace(CARRIAGE_RETURN, "\r")
    cut, stopped_after = streamed(model, site, filters)
    at_once = run(model, site, True, filters).text
    assert cut.text == at_once, "an answer in pieces comes to something else than the same at once"
    lines = [f"├{cut.text}┤"]
    if cut.reason is not None:
        lines.append(f"cut by: {cut.reason}")
    if stopped_after is not None:
        lines.append(f"model stopped after {stopped_after} of {len(model)} characters")
    check_last_block(scenario, "\n".join(lines), update=update)


@pytest.mark.parametrize("name", BY_NAME)
def test_every_filter_has_its_scenarios(name: str) -> None:
    deciding = [path.stem for path in FILES if name in read_scenario(path).block("after")]
    assert len(deciding) >= MIN_SCENARIOS
