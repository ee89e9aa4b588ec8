"""What is asked of the engine, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass

from tierlsp.completion.gate import Gate
from tierlsp.text.cursor import Cursor
from tierlsp.trace import Outcome, Source


@dataclass(frozen=True, slots=True)
class Ask:
    """One request for a completion."""

    cursor: Cursor
    """The place that is completed: the editor's, or that behind an entry that is selected in a list of it."""
    arrived_ms: float
    """When it was read, by the clock."""
    is_manual: bool = False
    """Whether the person asked, and not the editor by itself."""
    can_refresh: bool = False
    """Whether the editor asks again when it is told of a better answer."""
    typed_to: Cursor | None = None
    """Where the editor's cursor is, if that is not `cursor`."""

    @property
    def place(self) -> Cursor:
        """Where the editor's cursor is."""
        return self.typed_to or self.cursor


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of it. An empty text means that nothing is shown."""

    outcome: Outcome
    text: str = ""
    source: Source | None = None
    model: str = ""
    replaces: int = 0
    """Characters right of the cursor that the text takes the place of."""
    gate: Gate | None = None
    ms: float = 0.0
    """From the request read to the answer ready."""

    def after(self, ms: float) -> Answer:
        """Return the same answer, `ms` after the request. `dataclasses.replace` would cost twelve microseconds."""
        return Answer(self.outcome, self.text, self.source, self.model, self.replaces, self.gate, ms)
