"""The screen: one moment of the demo as something that rich can draw, for a terminal of any size.

The code stands around the cursor, the ghost text dimmed behind it, the latest answers below or, on a wide terminal,
to the right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from tierlsp.cli.playing.colours import Colours, clean
from tierlsp.cli.playing.scene import Line, Scene
from tierlsp.cli.playing.score import PROMISE_MS

WIDE_COLUMNS = 130
"""From here on what happened stands beside the code, not below it."""

CODE_COLUMNS, CODE_SHARE = 88, 0.6
"""What the code gets then: 80 columns and its numbers at least."""

LINE_ROWS = 5
"""Lines of what happened below the code on a terminal of 24 rows."""

KIND_COLUMNS = 18
"""The longest name of outcome and source, `joined speculation`."""

CURSOR_SHARE = 0.55
"""How far down in the code the cursor stands: what is above it says more."""

GHOST_COLUMNS = 24
"""Room that is kept for the ghost text behind the cursor on long lines."""

NUMBER_COLUMNS = 6
"""The line number and the blanks around it."""

HINT = "Ctrl-C ends"

GHOST_STYLE = "dim italic"
"""Dimmed, as editors show it; italic for terminals that cannot dim."""

OWN_ROWS = 3
"""The title, the line below it, and the figures."""

ROWS_OF_24 = 24 - OWN_ROWS
"""What a terminal of 24 rows leaves to code and lines. A third of what a taller one has more goes to the lines."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What stays the same in every scene of one demo."""

    title: str
    """The file."""
    model: str
    """The model that answers, or what answers instead."""
    colours: Colours
    cursor: str = "▏"
    """What marks the cursor; `|` where the terminal has no Unicode."""


def screen(stage: Stage, scene: Scene, width: int, height: int) -> RenderableType:
    """Return what fills a terminal of `width` columns and `height` rows, and never more than that."""
    message = [_message(scene.message)] if scene.message else []
    rows = max(1, height - OWN_ROWS - len(message))
    body = _beside(stage, scene, width, rows) if width >= WIDE_COLUMNS else _below(stage, scene, width, rows)
    return Group(_title(stage, scene, width), Rule(HINT, align="right", style="dim"), *body, *message, _figures(scene))


def _beside(stage: Stage, scene: Scene, width: int, rows: int) -> list[RenderableType]:
    code_columns = max(CODE_COLUMNS, int(width * CODE_SHARE))
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(width=code_columns - 2, no_wrap=True)
    grid.add_column(width=width - code_columns, no_wrap=True)
    code = code_rows(stage, scene, code_columns - 2, rows)
    grid.add_row(Group(*code), Group(*_happened(scene.lines, rows)))
    return [grid]


def _below(stage: Stage, scene: Scene, width: int, rows: int) -> list[RenderableType]:
    if rows < 2 * LINE_ROWS:
        return list(code_rows(stage, scene, width, rows))
    lines = LINE_ROWS + max(0, rows - ROWS_OF_24) // 3
    code = code_rows(stage, scene, width, rows - lines - 1)
    return [*code, Rule(style="dim"), *_happened(scene.lines, lines)]


def code_rows(stage: Stage, scene: Scene, width: int, rows: int) -> list[Text]:
    """Return exactly `rows` lines of code around the cursor."""
    colours = stage.colours
    typed = colours.typed(scene.typed)
    first_ghost, *more_ghost = clean(scene.ghost).split("\n")
    cursor_column = len(typed[-1].plain)
    typed[-1].append(stage.cursor, "bold bright_cyan")
    typed[-1].append(first_ghost, GHOST_STYLE)
    ghost_rows = [Text(line, GHOST_STYLE) for line in more_ghost]
    cursor_row = len(colours.above) + len(typed) - 1
    all_rows = [*colours.above, *typed, *ghost_rows, *colours.below]
    first = max(0, min(cursor_row - int(rows * CURSOR_SHARE), len(all_rows) - rows))
    shift = max(0, cursor_column + GHOST_COLUMNS - (width - NUMBER_COLUMNS)) if cursor_column > GHOST_COLUMNS else 0
    shown = []
    for index in range(first, min(first + rows, len(all_rows))):
        number = _number_of(index, cursor_row, len(ghost_rows), colours.first_number)
        shown.append(_row(number, all_rows[index], shift, width, is_current=index == cursor_row))
    return shown + [Text("")] * (rows - len(shown))


def _number_of(index: int, cursor_row: int, ghosts: int, first_number: int) -> int | None:
    """Return the number of a line; lines that are only ghost text have none."""
    if index <= cursor_row:
        return first_number + index
    return first_number + index - ghosts if index > cursor_row + ghosts else None


def _row(number: int | None, line: Text, shift: int, width: int, *, is_current: bool) -> Text:
    label = "" if number is None else str(number)
    row = Text(f"{label:>{NUMBER_COLUMNS - 2}}  ", "bold" if is_current else "dim", no_wrap=True, overflow="ellipsis")
    row.append_text(line[shift:] if shift else line)
    row.truncate(width, overflow="ellipsis")
    return row


def _title(stage: Stage, scene: Scene, width: int) -> Text:
    left = Text.assemble(("tierlsp demo", "bold"), "  ", (stage.title, "cyan"), "  ", (stage.model, "green"))
    right = f"  {scene.elapsed_ms / 1000:.1f} of {scene.limit_ms / 1000:g} s"
    left.truncate(max(0, width - len(right)), overflow="ellipsis", pad=True)
    left.append(right, "dim")
    left.truncate(width)
    return left


def _happened(lines: Sequence[Line], rows: int) -> list[RenderableType]:
    shown: list[RenderableType] = [line_row(line) for line in lines[-rows:]]
    return shown + [Text("")] * (rows - len(shown))


def line_row(line: Line) -> Text:
    """Return one line of what happened: when, from where, how long it took, and what it said."""
    ms = "" if line.ms is None else f"{line.ms:.1f} ms"
    is_late = line.ms is not None and line.ms > PROMISE_MS
    return Text.assemble(
        (f"{line.at_ms / 1000:5.1f} s  ", "dim"),
        (f"{line.kind:<{KIND_COLUMNS}} ", "green" if line.text else "dim"),
        (f"{ms:>9}  ", "yellow" if is_late else "green"),
        (clean(line.text.lstrip().partition("\n")[0]), GHOST_STYLE),
        no_wrap=True,
        overflow="ellipsis",
    )


def _figures(scene: Scene) -> Text:
    shares = scene.shares
    text = Text(f"{shares.keys} keys", "bold", no_wrap=True, overflow="ellipsis")
    if shares.keys:
        before_next, in_time = shares.before_next / shares.keys, shares.in_time / shares.keys
        text.append(f"   ghost text before the next key {before_next:.0%}", "not bold")
        text.append(f"   within {PROMISE_MS:.0f} ms {in_time:.0%}", "not bold")
    text.append(f"   taken {scene.taken}", "not bold")
    return text


def _message(message: str) -> Text:
    return Text(message, "yellow", no_wrap=True, overflow="ellipsis")
