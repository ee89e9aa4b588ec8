"""Where one line is wanted, one line is shown, and the model stops at its end."""

from __future__ import annotations

from tierlsp.completion.filters.base import Cut
from tierlsp.completion.site import Site


def keep_one_line(text: str, site: Site, is_final: bool) -> Cut:
    """End the text at its first line end, unless more lines are wanted.

    A text that begins with a line end has nothing for the cursor's line.
    """
    end = -1 if site.is_multiline else text.find("\n")
    return Cut(text) if end < 0 else Cut(text[:end], stop=True, reason="keep_one_line")
