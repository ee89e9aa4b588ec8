"""Where a completion is asked for, as the prompt and the filters see it."""

from __future__ import annotations

from dataclasses import dataclass

from tierlsp.text.cursor import Cursor


@dataclass(frozen=True, slots=True)
class Site:
    """A cursor and what was decided about it before the model was asked."""

    cursor: Cursor
    is_multiline: bool
    """Whether more than one line is wanted here."""
