"""The closing table says what was measured, what was not, and how to go on."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.cells import cell_len
from rich.console import Console

from tierlsp.cli.playing.ghost import Origin
from tierlsp.cli.playing.prepare import Described, Readiness, read_description
from tierlsp.cli.playing.report import NO_MODEL, PULL, Ending, model_label, report
from tierlsp.cli.playing.score import Figures, Score

QWEN = Described("ollama/qwen2.5-coder:1.5b", "ollama/qwen2.5-coder:1.5b: the only one that can fill in the middle")
NOBODY = Described("", "ollama does not answer at http://127.0.0.1:11434")


def figures(*origins: Origin) -> Figures:
    score = Score()
    for number in range(4):
        score.pressed(1_000.0 * number)
    score.on_screen(3_050.0)
    score.came_up("return None", "return True")
    score.came_up("self", "self.x")
    score.taken("self")
    for origin in origins:
        score.answered(origin, 12.34)
    score.answered(None, 5.0)
    score.withdrawn()
    return score.figures()


LOOKUP = figures(Origin("lookup", "lookup", "lookup"))

ENDING = Ending(
    title="asyncio/locks.py",
    first_line=241,
    figures=LOOKUP,
    readiness=Readiness(NOBODY, 350.0, 1_200.0, is_ready=True),
    elapsed_ms=25_010.0,
    speed=1.0,
    is_broken_off=False,
    described=NOBODY,
    messages=(),
)


def printed(ending: Ending = ENDING, width: int = 80) -> str:
    out = io.StringIO()
    Console(file=out, width=width, color_system=None).print(report(ending), highlight=False)
    return out.getvalue()


def row(text: str, label: str) -> str:
    return " ".join(next(line for line in text.split("\n") if line.startswith(label)).removeprefix(label).split())


def test_every_figure_is_there() -> None:
    text = printed()
    assert row(text, "keys typed") == "4"
    assert row(text, "ghost text before the next key") == "25% (1 of 4 keys)"
    assert row(text, "within 100 ms of the key") == "25% (1 of 4 keys)"
    assert row(text, "shown text that was right") == "73% of characters; 1 of 2 texts to the end"
    assert row(text, "accepted") == "4 characters; ghost texts taken: 1"
    assert row(text, "written by") == NO_MODEL
    assert row(text, "server started") == "in 0.35 s; index and model ready in 1.20 s"
    assert row(text, "lookup").split() == ["│", "lookup", "│", "1", "│", "12.3", "ms", "│", "12.3", "ms"]
    assert row(text, "nothing to show").split() == ["│", "│", "1", "│", "5.0", "ms", "│", "5.0", "ms"]
    assert row(text, "cancelled by the next key").split() == ["│", "│", "1", "│", "│"]


@pytest.mark.parametrize("width", [40, 80, 100])
def test_it_fits(width: int) -> None:
    assert max(map(cell_len, printed(width=width).split("\n"))) <= width


def test_it_fits_a_terminal_of_24_rows() -> None:
    kinds = [Origin(name, "model", "lookup") for name in ("typed", "hit", "joined")]
    assert len(printed(replace(ENDING, figures=figures(*kinds))).split("\n")) <= 24


def test_it_says_what_is_simulated() -> None:
    text = " ".join(printed().split())
    assert "Simulated: the typist" in text
    assert "Real and measured: the server" in text
    assert "typed for 25.0 s" in text


def test_speed_and_an_early_end_are_told() -> None:
    text = printed(replace(ENDING, speed=20.0, is_broken_off=True), width=200)
    assert "at 20 times a person's speed, broken off" in text


def test_without_a_model_it_says_how_to_get_one() -> None:
    text = " ".join(printed().split())
    assert PULL in text
    assert NOBODY.detail in text
    assert "tierlsp --stdio" in text


def test_with_a_model_it_does_not() -> None:
    text = printed(replace(ENDING, described=QWEN))
    assert PULL not in text
    assert "tierlsp --stdio" in text


@pytest.mark.parametrize(
    ("origins", "described", "label"),
    [
        pytest.param([Origin("lookup", "lookup", "lookup")], NOBODY, NO_MODEL, id="the embedded completer alone"),
        pytest.param([Origin("lookup")], NOBODY, NO_MODEL, id="a server that names no models"),
        pytest.param([], NOBODY, "no answer had text", id="nobody"),
        pytest.param([], QWEN, "no answer had text", id="a model that had nothing"),
        pytest.param([Origin("fresh", "model", "q")], QWEN, "q", id="a model"),
        pytest.param([Origin("fresh")], QWEN, QWEN.model, id="a model, not named in the answers"),
        pytest.param(
            [Origin("fresh", "model", "q"), Origin("lookup", "lookup", "lookup")],
            QWEN,
            "q and embedded completer",
            id="both",
        ),
        pytest.param([Origin("lookup", "lookup", "lookup")], QWEN, "embedded completer", id="a model too slow"),
        pytest.param([Origin("fresh", "model", "q")], NOBODY, "q", id="a model that has gone"),
    ],
)
def test_who_wrote_it(origins: list[Origin], described: Described, label: str) -> None:
    assert model_label(replace(ENDING, figures=figures(*origins), described=described)) == label


def test_a_start_without_everything_ready_is_told() -> None:
    late = Readiness(NOBODY, 350.0, 8_400.0, is_ready=False)
    assert "index or model not ready in 8.40 s" in row(printed(replace(ENDING, readiness=late)), "server started")


def test_nothing_typed_divides_by_nothing() -> None:
    text = printed(replace(ENDING, figures=Score().figures()))
    assert row(text, "ghost text before the next key") == "no keys"
    assert row(text, "shown text that was right") == "none was shown"


def test_a_message_is_told_once() -> None:
    text = printed(replace(ENDING, messages=("tierlsp: a", "tierlsp: a", "tierlsp: b")))
    assert (text.count("tierlsp: a"), text.count("tierlsp: b")) == (1, 1)


@pytest.mark.parametrize(
    ("said", "described"),
    [
        ({"model": {"state": "ready", "detail": QWEN.detail}}, QWEN),
        ({"model": {"state": "unconfigured", "detail": NOBODY.detail}}, NOBODY),
        ({"model": {"state": "loading", "detail": "loads"}}, Described("", "loads", is_loading=True)),
        ({"model": {"state": "loading", "detail": "x"}, "outcomes": {"gated": 1}}, Described("", "x")),
        ({"index": {"isReading": True}}, Described(is_reading=True)),
        ({"index": {"isReading": False}, "model": None}, Described()),
        (None, Described()),
    ],
)
def test_what_the_server_says_of_itself(said: object, described: Described) -> None:
    assert read_description(said) == described
