"""The demo's screen fits every terminal, marks where the ghost text begins, and sends nothing that a terminal obeys."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from tierlsp.cli.playing.colours import LINES_ABOVE, Colours, clean
from tierlsp.cli.playing.material import Material
from tierlsp.cli.playing.scene import Line, Scene
from tierlsp.cli.playing.score import Shares
from tierlsp.cli.playing.screen import Stage, screen

ABOVE = tuple(f"above_{number} = {number}" for number in range(300))
BELOW = tuple(f"below_{number} = {number}" for number in range(300))
LINES = tuple(Line(100.0 * number, "typed cache", 0.5, f"answer_{number}") for number in range(60))


def material(target: str = "def f():\n    return None", above: tuple[str, ...] = ABOVE) -> Material:
    return Material(Path("/code/some.py"), Path("/code"), "python", above, target, BELOW)


def drawn(
    typed: str = "def f():\n    ret",
    ghost: str = "urn None",
    *,
    width: int = 80,
    height: int = 24,
    lines: tuple[Line, ...] = LINES,
    message: str = "",
    source: Material | None = None,
) -> list[str]:
    """Return the rows that a terminal of that size gets."""
    stage = Stage("some/some.py", "no model", Colours(source or material()))
    scene = Scene(typed, ghost, 3_210.0, 25_000.0, lines, Shares(50, 40, 30), 2, message)
    out = io.StringIO()
    Console(file=out, width=width, height=height, color_system=None).print(screen(stage, scene, width, height), end="")
    return out.getvalue().split("\n")


@pytest.mark.parametrize("size", [(80, 24), (40, 10), (100, 30), (129, 50), (130, 24), (160, 45), (250, 60), (20, 5)])
@pytest.mark.parametrize("message", ["", "tierlsp: something " * 20])
def test_it_fits_the_terminal(size: tuple[int, int], message: str) -> None:
    width, height = size
    rows = drawn(width=width, height=height, message=message)
    assert len(rows) <= height + 1
    assert rows[height:] in ([], [""])
    assert max(map(cell_len, rows)) <= width


@pytest.mark.parametrize("width", [80, 160])
def test_the_ghost_text_stands_behind_the_cursor(width: int) -> None:
    rows = drawn(width=width)
    assert any("302      ret▏urn None" in row for row in rows)


def test_more_ghost_lines_push_the_rest_down_without_numbers() -> None:
    rows = drawn(ghost="urn [\n        1,\n    ]")
    at = next(number for number, row in enumerate(rows) if "ret▏urn [" in row)
    assert rows[at + 1].rstrip() == " " * 14 + "1,"
    assert rows[at + 2].rstrip() == " " * 10 + "]"
    assert rows[at + 3].startswith(" 303  below_0")


def test_what_stands_around_keeps_its_numbers() -> None:
    rows = drawn(height=40)
    assert any(row.startswith(" 300  above_299 = 299") for row in rows)
    assert any(row.startswith(" 303  below_0 = 0") for row in rows)


def test_the_top_of_a_file_is_shown_from_its_first_line() -> None:
    rows = drawn(source=material(above=("first = 1",)))
    assert rows[2].startswith("   1  first = 1")


def test_on_long_lines_the_cursor_stays_in_sight() -> None:
    rows = drawn(typed="value = " + "word + " * 40, ghost="the_rest_of_it")
    assert any("▏the_rest_of_it" in row for row in rows)


def test_the_latest_lines_are_listed() -> None:
    for width in (80, 160):
        text = "\n".join(drawn(width=width))
        assert "typed cache" in text
        assert "answer_59" in text
        assert "answer_0 " not in text


def test_of_a_listed_text_the_first_line_that_says_something_is_shown() -> None:
    rows = drawn(lines=(Line(0.0, "typed", 1.0, "\n    return None\n\nmore"),))
    assert any(row.rstrip().endswith("1.0 ms  return None") for row in rows)


def test_a_terminal_of_few_rows_shows_code_only() -> None:
    text = "\n".join(drawn(width=60, height=10))
    assert "answer_59" not in text
    assert "ret▏urn None" in text


def test_the_figures_are_those_of_the_score() -> None:
    last = drawn()[23]
    assert last.startswith("50 keys   ghost text before the next key 80%   within 100 ms 60%   taken 2")


def test_a_message_of_the_server_is_shown() -> None:
    assert any("tierlsp: no model answers" in row for row in drawn(message="tierlsp: no model answers"))


def test_nothing_reaches_the_terminal_that_it_would_obey() -> None:
    evil = "\x1b]0;title\x07\x1b[2J"
    rows = drawn(
        typed=f"x{evil}",
        ghost=f"y{evil}",
        lines=(Line(0.0, "lookup", 1.0, evil),),
        source=material(above=(evil, *ABOVE[:5])),
    )
    text = "\n".join(rows)
    assert "\x1b" not in text
    assert "\x07" not in text


def test_clean_keeps_text_and_lines() -> None:
    assert clean("a\tb\né😀") == "a    b\né😀"
    assert clean("a\x0cb\u2028") == "a\ufffdb\ufffd"


def test_colours_keep_every_line() -> None:
    above = ("", "", "def f():", "    x = '''", "  text ", "", "  '''  ", "\ty = 1", "")
    colours = Colours(material(above=above))
    assert [line.plain for line in colours.above] == [clean(line) for line in above]
    assert [line.plain for line in colours.typed("def f():\n    ")] == ["def f():", "    "]
    assert [line.plain for line in colours.typed("")] == [""]
    assert colours.first_number == 1


def test_of_a_long_file_only_what_is_near_is_coloured() -> None:
    colours = Colours(material())
    assert len(colours.above) == LINES_ABOVE
    assert colours.first_number == 300 - LINES_ABOVE + 1
    assert colours.above[-1].plain == ABOVE[-1]
    assert colours.below[0].plain == BELOW[0]


def test_a_file_without_a_known_language_is_plain() -> None:
    source = Material(Path("/x/notes.unknown"), Path("/x"), "", ("one {", ""), "two", ("}",))
    assert [line.plain for line in Colours(source).above] == ["one {", ""]
