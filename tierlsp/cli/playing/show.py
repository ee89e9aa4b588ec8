"""Puts the demo together: the child, the terminal, the signals, and the report at the end."""

from __future__ import annotations

import asyncio
import contextlib
import io
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from tierlsp.cli.playing.client import Client, start_client
from tierlsp.cli.playing.colours import Colours
from tierlsp.cli.playing.material import Material, load_material, wanted_chars
from tierlsp.cli.playing.play import Play
from tierlsp.cli.playing.prepare import Described, Readiness, Say, describe, prepare
from tierlsp.cli.playing.report import COLUMNS, NO_MODEL, Ending, report
from tierlsp.cli.playing.scene import View
from tierlsp.cli.playing.screen import Stage
from tierlsp.cli.playing.typist import Typist
from tierlsp.cli.playing.views import LineView, LiveView
from tierlsp.clock import Clock, SystemClock
from tierlsp.errors import TierlspError

SEED = 7
"""The typist's character: any number would do, and the same one makes two runs alike."""

SMALLEST_COLUMNS, SMALLEST_ROWS = 40, 10
"""Smaller terminals get lines instead of a screen."""

PIPE_COLUMNS = 80
"""The width of the closing table where there is no terminal."""

LAST_WORD_MS = 1_000.0
"""How long the server may take at the end to say which model it has."""

ASCII_CURSOR, UNICODE_CURSOR = "|", "▏"


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says."""

    file: Path | None
    seconds: float
    speed: float
    command: tuple[str, ...]
    """What starts the server."""


async def show(options: Options) -> None:
    """Run the demo on standard output, until its end or Ctrl-C, and print the closing table.

    Raises:
        TierlspError: the file cannot be typed, or the server did not start or has ended.
    """
    material = load_material(options.file, wanted_chars(options.seconds, options.speed))
    demo = _Show(options, material, open_console(), SystemClock())
    await demo.run()
    demo.print_end()


class _Show:
    """One demo, from the start of the server to its end."""

    def __init__(self, options: Options, material: Material, console: Console, clock: Clock) -> None:
        self._options = options
        self._material = material
        self._console = console
        self._clock = clock
        self._readiness: Readiness | None = None
        self._play: Play | None = None
        self._described = Described()
        """What the server said last about itself."""
        self._messages: tuple[str, ...] = ()
        self._is_broken_off = False

    async def run(self) -> None:
        """Start the server, type, and end the server."""
        since_ms = self._clock.now_ms()
        client = await start_client(self._options.command, self._clock)
        work = asyncio.create_task(self._perform(client, since_ms))
        with on_end_signals(lambda: self._break_off(work)):
            try:
                await asyncio.wait((work,))
                if not work.cancelled():
                    work.result()
                # A server that hangs is ended below; what it said at the start is told then.
                with contextlib.suppress(TierlspError):
                    self._described = await describe(client, LAST_WORD_MS)
            finally:
                work.cancel()
                await client.aclose()
                self._messages = tuple(client.messages)

    def print_end(self) -> None:
        """Print the closing table, or that there is nothing for one."""
        if self._play is None or self._readiness is None:
            print("Ended before the first key.")
            return
        ending = Ending(
            title=self._material.label,
            first_line=len(self._material.above) + 1,
            figures=self._play.score.figures(),
            readiness=self._readiness,
            elapsed_ms=self._play.elapsed_ms,
            speed=self._options.speed,
            is_broken_off=self._is_broken_off,
            described=self._described,
            messages=self._messages,
        )
        width = min(COLUMNS, self._console.width)
        if sys.stdout.isatty():
            self._console.print(report(ending), highlight=False, width=width)
            return
        with self._console.capture() as captured:
            self._console.print(report(ending), highlight=False, width=width)
        print()
        print("\n".join(line.rstrip() for line in captured.get().split("\n")), end="", flush=True)

    def _break_off(self, work: asyncio.Task[None]) -> None:
        self._is_broken_off = True
        work.cancel()

    async def _perform(self, client: Client, since_ms: float) -> None:
        with _telling(self._console) as say:
            self._readiness = await prepare(client, self._material, self._clock, say, since_ms)
        self._described = self._readiness.described
        model = self._described.model or NO_MODEL
        with self._view(model) as view:
            typist = Typist(SEED, self._options.speed)
            limit_ms = self._options.seconds * 1000.0
            self._play = Play(self._material, typist, client, view, self._clock, limit_ms)
            await self._play.run()

    @contextlib.contextmanager
    def _view(self, model: str) -> Iterator[View]:
        """A live screen where there is a terminal that can show one, else lines."""
        if not is_screen(self._console):
            print(f"{self._material.label} from line {len(self._material.above) + 1}; {model}", flush=True)
            yield LineView()
            return
        cursor = ASCII_CURSOR if self._console.options.ascii_only else UNICODE_CURSOR
        with LiveView(self._console, Stage(self._material.label, model, Colours(self._material), cursor)) as view:
            yield view


def open_console() -> Console:
    """Return the console on standard output."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal without Unicode shows a question mark rather than ending the demo.
        sys.stdout.reconfigure(errors="replace")
    return Console(width=None if sys.stdout.isatty() else PIPE_COLUMNS)


def is_screen(console: Console) -> bool:
    """Whether `console` is a terminal on which the demo can draw."""
    is_terminal = sys.stdout.isatty() and console.is_terminal and not console.is_dumb_terminal
    return is_terminal and console.width >= SMALLEST_COLUMNS and console.height >= SMALLEST_ROWS


@contextlib.contextmanager
def on_end_signals(action: Callable[[], None]) -> Iterator[None]:
    """Call `action` at Ctrl-C and SIGTERM, as often as they come, instead of ending the process."""
    loop = asyncio.get_running_loop()
    numbers: tuple[signal.Signals, ...] = (signal.SIGINT, signal.SIGTERM)
    try:
        for number in numbers:
            loop.add_signal_handler(number, action)
    except NotImplementedError:
        # Windows: Ctrl-C ends the process as usual, and the server notices that its input has ended.
        numbers = ()
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


@contextlib.contextmanager
def _telling(console: Console) -> Iterator[Say]:
    """Tell what is being waited for: on a terminal in one line that goes away, else not at all."""
    if not is_screen(console):
        yield lambda text: None
        return
    with console.status("") as status:
        yield lambda text: status.update(f"[bold]{text}[/] ...")
