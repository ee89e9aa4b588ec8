"""Changes of several files as a page that a person reads before they say yes."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path

from tierlsp.actions.fences import fenced, shown_path
from tierlsp.actions.hidden import hidden_in, name_of
from tierlsp.actions.markdown import safe_line
from tierlsp.actions.types import NewFile
from tierlsp.actions.verify_files import FileChange
from tierlsp.text.lines import split_lines

MOST_PAGE_LINES = 4_000
"""Of changes that are shown. A page of more is not read, and the rest is counted."""

MOST_LINE_CHARS = 400


def changes_page(
    title: str, root: Path | None, changes: Sequence[FileChange], new: Sequence[NewFile], notes: Sequence[str]
) -> str:
    """Return the page, in Markdown that holds nothing an editor would fetch or run.

    Args:
        title: what was asked for, in a few words.
        root: the workspace.
        changes: the files before and after.
        new: new files.
        notes: sentences on what was checked and what was left out.
    """
    left = MOST_PAGE_LINES
    pieces = [f"# {safe_line(title)}"]
    pieces += [f"- {safe_line(note)}" for note in notes]
    for each in changes:
        lines = list(difflib.unified_diff(each.document.lines, each.lines, lineterm="", n=3))[2:]
        pieces.append(_section(shown_path(each.document.path, root), lines, left))
        left -= len(lines)
    for each_new in new:
        lines = [f"+{line}" for line in split_lines(each_new.text)[0]]
        pieces.append(_section(f"{shown_path(each_new.path, root)} (new)", lines, left))
        left -= len(lines)
    return "\n\n".join(pieces) + "\n"


def _section(name: str, lines: Sequence[str], left: int) -> str:
    shown = [_visible(line) for line in lines[: max(0, left)]]
    more = f"\n\n{len(lines) - len(shown)} more lines are not shown." if len(shown) < len(lines) else ""
    return f"## {safe_line(name)}\n\n{fenced(shown, 'diff')}{more}"


def _visible(line: str) -> str:
    """Return a line in which nothing hides and nothing turns the reading direction around."""
    cut = line if len(line) <= MOST_LINE_CHARS else f"{line[:MOST_LINE_CHARS]}…"
    hidden = hidden_in(cut)
    return "".join(f"[{name_of(char)}]" if char in hidden else char for char in cut)
