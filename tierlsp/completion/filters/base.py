"""What a filter is."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from tierlsp.completion.site import Site


class Cut(NamedTuple):
    """What a filter makes of the text so far."""

    text: str
    """What may be shown."""
    stop: bool = False
    """Whether nothing that is still to come can be shown, so that the model can be stopped now."""
    reason: str | None = None
    """The filter's name if it removed something or asked to stop; counted, and shown in the log."""


Filter = Callable[[str, Site, bool], Cut]
