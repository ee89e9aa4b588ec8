"""Line ends are line feeds for the filters that follow, whatever the model has learnt from files with others."""

from __future__ import annotations

from tierlsp.completion.filters.base import Cut
from tierlsp.completion.site import Site


def unify_line_ends(text: str, site: Site, is_final: bool) -> Cut:
    """Make line feeds of carriage returns, with or without one behind them. One at the end waits for what follows."""
    if "\r" not in text:
        return Cut(text)
    if not is_final:
        text = text.removesuffix("\r")
    return Cut(text.replace("\r\n", "\n").replace("\r", "\n"), reason="unify_line_ends")
