"""A model's text, seen as lines of the file it is written into."""

from __future__ import annotations

from typing import NamedTuple

from tierlsp.completion.site import Site


class DraftLine(NamedTuple):
    """One line of the file as the text makes it."""

    full: str
    """The line from its beginning, without the blanks at its end; the first one has the cursor's prefix."""
    start: int
    """Offset in the text at which the line begins."""
    end: int
    """Offset in the text of its line end."""
    is_blank: bool


def decided_lines(text: str, site: Site, is_final: bool) -> list[DraftLine]:
    """Return the lines that nothing can be added to any more: the last one only if `is_final`."""
    lines = text.split("\n")
    if not is_final:
        lines.pop()
    drafts: list[DraftLine] = []
    start = 0
    for index, line in enumerate(lines):
        full = line if index else site.cursor.prefix + line
        full = full.rstrip()
        drafts.append(DraftLine(full, start, start + len(line), not full))
        start += len(line) + 1
    return drafts
