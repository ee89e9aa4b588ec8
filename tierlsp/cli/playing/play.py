"""The demo itself: a typist at an editor that behaves as VS Code was measured to.

Every key is one `didChange`. The completion is asked for a moment later; a request that the next key overtakes is
cancelled; a ghost text that agrees with what is typed stays on the screen until a newer answer comes.
"""

from __future__ import annotations

import asyncio
import functools
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from tierlsp.cli.playing.buffer import Buffer
from tierlsp.cli.playing.ghost import Ghost, ghost_of
from tierlsp.cli.playing.material import Material
from tierlsp.cli.playing.scene import Line, Scene, View
from tierlsp.cli.playing.score import Score
from tierlsp.cli.playing.typist import Key, Typist, next_key, step_of
from tierlsp.clock import Clock, Timer
from tierlsp.lsp.positions import Encoding

ASK_DELAY_MS = 35.0
"""From a key to the request. VS Code was measured to ask 30 to 45 ms after the change."""

AUTOMATIC = 2
"""`InlineCompletionTriggerKind`: the editor asks by itself."""

GLANCE_MS = 20.0
"""How often the typist looks whether a ghost text has come; an eye sees nothing shorter."""

LINES_KEPT = 100
"""What the screen may list of the past; more lines than any terminal gives to it."""


class Wire(Protocol):
    """What the editor needs of the client."""

    encoding: Encoding
    messages: list[str]

    def notify(self, method: str, params: Any) -> None:
        """Send a notification."""

    def ask(self, method: str, params: Any) -> tuple[int, asyncio.Future[Any]]:
        """Send a request; return its id and its future result."""

    def cancel(self, id_: int) -> None:
        """Withdraw a request."""

    def check(self) -> None:
        """Raise if the server has gone."""


@dataclass(frozen=True, slots=True)
class _Pending:
    """The request that is not answered yet."""

    id: int
    sent_ms: float


