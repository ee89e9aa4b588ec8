"""The two ways of showing the demo: a live screen in a terminal, lines of text everywhere else."""

from __future__ import annotations

import signal
from types import TracebackType

from rich.console import Console
from rich.live import Live

from tierlsp.cli.playing.colours import clean
from tierlsp.cli.playing.scene import Line, Scene
from tierlsp.cli.playing.screen import KIND_COLUMNS, Stage, screen


class LiveView:
    """Draws on the terminal's second screen, which is put away at the end whatever happens."""

    def __init__(self, console: Console, stage: Stage) -> None:
        self._console = console
        self._stage = stage
        self._live = Live(console=console, screen=True, auto_refresh=False, vertical_overflow="crop")
        self._old_stop: signal.Handlers | None = None

    def __enter__(self) -> LiveView:
        # Ctrl-Z would leave the shell on the second screen without a cursor, and every time measured would be void.
        self._old_stop = _ignore_suspend()
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()
        if self._old_stop is not None:
            signal.signal(signal.SIGTSTP, self._old_stop)

    def draw(self, scene: Scene) -> None:
        """Draw `scene` and write it to the terminal."""
        width, height = self._console.size
        self._live.update(screen(self._stage, scene, width, height), refresh=True)

    def tell(self, prefix: str, line: Line) -> None:
        """Nothing: it is on the screen."""


class LineView:
    """Prints a line for each ghost text that comes up, and for each that is taken. For pipes and logs."""

    def draw(self, scene: Scene) -> None:
        """Nothing: lines tell what happened, not how it looks."""

    def tell(self, prefix: str, line: Line) -> None:
        """Print when it was, what it was, its milliseconds, and the text behind its line."""
        ms = "" if line.ms is None else f"{line.ms:.1f} ms"
        print(
            f"{line.at_ms / 1000:6.2f} s  {line.kind:<{KIND_COLUMNS}} {ms:>9}  {_shown(prefix, line.text)}", flush=True
        )


def _shown(prefix: str, ghost: str) -> str:
    """Return the line with a mark where the ghost text begins, and how many more lines it has."""
    first, *more = clean(ghost).split("\n")
    tail = f"  (+{len(more)} lines)" if more else ""
    return f"{clean(prefix).lstrip()}|{first}{tail}"


def _ignore_suspend() -> signal.Handlers | None:
    """Let Ctrl-Z do nothing; return what it did, `None` where there is no such signal or it is not ours to change."""
    if not hasattr(signal, "SIGTSTP"):
        return None
    old = signal.signal(signal.SIGTSTP, signal.SIG_IGN)
    return old if isinstance(old, signal.Handlers) else None
