"""What an edit may do besides what every edit may: an action says so, by its choice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tierlsp.actions.job import Job

Look = Callable[[Job, Sequence[str]], "str | None"]
"""Given the job and the new text of its lines, returns what is wrong with it, as a sentence; `None` for nothing."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one edit may do."""

    keeps_signatures: bool = True
    """Whether public names must be called as before, unless the person said more or a problem is about them."""
    keeps_signatures_always: bool = False
    """Whether they must be even where the person said more."""
    may_shorten: bool = False
    """Whether more than half of a file may go."""
    may_import: bool = True
    """Whether imports may be added."""
    look: Look | None = None
    """What the action itself checks."""


def usual(job: Job) -> Bounds:
    """Return the bounds of an edit that changes code as little as its purpose needs."""
    return Bounds()
