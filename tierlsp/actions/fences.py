"""Text of others inside of a prompt: fenced so that nothing in it can end the fence."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path

_RUN = re.compile(r"`{3,}")

_NAME_CHARS = 200
"""Of a path that is shown to a model; the end of it says most."""


def fence_for(lines: Sequence[str]) -> str:
    """Return a fence that is longer than any in `lines`."""
    marked = [line for line in lines if "```" in line]
    longest = max((len(run) for line in marked for run in _RUN.findall(line)), default=2)
    return "`" * (longest + 1)


def fenced(lines: Sequence[str], language: str, fence: str | None = None) -> str:
    """Return `lines` in a fence."""
    fence = fence or fence_for(lines)
    word = language if re.fullmatch(r"[\w+#.-]{1,30}", language) else ""
    return "\n".join((fence + word, *lines, fence))


def shown_path(path: Path | None, root: Path | None) -> str:
    """Return how a file is called in a prompt: its path below the project, in one line without control characters."""
    if path is None:
        return "untitled"
    name = path.relative_to(root).as_posix() if root is not None and path.is_relative_to(root) else path.name
    clean = "".join(" " if unicodedata.category(char)[0] in "CZ" else char for char in name).replace("`", "'")
    return clean[-_NAME_CHARS:]