class Play:
    """One performance. What it counted is in `score`, also when it is broken off."""

    def __init__(
        self, material: Material, typist: Typist, wire: Wire, view: View, clock: Clock, limit_ms: float
    ) -> None:
        self.score = Score()
        self.elapsed_ms = 0.0
        """How long the typing took."""
        self._material = material
        self._typist = typist
        self._wire = wire
        self._view = view
        self._clock = clock
        self._limit_ms = limit_ms
        self._begin_ms = 0.0
        self._buffer = Buffer(len(material.above))
        self._ghost: Ghost | None = None
        self._pending: _Pending | None = None
        self._timer: Timer | None = None
        self._lines: deque[Line] = deque(maxlen=LINES_KEPT)
        self._failure: Exception | None = None
        """What went wrong while an answer was shown; raised by `run`."""

    async def run(self) -> None:
        """Type until the text is written or the time is over. The document must be open, with nothing typed."""
        self._begin_ms = last_ms = self._clock.now_ms()
        end_ms = self._begin_ms + self._limit_ms
        step = step_of([*self._material.above, *self._material.target.split("\n")])
        self._draw()
        try:
            while (key := next_key(self._buffer.typed, self._material.target, step)) is not None:
                due_ms = last_ms + self._typist.gap_ms(self._buffer.typed, key)
                is_taking = await self._watch(min(due_ms, end_ms))
                last_ms = self._clock.now_ms()
                if last_ms >= end_ms:
                    break
                if is_taking:
                    self._take()
                else:
                    self._type(key)
        finally:
            self.elapsed_ms = self._clock.now_ms() - self._begin_ms
            self._withdraw()

    # ------------------------------------------------------------------ the typist

    async def _watch(self, until_ms: float) -> bool:
        """Wait until `until_ms`; return early, with true, to take the ghost text."""
        while True:
            self._wire.check()
            if self._failure is not None:
                raise self._failure
            now_ms = self._clock.now_ms()
            if self._is_taking(now_ms):
                return True
            if now_ms >= until_ms:
                return False
            await self._clock.sleep_ms(min(GLANCE_MS, until_ms - now_ms))

    def _is_taking(self, now_ms: float) -> bool:
        ghost = self._ghost
        if ghost is None or not self._material.target.startswith(self._buffer.typed + ghost.text):
            return False
        return self._typist.takes(ghost.text, ghost.shown_at, now_ms - ghost.since_ms)

    def _type(self, key: Key) -> None:
        self.score.pressed(self._clock.now_ms())
        self._press(key)
        self._ghost = self._ghost.along(key) if self._ghost is not None else None
        self._draw()

    def _take(self) -> None:
        ghost = self._ghost
        assert ghost is not None, "only what is shown is taken"
        self.score.taken(ghost.text)
        self._lines.append(Line(self._elapsed_ms(), "accepted", None, ghost.text))
        self._view.tell(self._buffer.line_prefix, self._lines[-1])
        self._press(Key(ghost.text))
        if ghost.command is not None:
            self._tell_accepted(ghost.command)
        self._ghost = None
        self._draw()

    # ------------------------------------------------------------------ the editor

    def _press(self, key: Key) -> None:
        """Change the document, tell the server, and ask it in a moment."""
        change = self._buffer.change(key, self._wire.encoding)
        self._buffer = self._buffer.after(key)
        document = {"uri": self._uri, "version": self._buffer.version}
        self._wire.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [change]})
        self._withdraw()
        self._timer = self._clock.call_later_ms(ASK_DELAY_MS, self._ask)

    def _ask(self) -> None:
        params = {
            "textDocument": {"uri": self._uri},
            "position": self._buffer.position(self._wire.encoding),
            "context": {"triggerKind": AUTOMATIC},
        }
        sent_ms = self._clock.now_ms()
        id_, future = self._wire.ask("textDocument/inlineCompletion", params)
        self._pending = _Pending(id_, sent_ms)
        future.add_done_callback(functools.partial(self._on_answer, id_))

    def _withdraw(self) -> None:
        """Call off the request that waits, whether it was sent or is still to be."""
        if self._timer is not None:
            self._timer.cancel()
        if self._pending is not None:
            self._wire.cancel(self._pending.id)
            self._pending = None
            self.score.withdrawn()

    def _on_answer(self, id_: int, future: asyncio.Future[Any]) -> None:
        """Take an answer. The loop would swallow what goes wrong in here, such as a screen that is gone."""
        try:
            self._answered(id_, future)
        except Exception as error:
            self._failure = error

    def _answered(self, id_: int, future: asyncio.Future[Any]) -> None:
        """Show what came, unless a key has overtaken it."""
        error = future.exception()
        pending = self._pending
        if pending is None or pending.id != id_:
            return
        self._pending = None
        if error is not None:
            self.score.failed()
            return
        now_ms = self._clock.now_ms()
        ghost = ghost_of(future.result(), self._buffer, self._wire.encoding, now_ms)
        ms = now_ms - pending.sent_ms
        self.score.answered(ghost.origin if ghost is not None else None, ms)
        if ghost is None:
            self._lines.append(Line(self._elapsed_ms(), "nothing", ms, ""))
        else:
            self._lines.append(Line(self._elapsed_ms(), ghost.origin.label, ms, ghost.text))
        self._show(ghost)

    def _show(self, ghost: Ghost | None) -> None:
        """Put what was answered on the screen; the same text again stays what it is."""
        old = self._ghost
        if ghost is not None and old is not None and old.text == ghost.text:
            self._ghost = replace(ghost, since_ms=old.since_ms, shown_at=old.shown_at)
            self._draw()
            return
        self._ghost = ghost
        self._draw()
        if ghost is not None:
            self._ghost = replace(ghost, since_ms=self._clock.now_ms())
            self.score.came_up(ghost.text, self._coming())
            self._view.tell(self._buffer.line_prefix, self._lines[-1])

    def _coming(self) -> str:
        """Return what the file says behind the cursor; nothing where the text has gone another way."""
        typed, target = self._buffer.typed, self._material.target
        return target[len(typed) :] if target.startswith(typed) else ""

    def _tell_accepted(self, command: Mapping[str, Any]) -> None:
        params = {"command": command.get("command"), "arguments": command.get("arguments")}
        self._wire.ask("workspace/executeCommand", params)[1].add_done_callback(_forget)

    # ------------------------------------------------------------------ the screen

    def _draw(self) -> None:
        """Show the moment, and count a ghost text only once it can be seen."""
        self._view.draw(
            Scene(
                typed=self._buffer.typed,
                ghost=self._ghost.text if self._ghost is not None else "",
                elapsed_ms=self._elapsed_ms(),
                limit_ms=self._limit_ms,
                lines=tuple(self._lines),
                shares=self.score.shares(),
                taken=self.score.taken_count,
                message=self._wire.messages[-1] if self._wire.messages else "",
            )
        )
        if self._ghost is not None:
            self.score.on_screen(self._clock.now_ms())

    def _elapsed_ms(self) -> float:
        return self._clock.now_ms() - self._begin_ms

    @property
    def _uri(self) -> str:
        return self._material.path.as_uri()


def _forget(future: asyncio.Future[Any]) -> None:
    """Take note of a failure so that asyncio does not report it; the command only counts."""
    if not future.cancelled():
        future.exception()
