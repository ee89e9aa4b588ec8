"""What is to be seen at one moment, as a plain value, and who shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from tierlsp.cli.playing.ghost import Origin
from tierlsp.cli.playing.score import Shares


@dataclass(frozen=True, slots=True)
class Line:
    """One answer in the list of answers."""

    at_ms: float
    """Since the typing began."""
    origin: Origin | None
    """`None` is an answer without text."""
    ms: float
    text: str
    """Its first line."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One moment of the demo."""

    typed: str
    ghost: str
    elapsed_ms: float
    limit_ms: float
    answers: tuple[Line, ...]
    """The latest ones, newest last."""
    shares: Shares
    taken: int
    message: str
    """The last thing that the server wanted to be shown, empty if there is none."""


class View(Protocol):
    """A screen, or a list of lines."""

    def draw(self, scene: Scene) -> None:
        """Show `scene`; when this returns it can be seen."""

    def came_up(self, prefix: str, ghost: str, line: Line) -> None:
        """Say that a ghost text came up behind `prefix`, which is the cursor's line."""

    def taken(self, prefix: str, ghost: str, at_ms: float) -> None:
        """Say that it was taken."""
