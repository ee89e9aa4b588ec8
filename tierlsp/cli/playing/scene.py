"""What is to be seen at one moment, as a plain value, and who shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from tierlsp.cli.playing.score import Shares


@dataclass(frozen=True, slots=True)
class Line:
    """One line of what happened: an answer, or a ghost text that was taken."""

    at_ms: float
    """Since the typing began."""
    kind: str
    """The answer's outcome and source, `nothing` for one without text, or `accepted`."""
    ms: float | None
    """From the request to the answer; `None` for what is no answer."""
    text: str
    """What was answered or taken."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One moment of the demo."""

    typed: str
    ghost: str
    elapsed_ms: float
    limit_ms: float
    lines: tuple[Line, ...]
    """The latest of what happened, newest last."""
    shares: Shares
    taken: int
    message: str
    """The last thing that the server wanted to be shown, empty if there is none."""


class View(Protocol):
    """A screen, or a list of lines."""

    def draw(self, scene: Scene) -> None:
        """Show `scene`; when this returns it can be seen."""

    def tell(self, prefix: str, line: Line) -> None:
        """Say that a ghost text came up behind `prefix`, which is the cursor's line, or was taken there."""
