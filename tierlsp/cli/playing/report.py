"""The closing table: what was measured, what was simulated, and how to go on."""

from __future__ import annotations

from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from tierlsp.cli.playing.prepare import Described, Readiness
from tierlsp.cli.playing.score import PROMISE_MS, Figures, Row
from tierlsp.cli.playing.typist import MEDIAN_GAP_MS, REACTION_MS

PULL = "ollama pull qwen2.5-coder:1.5b-base"
"""How to get the smallest model that completes code well."""

EMBEDDED = "embedded completer"

NO_MODEL = f"{EMBEDDED}, no model"

LOOKUP_NAME = "lookup"
"""What the server gives as the model's name where the embedded completer has answered."""

SIMULATED = (
    f"Simulated: the typist (gaps around {MEDIAN_GAP_MS:.0f} ms, pauses, takes a right text after {REACTION_MS:.0f} ms"
    " of looking). Real and measured: the server, its answers, and every time, on the editor's side."
)

COLUMNS = 100
"""Sentences wider than this are hard to read."""


@dataclass(frozen=True, slots=True)
class Ending:
    """What the report is made from."""

    title: str
    first_line: int
    """Where the typing began, from 1."""
    figures: Figures
    readiness: Readiness
    elapsed_ms: float
    speed: float
    is_broken_off: bool
    described: Described
    """What the server said about itself at the end."""
    messages: tuple[str, ...]
    """What the server wanted the person to read."""


def report(ending: Ending) -> RenderableType:
    """Return the closing table with the sentences around it."""
    parts: list[RenderableType] = [_heading(ending), _keys(ending), Text(""), _answers(ending.figures), Text("")]
    parts += [Text(message, "yellow") for message in dict.fromkeys(ending.messages)]
    parts += [Text(SIMULATED, "dim"), Text(_how_to_go_on(ending.described), "bold")]
    return Group(*parts)


def model_label(ending: Ending) -> str:
    """Return what wrote the answers."""
    figures, model = ending.figures, ending.described.model
    if not figures.rows:
        return "no answer had text"
    names = [EMBEDDED if name == LOOKUP_NAME else name for name in figures.models]
    if not model:
        return NO_MODEL if names in ([], [EMBEDDED]) else " and ".join(names)
    return " and ".join(names) or model


def _heading(ending: Ending) -> Text:
    speed = "" if ending.speed == 1 else f" at {ending.speed:g} times a person's speed"
    broken_off = ", broken off" if ending.is_broken_off else ""
    where = f"{ending.title} from line {ending.first_line}"
    return Text(f"{where}, typed for {ending.elapsed_ms / 1000:.1f} s{speed}{broken_off}", "bold")


def _keys(ending: Ending) -> Table:
    figures, shares = ending.figures, ending.figures.shares
    table = Table.grid(padding=(0, 3, 0, 0))
    table.add_row("server started", _start(ending.readiness))
    table.add_row("keys typed", str(shares.keys))
    table.add_row("ghost text before the next key", _share(shares.before_next, shares.keys, "keys"))
    table.add_row(f"within {PROMISE_MS:.0f} ms of the key", _share(shares.in_time, shares.keys, "keys"))
    table.add_row("shown text that was right", _right(figures))
    table.add_row("accepted", f"{figures.taken_chars} characters; ghost texts taken: {figures.taken}")
    table.add_row("written by", model_label(ending))
    return table


def _answers(figures: Figures) -> Table:
    table = Table(show_edge=False, pad_edge=False)
    table.add_column("answers by outcome")
    table.add_column("from")
    for name in ("count", "median", "p95"):
        table.add_column(name, justify="right")
    for row in figures.rows:
        table.add_row(row.origin.outcome or row.origin.label, row.origin.source, *_times(row))
    if figures.nothing is not None:
        table.add_row("nothing to show", "", *_times(figures.nothing))
    if figures.withdrawn:
        table.add_row("cancelled by the next key", "", str(figures.withdrawn), "", "")
    if figures.failed:
        table.add_row("error", "", str(figures.failed), "", "")
    return table


def _times(row: Row) -> tuple[str, str, str]:
    return str(row.count), f"{row.median_ms:.1f} ms", f"{row.p95_ms:.1f} ms"


def _share(part: int, whole: int, unit: str) -> str:
    return f"{part / whole:.0%} ({part} of {whole} {unit})" if whole else f"no {unit}"


def _right(figures: Figures) -> str:
    if not figures.shown:
        return "none was shown"
    share = figures.right_chars / figures.shown_chars
    return f"{share:.0%} of characters; {figures.shown_right} of {figures.shown} texts to the end"


def _start(readiness: Readiness) -> str:
    waited = "index and model ready" if readiness.is_ready else "index or model not ready"
    return f"in {readiness.started_ms / 1000:.2f} s; {waited} in {readiness.ready_ms / 1000:.2f} s"


def _how_to_go_on(described: Described) -> str:
    start = "Every editor with LSP starts it as `tierlsp --stdio`; in Neovim 0.12, `vim.lsp.enable('tierlsp')`."
    if described.model:
        return start
    why = f" ({described.detail})" if described.detail else ""
    return f"{start} For completions from a model{why}: `{PULL}`."
