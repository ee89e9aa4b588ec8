"""The editors: when they ask, what they withdraw, and what is on the screen at each moment."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from bench.replay.buffer import Buffer
from bench.replay.policy import Offer, Place, Policy


@dataclass(frozen=True, slots=True)
class Editor:
    """How an editor treats inline completions (measured on the real ones)."""

    name: str
    ask_after_ms: float
    """From a change to the request; a change in between starts anew."""
    cancels: bool
    """Whether the next change withdraws a request that is still open."""
    keeps_shown: bool
    """Whether a suggestion that is typed along stays, whatever comes in the meantime."""
    refreshes: bool
    """Whether it asks again when the server says that a better answer has come."""
    asks_on_move: bool


EDITORS = {
    editor.name: editor
    for editor in (
        Editor("vscode", 35.0, cancels=True, keeps_shown=True, refreshes=True, asks_on_move=False),
        Editor("neovim", 200.0, cancels=False, keeps_shown=False, refreshes=False, asks_on_move=True),
        Editor("plugin", 35.0, cancels=False, keeps_shown=False, refreshes=True, asks_on_move=True),
    )
}
"""`neovim` is what is built in, `plugin` this project's own for Neovim."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What is shown, from the beginning of the line it was asked on."""

    line: int
    column: int
    text: str
    """The line left of the place, and what is suggested behind it."""
    is_models: bool
    since_ms: float

    def rest(self, buffer: Buffer) -> str:
        """Return what is left of it at the cursor; empty if the text has gone another way."""
        typed = "\n".join(buffer.lines[self.line : buffer.line + 1])
        if buffer.line < self.line or len(typed) < self.column or not self.text.startswith(typed):
            return ""
        return self.text[len(typed) :]


class Window:
    """An editor with one document: asks the policy, and knows what is on the screen."""

    def __init__(self, editor: Editor, buffer: Buffer, on_look: Callable[[], None]) -> None:
        """`on_look` is called when what is on the screen may have changed."""
        self.policy: Policy | None = None
        self.suggestion: Suggestion | None = None
        self._editor = editor
        self._buffer = buffer
        self._on_look = on_look
        self._timer: asyncio.TimerHandle | None = None
        self._open: asyncio.Future[Offer] | None = None
        self._away: int | None = None
        self._changed_ms = 0.0

    @property
    def ghost(self) -> str:
        """The suggested text on the screen, behind the cursor."""
        if self.suggestion is None or self._away is not None:
            return ""
        return self.suggestion.rest(self._buffer)

    @property
    def is_models(self) -> bool:
        """Whether what is shown comes from the model."""
        return bool(self.ghost) and self.suggestion is not None and self.suggestion.is_models

    def changed(self) -> None:
        """The text has changed: what no longer agrees disappears, and a request follows."""
        if not self.ghost:
            self.suggestion = None
        if self._editor.cancels:
            self._withdraw()
        self._ask_later()

    def moved(self, line: int | None) -> None:
        """The cursor goes to another line, or comes back (`None`). Ghost text disappears."""
        self._away = line
        self.suggestion = None
        self._withdraw()
        if self._timer is not None:
            self._timer.cancel()
        if self._editor.asks_on_move:
            self._ask_later()

    def refresh(self) -> None:
        """The server says that it has something better now."""
        if self._editor.refreshes and self._away is None:
            self._ask(is_refresh=True)

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._withdraw()

    def _withdraw(self) -> None:
        if self._open is not None and not self._open.done():
            self._open.cancel()
        self._open = None

    def _ask_later(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        assert self.policy is not None, "the session gives it one"
        own_ms = self.policy.ask_after_ms
        delay_ms = self._editor.ask_after_ms if own_ms is None else own_ms
        self._timer = asyncio.get_running_loop().call_later(delay_ms / 1000.0, self._ask)

    def _ask(self, *, is_refresh: bool = False) -> None:
        assert self.policy is not None, "the session gives it one"
        place = Place(self._buffer.version, self._buffer.line if self._away is None else self._away)
        if self._editor.cancels:
            self._withdraw()
        answer = self.policy.ask(place)
        if isinstance(answer, Offer):
            self._take(place, answer, is_refresh)
            return
        self._open = answer
        answer.add_done_callback(
            lambda done: None if done.cancelled() else self._take(place, done.result(), is_refresh)
        )

    def _take(self, place: Place, offer: Offer, is_refresh: bool) -> None:
        """Show an answer, if it is for the text as it is now."""
        buffer = self._buffer
        if place.version != buffer.version or place.line != (buffer.line if self._away is None else self._away):
            return
        if self._away is not None:
            return
        if self._editor.keeps_shown and self.ghost and not (is_refresh and offer.text):
            return
        if offer.text and offer.text == self.ghost:
            return
        now_ms = asyncio.get_running_loop().time() * 1000.0
        text = buffer.typed + offer.text
        self.suggestion = Suggestion(buffer.line, buffer.column, text, offer.is_models, now_ms) if offer.text else None
        self._on_look()
