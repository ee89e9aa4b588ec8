"""Line ends are `\\n` for the filters that follow, whatever the model has learnt from files with others."""

from __future__ import annotations

from tierlsp.completion.filters.base import Cut
from tierlsp.completion.site import Site


def unify_line_ends(text: str, site: Site, is_final: bool) -> Cut:
    """Make `\\n` of `\\r\\n` and of a lone `\\r`. A `\\r` at the end waits for what follows it."""
    if "\r" not in text:
        return Cut(text)
    if not is_final:
        text = text.removesuffix("\r")
    return Cut(text.replace("\r\n", "\n").replace("\r", "\n"), reason="unify_line_ends")
