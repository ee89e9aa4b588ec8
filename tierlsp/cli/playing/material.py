"""What is typed: a stretch of a real source file, taken out of it before the server sees it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from tierlsp.cli.playing.typist import MEDIAN_GAP_MS
from tierlsp.completion.gate import MAX_DOCUMENT_CHARS
from tierlsp.errors import TierlspError
from tierlsp.text.language_ids import language_id_of
from tierlsp.text.lines import indent_width, is_blank, split_lines

DEFAULT_FILE = "locks.py"
"""The module typed without `--file`, of the standard library's package `asyncio`.

Code that people know, in a folder of half a megabyte: large enough for the embedded completer to learn from, small
enough to be read in under a second.
"""

BEGIN_SHARE = 0.4
"""Where in the file the typing begins, so that there is text above and below as in daily work."""

KEPT_SHARE = 0.5
"""The share of a file's lines that stays in it at least."""

ROOM = 3.0
"""How many times more text is taken out than hands could type in the time: what is accepted needs no typing."""

SPARE_CHARS = 100
"""Text taken out however short the time is."""

ROOT_MARK = ".git"


@dataclass(frozen=True, slots=True)
class Material:
    """A file with a gap, and what was in the gap."""

    path: Path
    root: Path
    """The workspace that the server is given."""
    language: str
    above: tuple[str, ...]
    target: str
    """What is typed; begins at a line's start and ends before a line's end."""
    below: tuple[str, ...]

    @property
    def opened(self) -> str:
        """The document as it is opened: an empty line stands for the gap."""
        return "\n".join((*self.above, "", *self.below))

    @property
    def label(self) -> str:
        """The file's name as it is shown."""
        return f"{self.path.parent.name}/{self.path.name}"


def load_material(file: Path | None, wanted_chars: int) -> Material:
    """Read `file`, or the default one, and take a stretch of about `wanted_chars` out of it.

    Raises:
        TierlspError: the file cannot be read, is no text, or has nothing to type.
    """
    path = default_file() if file is None else file
    lines, _ = split_lines(_read(path))
    start, end = choose_stretch(lines, wanted_chars)
    if start == end:
        raise TierlspError(f"{path} has nothing to type: name a file of some twenty lines of code")
    path = path.resolve()
    return Material(
        path=path,
        root=path.parent if file is None else root_of(path),
        language=language_id_of(path.name),
        above=tuple(lines[:start]),
        target="\n".join(lines[start:end]),
        below=tuple(lines[end:]),
    )


def default_file() -> Path:
    """Return the file that is typed where none is named."""
    return Path(asyncio.__file__).with_name(DEFAULT_FILE)


def root_of(path: Path) -> Path:
    """Return the folder that an editor would open for `path`: the repository's, else the file's own."""
    return next((parent for parent in path.parents if (parent / ROOT_MARK).exists()), path.parent)


def wanted_chars(seconds: float, speed: float) -> int:
    """Return how much text is enough for `seconds` of typing."""
    return int(ROOM * seconds * 1000.0 * speed / MEDIAN_GAP_MS) + SPARE_CHARS


def choose_stretch(lines: list[str], wanted: int) -> tuple[int, int]:
    """Return the first line of the stretch and the one behind its last; equal where there is none.

    It begins where a block begins behind an empty line, as near behind `BEGIN_SHARE` of the file as there is one: the
    choice is the rule's, not made for the text.
    """
    first = int(len(lines) * BEGIN_SHARE)
    last = min(len(lines), first + int(len(lines) * (1 - KEPT_SHARE)))
    candidates = [line for line in range(max(1, first), last) if not is_blank(lines[line])]
    start = next((line for line in candidates if _opens_block(lines, line)), candidates[0] if candidates else last)
    end = start
    chars = 0
    while end < last and (chars < wanted or not _ends_block(lines, start, end)):
        chars += len(lines[end]) + 1
        end += 1
    while end > start and is_blank(lines[end - 1]):
        end -= 1
    return start, end


def _ends_block(lines: list[str], start: int, line: int) -> bool:
    """Whether what begins at `line` is no part of the block that begins at `start`."""
    return _opens_block(lines, line) and indent_width(lines[line]) <= indent_width(lines[start])


def _opens_block(lines: list[str], line: int) -> bool:
    """Whether `line` stands behind an empty line and the next line is deeper."""
    is_deeper = line + 1 < len(lines) and indent_width(lines[line + 1]) > indent_width(lines[line])
    return is_deeper and is_blank(lines[line - 1]) and not is_blank(lines[line + 1])


def _read(path: Path) -> str:
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise TierlspError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise TierlspError(f"{path} is not UTF-8 text") from error
    if len(text) > MAX_DOCUMENT_CHARS:
        raise TierlspError(f"{path} is too large: completion is offered up to {MAX_DOCUMENT_CHARS} characters")
    return text
